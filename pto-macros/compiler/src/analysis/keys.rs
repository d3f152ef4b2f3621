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
//! *key*; a table from keys to task ids then gives exactly the producers. A use of
//! one tile, the third say, pins the variable down to a number in the same way.

use super::Level;
use super::compared::Compared;
use super::dependence::{Conflict, Dependence, Verdict, is_asserted_apart, meetings};
use super::pins::Pair;
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeSet;

/// Most producers that one conflict is traced to.
const MOST_KEYS: usize = 9;

/// One loop of the earlier site whose variable is pinned down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    /// The loop around the earlier site.
    pub source: LoopId,
    /// The loop around the later site; `None` stands for a variable that is always zero.
    pub target: Option<LoopId>,
    /// By how much the earlier variable can exceed the later one.
    pub offsets: Vec<i64>,
}

/// One way to conflict: which instances take part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Of the earlier site, by loop, outermost first.
    pub parts: Vec<KeyPart>,
    /// Of the later site: the variables of these loops have one of these values.
    pub only: Vec<Only>,
}

/// The only values of a loop's variable that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// The loop.
    pub of: LoopId,
    /// The values.
    pub values: BTreeSet<i64>,
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
    /// One key for each way to conflict.
    /// None if the conflicts turn out to be impossible.
    pub keys: Vec<Key>,
    /// Keys that need no edge: the order of both with this site, which comes in between, implies it.
    pub implied: Vec<(Key, SiteId)>,
}

impl Keyed {
    /// Traces the conflicts of `dep` at `level`, if all of them can be.
    pub(super) fn of(compared: &Compared<'_>, dep: &Dependence, level: Level) -> Option<Self> {
        let program = compared.program();
        let common = program.common_loops(dep.from, dep.to);
        let (first, second) = (&program.sites[dep.from], &program.sites[dep.to]);
        let mut keys: Vec<Key> = Vec::new();
        for meeting in meetings(first, second) {
            let (early, late) = (meeting.early.1, meeting.late.1);
            let (a, b) = (
                &first.accesses[meeting.early.0],
                &second.accesses[meeting.late.0],
            );
            let apart = is_asserted_apart(&common, level, ((first, a), (second, b)))
                || compared.reason(&common, level, early, late).verdict() == Verdict::Disjoint;
            if apart {
                continue;
            }
            let pair = Pair {
                asserted: a.apart_by.union(&b.apart_by).copied().collect(),
                sites: (first, second),
                compared,
                program,
                common: &common,
                level,
                early,
                late,
            };
            let key = Key {
                parts: pair.parts(dep.from, dep.to),
                only: pair.only(dep.to),
            };
            // Without a possible distance, or value, there is no conflict after all.
            let possible = key.parts.iter().all(|part| !part.offsets.is_empty())
                && key.only.iter().all(|only| !only.values.is_empty());
            if possible && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let count = |key: &Key| {
            let offsets = key.parts.iter().map(|part| part.offsets.len());
            offsets.product::<usize>()
        };
        let is_pinned = |key: &Key| !key.parts.is_empty() || !key.only.is_empty();
        let pinned = keys.iter().all(is_pinned);
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
            implied: Vec::new(),
        })
    }
}

impl Key {
    /// Whether each instance conflicts with those of the same values of these loops' variables.
    pub(super) fn is_identity(&self) -> bool {
        let mut parts = self.parts.iter();
        self.only.is_empty()
            && parts.all(|part| Some(part.source) == part.target && part.offsets == [0])
    }

    /// One key for each combination of offsets.
    pub(super) fn alternatives(&self) -> Vec<Self> {
        let mut all = vec![Vec::new()];
        for part in &self.parts {
            let longer = |prefix: &Vec<KeyPart>| {
                let prefix = prefix.clone();
                part.offsets.iter().map(move |offset| {
                    let mut parts = prefix.clone();
                    parts.push(KeyPart {
                        offsets: vec![*offset],
                        ..part.clone()
                    });
                    parts
                })
            };
            all = all.iter().flat_map(longer).collect();
        }
        let only = || self.only.clone();
        all.into_iter()
            .map(|parts| Self {
                parts,
                only: only(),
            })
            .collect()
    }
}
