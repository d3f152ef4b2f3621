//! Random programs against a brute-force oracle.
//!
//! Each program is compiled, and also executed access by access, with the edges
//! that the emitted code would draw and those that the runtime would find.

mod by_hand;
mod interpret;
mod parallel;
mod precision;
#[path = "../common/reach.rs"]
mod reach;
mod soundness;
mod unrolled;
#[path = "../common/wires.rs"]
mod wires;

use proptest::prelude::{ProptestConfig, TestCaseError};
use pto_compiler::{Compiled, compile};

/// A program without mistakes, or the codes of its mistakes, each with its message.
fn compiled(source: &str) -> Result<(Compiled, Vec<(String, String)>), TestCaseError> {
    let item = syn::parse_str(source)
        .map_err(|error| TestCaseError::fail(format!("{error}: {source}")))?;
    let mut compiled = compile(proc_macro2::TokenStream::new(), item);
    let errors = std::mem::take(&mut compiled.errors).into_sorted();
    let errors = errors.iter();
    let errors = errors.map(|error| (error.code.to_string(), error.plain()));
    let errors = errors.collect();
    Ok((compiled, errors))
}

/// As many programs as are quick to try; `PTO_ORACLE_CASES` asks for more.
fn config(quick: u32) -> ProptestConfig {
    let asked = std::env::var("PTO_ORACLE_CASES").ok();
    let cases = asked.and_then(|text| text.parse().ok()).unwrap_or(quick);
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
