//! Tasks that are queued, own nothing, and are not tracked: the most common ones of MANUAL scopes, and those of AUTO scopes whose
//! order the compiler has proven.
//!
//! Nobody has to keep such a task: it has created nothing, its arguments lie in its slot. So its metadata say nothing that those
//! of its neighbours do not say, and it joins their batch. Its id says that it owns nothing, so that whoever waits for it only
//! looks at its slot.

use std::ptr::NonNull;

use crate::args::TensorArg;
use crate::backend::Deps;
use crate::call::{Call, RunKernel};
use crate::graph::EdgeKind;
use crate::kernel::Kernel;
use crate::native::orchestrator::Orchestrator;
use crate::native::pace::Costs;
use crate::native::plain::Plain;
use crate::native::slot::{Job, SLOT_ARGS, Slot, Work};
use crate::record;
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

/// The slot of which task after the one that is written is fetched early.
const AHEAD: u32 = 4;

/// A task that is bare.
struct Bare<'a> {
    id: TaskId,
    kernel: &'static Kernel,
    site: Site,
    deps: &'a Deps<'a>,
    /// How many of its producers are not known to be complete, and where its entries of the dependency pool begin, as many.
    pending: usize,
    nodes: usize,
}

impl Orchestrator {
    /// Launches a task that others may run, in a run that nobody watches, if it is such a task, and if all that it waits for are,
    /// or are retired. Nothing was done if it is not launched.
    #[inline(always)]
    pub(super) fn queue_bare<const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        plain: &Plain,
        call: &Call<'_, T, S, K>,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let Plain { number, kernel, .. } = *plain;
        let is_tracked = plain.tracked.is_some() && !is_untracked(&call.tensors);
        if is_tracked || plain.creates || self.rings[number].slots_left() == 0 {
            return None;
        }
        let pending = self.producers_of_bare(number, call, deps)?;
        let born = self.count_task(plain.site, false);
        let ring = &mut self.rings[number];
        let local = ring.take_bare(number, born);
        let nodes = ring.take_nodes(pending);
        let bare = Bare {
            id: TaskId::bare(number as u8, local),
            kernel,
            site: plain.site,
            deps,
            pending,
            nodes,
        };
        self.publish_bare(&bare, call);
        Some(bare.id)
    }

    /// As [`queue_bare`](Orchestrator::queue_bare), for a call that suits the lane, as the next of its tasks. A ready one with a
    /// kernel that is short is not for others.
    #[inline(always)]
    pub(super) fn queue_in_lane<const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        kernel: &'static Kernel,
        call: &Call<'_, T, S, K>,
        site: &Site,
        deps: &Deps<'_>,
        costs: Costs,
    ) -> Option<TaskId> {
        let lane = &self.lane;
        if lane.next >= lane.queue_end || lane.tracks && !is_untracked(&call.tensors) {
            return None;
        }
        let number = usize::from(lane.ring);
        let pending = self.producers_of_bare(number, call, deps)?;
        if pending == 0 && !self.is_next_for_others(kernel, costs) {
            return None;
        }
        let nodes = self.rings[number].take_uncounted_nodes(pending);
        let lane = &mut self.lane;
        let bare = Bare {
            id: TaskId::bare(lane.ring, lane.next),
            kernel,
            site: *site,
            deps,
            pending,
            nodes,
        };
        lane.next += 1;
        lane.queued += 1;
        lane.deps += pending as u32;
        lane.is_calm = false;
        self.publish_bare(&bare, call);
        Some(bare.id)
    }

    /// How many producers a task has that are not known to be complete. `None` if it is not bare, or there is no room for its
    /// edges.
    #[inline(always)]
    fn producers_of_bare<const T: usize, const S: usize, K>(
        &self,
        number: usize,
        call: &Call<'_, T, S, K>,
        deps: &Deps<'_>,
    ) -> Option<usize> {
        let words = record::words(&call.tensors, &call.scalars);
        let ring = &self.rings[number];
        if !deps.keep.is_empty() || words * size_of::<u64>() > SLOT_ARGS {
            return None;
        }
        let pending = self.count_pending(deps.proven)? + self.count_pending(deps.explicit)?;
        let fits = ring.has_deps(pending) && !self.has_too_many_edges(number, deps.ordering());
        fits.then_some(pending)
    }

    /// Writes a task to its slot, and wires it.
    #[inline(always)]
    fn publish_bare<const T: usize, const S: usize, K>(
        &mut self,
        bare: &Bare<'_>,
        call: &Call<'_, T, S, K>,
    ) {
        let Bare {
            id,
            kernel,
            site,
            deps,
            pending,
            mut nodes,
        } = *bare;
        let number = id.ring();
        let slot = NonNull::from(self.rings[number].slot(id.local()));
        // The next ones are likely to be of this size as well.
        let later = self.rings[number].slot(id.local().wrapping_add(AHEAD));
        let words = record::words(&call.tensors, &call.scalars);
        Slot::prefetch_to_fill(later.into(), words);
        // SAFETY: slots stay in place, and the previous task of this one is retired, so that nothing refers to it. The record
        // has room in it.
        let work = unsafe {
            let record = slot.as_ref().args();
            record::write(record, &call.tensors, &call.scalars);
            let work = Work::Kernel { kernel, record };
            let guard = None;
            slot.as_ref()
                .prepare(Some(Job { work, guard, site }), pending as u32);
            work
        };
        let unlinked = match pending {
            0 => 0,
            _ => {
                self.link_all(deps.proven, EdgeKind::Proven, slot, number, &mut nodes)
                    + self.link_all(deps.explicit, EdgeKind::Explicit, slot, number, &mut nodes)
            }
        };
        // SAFETY: slots stay in place.
        if unsafe { slot.as_ref() }.arm(pending as u32, unlinked) {
            self.here.queued();
            // SAFETY: it is ready, and nobody else knows that.
            unsafe { self.shared.submit(slot, work) };
        }
    }

    /// How many of these tasks are not known to be complete. `None` if one owns what has to be kept, complete or not, or is
    /// none of this run.
    #[inline(always)]
    fn count_pending(&self, ids: &[TaskId]) -> Option<usize> {
        let mut pending = 0;
        for &id in ids {
            if id.is_none() {
                continue;
            }
            let ring = self.rings.get(id.ring())?;
            let owns = !id.is_bare() && !id.is_over() && id.local() >= ring.retired;
            if owns || id.local() >= ring.next + self.lane.of_ring(id.ring()) {
                return None;
            }
            pending += usize::from(!id.is_over() && id.local() >= ring.done);
        }
        Some(pending)
    }

    /// Makes the task in `slot` wait for those that [`count_pending`](Self::count_pending) has counted. Returns how many are
    /// complete.
    #[inline(always)]
    fn link_all(
        &mut self,
        ids: &[TaskId],
        kind: EdgeKind,
        slot: NonNull<Slot>,
        number: usize,
        nodes: &mut usize,
    ) -> u32 {
        let mut unlinked = 0;
        for &id in ids {
            if id.is_over() || id.local() < self.rings[id.ring()].done {
                continue;
            }
            let node = self.rings[number].next_node(nodes);
            let producer = self.rings[id.ring()].slot(id.local());
            // SAFETY: the node was just taken, and returns to the pool when the consumer retires. Slots stay in place.
            let is_linked = unsafe { producer.link(node, slot.as_ref()) };
            unlinked += u32::from(!is_linked);
            self.counts.add(kind, true);
        }
        unlinked
    }
}

/// Whether the runtime has nothing to find out about these tensors, in any scope: nothing is looked up or registered, and
/// they are host memory, which nobody owns.
#[inline(always)]
fn is_untracked<const T: usize>(tensors: &[TensorArg<'_>; T]) -> bool {
    let mut none = true;
    straight!(for i in 0..T {
        none &= !tensors[i].tracking().any() && tensors[i].owner().is_none();
    });
    none
}
