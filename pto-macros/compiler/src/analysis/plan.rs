//! Stage five, lowering: which variables hold task ids, who sets and who reads them.

use super::Level;
use super::dependence::Dependence;
use super::keys::Only;
use super::order::Order;
use super::tables::tables;
use super::tracking::Split;
use super::users::UserEdge;
use crate::model::{Program, SiteKind};
use crate::syntax::ast::{LoopId, ScopeMode, SiteId};
use std::collections::BTreeSet;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// The id of the member submitted first, none before.
    First,
    /// The id of the member submitted last, none before.
    Latest,
    /// The ids of all members submitted.
    All {
        /// From how many ids on a task that waits for them takes their place
        /// when they are waited for, if that can be worth it.
        fence: Option<usize>,
    },
    /// The ids of all members submitted, by the values of loop variables.
    Table {
        /// The variables.
        key: Vec<KeySlot>,
        /// Whether a newer id of a key replaces the older ones: it is ordered after them, or they no longer matter.
        latest: bool,
    },
}

impl VariableKind {
    /// Whether it holds all ids.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::All { .. })
    }
}

/// One part of a table's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySlot {
    /// The loop whose variable it is.
    pub of: LoopId,
    /// Which of its values are remembered.
    pub remembered: Remembered,
}

/// The values of a loop's variable that a table remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// All.
    All,
    /// So many, the last ones: the value is taken modulo that.
    Last(u64),
    /// These.
    Only(BTreeSet<i64>),
}

/// Edges from all ids that a table has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEdge {
    /// The table.
    pub variable: usize,
    /// The key: variables of loops around the later task, or zero, and what is added to each.
    pub at: Vec<(Option<LoopId>, i64)>,
    /// When there is an edge: loops around the later task, and the values that their variables must have.
    pub only: Vec<Only>,
}

/// A variable of the emitted code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// What it holds.
    pub kind: VariableKind,
    /// The sites that set it.
    pub members: Vec<SiteId>,
    /// The loop at the start of whose body it is declared; `None`: of the orchestration's.
    pub home: Option<LoopId>,
}

/// The wiring of one site: indices of variables.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// Edges that the compiler proved.
    pub proven: Vec<usize>,
    /// Edges that the compiler proved, to the very instances that conflict.
    pub tables: Vec<TableEdge>,
    /// Edges that the compiler proved, read off handles: the arguments whose owners are waited for.
    pub owners: BTreeSet<usize>,
    /// Edges that the user wrote.
    pub explicit: Vec<usize>,
    /// Storage to keep until this task completes.
    pub keep: Vec<usize>,
    /// Variables that this site sets.
    pub sets: Vec<usize>,
}

impl Wiring {
    /// Whether the site has no edges.
    pub fn is_empty(&self) -> bool {
        let variables = [&self.proven, &self.explicit, &self.keep];
        variables.iter().all(|list| list.is_empty())
            && self.tables.is_empty()
            && self.owners.is_empty()
    }
}

/// The wiring of a program.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The variables.
    pub variables: Vec<Variable>,
    /// The wiring of each site.
    pub sites: Vec<Wiring>,
}

impl Plan {
    /// The members of each proven edge's variable at a site, where the edge keeps
    /// what they own: a fence in between does not.
    pub(super) fn proven_groups(&self, site: SiteId) -> impl Iterator<Item = &[SiteId]> {
        let wiring = self.sites.get(site);
        wiring
            .into_iter()
            .flat_map(|wiring| &wiring.proven)
            .map(|variable| &self.variables[*variable])
            .filter(|variable| !matches!(variable.kind, VariableKind::All { fence: Some(_) }))
            .map(|variable| variable.members.as_slice())
    }

    /// The index of a variable, which is added if it is new.
    pub(super) fn variable(&mut self, wanted: Variable) -> usize {
        if let Some(known) = self.variables.iter().position(|known| *known == wanted) {
            return known;
        }
        let index = self.variables.len();
        for member in &wanted.members {
            self.sites[*member].sets.push(index);
        }
        self.variables.push(wanted);
        index
    }
}

/// Wires the user's edges verbatim, and those dependences that nothing implies
/// where the compiler wires.
pub(super) fn plan(
    program: &Program,
    split: &Split,
    ideal: &Order,
    actual: &Order,
    users: &[UserEdge],
) -> Plan {
    let mut plan = Plan {
        variables: Vec::new(),
        sites: vec![Wiring::default(); program.sites.len()],
    };
    for edge in users {
        let common = edge
            .from
            .iter()
            .map(|from| program.common_loops(*from, edge.to));
        let home = common.min_by_key(Vec::len).and_then(|common| {
            edge.depth
                .checked_sub(1)
                .and_then(|outer| common.get(outer).copied())
        });
        let variable = plan.variable(Variable {
            kind: VariableKind::Latest,
            members: edge.from.clone(),
            home,
        });
        plan.sites[edge.to].explicit.push(variable);
    }
    for site in &program.sites {
        let waits = matches!(site.kind, SiteKind::Task | SiteKind::Host);
        if !waits || program.mode(site.id) == ScopeMode::Explicit {
            continue;
        }
        let needs = needs(program, &split.wired, ideal, actual, users, site.id);
        for (first, group) in groups(program, ideal, &needs) {
            let (from, depth) = (first.from, first.depth);
            let chained = ideal.is_chain(from, depth);
            let common = program.common_loops(from, site.id);
            let variable = plan.variable(Variable {
                kind: if chained {
                    VariableKind::Latest
                } else {
                    VariableKind::All { fence: None }
                },
                members: group,
                home: depth.checked_sub(1).map(|outer| common[outer]),
            });
            plan.sites[site.id].proven.push(variable);
        }
    }
    tables(program, &split.keyed, ideal, &mut plan);
    for dep in &split.held {
        let accesses = &program.sites[dep.to].accesses;
        let late = dep.conflicts.iter().map(|conflict| conflict.late);
        let args = late.map(|late| accesses[late].arg);
        plan.sites[dep.to].owners.extend(args);
    }
    fences(program, &mut plan);
    plan
}

/// Finds the sets that several tasks wait for. `n` ids that `m` tasks wait for make
/// `n * m` edges; through a fence it is `n + m`, and the fence.
fn fences(program: &Program, plan: &mut Plan) {
    for index in 0..plan.variables.len() {
        let variable = &plan.variables[index];
        if !variable.kind.is_all() {
            continue;
        }
        // Loops around the variable do not count: it is a new one in each of their iterations.
        let depth = variable
            .home
            .map_or(0, |home| program.loops[home].depth + 1);
        // The host waits without edges.
        let waiting = (0..plan.sites.len())
            .filter(|site| plan.sites[*site].proven.contains(&index) && !program.is_host(*site));
        let (many, once): (Vec<SiteId>, Vec<SiteId>) =
            waiting.partition(|site| program.sites[*site].depth() > depth);
        // How often a loop waits is not known: then as often as there are ids, or three times.
        let times = once.len() + 3 * many.len();
        let fence = (2..=4).find(|ids| ids * times > ids + times + 1);
        plan.variables[index].kind = VariableKind::All { fence };
    }
}

/// A source that a site must wait for.
struct Need {
    from: SiteId,
    /// Number of loops around the variable that serves it.
    depth: usize,
    /// The levels at which there is a conflict, outermost first.
    levels: Vec<Level>,
}

impl Need {
    /// Whether it conflicts in all that a variable in fewer loops holds.
    fn reaches(&self, depth: usize) -> bool {
        let mut outer = (depth..self.depth).map(Level::Carried);
        depth <= self.depth && outer.all(|level| self.levels.contains(&level))
    }
}

/// The sources that a site must wait for; those of variables in fewer loops come first.
fn needs(
    program: &Program,
    dependences: &[Dependence],
    ideal: &Order,
    actual: &Order,
    users: &[UserEdge],
    to: SiteId,
) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    for dep in dependences.iter().filter(|dep| dep.to == to) {
        let levels = dep.levels();
        let left = levels
            .iter()
            .filter(|level| !ideal.implied(dep.from, to, **level))
            .filter(|level| !by_user(program, actual, users, dep, **level))
            .map(|level| level.depth(dep.common))
            .min();
        if let Some(depth) = left {
            let from = dep.from;
            needs.push(Need {
                from,
                depth,
                levels,
            });
        }
    }
    needs.sort_by_key(|need| need.depth);
    needs
}

/// Whether an edge of the user's own orders the two already.
fn by_user(
    program: &Program,
    actual: &Order,
    users: &[UserEdge],
    dep: &Dependence,
    level: Level,
) -> bool {
    let direct = users
        .iter()
        .filter(|edge| edge.to == dep.to && edge.from.contains(&dep.from));
    let single = program.sites[dep.from].depth() == dep.common;
    direct.into_iter().any(|edge| match level {
        Level::Same => single && edge.from.len() == 1 && dep.from < dep.to,
        Level::Carried(index) => {
            edge.from.len() == 1
                && edge.depth <= index
                && (dep.from == dep.to || actual.is_chain(dep.from, index))
                && dep.from == edge.from[0]
        }
    })
}

/// The sources by the variables that serve them, each with the first that is in it.
fn groups<'a>(program: &Program, ideal: &Order, needs: &'a [Need]) -> Vec<(&'a Need, Vec<SiteId>)> {
    let mut groups = Vec::new();
    let mut left: Vec<&Need> = needs.iter().collect();
    while let Some(first) = left.first().copied() {
        // A source may serve several groups: the latest of each is then
        // often the same task, which the runtime waits for once.
        let group = group(program, ideal, needs, first);
        left.retain(|need| !group.contains(&need.from));
        groups.push((first, group));
    }
    groups.sort_by(|(_, a), (_, b)| a.cmp(b));
    groups
}

/// The sources that can share one variable with `first`: of any two, the later is ordered after the earlier. So a task
/// waits for the one that ran last, also where some of them run under a condition, or in a loop that may be empty.
fn group(program: &Program, ideal: &Order, needs: &[Need], first: &Need) -> Vec<SiteId> {
    let depth = first.depth;
    let mut group = vec![first.from];
    if !ideal.is_chain(first.from, depth) {
        return group;
    }
    for need in needs.iter().filter(|need| need.from != first.from) {
        let fits = need.reaches(depth)
            && ideal.is_chain(need.from, depth)
            && group
                .iter()
                .all(|member| ideal.is_total(program, *member, need.from, depth));
        if fits {
            group.push(need.from);
        }
    }
    group.sort_unstable();
    group
}
