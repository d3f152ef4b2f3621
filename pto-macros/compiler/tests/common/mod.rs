//! Runs the compiler on source text.

use pto_compiler::dump::explain;
use pto_compiler::{Compiled, compile};

/// Compiles an orchestration given as text.
pub(crate) fn compiled(source: &str) -> Compiled {
    let item = syn::parse_str(source).expect("the test's source is Rust");
    compile(proc_macro2::TokenStream::new(), item)
}

/// The wiring of each site, a line per site; mistakes are not allowed.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn sites(source: &str) -> Vec<String> {
    let compiled = compiled(source);
    let text = explain(&compiled.program, &compiled.analysis);
    let errors = compiled.errors.into_sorted();
    assert!(errors.is_empty(), "{}", errors[0].plain());
    let lines = text.lines().filter(|line| line.contains("proven="));
    lines.map(str::to_owned).collect()
}

/// `proven=..` of each site.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn proven(source: &str) -> Vec<String> {
    let part = |line: String| {
        let from = line.find("proven=").map_or(0, |at| at + "proven=".len());
        let to = line.find(" explicit=").unwrap_or(line.len());
        line[from..to].to_owned()
    };
    sites(source).into_iter().map(part).collect()
}

/// The codes of the mistakes, in source order.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn codes(source: &str) -> Vec<String> {
    let errors = compiled(source).errors.into_sorted();
    errors.iter().map(|error| error.code.to_string()).collect()
}

/// A program whose MANUAL scope has this body.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn manual(body: &str) -> String {
    format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, m: usize, t: usize, c: bool) {{
            manual_scope!({{ {body} }});
        }}"
    )
}

/// The mistakes of a `parallel_for!` with this body.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn parallel(body: &str) -> Vec<String> {
    codes(&format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, m: usize, t: usize) {{
            parallel_for!(0..n, |i| {{ {body} }});
        }}"
    ))
}
