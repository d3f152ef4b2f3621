//! Tasks of MANUAL scopes that are queued and own nothing, the most common ones there.
//!
//! Nobody has to keep such a task: it has created nothing, its arguments lie in its slot. So its metadata say nothing that those
//! of its neighbours do not say, and it joins their batch. Its id says that it owns nothing, so that whoever waits for it only
//! looks at its slot.

use std::ptr::NonNull;

use crate::backend::Deps;
use crate::call::{Call, RunKernel};
use crate::graph::EdgeKind;
use crate::native::orchestrator::Orchestrator;
use crate::native::plain::Plain;
use crate::native::slot::{Job, SLOT_ARGS, Slot, Work};
use crate::record;
use crate::task::TaskId;

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
        let words = record::words(&call.tensors, &call.scalars);
        let is_bare = plain.tracked.is_none() && !plain.creates && deps.keep.is_empty();
        let ring = &self.rings[number];
        if !is_bare || words * size_of::<u64>() > SLOT_ARGS || ring.slots_left() == 0 {
            return None;
        }
        let pending = self.count_pending(deps.proven)? + self.count_pending(deps.explicit)?;
        if deps.ordering() > ring.dep_capacity() || !ring.has_deps(pending) {
            return None;
        }
        let born = self.count_task(plain.site, false);
        let ring = &mut self.rings[number];
        let local = ring.take_bare(number, born);
        let mut nodes = ring.take_nodes(pending);
        let slot = NonNull::from(ring.slot(local));
        // SAFETY: slots stay in place, and the previous task of this one is retired, so that nothing refers to it. The record
        // has room in it.
        let work = unsafe {
            let record = slot.as_ref().args();
            record::write(record, &call.tensors, &call.scalars);
            let work = Work::Kernel { kernel, record };
            let job = Job {
                work,
                guard: None,
                site: plain.site,
            };
            slot.as_ref().prepare(Some(job), pending as u32);
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
        Some(TaskId::bare(number as u8, local))
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
            let owns = !id.is_bare() && !id.is_over() && ring.is_live(id.local());
            if owns || id.local() >= ring.next {
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
