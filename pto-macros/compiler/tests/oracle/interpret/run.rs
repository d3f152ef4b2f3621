//! What an execution leaves behind: instances, their accesses and edges.

use crate::reach::Reach;
use pto_compiler::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeSet;
use std::ops::Range;

/// One access of an instance.
#[derive(Clone)]
pub(crate) struct Access {
    /// Position among the call's arguments.
    pub(crate) arg: usize,
    /// Which kernel of the task it is made by, if it is one's.
    pub(super) kernel: Option<usize>,
    pub(super) storage: usize,
    pub(super) range: Range<i64>,
    pub(super) writes: bool,
    /// Whether it brings the storage into being.
    pub(super) creates: bool,
}

impl Access {
    /// Whether the two touch a common element, one of them writing.
    pub(crate) fn conflicts(&self, other: &Self) -> bool {
        self.storage == other.storage
            && (self.writes || other.writes)
            && self.range.start.max(other.range.start) < self.range.end.min(other.range.end)
    }

    fn covers(&self, other: &Self) -> bool {
        let (all, part) = (&self.range, &other.range);
        self.storage == other.storage && all.start <= part.start && part.end <= all.end
    }
}

/// One iteration of one execution of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Iteration {
    pub(crate) of: LoopId,
    /// Which execution of the loop.
    pub(crate) entered: usize,
    pub(crate) number: usize,
    /// Of the loop's variable, if it has one that is a number.
    pub(crate) value: i64,
}

/// One executed task or allocation.
pub(crate) struct Instance {
    pub(crate) site: SiteId,

    pub(crate) accesses: Vec<Access>,
    /// Executed instances it has edges from.
    pub(crate) after: BTreeSet<usize>,
    /// Executed instances that stay until it completes.
    pub(super) keeps: BTreeSet<usize>,
    /// Which execution of which scope it belongs to.
    pub(super) scope: usize,
    /// The loops around it, outermost first.
    pub(crate) around: Vec<Iteration>,
    /// Whether the host itself did it: whatever comes later finds it over.
    pub(super) by_host: bool,
}

impl Instance {
    /// Whether two of its kernels, which run at the same time, conflict.
    pub(crate) fn conflicts_with_itself(&self) -> bool {
        let apart = |a: &Access, b: &Access| {
            let kernels = a.kernel.zip(b.kernel);
            kernels.is_some_and(|(a, b)| a != b)
        };
        let mut accesses = self.accesses.iter();
        accesses.any(|a| {
            let mut others = self.accesses.iter();
            others.any(|b| apart(a, b) && a.conflicts(b))
        })
    }

    pub(crate) fn conflicts(&self, other: &Self) -> bool {
        let mut accesses = self.accesses.iter();
        accesses.any(|a| other.accesses.iter().any(|b| a.conflicts(b)))
    }
}

/// A finished execution.
#[derive(Default)]
pub(crate) struct Run {
    /// Whether an index was out of bounds: nothing was submitted from there on, so
    /// nothing was recycled either.
    pub(super) stopped: bool,
    pub(crate) instances: Vec<Instance>,
    /// The instance that made each storage; `None` for parameters.
    pub(super) owners: Vec<Option<usize>>,
    /// The TensorMap: accesses that the runtime was shown, and whose they are.
    map: Vec<(usize, Access)>,
}

impl Run {
    /// The instances that the TensorMap orders before an access.
    pub(super) fn tracked<'a>(&'a self, access: &'a Access) -> impl Iterator<Item = usize> + 'a {
        let conflicting = self.map.iter().filter(|(_, known)| known.conflicts(access));
        conflicting.map(|(instance, _)| *instance)
    }

    pub(super) fn register(&mut self, instance: usize, accesses: Vec<Access>) {
        for access in accesses {
            // What a write covers is found through it from now on.
            self.map
                .retain(|(_, known)| !(access.writes && access.covers(known)));
            self.map.push((instance, access));
        }
    }

    /// For each instance, all that is ordered before it.
    pub(crate) fn reachability(&self) -> Reach {
        self.reachability_without(None)
    }

    /// The same, had one edge not been drawn.
    pub(crate) fn reachability_without(&self, edge: Option<(usize, usize)>) -> Reach {
        let mut reach = Reach::default();
        let mut over: Option<usize> = None;
        for (late, instance) in self.instances.iter().enumerate() {
            let edges = instance.after.iter().chain(&over);
            reach.push(edges.filter(|early| Some((**early, late)) != edge));
            if instance.by_host {
                over = Some(late);
            }
        }
        reach
    }

    /// Uses of storage that nothing keeps.
    ///
    /// A scope's tasks retire in order. One is held by a kept edge to a task that
    /// has not completed; whatever completed before that task started needs no more.
    pub(crate) fn freed_early(&self, reach: &Reach) -> Vec<String> {
        let mut found = Vec::new();
        if self.stopped {
            return found;
        }
        for (user, instance) in self.instances.iter().enumerate() {
            for access in &instance.accesses {
                let owner = self.owners[access.storage];
                let Some(owner) = owner.filter(|owner| *owner != user) else {
                    continue;
                };
                if !self.is_held(owner, user, reach) {
                    found.push(format!("storage of instance {owner} used by {user}"));
                }
            }
        }
        found
    }

    fn is_held(&self, owner: usize, user: usize, reach: &Reach) -> bool {
        let scope = self.instances[owner].scope;
        self.instances.iter().enumerate().any(|(keeper, by)| {
            (keeper == user || reach.orders(user, keeper))
                && by
                    .keeps
                    .range(..=owner)
                    .any(|older| self.instances[*older].scope == scope)
        })
    }
}
