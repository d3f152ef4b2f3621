//! Inside the fragment that the analysis decides exactly, nothing is refused and
//! nothing waits without a reason.

use crate::interpret::{Run, execute};
use crate::parallel::broken_promises;
use crate::{compiled, config};
use proptest::prelude::*;
use pto_programs::{Generator, Style};

/// A `parallel_for!` that is refused has iterations that conflict.
fn check_refusals(source: &str) -> Result<(), TestCaseError> {
    let (compiled, errors) = compiled(source)?;
    let refused = |(code, _): &(String, String)| ["PTO006", "PTO007"].contains(&code.as_str());
    if errors.iter().any(refused) {
        let broken = broken_promises(&compiled, &execute(&compiled, 0));
        prop_assert!(!broken.is_empty(), "{}\n{source}", errors[0].1);
    }
    Ok(())
}

/// Edges without which every conflict would be ordered all the same, between
/// instances that do not conflict. Fences stand for others and are left out.
fn idle_edges(run: &Run) -> Vec<(usize, usize)> {
    let conflicts: Vec<(usize, usize)> = (0..run.instances.len())
        .flat_map(|late| (0..late).map(move |early| (early, late)))
        .filter(|(early, late)| run.instances[*early].conflicts(&run.instances[*late]))
        .collect();
    let edges = run.instances.iter().enumerate();
    let edges = edges.flat_map(|(late, instance)| instance.after.iter().map(move |p| (*p, late)));
    let works = |at: usize| !run.instances[at].accesses.is_empty();
    let between = edges.filter(|(early, late)| works(*early) && works(*late));
    let idle = between.filter(|edge| !conflicts.contains(edge));
    let idle = idle.filter(|edge| {
        let reach = run.reachability_without(Some(*edge));
        let mut ordered = conflicts.iter();
        ordered.all(|(early, late)| reach.orders(*early, *late))
    });
    idle.collect()
}

/// Every edge orders two instances that conflict, or is part of the only path between such.
fn check_edges(source: &str) -> Result<(), TestCaseError> {
    let (compiled, errors) = compiled(source)?;
    if errors.is_empty() {
        let run = execute(&compiled, 0);
        let idle = idle_edges(&run);
        let sites = idle.iter().map(|(p, c)| {
            let (a, b) = (&run.instances[*p], &run.instances[*c]);
            format!("#{} at {p} -> #{} at {c}", a.site, b.site)
        });
        let sites: Vec<String> = sites.collect();
        prop_assert!(idle.is_empty(), "{}\n{source}", sites.join("\n"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn independent_iterations_are_accepted(seed in any::<u64>(), size in 1_usize..8) {
        check_refusals(&Generator::with_style(seed, Style::Exact).parallel_program(size))?;
    }

    #[test]
    fn no_edge_is_idle(seed in any::<u64>(), size in 1_usize..8) {
        check_edges(&Generator::with_style(seed, Style::Flat).program(size))?;
    }
}
