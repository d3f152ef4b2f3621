//! RAW, WAR and WAW between all pairs of sites that control flow can order.

use super::Level;
use super::disjoint::decide;
use crate::model::{Access, Context, Program, RootId, SiteKind};
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeMap;
use std::fmt;

pub use super::disjoint::Verdict;

/// Kind of a conflict, named from the later access's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// Read after write.
    Raw,
    /// Write after read.
    War,
    /// Write after write.
    Waw,
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "RAW",
            Self::War => "WAR",
            Self::Waw => "WAW",
        })
    }
}

/// Two accesses that conflict.
#[derive(Clone, Copy, Debug)]
pub struct Conflict {
    /// Which kind.
    pub hazard: Hazard,
    /// Where the iterations lie.
    pub level: Level,
    /// How certain it is; never `Disjoint`.
    pub verdict: Verdict,
    /// The storage.
    pub root: RootId,
    /// Index of the access at the source site.
    pub early: usize,
    /// Index of the access at the target site.
    pub late: usize,
}

/// All conflicts that order `to` after `from`.
#[derive(Clone, Debug)]
pub struct Dependence {
    /// The earlier site.
    pub from: SiteId,
    /// The later site; the same one for a dependence between iterations.
    pub to: SiteId,
    /// Number of loops around both.
    pub common: usize,
    /// Why.
    pub conflicts: Vec<Conflict>,
}

impl Dependence {
    /// The levels at which there is a conflict, outermost first.
    pub fn levels(&self) -> Vec<Level> {
        let mut levels: Vec<Level> = self.conflicts.iter().map(|c| c.level).collect();
        levels.sort_unstable();
        levels.dedup();
        levels
    }
}

/// Computes the dependences of a program, in order of (`from`, `to`).
///
/// Allocations are complete when they are submitted and conflict with nothing.
pub(super) fn dependences(program: &Program) -> Vec<Dependence> {
    let mut found = Vec::new();
    // Sites by the roots they touch: only those can conflict.
    let mut users: BTreeMap<RootId, Vec<SiteId>> = BTreeMap::new();
    for site in program
        .sites
        .iter()
        .filter(|site| site.kind == SiteKind::Task)
    {
        let mut roots: Vec<RootId> = roots_of(&site.accesses).collect();
        roots.sort_unstable();
        roots.dedup();
        for root in roots {
            users.entry(root).or_default().push(site.id);
        }
    }
    let mut pairs: Vec<(SiteId, SiteId)> = Vec::new();
    for sites in users.values() {
        for from in sites {
            pairs.extend(sites.iter().map(|to| (*from, *to)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    for (from, to) in pairs {
        let common = program.common_loops(from, to);
        let mut levels: Vec<Level> = (0..common.len()).map(Level::Carried).collect();
        if from < to && !exclusive(program, from, to) {
            levels.push(Level::Same);
        }
        let mut conflicts = Vec::new();
        for level in levels {
            conflicts_at(program, &common, level, from, to, &mut conflicts);
        }
        if !conflicts.is_empty() {
            found.push(Dependence {
                from,
                to,
                common: common.len(),
                conflicts,
            });
        }
    }
    found
}

fn roots_of(accesses: &[Access]) -> impl Iterator<Item = RootId> + '_ {
    accesses
        .iter()
        .flat_map(|access| access.places.iter().map(|place| place.root))
}

/// Whether the two sites are alternatives of one branching, in every single iteration.
pub(super) fn exclusive(program: &Program, a: SiteId, b: SiteId) -> bool {
    let pairs = program.sites[a]
        .context
        .iter()
        .zip(&program.sites[b].context);
    let differing = pairs.into_iter().find(|(a, b)| a != b);
    matches!(
        differing,
        Some((Context::Arm { branch: left, .. }, Context::Arm { branch: right, .. })) if left == right
    )
}

fn conflicts_at(
    program: &Program,
    common: &[LoopId],
    level: Level,
    from: SiteId,
    to: SiteId,
    out: &mut Vec<Conflict>,
) {
    let (first, second) = (&program.sites[from], &program.sites[to]);
    for (early, a) in first.accesses.iter().enumerate() {
        for (late, b) in second.accesses.iter().enumerate() {
            if !(a.writes || b.writes) {
                continue;
            }
            let hazard = match (a.writes, b.writes) {
                (true, true) if b.reads && !a.creates => Hazard::Waw,
                (true, true) if b.reads => Hazard::Raw,
                (true, true) => Hazard::Waw,
                (true, false) => Hazard::Raw,
                _ => Hazard::War,
            };
            for x in &a.places {
                for y in b.places.iter().filter(|y| y.root == x.root) {
                    let verdict = decide(program, common, level, x, y);
                    if verdict != Verdict::Disjoint {
                        out.push(Conflict {
                            hazard,
                            level,
                            verdict,
                            root: x.root,
                            early,
                            late,
                        });
                    }
                }
            }
        }
    }
}
