//! Stage four: dependences between sites, their order, and what must be wired.

mod alias;
mod asserted;
mod bits;
mod closure;
mod compare;
mod compared;
mod composed;
mod dependence;
mod disjoint;
mod exposure;
mod keys;
mod lifetime;
mod moments;
mod order;
mod pins;
mod plan;
mod superfluous;
mod tables;
mod tracking;
mod users;

pub use alias::overlap_in_one_task;
pub use asserted::idle_assertions;
pub use compare::{Comparison, comparisons, comparisons_with};
pub use dependence::{Conflict, Dependence, Ground, Hazard, Verdict};
pub use disjoint::{Bounds, Reason};
pub use keys::{Key, KeyPart, Keyed, Only};
pub use lifetime::{Cover, Loan};
pub use order::Order;
pub use pins::nearest;
pub use plan::{KeySlot, Plan, Remembered, TableEdge, Variable, VariableKind, Wiring};
pub use superfluous::{Edge, superfluous_edges};
pub use tracking::Tracking;
pub use users::UserEdge;

use crate::model::Program;
use crate::syntax::ast::SiteId;
use compared::Compared;
use tracking::Split;

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
    /// Dependences that the emitted code orders: all of those with an end in a
    /// MANUAL scope, and the certain ones between AUTO tasks.
    pub wired: Vec<Dependence>,
    /// Those of them that are traced to the very instances which conflict.
    pub keyed: Vec<Keyed>,
    /// Dependences that the emitted code orders by the owners of the later task's handles.
    pub held: Vec<Dependence>,
    /// Dependences between AUTO tasks that the runtime's edge from the owner of a tensor orders.
    pub owned: Vec<Dependence>,
    /// Dependences that are left to the runtime's TensorMap: between AUTO tasks,
    /// and with calls of other orchestrations.
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
    /// What the runtime tracks of each access of each site.
    pub tracking: Vec<Vec<Tracking>>,
    /// Roots whose storage tasks of other orchestrations may use, if this one is called.
    pub exposed: Vec<bool>,
    /// Roots that no task writes after their creation.
    pub frozen: Vec<bool>,
}

impl Analysis {
    /// What the runtime has to track of an argument that is no creation.
    pub fn tracking_of(&self, program: &Program, site: SiteId, arg: usize) -> Tracking {
        let accesses = program.sites[site].accesses.iter();
        let found = accesses
            .zip(&self.tracking[site])
            .find(|(access, _)| access.arg == arg && !access.creates);
        found.map_or(Tracking::default(), |(_, tracking)| *tracking)
    }
}

/// Analyses a modelled program.
pub fn analyse(program: &Program) -> Analysis {
    let compared = Compared::new(program);
    let mut split = Split::of(&compared, dependence::dependences(&compared));
    let ordered = split.ordered(program);
    let users = users::user_edges(program, &split.wired);
    let ideal = Order::ideal(program, &ordered);
    let actual = Order::actual(program, &ordered, &users);
    split.drop_covered(&actual);
    composed::reduce(program, &actual, &mut split.keyed);
    let mut plan = plan::plan(program, &split, &ideal, &actual, &users);
    let loans = lifetime::loans(program, &actual, &users, &plan);
    lifetime::keep(program, &loans, &mut plan);
    let Split {
        parallel,
        wired,
        keyed,
        held,
        owned,
        tracked,
    } = split;
    Analysis {
        tracking: tracking::tracking(program, &tracked),
        exposed: exposure::exposed(program),
        frozen: exposure::frozen(program),
        parallel,
        wired,
        keyed,
        held,
        owned,
        tracked,
        ideal,
        actual,
        users,
        loans,
        plan,
    }
}
