//! Every conflict is ordered, and everything used is kept, by whatever edges are in force.

use crate::interpret::{Run, execute, execute_nested};
use crate::{compiled, config};
use proptest::prelude::*;
use pto_programs::{Generator, Style};

/// Mistakes that the generator makes: edges that are missing, storage that is not kept, aliased arguments, tensors that
/// leave their scope, and iterations that are not independent.
const EXPECTED: [&str; 6] = ["PTO004", "PTO005", "PTO006", "PTO007", "PTO008", "PTO009"];

/// Pairs of instances that conflict without being ordered, and instances whose kernels conflict, as text.
fn races(run: &Run) -> Vec<String> {
    let reach = run.reachability();
    let mut races = Vec::new();
    for (late, b) in run.instances.iter().enumerate() {
        if b.conflicts_with_itself() {
            races.push(format!("#{} at {late} within itself", b.site));
        }
        for (early, a) in run.instances[..late].iter().enumerate() {
            if a.conflicts(b) && !reach.orders(early, late) {
                races.push(format!("#{} at {early} and #{} at {late}", a.site, b.site));
            }
        }
    }
    races
}

pub(crate) fn check(source: &str, flips: u64) -> Result<(), TestCaseError> {
    let (compiled, errors) = compiled(source)?;
    for (code, message) in &errors {
        prop_assert!(EXPECTED.contains(&code.as_str()), "{message}\n{source}");
    }
    if !errors.is_empty() {
        return Ok(());
    }
    for run in [execute(&compiled, flips), execute_nested(&compiled, flips)] {
        let races = races(&run);
        prop_assert!(races.is_empty(), "{}\n{source}", races.join("\n"));
        let freed = run.freed_early(&run.reachability());
        prop_assert!(freed.is_empty(), "{}\n{source}", freed.join("\n"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn every_conflict_is_ordered(seed in any::<u64>(), size in 2_usize..14, flips in any::<u64>()) {
        let source = Generator::new(seed).program(size);
        check(&source, flips)?;
    }

    #[test]
    fn every_conflict_on_elements_is_ordered(
        seed in any::<u64>(),
        size in 2_usize..14,
        flips in any::<u64>(),
    ) {
        let source = Generator::new(seed).collecting().program(size);
        check(&source, flips)?;
    }

    #[test]
    fn so_is_every_conflict_beside_edges_of_the_programs_own(
        seed in any::<u64>(),
        size in 1_usize..8,
        flips in any::<u64>(),
    ) {
        let source = Generator::new(seed).naming().program(size);
        check(&source, flips)?;
    }

    #[test]
    fn so_is_every_conflict_with_called_orchestrations(
        seed in any::<u64>(), size in 2_usize..14, flips in any::<u64>()
    ) {
        let source = Generator::with_style(seed, Style::Calls).program(size);
        check(&source, flips)?;
    }
}
