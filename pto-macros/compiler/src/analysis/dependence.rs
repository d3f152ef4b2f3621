//! RAW, WAR and WAW between all pairs of sites that control flow can order.

use super::Level;
use super::compared::Compared;
use super::disjoint::Reason;
use crate::model::{Access, Context, Place, Program, RootId, Site, SiteKind};
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

impl Hazard {
    /// The kind of conflict between an earlier and a later access of the same
    /// elements; `None` if both only read.
    fn between(early: &Access, late: &Access) -> Option<Self> {
        match (early.writes, late.writes) {
            (false, false) => None,
            (false, true) => Some(Self::War),
            (true, false) => Some(Self::Raw),
            (true, true) if late.reads && early.creates => Some(Self::Raw),
            (true, true) => Some(Self::Waw),
        }
    }
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
pub(super) fn dependences(compared: &Compared<'_>) -> Vec<Dependence> {
    let program = compared.program();
    let mut found = Vec::new();
    for (from, to) in pairs(program) {
        let common = program.common_loops(from, to);
        let mut levels: Vec<Level> = (0..common.len()).map(Level::Carried).collect();
        if from < to && !exclusive(program, from, to) {
            levels.push(Level::Same);
        }
        let mut conflicts = Vec::new();
        for level in levels {
            conflicts_at(compared, &common, level, from, to, &mut conflicts);
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

/// All pairs of tasks that touch a common root, in order.
pub(super) fn pairs(program: &Program) -> Vec<(SiteId, SiteId)> {
    let mut users: BTreeMap<RootId, Vec<SiteId>> = BTreeMap::new();
    for site in program
        .sites
        .iter()
        .filter(|site| site.kind != SiteKind::Alloc)
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
    pairs
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

/// A place that an access of the earlier and one of the later site may touch, one of them writing.
pub(super) struct Meeting<'a> {
    /// Kind of the conflict, if there is one.
    pub(super) hazard: Hazard,
    /// Index of the access at the earlier site, and what it touches.
    pub(super) early: (usize, &'a Place),
    /// Index of the access at the later site, and what it touches.
    pub(super) late: (usize, &'a Place),
    /// Whether that is all that either may touch: of several places, a handle may
    /// denote another one in each iteration.
    pub(super) known: bool,
}

/// All that two sites may meet on.
pub(super) fn meetings<'a>(first: &'a Site, second: &'a Site) -> impl Iterator<Item = Meeting<'a>> {
    let accesses = first.accesses.iter().enumerate().flat_map(|early| {
        let late = second.accesses.iter().enumerate();
        late.map(move |late| (early, late))
    });
    let conflicting = accesses.filter_map(|((early, a), (late, b))| {
        Hazard::between(a, b).map(|hazard| (hazard, (early, a), (late, b)))
    });
    conflicting.flat_map(|(hazard, (early, a), (late, b))| {
        let known = a.places.len() == 1 && b.places.len() == 1;
        a.places.iter().flat_map(move |x| {
            let same_root = b.places.iter().filter(|y| y.root == x.root);
            same_root.map(move |y| Meeting {
                hazard,
                early: (early, x),
                late: (late, y),
                known,
            })
        })
    })
}

fn conflicts_at(
    compared: &Compared<'_>,
    common: &[LoopId],
    level: Level,
    from: SiteId,
    to: SiteId,
    out: &mut Vec<Conflict>,
) {
    let program = compared.program();
    for meeting in meetings(&program.sites[from], &program.sites[to]) {
        let verdict = ground(compared, common, level, (from, to), &meeting).verdict();
        if verdict != Verdict::Disjoint {
            out.push(Conflict {
                hazard: meeting.hazard,
                level,
                verdict,
                root: meeting.early.1.root,
                early: meeting.early.0,
                late: meeting.late.0,
            });
        }
    }
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Apart: the sites are alternatives of one branching, of which only one is executed.
    Alternatives,
    /// Apart: the user asserts it.
    Asserted,
    /// Undecided: a handle may denote another of several places in each iteration.
    SeveralPlaces,
    /// The regions.
    Regions(Reason),
}

impl Ground {
    /// The verdict.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Alternatives | Self::Asserted => Verdict::Disjoint,
            Self::SeveralPlaces => Verdict::Undecided,
            Self::Regions(reason) => reason.verdict(),
        }
    }
}

/// What is known of a meeting of two sites that are executed both.
pub(super) fn ground(
    compared: &Compared<'_>,
    common: &[LoopId],
    level: Level,
    (from, to): (SiteId, SiteId),
    meeting: &Meeting<'_>,
) -> Ground {
    let program = compared.program();
    let ((early, x), (late, y)) = (meeting.early, meeting.late);
    let (first, second) = (&program.sites[from], &program.sites[to]);
    let accesses = (
        (first, &first.accesses[early]),
        (second, &second.accesses[late]),
    );
    if is_asserted_apart(common, level, accesses) {
        return Ground::Asserted;
    }
    match compared.reason(common, level, x, y) {
        Reason::Shared if !meeting.known && level != Level::Same => Ground::SeveralPlaces,
        reason => Ground::Regions(reason),
    }
}

/// Whether two sites stand in different copies of a body whose loop is in the same iteration, or of which only copies are
/// left: its variable has another value in each.
pub(super) fn in_other_copies(of: LoopId, from: &Site, to: &Site) -> bool {
    let copies = from.copies.get(&of).zip(to.copies.get(&of));
    copies.is_some_and(|(a, b)| a != b)
}

/// Whether the user asserts that two accesses never meet at a level.
pub(super) fn is_asserted_apart(
    common: &[LoopId],
    level: Level,
    ((from, a), (to, b)): ((&Site, &Access), (&Site, &Access)),
) -> bool {
    let mut asserted = a.apart_by.union(&b.apart_by);
    let by_loop = asserted.any(|of| match level {
        Level::Carried(index) if common.contains(of) => *of == common[index],
        Level::Carried(_) | Level::Same => in_other_copies(*of, from, to),
    });
    by_loop || a.no_dep || b.no_dep
}
