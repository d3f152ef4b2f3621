//! Submission: an instance with the edges that the plan's variables hold, and
//! those that the runtime finds.

use super::run::{Access, Instance, Iteration};
use super::{Handle, Machine, Value};
use crate::wires::Loops;
use pto_compiler::analysis::Tracking;
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
        keeps.extend(self.wires.read(&wiring.keep));
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
        self.wires.set(site, this, &self.around);
    }

    /// The edges that the emitted code draws.
    pub(super) fn edges(&self, site: SiteId, accesses: &[Access]) -> BTreeSet<usize> {
        let wiring = &self.plan.sites[site];
        let mut after = self.wires.edges(site, &self.around);
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
        let (_, opened) = *self.scopes.last().expect("there is a root scope");
        let (instances, around) = (&mut self.run.instances, &self.around);
        self.wires.fences(site, |after| {
            instances.push(Instance {
                site,
                accesses: Vec::new(),
                keeps: after.clone(),
                after,
                scope: opened,
                around: around.clone(),
                by_host: false,
            });
            instances.len() - 1
        });
    }
}

impl Loops for Vec<Iteration> {
    fn value(&self, of: LoopId) -> i64 {
        let around = self.iter().find(|iteration| iteration.of == of);
        around.expect("the loop is around").value
    }
}

pub(super) fn packed(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::None,
        1 => values.remove(0),
        _ => Value::Tuple(values),
    }
}
