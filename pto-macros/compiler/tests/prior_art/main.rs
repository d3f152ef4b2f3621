//! Cases that a compiler of such programs has to get right, collected from what others test.
//!
//! | theme | file |
//! |---|---|
//! | hazards of two tasks: RAW, WAR, WAW, none; named or not; in AUTO and MANUAL scopes | `hazards.rs` |
//! | parts of a tensor: disjoint, overlapping, symbolic, strided, views of views, other names | `regions.rs` |
//! | alternatives: tensors that are one of several, tasks that may not run | `branches.rs` |
//! | loops: carried tensors, fan-in, chains, known and unknown numbers of iterations | `loops.rs` |
//! | scopes: siblings, nesting, borders between AUTO and MANUAL, in both directions | `scopes.rs` |
//! | the user's own edges: kept apart, never added to, in part sufficient | `edges.rs` |
//! | AUTO: what is settled at compile time, argument by argument, and what is left | `auto.rs` |
//!
//! [`cases`] says of each case of the compiler that these were collected from which test holds it, or why none does.
//!
//! Where one undecided region made a whole program fall back to the runtime, or an offset had to be a number, the tests
//! show that here it need not.

mod auto;
mod branches;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod edges;
mod hazards;
mod loops;
mod regions;
mod scopes;

use pto_compiler::analysis::Tracking;
use pto_compiler::model::Site;

/// A program with the parameters that the cases use.
fn program(body: &str) -> String {
    format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, table: In<u32>, n: usize, m: usize, t: usize, c: bool) {{
            {body}
        }}"
    )
}

/// A program that is one MANUAL scope.
fn manual(body: &str) -> String {
    program(&format!("manual_scope!({{ {body} }});"))
}

/// A program that is one MANUAL scope with the user's edges.
fn explicit(body: &str) -> String {
    program(&format!("manual_scope!(deps(explicit), {{ {body} }});"))
}

/// For each task, what the runtime does for the arguments that exist before: `l`ooks them up, `r`egisters them.
fn tracked(body: &str) -> Vec<String> {
    let compiled = common::compiled(&program(body));
    let errors = compiled.errors.into_sorted();
    assert!(errors.is_empty(), "{}", errors[0].plain());
    let word = |tracking: &Tracking| match (tracking.lookup, tracking.register) {
        (true, true) => "lr",
        (true, false) => "l",
        (false, true) => "r",
        (false, false) => "-",
    };
    let line = |(site, tracking): (&Site, &Vec<Tracking>)| {
        let used = site.accesses.iter().zip(tracking);
        let used = used.filter(|(access, _)| !access.creates);
        let words: Vec<&str> = used.map(|(_, tracking)| word(tracking)).collect();
        words.join(" ")
    };
    let sites = compiled.program.sites.iter();
    sites.zip(&compiled.analysis.tracking).map(line).collect()
}

/// The user's edges of each task.
fn users(source: &str) -> Vec<String> {
    let part = |line: String| {
        let from = line
            .find("explicit=")
            .map_or(0, |at| at + "explicit=".len());
        let to = line.find(" keep=").unwrap_or(line.len());
        line[from..to].to_owned()
    };
    common::sites(source).into_iter().map(part).collect()
}
