//! Random tiles against a brute-force oracle.
//!
//! Programs of nested loops cut, turn and reshape one tensor. They are executed element by element. Whenever two
//! instances touch a common element, the compiler must have found a conflict between their sites at the level at which
//! their iterations differ, or an order that makes it pointless: nothing that it takes for apart may ever meet. And the
//! edges that the emitted code draws must order the two.

mod factorised;
mod generate;
mod interpret;
#[path = "../common/reach.rs"]
mod reach;
#[path = "../common/wires.rs"]
mod wires;

use generate::Generator;
use interpret::{Instance, execute};
use proptest::prelude::*;
use pto_compiler::analysis::{Analysis, KeyPart, Level, Only};
use pto_compiler::{Compiled, compile};
use reach::Reach;

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
        let implied = keyed.implied.iter().map(|(key, _)| key);
        let mut keys = keyed.keys.iter().chain(implied);
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
        let plan = &compiled.analysis.plan;
        let instances = execute(&compiled.source, plan, seed.wrapping_add(numbers));
        let mut reach = Reach::default();
        for (at, late) in instances.iter().enumerate() {
            reach.push(&late.after);
            let conflicting = instances[..at].iter().enumerate();
            let conflicting = conflicting.filter(|(_, early)| early.conflicts(late));
            for (before, early) in conflicting {
                let level = level(&compiled, early, late);
                prop_assert!(
                    known(&compiled.analysis, early, late, level),
                    "#{} in {:?} and #{} in {:?} meet, seed {seed}\n{source}",
                    early.site,
                    early.rounds,
                    late.site,
                    late.rounds
                );
                prop_assert!(
                    reach.orders(before, at),
                    "#{} in {:?} and #{} in {:?} meet unordered, seed {seed}\n{source}",
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

/// What is known of the row tells of the tiles in it: each waits for its own and no other.
#[test]
fn rows_that_are_cut_again() {
    let cuts = [
        (
            "y.view_mut([i * t..(i + 1) * t]).reshape_mut([12, t])",
            "j..j + 1",
        ),
        ("y.view_mut([.., i * t..(i + 1) * t])", "j..j + 1"),
        (
            "y.reshape_mut([96]).view_mut([i * 12..(i + 1) * 12])",
            "j * t..(j + 1) * t",
        ),
        (
            "y.reshape_mut([96]).view_mut([i * 12..(i + 1) * 12]).reshape_mut([4, 3])",
            "j..j + 1",
        ),
    ];
    for (row, tile) in cuts {
        let source = format!(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize, m: usize, t: usize, s: usize) {{
                 manual_scope!({{
                     for k in 0..n {{ for i in 0..m {{
                         let mut row = {row};
                         for j in 0..4 {{ k(&x, &mut row.view_mut([{tile}])); }}
                     }} }}
                 }});
             }}"
        );
        for seed in 0..20 {
            check(&source, seed).unwrap_or_else(|error| panic!("{error}"));
            let (item, none) = (
                syn::parse_str(&source).unwrap(),
                proc_macro2::TokenStream::new(),
            );
            let compiled = compile(none, item);
            let instances = execute(&compiled.source, &compiled.analysis.plan, seed);
            for late in &instances {
                let mut earlier = late.after.iter().map(|early| &instances[*early]);
                let empty = late.is_idle();
                assert!(
                    empty || earlier.all(|early| early.conflicts(late)),
                    "{source}"
                );
            }
        }
    }
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

    #[test]
    fn so_it_is_in_loops_over_the_same_tiles(seed in any::<u64>()) {
        check(&Generator::new(seed).phases(), seed)?;
    }
}
