//! What an execution leaves behind: instances, their accesses and edges.

use pto_compiler::syntax::ast::SiteId;
use std::collections::BTreeSet;
use std::ops::Range;

/// One access of an executed task.
#[derive(Clone)]
pub(crate) struct Touch {
    pub(super) storage: usize,
    pub(super) elements: Range<i64>,
    pub(super) writes: bool,
    pub(super) creates: bool,
    /// Position among the call's arguments.
    pub(super) arg: usize,
}

impl Touch {
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let (a, b) = (&self.elements, &other.elements);
        self.storage == other.storage
            && (self.writes || other.writes)
            && a.start.max(b.start) < a.end.min(b.end)
    }
}

/// One executed task or allocation.
pub(crate) struct Instance {
    pub(crate) site: SiteId,
    pub(crate) manual: bool,
    pub(super) alloc: bool,
    pub(super) accesses: Vec<Touch>,
    /// Executed instances it has edges from.
    pub(super) after: BTreeSet<usize>,
    /// Executed instances it keeps.
    pub(super) keeps: BTreeSet<usize>,
    /// Which execution of which scope it belongs to.
    pub(super) scope: usize,
}

impl Instance {
    pub(crate) fn conflicts(&self, other: &Self) -> bool {
        !self.alloc
            && !other.alloc
            && self
                .accesses
                .iter()
                .any(|a| other.accesses.iter().any(|b| a.conflicts(b)))
    }
}

/// A finished execution.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) instances: Vec<Instance>,
    /// The instance that made each storage; `None` for parameters.
    pub(super) owners: Vec<Option<usize>>,
}

impl Run {
    /// For each instance, all that is ordered before it.
    pub(crate) fn reachability(&self) -> Vec<BTreeSet<usize>> {
        let mut reach: Vec<BTreeSet<usize>> = Vec::new();
        for instance in &self.instances {
            let mut all = instance.after.clone();
            for pred in &instance.after {
                all.extend(&reach[*pred]);
            }
            reach.push(all);
        }
        reach
    }

    /// Uses of storage by MANUAL tasks that nothing keeps.
    ///
    /// A scope's tasks retire in order. One is held by a kept edge to a task that
    /// has not completed; whatever completed before that task started needs no more.
    pub(crate) fn freed_early(&self) -> Vec<String> {
        let reach = self.reachability();
        let mut found = Vec::new();
        for (user, instance) in self.instances.iter().enumerate() {
            if !instance.manual || instance.alloc {
                continue;
            }
            for access in &instance.accesses {
                let Some(owner) = self.owners[access.storage] else {
                    continue;
                };
                let held = (0..=owner)
                    .filter(|older| self.instances[*older].scope == self.instances[owner].scope)
                    .any(|older| {
                        self.instances.iter().enumerate().any(|(keeper, by)| {
                            let keeps = by.keeps.contains(&older) || by.after.contains(&older);
                            keeps && (keeper == user || reach[keeper].contains(&user))
                        })
                    });
                if owner != user && !held {
                    found.push(format!("storage of instance {owner} used by {user}"));
                }
            }
        }
        found
    }
}
