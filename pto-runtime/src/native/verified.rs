//! Tells the oracle of a verified run what is submitted.
//!
//! A verified run does not race even if its program does: it waits where the oracle misses an edge, and a scope whose storage
//! would be recycled too early waits for the tasks that use it. So nothing but the report is left of a mistake.

use std::ptr::NonNull;

use smallvec::SmallVec;

use crate::backend::{Mode, Request, Work};
use crate::error::Error;
use crate::graph::EdgeKind;
use crate::kernel::{Kernel, Param, ParamKind};
use crate::layout::Layout;
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

    /// Collects the edges of what is to be called `id`, and those that the oracle misses.
    #[cold]
    pub(super) fn verify_edges(
        &mut self,
        request: &Request<'_, '_>,
        mode: Mode,
        id: TaskId,
    ) -> Result<(), Error> {
        let Some(mut verifier) = self.verifier.take() else {
            return Ok(());
        };
        verifier.begin_task();
        let found = self.find_and_name_edges(request, mode, |from, kind, keeps| match kind {
            EdgeKind::Tracked if !keeps => verifier.found(from),
            _ => verifier.edge(from, kind != EdgeKind::Lifetime, keeps),
        });
        let missing = found.and_then(|()| verifier.check(&task(id, request, &names(request))));
        self.verifier = Some(verifier);
        for from in missing? {
            self.edges
                .add(&mut self.rings, self.stamp, from, EdgeKind::Tracked, false);
        }
        Ok(())
    }

    /// Enters a task into the oracle's log. What it creates is bound.
    #[cold]
    pub(super) fn verify_submit(&mut self, id: TaskId, request: &Request<'_, '_>) {
        if let Some(verifier) = &mut self.verifier {
            verifier.submit(&task(id, request, &names(request)));
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

    /// Enters an access of the host, which is over.
    #[cold]
    pub(super) fn verify_host(&mut self, request: &Request<'_, '_>) {
        if let Some(verifier) = &mut self.verifier {
            verifier.host(&task(TaskId::NONE, request, &names(request)));
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

/// The names of the parameters that the tensors of a request are for.
fn names(request: &Request<'_, '_>) -> SmallVec<[&'static str; 8]> {
    let kernels: SmallVec<[&'static Kernel; 3]> = match request.work {
        Work::Allocation { .. } | Work::Barrier => SmallVec::new(),
        Work::Kernel(kernel) => SmallVec::from_slice(&[kernel]),
        Work::Team(team) => team.members().iter().map(|member| member.kernel).collect(),
    };
    let params = kernels.iter().flat_map(|kernel| kernel.params);
    let tensors = params.filter(|param| param.kind() != ParamKind::Scalar);
    let names = tensors.map(Param::name).chain(std::iter::repeat("tensor"));
    let names = names.take(request.tensors.len());
    names
        .chain(request.predicate.map(|_| "condition"))
        .collect()
}

/// A request in the oracle's terms.
fn task<'a, 's>(
    id: TaskId,
    request: &'a Request<'_, 's>,
    names: &'a [&'static str],
) -> Task<'a, 's> {
    Task {
        id,
        site: request.site,
        runs: !matches!(request.work, Work::Allocation { .. }),
        tensors: request.tensors,
        condition: request.predicate.map(|predicate| &predicate.tensor),
        names,
    }
}
