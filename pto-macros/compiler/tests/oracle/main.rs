//! Random programs against a brute-force oracle.
//!
//! Each program is compiled, and also executed access by access. Any two
//! instances of tasks that touch a common element, one of them writing, must be
//! ordered by a path of edges: those that the emitted code would draw and, to AUTO
//! tasks, those that the runtime would; and storage that a MANUAL task uses must
//! be kept.

mod interpret;

use interpret::{Run, execute};
use proptest::prelude::*;
use pto_compiler::compile;
use pto_programs::Generator;

/// Pairs of instances that conflict without being ordered, as text.
fn races(run: &Run) -> Vec<String> {
    let reach = run.reachability();
    let mut races = Vec::new();
    for (late, before) in reach.iter().enumerate() {
        for early in (0..late).filter(|early| !before.contains(early)) {
            let (a, b) = (&run.instances[early], &run.instances[late]);
            if a.conflicts(b) {
                races.push(format!("#{} at {early} and #{} at {late}", a.site, b.site));
            }
        }
    }
    races
}

fn check(source: &str, flips: u64) -> Result<(), TestCaseError> {
    let item = syn::parse_str(source)
        .map_err(|error| TestCaseError::fail(format!("{error}: {source}")))?;
    let compiled = compile(proc_macro2::TokenStream::new(), item);
    let errors = compiled.errors.into_sorted();
    // Aliased arguments and tensors that leave their scope are the generator's to make.
    for error in &errors {
        let expected = ["PTO008", "PTO009"].contains(&error.code.to_string().as_str());
        prop_assert!(expected, "{}\n{source}", error.plain());
    }
    if !errors.is_empty() {
        return Ok(());
    }
    let run = execute(
        &compiled.source,
        &compiled.program,
        &compiled.analysis,
        flips,
    );
    let races = races(&run);
    prop_assert!(races.is_empty(), "{}\n{source}", races.join("\n"));
    let freed = run.freed_early();
    prop_assert!(freed.is_empty(), "{}\n{source}", freed.join("\n"));
    Ok(())
}

/// Programs to try; `PTO_ORACLE_CASES` asks for more.
fn cases() -> u32 {
    let asked = std::env::var("PTO_ORACLE_CASES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_conflict_is_ordered(seed in any::<u64>(), size in 2_usize..14, flips in any::<u64>()) {
        let source = Generator::new(seed).program(size);
        check(&source, flips)?;
    }
}
