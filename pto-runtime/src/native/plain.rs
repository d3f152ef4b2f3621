//! The short way of a task that is run at once and is nothing special: a kernel without a condition, in a run that is neither
//! verified nor recorded, all of whose producers are complete, and for which there is room. Where tasks are small nearly all of
//! them are such.
//!
//! Whatever stands in the way, a mistake of the user's or a full ring, is left to the general steps of `launch`, which find it
//! again: nothing has been changed before. Compiled once for each number of tensors and scalars, so that the loops over them
//! are none.

use crate::args::{Access, TensorArg};
use crate::backend::{Deps, Mode, ScopeId, Work};
use crate::call::Call;
use crate::native::launch::{RETIRE_EVERY, bytes_of};
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Born, Room, padded};
use crate::native::validate::overlapping;
use crate::record::KernelArgs;
use crate::site::Site;
use crate::task::TaskId;

impl Orchestrator {
    /// Launches and runs a call, if it is plain.
    #[inline(never)]
    pub(super) fn launch_plain<const T: usize, const S: usize>(
        &mut self,
        scope: ScopeId,
        call: &mut Call<'_, T, S>,
        site: Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let Work::Kernel(kernel) = call.work else {
            return None;
        };
        if !call.fits || self.is_watched || call.predicate.is_some() || self.shared.has_failed() {
            return None;
        }
        // Where in the task's block each created tensor begins.
        let (mut heap, mut creates, mut offsets) = (0, false, [0; T]);
        for (tensor, offset) in call.tensors.iter().zip(&mut offsets) {
            if tensor.access() == Access::Create {
                if tensor.fault().is_some() {
                    return None;
                }
                (*offset, creates) = (heap, true);
                heap += padded(bytes_of(tensor));
            }
        }
        if let Some(check) = kernel.check
            && check(&call.tensors).is_err()
        {
            return None;
        }
        if !call.disjoint && T > 1 && overlapping(&call.tensors).is_some() {
            return None;
        }
        let mode = self.scopes.innermost(scope).ok()?.mode;
        if self.tasks.is_multiple_of(RETIRE_EVERY) {
            self.retire();
        }
        let number = self.scopes.ring();
        let room = self.rings[number].room(heap, 0).ok()?;
        if !self.is_run_here(kernel, &call.tensors) {
            return None;
        }
        let id = TaskId::new(number as u8, self.rings[number].next);
        if mode == Mode::Auto || call.always {
            self.find_complete(&call.tensors, deps, mode, id)?;
        } else {
            let capacity = self.rings[number].dep_capacity();
            self.all_complete(deps, capacity)?;
        }
        self.bear_plain(number, room, heap, site);
        if creates {
            let block = self.rings[number].heap_address(room.heap_at);
            for (tensor, offset) in call.tensors.iter_mut().zip(offsets) {
                if tensor.access() == Access::Create {
                    // SAFETY: as in `bind_outputs`: the block has room for all of them, and they do not overlap.
                    unsafe { tensor.bind(block.add(offset), id) };
                }
            }
        }
        // SAFETY: the task runs now and once; its producers are done, and whoever conflicts with it is launched later.
        unsafe {
            let args = KernelArgs::of_call(&call.tensors, &call.scalars);
            self.run_here(kernel, args, site);
        }
        Some(id)
    }

    /// Finds the edges of the task that is to be `id`, and enters its accesses into the tensor map. `None` if one of its
    /// producers is not complete, and then nothing is entered.
    #[inline]
    fn find_complete(
        &mut self,
        tensors: &[TensorArg<'_>],
        deps: &Deps<'_>,
        mode: Mode,
        id: TaskId,
    ) -> Option<()> {
        self.begin_edges();
        self.name_edges(deps, |_, _, _| {}).ok()?;
        let counters = self.map.counters;
        self.track(tensors, None, mode, |_, _, _| {});
        if self.edges.pending > 0 || self.edges.announced > self.rings[id.ring()].dep_capacity() {
            self.map.counters = counters;
            return None;
        }
        if !self.located.is_empty() {
            self.register(tensors, None, mode, id);
        }
        // The producers need not be retained: this task is complete before anybody could retire them.
        self.count_edges(id);
        Some(())
    }

    /// Counts the edges that a task is given. `None` if one of the producers is not complete, is named twice or is none of
    /// this run, and then nothing is counted.
    #[inline(always)]
    fn all_complete(&mut self, deps: &Deps<'_>, capacity: usize) -> Option<()> {
        self.stamp += 1;
        if deps.is_empty() {
            return Some(());
        }
        // Refused where it would have to wait, so that it does not depend on how fast the kernels are.
        if deps.proven.len() + deps.explicit.len() > capacity {
            return None;
        }
        let proven = self.orders_complete(deps.proven)?;
        let explicit = self.orders_complete(deps.explicit)?;
        let kept = self.orders_complete(deps.keep)?;
        self.counts.proven += proven.orders;
        self.counts.explicit += explicit.orders;
        for (list, found) in [(deps.proven, proven), (deps.explicit, explicit)] {
            if found.allocations > 0 {
                self.count_kept(list, true);
            }
        }
        if kept.orders + kept.allocations > 0 {
            self.count_kept(deps.keep, false);
        }
        Some(())
    }

    /// How many of the producers are live. `None` if one is not complete, was found before or is none of this run.
    #[inline(always)]
    fn orders_complete(&mut self, producers: &[TaskId]) -> Option<Live> {
        let mut live = Live::default();
        for &id in producers.iter().filter(|id| !id.is_none()) {
            let ring = self.rings.get_mut(id.ring())?;
            if !ring.is_live(id.local()) {
                if id.local() >= ring.next {
                    return None;
                }
                continue;
            }
            let (slot, meta) = ring.both(id.local());
            if meta.stamp == self.stamp || !slot.is_complete() {
                return None;
            }
            meta.stamp = self.stamp;
            live.allocations += u64::from(meta.is_alloc);
            live.orders += u64::from(!meta.is_alloc);
        }
        Some(live)
    }

    /// Counts the edges that keep a producer: those to allocations, or all.
    #[inline(never)]
    fn count_kept(&mut self, producers: &[TaskId], allocations_only: bool) {
        for &id in producers.iter().filter(|id| !id.is_none()) {
            let ring = &mut self.rings[id.ring()];
            if ring.is_live(id.local()) {
                let meta = ring.meta(id.local());
                if meta.is_alloc || !allocations_only {
                    let kept = std::mem::replace(&mut meta.kept, true);
                    self.counts.lifetime += u64::from(!kept);
                }
            }
        }
    }

    #[inline(always)]
    fn bear_plain(&mut self, number: usize, room: Room, heap: usize, site: Site) {
        self.tasks += 1;
        let (scope, depth) = self.scopes.count_task();
        let born = Born {
            scope,
            depth,
            site,
            is_alloc: false,
        };
        self.rings[number].take(number, room, heap, 0, born);
    }
}

/// Producers that are not retired.
#[derive(Clone, Copy, Default)]
struct Live {
    /// Those that an edge can wait for.
    orders: u64,
    /// Those that can only be kept.
    allocations: u64,
}
