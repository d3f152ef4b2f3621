//! The short way of a task that is nothing special: a kernel without a condition, in a run that is neither verified nor recorded,
//! and for which there is room. Nearly all are such.
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
use crate::record::{self, KernelArgs};
use crate::site::Site;
use crate::task::TaskId;

impl Orchestrator {
    /// Launches a call, if it is plain, and runs it if it can be run at once.
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
        let mut room = self.rings[number].room(heap, 0).ok()?;
        let id = TaskId::new(number as u8, self.rings[number].next);
        let tracks = mode == Mode::Auto || call.always;
        let here = self.is_run_here(kernel, &call.tensors);
        let capacity = self.rings[number].dep_capacity();
        // Where nothing is tracked and all is complete, the edges need only be counted.
        let settled = here && !tracks && self.all_complete(deps, capacity).is_some();
        let runs_here = match settled {
            true => true,
            false => {
                let pending =
                    self.find_plain(&call.tensors, deps, tracks.then_some(mode), capacity)?;
                here && pending == 0
            }
        };
        let mut args = 0;
        if !runs_here {
            args = record::words(&call.tensors, &call.scalars) * size_of::<u64>();
            let ring = &self.rings[number];
            match ring.room(heap, args) {
                Ok(with_args) if ring.has_deps(self.edges.pending) => room = with_args,
                _ => {
                    self.map.counters = self.counters;
                    return None;
                }
            }
        }
        self.bear_plain(number, room, heap, args, site);
        if creates {
            let block = self.rings[number].heap_address(room.heap_at);
            for (tensor, offset) in call.tensors.iter_mut().zip(offsets) {
                if tensor.access() == Access::Create {
                    // SAFETY: as in `bind_outputs`: the block has room for all of them, and they do not overlap.
                    unsafe { tensor.bind(block.add(offset), id) };
                }
            }
        }
        if tracks && !self.located.is_empty() {
            self.register(&call.tensors, None, mode, id);
        }
        if !settled {
            self.count_edges(id);
        }
        if runs_here {
            // The producers need not be retained: the task is complete before anybody could retire them.
            // SAFETY: it runs now and once; its producers are done, and whoever conflicts with it is launched later.
            unsafe {
                let args = KernelArgs::of_call(&call.tensors, &call.scalars);
                self.run_here(kernel, args, site);
            }
        } else {
            self.retain_producers(id);
            self.publish_kernel(id, room, kernel, (&call.tensors, &call.scalars), site);
        }
        Some(id)
    }

    /// Finds the edges of a task, those that are tracked in this mode included. How many producers are not complete; `None` if
    /// there are too many of them, or one is none of this run.
    #[inline]
    fn find_plain(
        &mut self,
        tensors: &[TensorArg<'_>],
        deps: &Deps<'_>,
        tracked: Option<Mode>,
        capacity: usize,
    ) -> Option<usize> {
        self.begin_edges();
        if !deps.is_empty() {
            self.name_edges(deps, |_, _, _| {}).ok()?;
        }
        self.counters = self.map.counters;
        if let Some(mode) = tracked {
            self.track(tensors, None, mode, |_, _, _| {});
        }
        if self.edges.announced > capacity {
            self.map.counters = self.counters;
            return None;
        }
        Some(self.edges.pending)
    }

    /// Counts the edges that a task is given. `None` if one of the producers is not complete, is in two lists or is none of
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
        if !deps.explicit.is_empty() || !deps.keep.is_empty() {
            return self.all_lists_complete(deps);
        }
        let live = self.orders_complete(deps.proven, 0)?;
        self.counts.proven += live.orders;
        if live.allocations > 0 {
            self.count_kept(deps.proven, true);
        }
        Some(())
    }

    /// As [`all_complete`](Orchestrator::all_complete), of several lists.
    #[inline(never)]
    fn all_lists_complete(&mut self, deps: &Deps<'_>) -> Option<()> {
        let proven = self.orders_complete(deps.proven, 0)?;
        let explicit = self.orders_complete(deps.explicit, 1)?;
        let kept = self.orders_complete(deps.keep, 2)?;
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

    /// How many of the producers in the list of that number are live. `None` if one is not complete, is in another list as
    /// well, or is none of this run.
    #[inline(always)]
    fn orders_complete(&mut self, producers: &[TaskId], number: u32) -> Option<Live> {
        let mut live = Live::default();
        for &id in producers {
            if id.is_none() {
                continue;
            }
            let ring = self.rings.get_mut(id.ring())?;
            if !ring.is_live(id.local()) {
                if id.local() >= ring.next {
                    return None;
                }
                continue;
            }
            let (slot, meta) = ring.both(id.local());
            if meta.stamp == self.stamp {
                match meta.stamp_edge == number {
                    true => continue,
                    false => return None,
                }
            }
            if !slot.is_complete() {
                return None;
            }
            (meta.stamp, meta.stamp_edge) = (self.stamp, number);
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
    fn bear_plain(&mut self, number: usize, room: Room, heap: usize, args: usize, site: Site) {
        self.tasks += 1;
        let (scope, depth) = self.scopes.count_task();
        let born = Born {
            scope,
            depth,
            site,
            is_alloc: false,
        };
        self.rings[number].take(number, room, heap, args, born);
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

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use crate::args::{UpdateArg, write};
    use crate::backend::{Deps, Mode};
    use crate::call::Call;
    use crate::config::Wishes;
    use crate::error::Error;
    use crate::handle::{TensorMut, TensorRef};
    use crate::kernel::{Core, Kernel, Param};
    use crate::native::orchestrator::Orchestrator;
    use crate::native::permits::Permits;
    use crate::native::worker::Shared;
    use crate::site::Site;
    use crate::task::TaskId;

    static COUNT: Kernel = Kernel {
        name: "count",
        core: Core::Aiv,
        params: &[Param::update::<u64>("x")],
        run: |args| {
            let mut x = args.update::<u64>();
            x.set(0, x.get(0) + 1);
        },
        file: file!(),
        line: line!(),
        check: None,
    };

    /// What a task has registered leaves the map when it retires.
    #[test]
    fn nothing_is_left_of_tasks_that_were_run_at_once() -> Result<(), Error> {
        let wishes = Wishes {
            workers: Some(1),
            windows: Some([16; 4]),
            ..Wishes::default()
        };
        let config = wishes.resolve(&|_| None)?;
        let shared = Arc::new(Shared::new(64, Permits::new(1, 1), 1));
        let mut orchestrator = Orchestrator::new(&config, shared)?;
        let root = orchestrator.begin(Site::here("root"), false);
        let mut data = vec![0_u64; 64];
        let layout = crate::Shape::from([64]).layout().unwrap();
        let base = std::ptr::NonNull::from(data.as_mut_slice()).cast();
        let mut all = TensorMut::<u64>::new(TensorRef::new(base, 0, layout, TaskId::NONE, false));
        for round in 0..1000 {
            let scope = orchestrator.open(root, Mode::Auto, Site::here("scope"))?;
            for tile in 0..8 {
                let at = (round % 7 + tile) * 4;
                let mut tile = all.view_mut(at..at + 4)?;
                let args = [UpdateArg::into_arg(write(&mut tile))];
                // SAFETY: the kernel takes a tensor of that type, to update it.
                let mut call = unsafe { Call::fitting(&COUNT, args, []) };
                let id =
                    orchestrator.launch_plain(scope, &mut call, Site::here("task"), &Deps::NONE);
                assert!(id.is_some(), "nothing stands in its way");
            }
            orchestrator.close(scope);
            orchestrator.retire();
            assert!(orchestrator.map.is_empty(), "after round {round}");
        }
        orchestrator.drain();
        assert_eq!(orchestrator.report().inserts, 8000);
        assert_eq!(data.iter().sum::<u64>(), 8000);
        Ok(())
    }
}
