//! Stage four: dependences between sites, their order, and what must be wired.

mod bits;
mod closure;
mod dependence;
mod disjoint;
mod lifetime;
mod order;
mod plan;
mod users;

pub use dependence::{Conflict, Dependence, Hazard, Verdict};
pub use lifetime::Loan;
pub use order::Order;
pub use plan::{Plan, Variable, VariableKind, Wiring};
pub use users::UserEdge;

use crate::model::{Access, Program, RootId};
use crate::syntax::ast::{LoopId, SiteId};

/// How the two ends of a dependence lie in the loops around both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Carried by the common loop with this index, outermost first: its
    /// iteration is earlier at the source, those of loops further out are the same.
    Carried(usize),
    /// In the same iteration of all common loops.
    Same,
}

impl Level {
    /// Number of loops around a variable that serves a conflict at this level, of
    /// two sites with `common` loops around both.
    pub fn depth(self, common: usize) -> usize {
        match self {
            Self::Carried(index) => index,
            Self::Same => common,
        }
    }
}

/// All that is known of a program.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Dependences carried by a `parallel_for!`: mistakes.
    pub parallel: Vec<Dependence>,
    /// Dependences that the emitted code must order: at least one end is in a MANUAL scope.
    pub wired: Vec<Dependence>,
    /// Dependences between AUTO tasks, which the runtime tracks.
    pub tracked: Vec<Dependence>,
    /// The order if all dependences were wired.
    pub ideal: Order,
    /// The order that the edges in force give.
    pub actual: Order,
    /// The user's edges.
    pub users: Vec<UserEdge>,
    /// Uses of storage in MANUAL scopes.
    pub loans: Vec<Loan>,
    /// The wiring.
    pub plan: Plan,
    /// Roots that no task writes after their creation.
    pub frozen: Vec<bool>,
}

impl Analysis {
    /// Whether an access needs no tracking: no task ever writes what it reads.
    pub fn is_frozen(&self, program: &Program, site: SiteId, arg: usize) -> bool {
        let accesses = &program.sites[site].accesses;
        let access = accesses
            .iter()
            .find(|access| access.arg == arg && !access.creates);
        access.is_some_and(|access| {
            !access.writes
                && !access.places.is_empty()
                && access.places.iter().all(|place| self.frozen[place.root])
        })
    }
}

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

/// Analyses a modelled program.
pub fn analyse(program: &Program) -> Analysis {
    let mut parallel = Vec::new();
    let mut wired = Vec::new();
    let mut tracked = Vec::new();
    for dep in dependence::dependences(program) {
        let common = program.common_loops(dep.from, dep.to);
        let (promised, other): (Vec<Conflict>, Vec<Conflict>) =
            dep.conflicts
                .iter()
                .partition(|conflict| match conflict.level {
                    Level::Carried(index) => program.loops[common[index]].parallel,
                    Level::Same => false,
                });
        let with = |conflicts: Vec<Conflict>| Dependence {
            conflicts,
            ..dep.clone()
        };
        if !promised.is_empty() {
            parallel.push(with(promised));
        }
        if other.is_empty() {
            continue;
        }
        let manual = program.mode(dep.from).is_manual() || program.mode(dep.to).is_manual();
        if manual {
            wired.push(with(other));
        } else {
            tracked.push(with(other));
        }
    }
    let users = users::user_edges(program, &wired);
    let ideal = Order::ideal(program, &wired);
    let actual = Order::actual(program, &wired, &users);
    let mut plan = plan::plan(program, &wired, &ideal, &actual, &users);
    let loans = lifetime::loans(program, &actual, &users, &plan);
    lifetime::keep(program, &loans, &mut plan);
    Analysis {
        frozen: frozen(program),
        parallel,
        wired,
        tracked,
        ideal,
        actual,
        users,
        loans,
        plan,
    }
}

fn frozen(program: &Program) -> Vec<bool> {
    let mut frozen = vec![true; program.roots.len()];
    let accesses = program.sites.iter().flat_map(|site| &site.accesses);
    for access in accesses.filter(|access| access.writes && !access.creates) {
        for place in &access.places {
            let root: RootId = place.root;
            frozen[root] = false;
        }
    }
    frozen
}

/// Whether two accesses of one task touch the same elements, whatever their handles denote.
pub fn overlap_in_one_task(program: &Program, site: SiteId, a: &Access, b: &Access) -> Verdict {
    let loops: Vec<LoopId> = program.sites[site].loops().collect();
    let pairs = a
        .places
        .iter()
        .flat_map(|x| b.places.iter().map(move |y| (x, y)));
    let verdicts: Vec<Verdict> = pairs
        .map(|(x, y)| disjoint::decide(program, &loops, Level::Same, x, y))
        .collect();
    match (verdicts.iter().min(), verdicts.iter().max()) {
        (Some(least), Some(most)) if least == most => *least,
        (Some(_), Some(_)) => Verdict::Undecided,
        _ => Verdict::Disjoint,
    }
}
