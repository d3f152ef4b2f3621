//! Accesses of the host: what comes later finds them over.

use super::Machine;
use super::run::{Access, Instance};
use pto_compiler::analysis::Tracking;
use pto_compiler::syntax::ast::HostAccess;

impl Machine<'_> {
    pub(super) fn access(&mut self, access: &HostAccess) {
        let index: Vec<i64> = access.index.iter().map(|at| self.int(&at.source)).collect();
        let Some(handle) = self.tensor(&access.tensor) else {
            return;
        };
        if self.run.stopped {
            return;
        }
        let at = handle.range.start + index[0];
        let access_made = Access {
            arg: 0,
            kernel: None,
            storage: handle.storage,
            range: at..at + 1,
            writes: access.value.is_some(),
            creates: false,
        };
        let (scope, opened) = *self.scopes.last().expect("there is a root scope");
        let manual = self.program.scopes[scope].mode.is_manual();
        let tracking = self.tracking(access.site, &access_made, manual);
        // Storage is there as long as the scope of its owner is open.
        let owner = self.run.owners[handle.storage].filter(|owner| {
            let of = self.run.instances[*owner].scope;
            self.scopes.iter().any(|(_, opened)| *opened == of)
        });
        let after = self.edges(access.site, std::slice::from_ref(&access_made));
        let this = self.run.instances.len();
        self.run.instances.push(Instance {
            site: access.site,
            accesses: vec![access_made.clone()],
            after,
            keeps: owner.into_iter().collect(),
            scope: opened,
            around: self.around.clone(),
            by_host: true,
        });
        if let Some(tracking) = tracking {
            let lookup = Tracking {
                register: false,
                ..tracking
            };
            self.track(this, vec![(access_made, lookup)]);
        }
    }
}
