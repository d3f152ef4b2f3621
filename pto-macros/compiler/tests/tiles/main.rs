//! Random tiles against a brute-force oracle.
//!
//! Programs of nested loops cut, turn and reshape one tensor. They are executed element by element. Whenever two
//! instances touch a common element, the compiler must have found a conflict between their sites at the level at which
//! their iterations differ, or an order that makes it pointless: nothing that it takes for apart may ever meet.

mod generate;
mod interpret;

use generate::Generator;
use interpret::{Instance, execute};
use proptest::prelude::*;
use pto_compiler::analysis::{Analysis, KeyPart, Level, Only};
use pto_compiler::{Compiled, compile};

/// The level at which an earlier instance lies before a later one.
fn level(compiled: &Compiled, early: &Instance, late: &Instance) -> Level {
    let common = compiled.program.common_loops(early.site, late.site);
    let differing = (0..common.len()).find(|index| early.rounds[*index] != late.rounds[*index]);
    differing.map_or(Level::Same, Level::Carried)
}

/// Whether the compiler knows that the two may meet.
fn known(analysis: &Analysis, early: &Instance, late: &Instance, level: Level) -> bool {
    let (from, to) = (early.site, late.site);
    let wired = analysis.wired.iter().any(|dep| {
        let mut conflicts = dep.conflicts.iter();
        (dep.from, dep.to) == (from, to) && conflicts.any(|conflict| conflict.level == level)
    });
    let fits = |part: &KeyPart| {
        let target = part.target.map_or(Some(0), |target| late.variable(target));
        match (early.variable(part.source), target) {
            (Some(a), Some(b)) => part.offsets.contains(&(a - b)),
            _ => false,
        }
    };
    let holds = |only: &Only| {
        let value = late.variable(only.of);
        value.is_some_and(|value| only.values.contains(&value))
    };
    let keyed = analysis.keyed.iter().any(|keyed| {
        let mut keys = keyed.keys.iter();
        (keyed.from, keyed.to, keyed.level) == (from, to, level)
            && keys.any(|key| key.parts.iter().all(fits) && key.only.iter().all(holds))
    });
    wired || keyed || analysis.actual.holds(from, to, level)
}

fn check(source: &str, seed: u64) -> Result<(), TestCaseError> {
    let item = syn::parse_str(source)
        .map_err(|error| TestCaseError::fail(format!("{error}: {source}")))?;
    let mut compiled = compile(proc_macro2::TokenStream::new(), item);
    // Overlapping arguments are the generator's to make.
    for error in std::mem::take(&mut compiled.errors).into_sorted() {
        let expected = error.code.to_string() == "PTO009";
        prop_assert!(expected, "{}\n{source}", error.plain());
    }
    // Compiling takes longer than executing.
    for numbers in 0..4 {
        let instances = execute(&compiled.source, seed.wrapping_add(numbers));
        for (at, late) in instances.iter().enumerate() {
            for early in instances[..at].iter().filter(|early| early.conflicts(late)) {
                let level = level(&compiled, early, late);
                prop_assert!(
                    known(&compiled.analysis, early, late, level),
                    "#{} in {:?} and #{} in {:?} meet, seed {seed}\n{source}",
                    early.site,
                    early.rounds,
                    late.site,
                    late.rounds
                );
            }
        }
    }
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
    fn what_is_apart_never_meets(seed in any::<u64>()) {
        check(&Generator::new(seed).program(), seed)?;
    }
}
