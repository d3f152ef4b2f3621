//! The short way of a task that is nothing special: a kernel without a condition, in a run that is neither verified nor
//! recorded, and for which there is room. Nearly all are such.
//!
//! Whatever stands in the way, a mistake of the user's or a full ring, is left to the general steps of `launch`, which find it
//! again: nothing has been changed before. Compiled once for each number of tensors and scalars, so that the loops over them
//! are none.

use crate::args::Access;
use crate::argument::Argument;
use crate::backend::{Deps, Mode, ScopeId, Work};
use crate::call::Call;
use crate::kernel::Kernel;
use crate::native::edges::is_known;
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Room, padded};
use crate::native::suited::Suited;
use crate::native::validate::overlapping;
use crate::record::{self, KernelArgs};
use crate::site::Site;
use crate::straight::straight;
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
        if self.is_watched || self.shared.has_failed() {
            return None;
        }
        let kernel = passes(call)?;
        let (creates, heap) = (creates(&call.tensors), heap_of(&call.tensors)?);
        let mode = self.scopes.innermost(scope).ok()?.mode;
        self.retire_in_time();
        let number = self.scopes.ring();
        let tracked = (mode == Mode::Auto || call.always).then_some(mode);
        // In memory only where it is passed on.
        let plain = || Plain {
            kernel,
            number,
            heap,
            creates,
            tracked,
            site,
        };
        if self.is_run_here(kernel, &call.tensors, deps.ordering(), tracked)
            && (deps.is_empty() || self.are_complete(deps)?)
            && !tracked.is_some_and(|mode| self.has_pending_conflict(&call.tensors, mode))
        {
            let room = self.rings[number].room(heap, 0).ok()?;
            let id = self.run_plain(&plain(), room, call);
            self.open_lane(scope, mode);
            return Some(id);
        }
        let id = self.queue_plain(&plain(), call, deps)?;
        if self.rings[number].ends_in_batch() {
            self.open_lane(scope, mode);
        }
        Some(id)
    }

    /// Runs a task that is ready. It is in no map, and keeps none of its producers: it is complete before anybody could wait
    /// for it or retire them.
    #[inline(always)]
    fn run_plain<const T: usize, const S: usize>(
        &mut self,
        plain: &Plain,
        room: Room,
        call: &mut Call<'_, T, S>,
    ) -> TaskId {
        let number = plain.number;
        let born = self.count_task(plain.site, false);
        let local = self.rings[number].take_complete(number, room, plain.heap, born);
        let id = TaskId::new(number as u8, local);
        if plain.creates {
            self.bind_outputs(number, room.heap_at, &mut call.tensors, id);
        }
        self.here.ran();
        // SAFETY: it runs now and once; its producers are done, and whoever conflicts with it is launched later.
        unsafe {
            let args = KernelArgs::of_call(&call.tensors, &call.scalars);
            self.run_here(plain.kernel, args, &plain.site);
        }
        match plain.creates {
            true => id,
            false => TaskId::over(number as u8, local),
        }
    }

    /// Launches a task that others may run.
    #[inline(never)]
    fn queue_plain<const T: usize, const S: usize>(
        &mut self,
        plain: &Plain,
        call: &mut Call<'_, T, S>,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        if let Some(id) = self.queue_in_batch(plain, Suited::known(plain.kernel, call), deps) {
            return Some(id);
        }
        let Plain { number, heap, .. } = *plain;
        let Call {
            tensors, scalars, ..
        } = call;
        self.begin_edges();
        if !deps.is_empty() {
            self.name_edges(deps, |_, _, _| {}).ok()?;
        }
        let counters = self.map.counters;
        if let Some(mode) = plain.tracked {
            self.track(tensors, None, mode, |_, _, _| {});
        }
        let args = record::words(tensors, S) * size_of::<u64>();
        let ring = &self.rings[number];
        let too_many = self.has_too_many_edges(number, self.edges.announced);
        let pending = self.edges.pending;
        let room = match ring.room(heap, args) {
            Ok(room) if !too_many && ring.has_deps(pending) => room,
            _ => {
                self.map.counters = counters;
                return None;
            }
        };
        let local = self.bear(number, room, heap, args, plain.site, false);
        let id = TaskId::new(number as u8, local);
        if plain.creates {
            self.bind_outputs(number, room.heap_at, tensors, id);
        }
        if let Some(mode) = plain.tracked
            && !self.located.is_empty()
        {
            self.register(tensors, None, mode, id);
        }
        let args = (tensors.as_slice(), scalars.as_slice());
        self.publish_kernel(id, room, plain.kernel, args, None, plain.site);
        Some(match plain.creates {
            true => id,
            false => TaskId::bare(number as u8, local),
        })
    }

    /// Whether the given producers are complete. `None` if one is none of this run.
    #[inline(always)]
    fn are_complete(&self, deps: &Deps<'_>) -> Option<bool> {
        let mut complete = true;
        for id in deps.proven.iter().chain(deps.explicit) {
            if id.is_none() {
                continue;
            }
            let ring = self.rings.get(id.ring())?;
            if id.local() >= ring.next {
                return None;
            }
            complete &= ring.is_complete(id.local());
        }
        let is_known = |id: &TaskId| is_known(&self.rings, *id);
        deps.keep.iter().all(is_known).then_some(complete)
    }
}

/// The kernel of a call that is nothing special, and has no mistakes.
#[inline(always)]
pub(super) fn passes<const T: usize, const S: usize>(
    call: &Call<'_, T, S>,
) -> Option<&'static Kernel> {
    let Work::Kernel(kernel) = call.work else {
        return None;
    };
    let is_fine = call.fits
        && call.predicate.is_none()
        && kernel
            .check
            .is_none_or(|check| check(&call.tensors).is_ok())
        && (call.disjoint || T < 2 || overlapping(&call.tensors).is_none());
    is_fine.then_some(kernel)
}

/// Whether a task creates any of its tensors: that is known where the call is made.
#[inline(always)]
pub(super) fn creates<'s, const T: usize>(tensors: &[impl Argument<'s>; T]) -> bool {
    let mut any = false;
    straight!(for i in 0..T {
        any |= tensors[i].access() == Access::Create;
    });
    any
}

/// The bytes of the heap that the tensors take that a task creates. `None` if the shape of one is none.
#[inline(always)]
pub(super) fn heap_of<'s, const T: usize>(tensors: &[impl Argument<'s>; T]) -> Option<usize> {
    let (mut bytes, mut is_faulty) = (0, false);
    straight!(for i in 0..T {
        if tensors[i].access() == Access::Create {
            is_faulty |= tensors[i].is_faulty();
            bytes += padded(tensors[i].bytes());
        }
    });
    (!is_faulty).then_some(bytes)
}

/// A call that is plain.
pub(super) struct Plain {
    pub(super) kernel: &'static Kernel,
    /// The number of its ring.
    pub(super) number: usize,
    /// The bytes of the heap that it takes, and whether it creates tensors, which may be empty.
    pub(super) heap: usize,
    pub(super) creates: bool,
    /// The mode of its scope, if it is tracked.
    pub(super) tracked: Option<Mode>,
    pub(super) site: Site,
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use crate::args::{UpdateArg, write};
    use crate::backend::{Deps, Mode};
    use crate::call::Call;
    use crate::call::sealed::Request as _;
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

    /// What a task has registered leaves the map when it retires; what is run at once is never in it.
    #[test]
    fn nothing_is_left_of_tasks() -> Result<(), Error> {
        tiles(true)?;
        tiles(false)
    }

    fn tiles(run_at_once: bool) -> Result<(), Error> {
        let wishes = Wishes {
            workers: Some(1),
            run_at_once: Some(run_at_once),
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
                let mut call = unsafe { Call::<1, 0>::fitting(&COUNT, args, []) };
                let id =
                    orchestrator.launch_plain(scope, &mut call, Site::here("task"), &Deps::NONE);
                assert!(id.is_some(), "nothing stands in its way");
                assert_eq!(orchestrator.map.is_empty(), run_at_once);
            }
            orchestrator.close(scope);
            orchestrator.retire();
            while orchestrator.rings.iter().any(|ring| ring.live() > 0) {
                orchestrator.wait();
                orchestrator.retire();
            }
            assert!(orchestrator.map.is_empty(), "after round {round}");
        }
        orchestrator.drain();
        let inserts = if run_at_once { 0 } else { 8000 };
        assert_eq!(orchestrator.report().inserts, inserts);
        assert_eq!(data.iter().sum::<u64>(), 8000);
        Ok(())
    }

    /// The queues are filled for the other threads, and no more than that, whichever way tasks take.
    #[test]
    fn what_others_need_not_have_is_run_at_once() -> Result<(), Error> {
        for short_way in [true, false] {
            let wishes = Wishes {
                workers: Some(2),
                ..Wishes::default()
            };
            let config = wishes.resolve(&|_| None)?;
            let shared = Arc::new(Shared::new(1024, Permits::new(2, 2), 2));
            let mut orchestrator = Orchestrator::new(&config, shared.clone())?;
            let root = orchestrator.begin(Site::here("root"), false);
            let mut data = vec![0_u64; 200 * 64];
            let layout = crate::Shape::from([data.len()]).layout().unwrap();
            let base = std::ptr::NonNull::from(data.as_mut_slice()).cast();
            let all = TensorRef::new(base, 0, layout, TaskId::NONE, false);
            let mut all = TensorMut::<u64>::new(all);
            for tile in 0..200 {
                // So much that a kernel that was never timed is not taken for a short one.
                let mut tile = all.view_mut(tile * 64..(tile + 1) * 64)?;
                let args = [UpdateArg::into_arg(write(&mut tile))];
                // SAFETY: the kernel takes a tensor of that type, to update it.
                let mut call = unsafe { Call::<1, 0>::fitting(&COUNT, args, []) };
                let (site, deps) = (Site::here("task"), Deps::NONE);
                match short_way {
                    true => assert!(
                        orchestrator
                            .launch_plain(root, &mut call, site, &deps)
                            .is_some()
                    ),
                    false => _ = orchestrator.launch(root, call.request(site, deps))?,
                }
            }
            assert_eq!(shared.queued(), 64, "short way {short_way}");
            orchestrator.drain();
            assert_eq!(data.iter().sum::<u64>(), 200);
        }
        Ok(())
    }
}
