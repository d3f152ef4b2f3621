//! Which instances of sites are ordered before which, given the edges in force.
//!
//! Two relations are computed.
//!
//! *Recent*: `P(p, c) = l` says that the most recent instance of `p` submitted
//! before an instance of `c`, in one iteration of the outermost `l` loops, is
//! ordered before it. That is what a variable holding `p`'s latest task id
//! gives. `P(p, p)` makes the instances of `p` a chain.
//!
//! *Order*: `O(p, c, level)` says that *all* instances of `p` which lie at `level`
//! before an instance of `c` are ordered before it.
//!
//! Both are closed under composition through a site that is certain to execute in between.

use super::Level;
use super::bits::Relation;
use super::closure::{Flow, close_all, close_recent, leads_into};
use super::dependence::Dependence;
use super::users::UserEdge;
use crate::model::{Program, SiteKind};
use crate::syntax::ast::{ScopeMode, SiteId};
use std::rc::Rc;

/// The order of a program's sites.
#[derive(Clone, Debug)]
pub struct Order {
    flow: Rc<Flow>,
    /// `P(p, c) <= depth`, by depth.
    recent: Vec<Relation>,
    /// `O(p, c, level)`, by [`number`] of the level.
    all: Vec<Relation>,
}

/// Position of a level in [`Order::all`].
fn number(level: Level) -> usize {
    match level {
        Level::Same => 0,
        Level::Carried(index) => index + 1,
    }
}

impl Order {
    /// The order if every dependence were wired, whoever has to wire it.
    pub fn ideal(program: &Program, dependences: &[Dependence]) -> Self {
        Self::build(program, dependences, &[], true)
    }

    /// The order that the edges in force give: inferred ones where the compiler
    /// wires, the user's where the user does.
    pub fn actual(program: &Program, dependences: &[Dependence], users: &[UserEdge]) -> Self {
        Self::build(program, dependences, users, false)
    }

    fn build(
        program: &Program,
        dependences: &[Dependence],
        users: &[UserEdge],
        ideal: bool,
    ) -> Self {
        let count = program.sites.len();
        let flow = Rc::new(Flow::of(program));
        let depths = flow.depth.iter().max().map_or(0, |depth| depth + 1);
        let mut order = Self {
            flow,
            recent: vec![Relation::none(count); depths.max(1)],
            all: vec![Relation::none(count); depths.max(1)],
        };
        for dep in dependences {
            if ideal || program.mode(dep.to) != ScopeMode::Explicit {
                let levels = dep.levels();
                for level in &levels {
                    order.all[number(*level)].insert(dep.from, dep.to);
                }
                if let Some(depth) = recent_depth(program, dep, &levels) {
                    order.note_recent(dep.from, dep.to, depth);
                }
            }
        }
        for edge in users {
            order.add_user(program, edge, users);
        }
        order.add_hosts(program);
        order.close();
        order
    }

    fn close(&mut self) {
        for depth in 0..self.recent.len() {
            close_recent(&self.flow, &mut self.recent[depth]);
        }
        self.all_from_recent();
        close_all(&self.flow, &mut self.all);
    }

    fn note_recent(&mut self, from: SiteId, to: SiteId, depth: usize) {
        for relation in self.recent.iter_mut().skip(depth) {
            relation.insert(from, to);
        }
    }

    /// The least `l` with `P(from, to) <= l`.
    fn recent(&self, from: SiteId, to: SiteId) -> Option<usize> {
        self.recent
            .iter()
            .position(|relation| relation.contains(from, to))
    }

    /// Whatever is submitted after an access by the host finds it over.
    fn add_hosts(&mut self, program: &Program) {
        let hosts = program.sites.iter().filter(|site| program.is_host(site.id));
        for site in hosts {
            for later in 0..program.sites.len() {
                self.note_recent(site.id, later, 0);
            }
        }
    }

    fn add_user(&mut self, program: &Program, edge: &UserEdge, users: &[UserEdge]) {
        // An allocation is complete as soon as it is submitted: it waits for nothing.
        if program.sites[edge.to].kind == SiteKind::Alloc {
            return;
        }
        // If every member waits for the latest member, the members form one chain.
        let closed = edge.from.iter().all(|member| {
            users.iter().any(|other| {
                other.to == *member && other.from == edge.from && other.depth <= edge.depth
            })
        });
        for from in &edge.from {
            if closed || edge.from.len() == 1 {
                self.note_recent(*from, edge.to, edge.depth);
            } else if is_latest(program, &edge.from, *from, edge.to) {
                let common = self.flow.common[*from][edge.to];
                self.note_recent(*from, edge.to, common);
            }
        }
    }

    fn all_from_recent(&mut self) {
        let count = self.flow.depth.len();
        for p in 0..count {
            let chain = self.recent(p, p).unwrap_or(usize::MAX);
            for c in 0..count {
                let Some(depth) = self.recent(p, c) else {
                    continue;
                };
                let common = self.flow.common[p][c];
                let single = self.flow.depth[p] == common;
                if p < c && depth <= common && (single || chain <= common) {
                    self.all[number(Level::Same)].insert(p, c);
                }
                for index in depth.max(chain)..common {
                    self.all[number(Level::Carried(index))].insert(p, c);
                }
            }
        }
    }

    /// The order with one more edge, from the latest instance of a site.
    pub fn with_edge(&self, from: SiteId, to: SiteId, depth: usize) -> Self {
        let mut order = self.clone();
        order.note_recent(from, to, depth);
        order.close();
        order
    }

    /// Whether all instances of `from` at `level` are ordered before `to`.
    pub fn holds(&self, from: SiteId, to: SiteId, level: Level) -> bool {
        let relation = self.all.get(number(level));
        relation.is_some_and(|relation| relation.contains(from, to))
    }

    /// Whether that follows from the order of both with some site in between.
    pub fn implied(&self, from: SiteId, to: SiteId, level: Level) -> bool {
        let Some(at) = self.all.get(number(level)) else {
            return false;
        };
        let same = &self.all[number(Level::Same)];
        // No site is ordered before itself in one iteration, so neither end is the site between.
        same.from[from].meet(&self.flow.follows.from[from], &at.to[to])
            || at.from[from].meet(&same.to[to], &self.flow.leads.to[to])
    }

    /// A site in between from which that follows, if [`Order::implied`] says so: the latest there is.
    pub fn through(&self, from: SiteId, to: SiteId, level: Level) -> Option<SiteId> {
        let (at, same) = (self.all.get(number(level))?, &self.all[number(Level::Same)]);
        let between = |site: &SiteId| {
            let after = same.contains(from, *site) && self.flow.follows.contains(from, *site);
            let before = same.contains(*site, to) && self.flow.leads.contains(*site, to);
            (after && at.contains(*site, to)) || (before && at.contains(from, *site))
        };
        (0..self.flow.depth.len()).rev().find(between)
    }

    /// Whether the most recent instance of `from` within one iteration of the
    /// outermost `depth` loops is ordered before `to`.
    pub(super) fn holds_latest(&self, from: SiteId, to: SiteId, depth: usize) -> bool {
        self.recent(from, to).is_some_and(|known| known <= depth)
    }

    /// Whether the instances of a site form a chain within one iteration of the outermost `depth` loops.
    pub fn is_chain(&self, site: SiteId, depth: usize) -> bool {
        (depth..self.flow.depth[site]).all(|index| self.holds(site, site, Level::Carried(index)))
    }

    /// Whether, of two different sites, any later instance of either is ordered
    /// after every earlier one of the other, within one iteration of the outermost `depth` loops.
    pub fn is_total(&self, program: &Program, a: SiteId, b: SiteId, depth: usize) -> bool {
        let (first, second) = (a.min(b), a.max(b));
        let exclusive = are_alternatives(program, first, second);
        (exclusive || self.holds(first, second, Level::Same))
            && (depth..self.flow.common[a][b]).all(|index| {
                let level = Level::Carried(index);
                self.holds(a, b, level) && self.holds(b, a, level)
            })
    }
}

/// The `l` of `P(from, to) = l`, if a dependence gives one: wherever the most
/// recent instance lies in `l` loops, there must be a conflict.
fn recent_depth(program: &Program, dep: &Dependence, levels: &[Level]) -> Option<usize> {
    let in_line = dep.from < dep.to && !are_alternatives(program, dep.from, dep.to);
    if in_line && !levels.contains(&Level::Same) {
        return None;
    }
    let mut depth = dep.common;
    while depth > 0 && levels.contains(&Level::Carried(depth - 1)) {
        depth -= 1;
    }
    (in_line || depth < dep.common).then_some(depth)
}

/// Whether `site` is the latest of `group` when `to` is submitted, in every iteration of `to`.
pub(super) fn is_latest(program: &Program, group: &[SiteId], site: SiteId, to: SiteId) -> bool {
    let depth = program.sites[site].depth();
    let intervenes = |other: SiteId| {
        // Between the two in the text, or brought around by a loop that leaves `site` out.
        (site < other && other < to)
            || (to <= other && program.common_loops(other, to).len() > depth)
    };
    leads_into(program, site, to) && !group.iter().any(|other| intervenes(*other))
}

/// Whether the two sites are alternatives of one branching.
fn are_alternatives(program: &Program, a: SiteId, b: SiteId) -> bool {
    super::dependence::exclusive(program, a, b)
}
