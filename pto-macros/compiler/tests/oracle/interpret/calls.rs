//! Orchestrations around the program: those that it calls, and one that calls it.

use super::run::{Access, Instance};
use super::submit::{FULL, packed};
use super::{Handle, Machine, Value};
use pto_compiler::analysis::Tracking;
use pto_compiler::syntax::ast::{ArgKind, Call, SiteId};
use std::collections::BTreeSet;

impl Machine<'_> {
    /// A called orchestration makes what it returns, and then submits any tasks
    /// that its arguments allow, all of them tracked.
    pub(super) fn call(&mut self, call: &Call) -> Value {
        let mut shared: Vec<(Handle, bool, Tracking)> = Vec::new();
        for (arg, found) in call.args.iter().enumerate() {
            let (handle, writes) = match &found.kind {
                ArgKind::Read(tensor) => (self.tensor(tensor), false),
                ArgKind::Write(tensor) => (self.tensor(tensor), true),
                ArgKind::Out(_) | ArgKind::Scalar(_) => continue,
            };
            let Some(handle) = handle else {
                continue;
            };
            let exposed = self.analysis.is_exposed(self.program, call.site, arg);
            let frozen = self.analysis.is_frozen(self.program, call.site, arg);
            // Of what is frozen only the owner matters.
            let tracking = match frozen && !(self.nested && exposed) {
                true => Tracking::default(),
                false => FULL,
            };
            shared.push((handle, writes, tracking));
        }
        let mut outs = Vec::new();
        for _ in 0..call.outs {
            let handle = self.storage(Some(self.run.instances.len()));
            let made = Access {
                creates: true,
                ..access(&handle, true)
            };
            self.foreign(call.site, vec![(made, Tracking::default())]);
            shared.push((handle.clone(), true, FULL));
            outs.push(Value::Tensor(handle));
        }
        for _ in 0..3 {
            let mut accesses = Vec::new();
            for (handle, writes, tracking) in &shared {
                if !self.flip() {
                    continue;
                }
                let mut part = handle.clone();
                if self.flip() {
                    part.range.start = (part.range.start + part.range.end) / 2;
                }
                accesses.push((access(&part, *writes && self.flip()), *tracking));
            }
            self.foreign(call.site, accesses);
        }
        packed(outs)
    }

    /// A caller's tensors belong to its first tasks.
    pub(super) fn made_by_the_caller(&mut self, handles: &[Handle]) {
        for handle in handles {
            self.run.owners[handle.storage] = Some(self.run.instances.len());
            self.caller(std::slice::from_ref(handle));
        }
    }

    /// The tasks of a caller that use the program's storage, before or after it.
    pub(super) fn caller(&mut self, handles: &[Handle]) {
        for handle in handles {
            for writes in [true, false, true] {
                self.foreign(usize::MAX, vec![(access(handle, writes), FULL)]);
            }
        }
    }

    /// A task of another orchestration, in an AUTO scope.
    fn foreign(&mut self, site: SiteId, accesses: Vec<(Access, Tracking)>) {
        let this = self.run.instances.len();
        let (_, opened) = *self.scopes.last().expect("there is a root scope");
        self.run.instances.push(Instance {
            site,
            accesses: accesses.iter().map(|(access, _)| access.clone()).collect(),
            after: BTreeSet::new(),
            keeps: BTreeSet::new(),
            scope: opened,
            around: self.around.clone(),
            by_host: false,
        });
        self.track(this, accesses);
    }
}

fn access(handle: &Handle, writes: bool) -> Access {
    Access {
        arg: usize::MAX,
        kernel: None,
        storage: handle.storage,
        range: handle.range.clone(),
        writes,
        creates: false,
    }
}
