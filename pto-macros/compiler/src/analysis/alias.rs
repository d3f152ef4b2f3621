//! Whether the arguments of one task share elements.

use super::disjoint::decide;
use super::{Analysis, Level, Verdict};
use crate::model::{Access, Program};
use crate::syntax::ast::{LoopId, SiteId};

impl Analysis {
    /// Whether no two arguments of a task share an element that it writes, for certain.
    pub fn is_disjoint(&self, program: &Program, site: SiteId) -> bool {
        let accesses = &program.sites[site].accesses;
        let mut writes = false;
        for (index, a) in accesses.iter().enumerate() {
            for b in accesses[index + 1..]
                .iter()
                .filter(|b| a.writes || b.writes)
            {
                writes = true;
                let known = !a.places.is_empty() && !b.places.is_empty();
                if !known || overlap_in_one_task(program, site, a, b) != Verdict::Disjoint {
                    return false;
                }
            }
        }
        writes
    }
}

/// Whether two accesses of one task touch the same elements, whatever their handles denote.
pub fn overlap_in_one_task(program: &Program, site: SiteId, a: &Access, b: &Access) -> Verdict {
    let loops: Vec<LoopId> = program.sites[site].loops().collect();
    // One variable denotes one storage at a time, whichever that is.
    let one = a.handle == b.handle && a.handle == a.variable() && a.places.len() == b.places.len();
    let indices = |first: usize| match one {
        true => first..first + 1,
        false => 0..b.places.len(),
    };
    let places = a.places.iter().enumerate();
    let pairs = places.flat_map(|(at, x)| indices(at).map(move |other| (x, &b.places[other])));
    let verdicts: Vec<Verdict> = pairs
        .map(|(x, y)| decide(program, &loops, Level::Same, x, y))
        .collect();
    match (verdicts.iter().min(), verdicts.iter().max()) {
        (Some(least), Some(most)) if least == most => *least,
        (Some(_), Some(_)) => Verdict::Undecided,
        _ => Verdict::Disjoint,
    }
}
