//! Which instances of the earlier site a conflict can be with, where loop variables tell.
//!
//! In
//!
//! ```text
//! for k in .. { for j in .. { update(&mut y.view_mut([j * t..(j + 1) * t])) } }
//! ```
//!
//! an update conflicts with those of earlier `k` that have the same `j`, and with
//! no other. That is shown by contradiction: if the earlier `j` were greater than
//! the later one, the regions would be apart, and if it were less as well. The
//! variables of the earlier site's loops that are pinned down like this form a
//! *key*; a table from keys to task ids then gives exactly the producers.

use super::Level;
use super::compared::Compared;
use super::dependence::{Conflict, Dependence, Verdict, is_asserted_apart, meetings};
use super::disjoint::apart_at;
use super::moments::{Distance, unit};
use crate::model::{Place, Program, Sym};
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeSet;

/// How many steps the variables of the two instances may be apart for a key to be used.
const FARTHEST: i64 = 4;

/// Most producers that one conflict is traced to.
const MOST_KEYS: usize = 9;

/// One loop of the earlier site whose variable is pinned down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    /// The loop around the earlier site.
    pub source: LoopId,
    /// The loop around the later site.
    pub target: LoopId,
    /// By how much the earlier variable can exceed the later one.
    pub offsets: Vec<i64>,
}

/// Conflicts of two sites at one level, traced to the instances that take part.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// The earlier site.
    pub from: SiteId,
    /// The later site.
    pub to: SiteId,
    /// Where the iterations lie.
    pub level: Level,
    /// Number of loops around both.
    pub common: usize,
    /// The conflicts.
    pub conflicts: Vec<Conflict>,
    /// One key for each way to conflict; all have the same sources, outermost first.
    /// None if the conflicts turn out to be impossible.
    pub keys: Vec<Vec<KeyPart>>,
}

impl Keyed {
    /// Traces the conflicts of `dep` at `level`, if all of them can be.
    pub(super) fn of(compared: &Compared<'_>, dep: &Dependence, level: Level) -> Option<Self> {
        let program = compared.program();
        let common = program.common_loops(dep.from, dep.to);
        let (first, second) = (&program.sites[dep.from], &program.sites[dep.to]);
        let mut keys: Vec<Vec<KeyPart>> = Vec::new();
        for meeting in meetings(first, second) {
            let (early, late) = (meeting.early.1, meeting.late.1);
            let (a, b) = (
                &first.accesses[meeting.early.0],
                &second.accesses[meeting.late.0],
            );
            let apart = is_asserted_apart(&common, level, (a, b))
                || compared.reason(&common, level, early, late).verdict() == Verdict::Disjoint;
            if apart {
                continue;
            }
            let pair = Pair {
                asserted: a
                    .apart_by
                    .keys()
                    .chain(b.apart_by.keys())
                    .copied()
                    .collect(),
                compared,
                program,
                common: &common,
                level,
                early,
                late,
            };
            let key = pair.key(dep.from, dep.to);
            // Without a possible distance there is no conflict after all.
            let possible = key.iter().all(|part| !part.offsets.is_empty());
            if possible && !keys.contains(&key) {
                keys.push(key);
            }
        }
        // A table has one kind of key: what all conflicts pin down.
        let shared = |source: &LoopId| {
            keys.iter()
                .all(|key| key.iter().any(|part| part.source == *source))
        };
        let sources: Vec<LoopId> = first.loops().filter(shared).collect();
        for key in &mut keys {
            key.retain(|part| sources.contains(&part.source));
        }
        let count =
            |key: &Vec<KeyPart>| key.iter().map(|part| part.offsets.len()).product::<usize>();
        let pinned = keys.is_empty() || !sources.is_empty();
        let keyed = pinned && keys.iter().map(count).sum::<usize>() <= MOST_KEYS;
        keyed.then(|| Self {
            from: dep.from,
            to: dep.to,
            level,
            common: dep.common,
            conflicts: dep
                .conflicts
                .iter()
                .filter(|c| c.level == level)
                .copied()
                .collect(),
            keys,
        })
    }

    /// The loops of the key, outermost first.
    pub fn sources(&self) -> impl Iterator<Item = LoopId> + '_ {
        self.keys.iter().take(1).flatten().map(|part| part.source)
    }
}

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
        let distance = Distance::Exactly(*steps);
        !apart_at(program, common, level, (early, late), (var, var), distance)
    })?;
    steps.checked_mul(i64::try_from(unit).ok()?)
}

/// Two accesses that may conflict at a level.
struct Pair<'a> {
    /// Loops with the same variable at both, by assertion of the user.
    asserted: BTreeSet<LoopId>,
    compared: &'a Compared<'a>,
    program: &'a Program,
    common: &'a [LoopId],
    level: Level,
    early: &'a Place,
    late: &'a Place,
}

impl Pair<'_> {
    fn key(&self, from: SiteId, to: SiteId) -> Vec<KeyPart> {
        let outer = self.level.depth(self.common.len());
        let targets: Vec<LoopId> = self.program.sites[to].loops().skip(outer).collect();
        let sources = self.program.sites[from].loops().skip(outer);
        sources
            .filter_map(|source| {
                // The same loop is the likeliest counterpart.
                let same = targets.iter().filter(|target| **target == source);
                let other = targets.iter().filter(|target| **target != source);
                let carried = self.carrier() == Some(source);
                let likely = same.chain(other.filter(|_| !carried));
                likely
                    .into_iter()
                    .find_map(|target| self.part(source, *target))
            })
            .collect()
    }

    fn carrier(&self) -> Option<LoopId> {
        match self.level {
            Level::Carried(index) => Some(self.common[index]),
            Level::Same => None,
        }
    }

    fn part(&self, source: LoopId, target: LoopId) -> Option<KeyPart> {
        let (early, late) = (
            self.program.loops[source].var?,
            self.program.loops[target].var?,
        );
        if source == target && self.asserted.contains(&source) {
            return Some(KeyPart {
                source,
                target,
                offsets: vec![0],
            });
        }
        let mentions = |place: &Place, sym| place.mentions(|found| found == sym);
        if !mentions(self.early, early) || !mentions(self.late, late) {
            return None;
        }
        let places = (self.early, self.late);
        let loops = (source, target);
        let offsets = self
            .compared
            .offsets(self.common, self.level, places, loops, || {
                self.offsets(source, (early, late))
            })?;
        Some(KeyPart {
            source,
            target,
            offsets,
        })
    }

    /// By how much the variable `early` of loop `source` can exceed the variable
    /// `late`; `None` if that is not bounded by little.
    fn offsets(&self, source: LoopId, (early, late): (Sym, Sym)) -> Option<Vec<i64>> {
        let apart = |distance| {
            let (places, vars) = ((self.early, self.late), (early, late));
            apart_at(
                self.program,
                self.common,
                self.level,
                places,
                vars,
                distance,
            )
        };
        let steps = if self.carrier() == Some(source) {
            // The carrying loop itself goes one way.
            if self.program.is_reversed(source) {
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
        let steps: Vec<i64> = steps.filter(possible).collect();
        let same = &self.common[..self.level.depth(self.common.len())];
        match unit(&self.program.symbols, same, early, late).as_constant() {
            Some(unit) => {
                let unit = i64::try_from(unit).ok()?;
                steps.iter().map(|steps| steps.checked_mul(unit)).collect()
            }
            // How far a step of unknown size leads is not known here.
            None => (steps == [0]).then_some(steps),
        }
    }
}
