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
use super::dependence::Dependence;
use crate::model::Program;
use crate::syntax::ast::{ScopeMode, SiteId};
use proc_macro2::Ident;
use std::collections::{BTreeMap, BTreeSet};

/// A user's `after = [name]` at one site.
#[derive(Clone, Debug)]
pub struct UserEdge {
    /// The site with the option.
    pub to: SiteId,
    /// The sites of that name: several where a loop was unrolled.
    pub from: Vec<SiteId>,
    /// The name, where it is written.
    pub name: Ident,
    /// Number of loops around the variable that holds the latest instance.
    pub depth: usize,
}

/// Resolves all `after` options; names that nothing has are left to the checks.
pub(super) fn user_edges(program: &Program, dependences: &[Dependence]) -> Vec<UserEdge> {
    let mut named: BTreeMap<String, Vec<SiteId>> = BTreeMap::new();
    for site in &program.sites {
        if let Some(name) = &site.options.name {
            named.entry(name.to_string()).or_default().push(site.id);
        }
    }
    let mut edges = Vec::new();
    for site in &program.sites {
        for name in &site.options.after {
            let Some(from) = named.get(&name.to_string()) else {
                continue;
            };
            edges.push(UserEdge {
                to: site.id,
                from: from.clone(),
                name: name.clone(),
                depth: user_depth(program, dependences, from, site.id),
            });
        }
    }
    edges
}

/// The latest instance that matters: as far out as a conflict reaches, else of this scope.
fn user_depth(program: &Program, dependences: &[Dependence], from: &[SiteId], to: SiteId) -> usize {
    let conflicts = dependences
        .iter()
        .filter(|dep| dep.to == to && from.contains(&dep.from))
        .filter_map(|dep| {
            dep.levels()
                .first()
                .map(|level| depth_of(*level, dep.common))
        })
        .min();
    let shared = from.iter().map(|from| {
        let common = program.common_loops(*from, to).len();
        program.scopes[program.common_scope(*from, to)]
            .depth
            .min(common)
    });
    conflicts
        .unwrap_or(usize::MAX)
        .min(shared.min().unwrap_or(0))
}

/// Number of loops around a variable that serves a conflict at `level`.
pub(crate) fn depth_of(level: Level, common: usize) -> usize {
    match level {
        Level::Carried(index) => index,
        Level::Same => common,
    }
}

/// The order of a program's sites.
#[derive(Clone, Debug)]
pub struct Order {
    recent: BTreeMap<(SiteId, SiteId), usize>,
    all: BTreeSet<(SiteId, SiteId, Level)>,
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
        let mut order = Self {
            recent: BTreeMap::new(),
            all: BTreeSet::new(),
        };
        for dep in dependences {
            if ideal || program.mode(dep.to) != ScopeMode::Explicit {
                let levels = dep.levels();
                for level in &levels {
                    order.all.insert((dep.from, dep.to, *level));
                }
                if let Some(depth) = recent_depth(program, dep, &levels) {
                    order.note_recent(dep.from, dep.to, depth);
                }
            }
        }
        for edge in users {
            order.add_user(program, edge, users);
        }
        order.close_recent(program);
        order.all_from_recent(program);
        order.close_all(program);
        order
    }

    fn note_recent(&mut self, from: SiteId, to: SiteId, depth: usize) -> bool {
        let known = self.recent.entry((from, to)).or_insert(usize::MAX);
        let better = depth < *known;
        *known = depth.min(*known);
        better
    }

    fn add_user(&mut self, program: &Program, edge: &UserEdge, users: &[UserEdge]) {
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
                let common = program.common_loops(*from, edge.to).len();
                self.note_recent(*from, edge.to, common);
            }
        }
    }

    fn close_recent(&mut self, program: &Program) {
        loop {
            let facts: Vec<((SiteId, SiteId), usize)> = self
                .recent
                .iter()
                .map(|(pair, depth)| (*pair, *depth))
                .collect();
            let mut changed = false;
            for ((p, q), near) in &facts {
                for ((_, c), far) in self.recent.clone().range((*q, 0)..(*q + 1, 0)) {
                    // `q` comes between only if no loop repeats `p` and `c` without it.
                    if program.common_loops(*p, *c).len() > program.sites[*q].depth() {
                        continue;
                    }
                    let before = leads_into(program, *q, *c) && !(q < p && p < c);
                    let after = follows(program, *p, *q) && !(p < c && c < q);
                    if before || after {
                        changed |= self.note_recent(*p, *c, *near.max(far));
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn all_from_recent(&mut self, program: &Program) {
        for ((p, c), depth) in self.recent.clone() {
            let common = program.common_loops(p, c).len();
            let chain = self.recent.get(&(p, p)).copied().unwrap_or(usize::MAX);
            if p < c && depth <= common && (program.sites[p].depth() == common || chain <= common) {
                self.all.insert((p, c, Level::Same));
            }
            for index in depth.max(chain)..common {
                self.all.insert((p, c, Level::Carried(index)));
            }
        }
    }

    fn close_all(&mut self, program: &Program) {
        loop {
            let mut found = Vec::new();
            for (p, q, near) in &self.all {
                let from = (*q, 0, Level::Carried(0));
                let to = (*q + 1, 0, Level::Carried(0));
                for (_, c, far) in self.all.range(from..to) {
                    if let Some(level) = compose(program, (*p, *q, *near), (*q, *c, *far))
                        && !self.all.contains(&(*p, *c, level))
                    {
                        found.push((*p, *c, level));
                    }
                }
            }
            if found.is_empty() {
                return;
            }
            self.all.extend(found);
        }
    }

    /// The order with one more edge, from the latest instance of a site.
    pub fn with_edge(&self, program: &Program, from: SiteId, to: SiteId, depth: usize) -> Self {
        let mut order = self.clone();
        order.note_recent(from, to, depth);
        order.close_recent(program);
        order.all_from_recent(program);
        order.close_all(program);
        order
    }

    /// Whether all instances of `from` at `level` are ordered before `to`.
    pub fn holds(&self, from: SiteId, to: SiteId, level: Level) -> bool {
        self.all.contains(&(from, to, level))
    }

    /// Whether that follows from the order of both with some site in between.
    pub fn implied(&self, program: &Program, from: SiteId, to: SiteId, level: Level) -> bool {
        let first = (from, 0, Level::Carried(0));
        let last = (from + 1, 0, Level::Carried(0));
        self.all.range(first..last).any(|(p, q, near)| {
            let ends = (*p, *q, *near);
            // The fact itself, twice removed, proves nothing.
            let far_levels = [Level::Same, level];
            far_levels.into_iter().any(|far| {
                self.holds(*q, to, far)
                    && !(*q == to && *near == level)
                    && !(*q == from && far == level)
                    && compose(program, ends, (*q, to, far)) == Some(level)
            })
        })
    }

    /// Whether the instances of a site form a chain within one iteration of the outermost `depth` loops.
    pub fn is_chain(&self, program: &Program, site: SiteId, depth: usize) -> bool {
        (depth..program.sites[site].depth())
            .all(|index| self.holds(site, site, Level::Carried(index)))
    }

    /// Whether, of two different sites, any later instance of either is ordered
    /// after every earlier one of the other, within one iteration of the outermost `depth` loops.
    pub fn is_total(&self, program: &Program, a: SiteId, b: SiteId, depth: usize) -> bool {
        let common = program.common_loops(a, b).len();
        let (first, second) = (a.min(b), a.max(b));
        let exclusive = are_alternatives(program, first, second);
        (exclusive || self.holds(first, second, Level::Same))
            && (depth..common).all(|index| {
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

/// `O(p, q, near)` and `O(q, c, far)` give `O(p, c, _)` if `q` is certain to execute in between.
fn compose(
    program: &Program,
    (p, q, near): (SiteId, SiteId, Level),
    (_, c, far): (SiteId, SiteId, Level),
) -> Option<Level> {
    match (near, far) {
        (Level::Same, Level::Same) => {
            (follows(program, p, q) || leads_into(program, q, c)).then_some(Level::Same)
        }
        (Level::Same, carried) => follows(program, p, q).then_some(carried),
        (carried, Level::Same) => leads_into(program, q, c).then_some(carried),
        _ => None,
    }
}

/// Whether `q` is executed before `c` in every iteration in which `c` is.
fn leads_into(program: &Program, q: SiteId, c: SiteId) -> bool {
    q < c
        && program.sites[c]
            .context
            .starts_with(&program.sites[q].context)
}

/// Whether `q` is executed after `p` in every iteration in which `p` is.
fn follows(program: &Program, p: SiteId, q: SiteId) -> bool {
    p < q
        && program.sites[p]
            .context
            .starts_with(&program.sites[q].context)
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
