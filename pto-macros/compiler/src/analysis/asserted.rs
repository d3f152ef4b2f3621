//! Assertions of what is proven anyway, or of accesses that nothing conflicts with.

use super::Level;
use super::compared::Compared;
use super::dependence::{exclusive, in_other_copies, meetings, pairs};
use super::disjoint::Verdict;
use crate::model::{Access, Program, Site};
use crate::syntax::ast::{Assertion, AssertionKind, LoopId};

/// The assertions without which the same conflicts would be found. One that stands in a body which was unrolled is
/// several: each of them is told.
pub fn idle_assertions(program: &Program) -> Vec<&Assertion> {
    let asserting = program.sites.iter();
    let asserting = asserting.filter(|site| !site.options.asserted.is_empty());
    let mut all = asserting
        .flat_map(|site| site.options.asserted.iter().map(move |it| (site.id, it)))
        .peekable();
    if all.peek().is_none() {
        return Vec::new();
    }
    let compared = Compared::new(program);
    let pairs = pairs(program);
    let is_idle = |(site, assertion): &(usize, &Assertion)| {
        let mut meeting = pairs
            .iter()
            .filter(|(from, to)| [*from, *to].contains(site) && !exclusive(program, *from, *to));
        !meeting.any(|(from, to)| has_effect(&compared, (*from, *to), *site, assertion))
    };
    all.filter(is_idle)
        .map(|(_, assertion)| assertion)
        .collect()
}

/// Whether an assertion of `site` rules out a conflict of these two that is not ruled out otherwise.
fn has_effect(
    compared: &Compared<'_>,
    (from, to): (usize, usize),
    site: usize,
    assertion: &Assertion,
) -> bool {
    let program = compared.program();
    let common = program.common_loops(from, to);
    let (first, second) = (&program.sites[from], &program.sites[to]);
    let carried = (0..common.len()).map(Level::Carried);
    let same = (from < to).then_some(Level::Same);
    carried.chain(same).any(|level| {
        meetings(first, second).any(|meeting| {
            let ((early, x), (late, y)) = (meeting.early, meeting.late);
            let speaks = |(of, access): (&Site, &Access)| {
                of.id == site
                    && is_about(assertion, access)
                    && speaks_of(assertion, &common, level, access, (first, second))
            };
            (speaks((first, &first.accesses[early])) || speaks((second, &second.accesses[late])))
                && compared.reason(&common, level, x, y).verdict() != Verdict::Disjoint
        })
    })
}

fn is_about(assertion: &Assertion, access: &Access) -> bool {
    !access.creates && assertion.tensor == access.variable()
}

/// Whether the assertion, which is about this access, may tell anything of two sites at a level. What is apart by the
/// variable of a loop also tells which of its iterations meet, if a loop around it is in a later one.
fn speaks_of(
    assertion: &Assertion,
    common: &[LoopId],
    level: Level,
    access: &Access,
    (from, to): (&Site, &Site),
) -> bool {
    if let AssertionKind::NoDep = assertion.kind {
        return true;
    }
    let mut by = access.apart_by.iter();
    by.any(|of| match level {
        Level::Carried(index) if common.contains(of) => common[index..].contains(of),
        Level::Carried(_) | Level::Same => in_other_copies(*of, from, to),
    })
}
