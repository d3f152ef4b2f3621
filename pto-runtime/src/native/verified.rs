//! Tells the oracle of a verified run what is submitted.
//!
//! A verified run does not race even if its program does: it waits where the oracle misses an edge, and a scope whose storage
//! would be recycled too early waits for the tasks that use it. So nothing but the report is left of a mistake.

use std::ptr::NonNull;

use crate::backend::{Mode, Request, Work};
use crate::error::Error;
use crate::graph::EdgeKind;
use crate::kernel::Kernel;
use crate::layout::Layout;
use crate::native::edges::add_edge;
use crate::native::orchestrator::Orchestrator;
use crate::task::TaskId;
use crate::verify::Task;

/// How many accesses the tensor map is told of at least, before those are forgotten that no longer matter.
pub(super) const SWEEP_EVERY: u64 = 1024;

impl Orchestrator {
    /// The shape of host memory that tasks may be given.
    pub(crate) fn host_tensor(&mut self, base: NonNull<u8>, layout: &Layout) {
        if let Some(verifier) = &mut self.verifier {
            verifier.host_tensor(base, layout);
        }
    }

    /// Collects the edges of a task, and those that the oracle misses.
    #[cold]
    pub(super) fn verify_edges(
        &mut self,
        request: &Request<'_, '_>,
        mode: Mode,
        number: usize,
    ) -> Result<(), Error> {
        let Some(mut verifier) = self.verifier.take() else {
            return Ok(());
        };
        verifier.begin_task();
        self.find_edges(request, mode, |from, kind, keeps| match kind {
            EdgeKind::Tracked if !keeps => verifier.found(from),
            _ => verifier.edge(from, kind != EdgeKind::Lifetime, keeps),
        });
        let task = Task {
            id: TaskId::new(number as u8, self.rings[number].next),
            site: request.site,
            kernel: kernel_of(request),
            tensors: request.tensors,
        };
        let missing = verifier.check(&task);
        self.verifier = Some(verifier);
        for from in missing? {
            add_edge(
                &mut self.rings,
                &mut self.edges,
                self.stamp,
                from,
                EdgeKind::Tracked,
                false,
            );
        }
        Ok(())
    }

    /// Enters a task into the oracle's log. What it creates is bound.
    #[cold]
    pub(super) fn verify_submit(&mut self, id: TaskId, request: &Request<'_, '_>) {
        if let Some(verifier) = &mut self.verifier {
            verifier.submit(&Task {
                id,
                site: request.site,
                kernel: kernel_of(request),
                tensors: request.tensors,
            });
        }
        if self.map.counters.inserts >= self.sweep_at
            && let Some(verifier) = &self.verifier
        {
            let uses = verifier.last_uses();
            let matters = |base, owner, task| uses.contains(&(base, owner, task));
            // As many again have to come first, so that the looking costs little for each.
            let left = self.map.retain(matters) as u64;
            self.sweep_at = self.map.counters.inserts + SWEEP_EVERY + left;
        }
    }

    /// Tells the oracle which scopes are left, and waits for tasks whose storage nothing else keeps.
    #[cold]
    pub(super) fn verify_close(&mut self) {
        let depth = self.scopes.open_count();
        let users = match &mut self.verifier {
            // What the root scope made is not recycled before the run is over.
            Some(verifier) if depth > 0 => verifier.close(depth),
            _ => return,
        };
        for user in users {
            while self.rings[user.ring()].is_live(user.local()) && !self.slot(user).is_complete() {
                self.wait();
            }
        }
    }

    /// What the oracle found in the run, which is over.
    pub(crate) fn verdict(&mut self) -> Option<Error> {
        self.verifier.take()?.finish()
    }
}

/// What a request runs, or the first of it.
fn kernel_of(request: &Request<'_, '_>) -> Option<&'static Kernel> {
    match request.work {
        Work::Allocation => None,
        Work::Kernel(kernel) => Some(kernel),
        Work::Team(team) => team.members().first().map(|member| member.kernel),
    }
}
