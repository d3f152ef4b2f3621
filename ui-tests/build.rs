//! Writes the random programs that `tests/programs` runs: each as an
//! orchestration, and once more as ordinary Rust.

use pto_programs::Generator;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// How many programs.
const PROGRAMS: usize = 150;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let accepted = (0_u64..).filter(|seed| is_accepted(&source(*seed)));
    let seeds: Vec<u64> = accepted.take(PROGRAMS).collect();
    let (mut orchestrated, mut sequential) = (String::new(), String::new());
    let mut table = String::new();
    for seed in &seeds {
        let text = source(*seed);
        orchestrated.push_str("#[orchestration]\npub(crate) ");
        orchestrated.push_str(&text);
        sequential.push_str("pub(crate) ");
        sequential.push_str(&as_ordinary_rust(&text));
        writeln!(table, "entry!({seed}, p{seed}),").expect("memory is enough");
    }
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let write = |name: &str, text: String| {
        fs::write(Path::new(&out).join(name), text).expect("the directory is ours");
    };
    write("orchestrated.rs", orchestrated);
    write("sequential.rs", sequential);
    write("table.rs", format!("[{table}]"));
}

fn source(seed: u64) -> String {
    let size = 6 + usize::try_from(seed % 7).expect("below 7");
    let mut text = Generator::new(seed)
        .filled()
        .function(&format!("p{seed}"), size);
    text.push('\n');
    text
}

/// The program with handles that are ordinary values.
fn as_ordinary_rust(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.starts_with("#[unroll"));
    let lines = lines.filter_map(|line| match line.strip_prefix("#[task(") {
        // In how many blocks a task runs makes no difference.
        Some(options) => {
            let (_, condition) = options.trim_end_matches(")]").split_once("when = ")?;
            Some(condition_as_ordinary_rust(condition))
        }
        None => Some(line.to_owned()),
    });
    let lines: Vec<String> = lines.collect();
    lines
        .join("\n")
        .replace("x: In<u64>", "x: Handle")
        .replace("y: InOut<u64>", "mut y: Handle")
        .replace("z: InOut<u64>", "mut z: Handle")
        + "\n"
}

/// `t[i] > v` as a call that says whether the next task runs.
fn condition_as_ordinary_rust(condition: &str) -> String {
    let (element, value) = condition.split_once(" > ").expect("it is a comparison");
    let (tensor, index) = element.rsplit_once('[').expect("it is an element");
    format!("when({tensor}.get([{index}) > {value});")
}

/// Whether the compiler takes the program, and it has several tasks.
fn is_accepted(source: &str) -> bool {
    let item = syn::parse_str(source).expect("generated programs are Rust");
    let compiled = pto_compiler::compile(proc_macro2::TokenStream::new(), item);
    compiled.errors.is_empty() && compiled.program.sites.len() > 3
}
