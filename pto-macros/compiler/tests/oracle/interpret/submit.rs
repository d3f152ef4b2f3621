//! Submission: an instance with the edges that the plan's variables hold, and
//! those that the runtime finds.

use super::run::{Access, Instance};
use super::{Handle, Machine, Value};
use pto_compiler::analysis::{KeySlot, Remembered, TableEdge, Tracking, VariableKind};
use pto_compiler::syntax::ast::{Alloc, ArgKind, LoopId, SiteId, Task};
use std::collections::BTreeSet;

/// All that the runtime can track of an access.
pub(super) const FULL: Tracking = Tracking {
    lookup: true,
    register: true,
};

impl Machine<'_> {
    pub(super) fn task(&mut self, task: &Task) -> Value {
        if !self.run.stopped {
            self.fences(task.site);
        }
        let this = self.run.instances.len();
        let mut accesses = Vec::new();
        let mut outs = Vec::new();
        let kernels = task.kernels.iter().enumerate();
        let kernels = kernels.flat_map(|(at, kernel)| vec![at; kernel.args]);
        let kernels: Vec<usize> = kernels.collect();
        for (arg, found) in task.args.iter().enumerate() {
            let (handle, writes, creates) = match &found.kind {
                ArgKind::Read(tensor) => (self.tensor(tensor), false, false),
                ArgKind::Write(tensor) => (self.tensor(tensor), true, false),
                ArgKind::Out(_) => (Some(self.storage(Some(this))), true, true),
                ArgKind::Scalar(_) => continue,
            };
            let Some(handle) = handle else {
                continue;
            };
            let Handle { storage, range } = handle.clone();
            accesses.push(Access {
                arg,
                // A barrier has none.
                kernel: kernels.get(arg).copied(),
                storage,
                range,
                writes,
                creates,
            });
            if creates {
                outs.push(Value::Tensor(handle));
            }
        }
        if let Some(condition) = &task.condition {
            let index = self.int(&condition.index[0].source);
            if let Some(Handle { storage, range }) = self.tensor(&condition.tensor) {
                accesses.push(Access {
                    arg: task.args.len(),
                    // It is evaluated before they run.
                    kernel: None,
                    storage,
                    range: range.start + index..range.start + index + 1,
                    writes: false,
                    creates: false,
                });
            }
        }
        self.submit(task.site, accesses);
        packed(outs)
    }

    pub(super) fn alloc(&mut self, alloc: &Alloc) -> Value {
        let this = self.run.instances.len();
        let outs = alloc.shapes.iter();
        let outs = outs.map(|_| Value::Tensor(self.storage(Some(this))));
        let outs = outs.collect();
        self.submit(alloc.site, Vec::new());
        packed(outs)
    }

    fn submit(&mut self, site: SiteId, accesses: Vec<Access>) {
        if self.run.stopped {
            return;
        }
        let wiring = &self.plan.sites[site];
        let after = self.edges(site, &accesses);
        let mut keeps = after.clone();
        keeps.extend(self.read(&wiring.keep));
        let (scope, opened) = *self.scopes.last().expect("there is a root scope");
        let manual = self.program.scopes[scope].mode.is_manual();
        let watched = accesses.iter().filter_map(|access| {
            let tracking = self.tracking(site, access, manual)?;
            Some((access.clone(), tracking))
        });
        let watched: Vec<(Access, Tracking)> = watched.collect();
        let this = self.run.instances.len();
        self.run.instances.push(Instance {
            site,
            accesses,
            after,
            keeps,
            scope: opened,
            around: self.around.clone(),
            by_host: false,
        });
        self.track(this, watched);
        self.set(site, this);
    }

    /// The edges that the emitted code draws.
    pub(super) fn edges(&self, site: SiteId, accesses: &[Access]) -> BTreeSet<usize> {
        let wiring = &self.plan.sites[site];
        let mut after = self.read(&wiring.proven);
        after.extend(self.read(&wiring.explicit));
        for edge in &wiring.tables {
            after.extend(self.found(edge));
        }
        for access in accesses.iter().filter(|access| !access.creates) {
            if wiring.owners.contains(&access.arg) {
                after.extend(self.run.owners[access.storage]);
            }
        }
        after
    }

    /// What the runtime does about an access; `None` if it does not look at it at all.
    pub(super) fn tracking(&self, site: SiteId, access: &Access, manual: bool) -> Option<Tracking> {
        let exposed = self.analysis.is_exposed(self.program, site, access.arg);
        let left = self.analysis.tracking_of(self.program, site, access.arg);
        match manual {
            _ if access.creates => None,
            _ if self.nested && exposed => Some(FULL),
            true if !left.lookup && !left.register => None,
            _ => Some(left),
        }
    }

    /// Draws the edges that the runtime finds for the newest instance: from the
    /// owners of what it uses, and from those the TensorMap knows of.
    pub(super) fn track(&mut self, this: usize, watched: Vec<(Access, Tracking)>) {
        let mut registered = Vec::new();
        for (access, tracking) in watched {
            let owner = self.run.owners[access.storage].filter(|owner| *owner != this);
            let found: Vec<usize> = match tracking.lookup {
                true => self.run.tracked(&access).collect(),
                false => Vec::new(),
            };
            let instance = &mut self.run.instances[this];
            instance.after.extend(owner);
            instance.keeps.extend(owner);
            instance.after.extend(found);
            if tracking.register {
                registered.push(access);
            }
        }
        self.run.register(this, registered);
    }

    /// Submits the tasks that take the place of large sets, before the one that waits for them.
    fn fences(&mut self, site: SiteId) {
        for variable in &self.plan.sites[site].proven {
            let VariableKind::All { fence: Some(least) } = self.plan.variables[*variable].kind
            else {
                continue;
            };
            let held = self.held.entry(*variable).or_default();
            if held.len() >= least {
                let this = self.run.instances.len();
                let after = std::mem::replace(held, BTreeSet::from([this]));
                let (_, opened) = *self.scopes.last().expect("there is a root scope");
                self.run.instances.push(Instance {
                    site,
                    accesses: Vec::new(),
                    keeps: after.clone(),
                    after,
                    scope: opened,
                    around: self.around.clone(),
                    by_host: false,
                });
            }
        }
    }

    /// What variables hold.
    fn read(&self, variables: &[usize]) -> BTreeSet<usize> {
        let values = variables
            .iter()
            .filter_map(|variable| self.held.get(variable));
        values.flatten().copied().collect()
    }

    /// What a table holds for the present values of the loop variables.
    fn found(&self, edge: &TableEdge) -> BTreeSet<usize> {
        let VariableKind::Table { key, .. } = &self.plan.variables[edge.variable].kind else {
            panic!("an edge from a table that is none");
        };
        let mut only = edge.only.iter();
        if only.any(|only| !only.values.contains(&self.value_of(only.of))) {
            return BTreeSet::new();
        }
        let slots = key.iter().zip(&edge.at);
        let at = slots.map(|(slot, (of, offset))| {
            let value = of.map_or(0, |of| self.value_of(of));
            part(slot, value + offset)
        });
        let found = self.tables.get(&(edge.variable, at.collect()));
        found.cloned().unwrap_or_default()
    }

    /// The value of a loop's variable.
    fn value_of(&self, of: LoopId) -> i64 {
        let around = self.around.iter().find(|iteration| iteration.of == of);
        around.expect("the loop is around").value
    }

    /// Sets the variables that a site sets.
    fn set(&mut self, site: SiteId, this: usize) {
        for variable in &self.plan.sites[site].sets {
            let kind = &self.plan.variables[*variable].kind;
            if let VariableKind::Table { key, .. } = kind {
                let forgotten = |slot: &KeySlot| match &slot.remembered {
                    Remembered::Only(values) => !values.contains(&self.value_of(slot.of)),
                    Remembered::All | Remembered::Last(_) => false,
                };
                if key.iter().any(forgotten) {
                    continue;
                }
                let at = key.iter().map(|slot| part(slot, self.value_of(slot.of)));
                let at = at.collect();
                let entry = self.tables.entry((*variable, at)).or_default();
                put(entry, kind, this);
            } else {
                put(self.held.entry(*variable).or_default(), kind, this);
            }
        }
    }
}

/// Puts an instance into a variable, or into one entry of a table.
fn put(held: &mut BTreeSet<usize>, kind: &VariableKind, this: usize) {
    match kind {
        VariableKind::First if !held.is_empty() => return,
        VariableKind::Latest | VariableKind::Table { latest: true, .. } => held.clear(),
        VariableKind::First | VariableKind::All { .. } | VariableKind::Table { .. } => {}
    }
    held.insert(this);
}

/// One part of a table's key.
fn part(slot: &KeySlot, value: i64) -> i64 {
    match &slot.remembered {
        Remembered::Last(modulus) => value.rem_euclid(i64::try_from(*modulus).expect("small")),
        Remembered::All | Remembered::Only(_) => value,
    }
}

pub(super) fn packed(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::None,
        1 => values.remove(0),
        _ => Value::Tuple(values),
    }
}
