//! Which values loop variables can have where two places meet: by contradiction.

use super::Level;
use super::compared::{About, Compared};
use super::disjoint::{Assumption, apart_if};
use super::keys::{KeyPart, Only};
use super::moments::{Distance, Moment, unit};
use crate::model::{Place, Program, Site, Slot, Sym};
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeSet;

/// How far from where it is likely to be a variable may be for its values to be told.
const FARTHEST: i64 = 4;

/// By how much the variable of the loop that carries a conflict differs between the
/// nearest two iterations that take part: the earlier one's value less the later one's.
pub fn nearest(
    program: &Program,
    common: &[LoopId],
    carrier: usize,
    early: &Place,
    late: &Place,
) -> Option<i64> {
    let var = program.loops[common[carrier]].var?;
    let back = if program.is_reversed(common[carrier]) {
        1
    } else {
        -1
    };
    let level = Level::Carried(carrier);
    let unit = unit(&program.symbols, &common[..carrier], var, var).as_constant()?;
    let steps = (1..=FARTHEST).map(|steps| back * steps).find(|steps| {
        let assumption = Assumption::Difference((var, var), Distance::Exactly(*steps));
        !apart_if(program, common, level, (early, late), &[assumption])
    })?;
    steps.checked_mul(i64::try_from(unit).ok()?)
}

/// The numbers for a variable in a place at which it begins at about the same element as another.
fn likely_numbers(place: &Place, other: &Place, var: Sym) -> impl Iterator<Item = i64> {
    /// What lies further out is no tile that somebody wrote down.
    const MOST: i128 = 1 << 32;
    let begins = place.region.begins().flat_map(|(at, low)| {
        let same = other.region.begins().filter(move |(same, _)| *same == at);
        same.map(move |(_, begin)| (low, begin))
    });
    let indices = place
        .slots
        .iter()
        .filter_map(|(id, slot)| match (slot, other.slots.get(id)) {
            (Slot::At(first), Some(Slot::At(second))) => Some((first, second)),
            _ => None,
        });
    let pairs = begins.chain(indices);
    let pairs = pairs.filter(move |(low, _)| low.symbols().any(|found| found == var));
    let solved = pairs.filter_map(move |(low, other)| low.solved_for(var, other));
    solved
        .filter(|at| (0..MOST).contains(at))
        .filter_map(|at| i64::try_from(at).ok())
}

/// Two accesses that may conflict at a level.
pub(super) struct Pair<'a> {
    /// Loops whose variables have the same value at both, by assertion of the user.
    pub(super) asserted: BTreeSet<LoopId>,
    pub(super) sites: (&'a Site, &'a Site),
    pub(super) compared: &'a Compared<'a>,
    pub(super) program: &'a Program,
    pub(super) common: &'a [LoopId],
    pub(super) level: Level,
    pub(super) early: &'a Place,
    pub(super) late: &'a Place,
}

/// Variables of loops around the earlier and the later place, and by how many steps the first exceeds the second wherever the
/// two meet.
type Given = Vec<((Sym, Sym), i64)>;

impl Pair<'_> {
    /// What is known of the variables of the loops around the earlier site.
    pub(super) fn parts(&self, from: SiteId, to: SiteId) -> Vec<KeyPart> {
        let outer = self.level.depth(self.common.len());
        let targets: Vec<LoopId> = self.program.sites[to].loops().skip(outer).collect();
        let sources = self.program.sites[from].loops().skip(outer);
        // What is known of outer loops tells more of inner ones: tiles of a row are apart once the row is the same.
        let mut given = Given::new();
        sources
            .filter_map(|source| {
                // The same loop is the likeliest counterpart.
                let same = targets.iter().filter(|target| **target == source);
                let other = targets.iter().filter(|target| **target != source);
                let likely = same.chain(other);
                let part = likely
                    .into_iter()
                    .find_map(|target| self.part(source, *target, &mut given));
                part.or_else(|| self.number(source))
            })
            .collect()
    }

    fn carrier(&self) -> Option<LoopId> {
        match self.level {
            Level::Carried(index) => Some(self.common[index]),
            Level::Same => None,
        }
    }

    /// What is known of the variables of two loops, which is also added to what is given if it is their distance.
    fn part(&self, source: LoopId, target: LoopId, given: &mut Given) -> Option<KeyPart> {
        let (early, late) = (
            self.program.loops[source].var?,
            self.program.loops[target].var?,
        );
        if source == target && self.asserted.contains(&source) {
            // The variable of a copy is so much more than the loop's.
            let copy =
                |site: &Site| i64::try_from(site.copies.get(&source).copied().unwrap_or(0)).ok();
            return Some(KeyPart {
                source,
                target: Some(target),
                offsets: vec![copy(self.sites.1)? - copy(self.sites.0)?],
            });
        }
        let mentions = |place: &Place, sym| place.mentions(|found| found == sym);
        if !mentions(self.early, early) || !mentions(self.late, late) {
            return None;
        }
        let about = About::Difference(source, target, given.clone());
        let carried = source == target && self.carrier() == Some(source);
        let steps = self.known(about, || {
            self.steps(carried.then_some(source), (early, late), given)
        })?;
        let offsets = self.offsets((early, late), &steps)?;
        if let [steps] = steps[..] {
            given.push(((early, late), steps));
        }
        Some(KeyPart {
            source,
            target: Some(target),
            offsets,
        })
    }

    /// The numbers that the variable of a loop around the earlier site can only be.
    fn number(&self, source: LoopId) -> Option<KeyPart> {
        let find = || self.numbers(source, Moment::Early);
        Some(KeyPart {
            source,
            target: None,
            offsets: self.known(About::Early(source), find)?,
        })
    }

    /// What is known of the variables of the loops around the later site.
    pub(super) fn only(&self, to: SiteId) -> Vec<Only> {
        let known = self.program.sites[to].loops().filter_map(|of| {
            let values = self.known(About::Late(of), || self.numbers(of, Moment::Late))?;
            let values = values.into_iter().collect();
            Some(Only { of, values })
        });
        known.collect()
    }

    fn known(&self, about: About, find: impl FnOnce() -> Option<Vec<i64>>) -> Option<Vec<i64>> {
        let places = (self.early, self.late);
        self.compared
            .numbers(self.common, self.level, places, about, find)
    }

    fn apart(&self, assumptions: &[Assumption]) -> bool {
        let places = (self.early, self.late);
        apart_if(self.program, self.common, self.level, places, assumptions)
    }

    /// The few numbers that the variable of a loop can be at a moment; `None` if it can be others.
    fn numbers(&self, of: LoopId, moment: Moment) -> Option<Vec<i64>> {
        let var = self.program.loops[of].var?;
        let likely = likely_numbers(self.early, self.late, var);
        let mut likely = likely.chain(likely_numbers(self.late, self.early, var));
        likely.find_map(|middle| self.near(middle, |value| Assumption::Value((var, moment), value)))
    }

    /// The numbers near `middle` that something can be; `None` if it can be others.
    fn near(&self, middle: i64, is: impl Fn(Distance) -> Assumption) -> Option<Vec<i64>> {
        let (above, below) = (
            |at| self.apart(&[is(Distance::AtLeast(at))]),
            |at| self.apart(&[is(Distance::AtMost(at))]),
        );
        // Mostly it is a tile of the same tiling.
        let reach = [0, FARTHEST]
            .into_iter()
            .find(|reach| above(middle + reach + 1) && below(middle - reach - 1))?;
        let near = (middle - reach).max(0)..=middle + reach;
        let possible = |at: &i64| !self.apart(&[is(Distance::Exactly(*at))]);
        Some(near.filter(possible).collect())
    }

    /// By how many steps the variable `early` can exceed the variable `late`; `None` if that is not bounded by little.
    /// If both are that of the loop which carries the conflict, it is `carrier`.
    fn steps(
        &self,
        carrier: Option<LoopId>,
        (early, late): (Sym, Sym),
        given: &Given,
    ) -> Option<Vec<i64>> {
        let given = given
            .iter()
            .map(|(vars, steps)| (*vars, Distance::Exactly(*steps)));
        let given: Vec<_> = given
            .map(|(vars, at)| Assumption::Difference(vars, at))
            .collect();
        let apart = |distance| {
            let mut assumptions = given.clone();
            assumptions.push(Assumption::Difference((early, late), distance));
            self.apart(&assumptions)
        };
        let steps = if let Some(carrier) = carrier {
            // The carrying loop itself goes one way.
            if self.program.is_reversed(carrier) {
                let bounded = apart(Distance::AtLeast(FARTHEST + 1));
                bounded.then_some(1..=FARTHEST)?
            } else {
                let bounded = apart(Distance::AtMost(-FARTHEST - 1));
                bounded.then_some(-FARTHEST..=-1)?
            }
        } else if apart(Distance::AtLeast(1)) && apart(Distance::AtMost(-1)) {
            // Mostly a tile meets itself alone.
            0..=0
        } else {
            let bounded =
                apart(Distance::AtLeast(FARTHEST + 1)) && apart(Distance::AtMost(-FARTHEST - 1));
            bounded.then_some(-FARTHEST..=FARTHEST)?
        };
        let possible = |offset: &i64| !apart(Distance::Exactly(*offset));
        Some(steps.filter(possible).collect())
    }

    /// By how much a variable exceeds another that it is so many steps ahead of; `None` if that is not known.
    fn offsets(&self, (early, late): (Sym, Sym), steps: &[i64]) -> Option<Vec<i64>> {
        let same = &self.common[..self.level.depth(self.common.len())];
        match unit(&self.program.symbols, same, early, late).as_constant() {
            Some(unit) => {
                let unit = i64::try_from(unit).ok()?;
                steps.iter().map(|steps| steps.checked_mul(unit)).collect()
            }
            // How far a step of unknown size leads is not known here.
            None => (steps == [0]).then(|| steps.to_vec()),
        }
    }
}
