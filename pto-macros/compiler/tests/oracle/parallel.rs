//! `parallel_for!`: what is accepted is independent, and what is refused for certain is not.

use crate::interpret::{Instance, Run, execute};
use crate::{compiled, config};
use proptest::prelude::*;
use pto_compiler::Compiled;
use pto_compiler::analysis::{Conflict, Dependence, Level, Verdict};
use pto_compiler::syntax::ast::SiteId;
use pto_programs::Generator;

/// How often a program is executed before something is said never to happen.
const EXECUTIONS: u64 = 20;

/// Whether two instances belong to different iterations of one execution of a `parallel_for!`.
fn are_siblings(compiled: &Compiled, a: &Instance, b: &Instance) -> bool {
    let parted = a.around.iter().zip(&b.around).find(|(a, b)| a != b);
    parted.is_some_and(|(a, b)| {
        (a.of, a.entered) == (b.of, b.entered) && compiled.program.loops[a.of].parallel
    })
}

/// Conflicts between iterations that were promised to be independent.
pub(crate) fn broken_promises(compiled: &Compiled, run: &Run) -> Vec<String> {
    let mut broken = Vec::new();
    for (late, b) in run.instances.iter().enumerate() {
        for (early, a) in run.instances[..late].iter().enumerate() {
            if are_siblings(compiled, a, b) && a.conflicts(b) {
                broken.push(format!("#{} at {early} and #{} at {late}", a.site, b.site));
            }
        }
    }
    broken
}

/// Whether two instances lie in neighbouring iterations of the loop that carries a dependence.
fn are_neighbours(dep: &Dependence, level: Level, a: &Instance, b: &Instance) -> bool {
    let Level::Carried(index) = level else {
        return false;
    };
    if (a.site, b.site) != (dep.from, dep.to) || a.around[..index] != b.around[..index] {
        return false;
    }
    let (a, b) = (a.around[index], b.around[index]);
    a.entered == b.entered && a.number + 1 == b.number
}

/// What an execution says of a conflict that is claimed to be certain.
#[derive(Default)]
struct Evidence {
    /// Both ends were executed in neighbouring iterations.
    met: bool,
    /// They touched common elements.
    conflicted: bool,
}

impl Evidence {
    fn gather(&mut self, compiled: &Compiled, dep: &Dependence, conflict: &Conflict, run: &Run) {
        let access = |instance: &Instance, site: SiteId, index: usize| {
            let arg = compiled.program.sites[site].accesses[index].arg;
            let mut accesses = instance.accesses.iter();
            accesses.position(|access| access.arg == arg)
        };
        for (late, b) in run.instances.iter().enumerate() {
            for a in &run.instances[..late] {
                if !are_neighbours(dep, conflict.level, a, b) {
                    continue;
                }
                let first = access(a, dep.from, conflict.early).map(|at| &a.accesses[at]);
                let second = access(b, dep.to, conflict.late).map(|at| &b.accesses[at]);
                if let (Some(first), Some(second)) = (first, second) {
                    self.met = true;
                    self.conflicted |= first.conflicts(second);
                }
            }
        }
    }
}

fn check(source: &str, flips: u64) -> Result<(), TestCaseError> {
    let (compiled, errors) = compiled(source)?;
    if !errors
        .iter()
        .any(|(code, _)| ["PTO006", "PTO007"].contains(&code.as_str()))
    {
        let broken = broken_promises(&compiled, &execute(&compiled, flips));
        prop_assert!(broken.is_empty(), "{}\n{source}", broken.join("\n"));
        return Ok(());
    }
    let mut claims: Vec<(&Dependence, &Conflict, Evidence)> = Vec::new();
    for dep in &compiled.analysis.parallel {
        let certain = dep
            .conflicts
            .iter()
            .filter(|conflict| conflict.verdict == Verdict::Overlap);
        claims.extend(certain.map(|conflict| (dep, conflict, Evidence::default())));
    }
    for round in 0..EXECUTIONS {
        if claims.iter().all(|(_, _, evidence)| evidence.conflicted) {
            break;
        }
        let run = execute(&compiled, flips.wrapping_add(round));
        for (dep, conflict, evidence) in &mut claims {
            evidence.gather(&compiled, dep, conflict, &run);
        }
    }
    for (dep, conflict, evidence) in &claims {
        prop_assert!(
            evidence.conflicted || !evidence.met,
            "#{} and #{} never conflict, {conflict:?}\n{source}",
            dep.from,
            dep.to,
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn promises_are_kept_and_certain_conflicts_happen(
        seed in any::<u64>(),
        size in 2_usize..10,
        flips in any::<u64>(),
    ) {
        check(&Generator::new(seed).parallel_program(size), flips)?;
    }

    #[test]
    fn promises_about_elements_are_kept(
        seed in any::<u64>(),
        size in 2_usize..10,
        flips in any::<u64>(),
    ) {
        check(&Generator::new(seed).collecting().parallel_program(size), flips)?;
    }
}
