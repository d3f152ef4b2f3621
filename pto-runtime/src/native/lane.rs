//! The express lane: plain tasks that follow each other in one scope and are run at once.
//!
//! What the runtime keeps of such tasks is the same for all of them: they are counted, and share their place in the ring.
//! So it is not kept for each, but entered for many of them in one step, when something else happens. Until then the lane
//! has one number that counts up. Where no more is to be done than that, the compiler can see through a submit: the arguments
//! of the call go to the kernel in registers, and nothing of the call is ever written to memory.
//!
//! The lane ends where anything has to be done for a task that is more: a ring that is full, tasks that may retire, a kernel that
//! is to be timed. That task takes the short way of `plain`, which opens the lane again. Everything but the lane itself sees
//! the orchestrator *settled*: with an empty lane.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::backend::{Deps, Mode, ScopeId, Work};
use crate::call::{Call, RunKernel};
use crate::kernel::Kernel;
use crate::native::orchestrator::Orchestrator;
use crate::native::worker::Shared;
use crate::record::{Fitting, KernelArgs};
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

/// Numbers of tasks that need nothing but to be counted and run.
///
/// Invariant: if `next < end`, then `scope` is the innermost scope, nothing watches the run, there are slots for the numbers up
/// to `end` in ring `ring`, whose last batch is one of this scope, and if the scope is AUTO the tensor map is empty. Tasks
/// `first..next` are complete, follow the ring's last one, and have not been entered.
#[derive(Debug, Default)]
pub(super) struct Lane {
    scope: u32,
    ring: u8,
    first: u32,
    next: u32,
    end: u32,
    /// Whether all kernels are run here. Else those that are known to be short.
    takes_all: bool,
    /// Whether the runtime finds the edges of tasks, by what they access.
    tracks: bool,
    /// Whether everything that was launched is complete.
    is_calm: bool,
    /// The most edges a task can have.
    most_edges: usize,
}

impl Orchestrator {
    /// Opens the lane for the tasks after one that was run at once in `scope`, the innermost, and belongs to the last batch.
    #[inline]
    pub(super) fn open_lane(&mut self, scope: ScopeId, mode: Mode) {
        if mode == Mode::Auto && !self.map.is_empty() {
            return;
        }
        let number = self.scopes.ring();
        let ring = &self.rings[number];
        let more = ring.slots_left().min(self.here.untimed());
        let until_retiring = self.retire_at.saturating_sub(self.tasks);
        self.lane = Lane {
            scope: scope.0,
            ring: number as u8,
            first: ring.next,
            next: ring.next,
            end: ring.next + u64::from(more).min(until_retiring) as u32,
            takes_all: self.here.is_alone(),
            tracks: mode == Mode::Auto,
            is_calm: self.rings.iter().all(|ring| ring.done == ring.next),
            most_edges: ring.dep_capacity(),
        };
    }

    /// Runs a call, if nothing has to be done for it but that. Nothing was done if it was not run. Which edges it has need not
    /// be known while everything is complete.
    #[inline(always)]
    pub(super) fn launch_in_lane<const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        scope: ScopeId,
        call: &Call<'_, T, S, K>,
        site: &Site,
        deps: Option<&Deps<'_>>,
    ) -> Option<TaskId> {
        let kernel = suits(call)?;
        let lane = &self.lane;
        let is_open = lane.next < lane.end && lane.scope == scope.0;
        if !is_open || self.shared.has_failed() {
            return None;
        }
        if !lane.takes_all {
            let edges = deps.map_or(0, Deps::ordering);
            let tracked = if lane.tracks { T } else { 0 };
            if !self.is_known_short(kernel, T, edges, tracked) {
                return None;
            }
        }
        match deps {
            Some(deps) => self.is_over(call, deps)?,
            None if lane.is_calm => {}
            None => return None,
        }
        let id = TaskId::over(lane.ring, lane.next);
        self.lane.next += 1;
        // SAFETY: it runs now and once; its producers are done, and whoever conflicts with it is launched later. In an AUTO
        // scope the map has nobody whom it conflicts with.
        unsafe { self.shared.run_call::<T, S, K>(kernel, call, site) };
        Some(id)
    }

    /// `None` unless it is plain to see that all is complete that a task waits for.
    #[inline(always)]
    fn is_over<const T: usize, const S: usize, K>(
        &self,
        call: &Call<'_, T, S, K>,
        deps: &Deps<'_>,
    ) -> Option<()> {
        if deps.ordering() > self.lane.most_edges {
            return None;
        }
        for list in [deps.proven, deps.explicit, deps.keep] {
            for &id in list {
                if !self.is_done(id) {
                    return None;
                }
            }
        }
        if self.lane.tracks {
            // What creates a tensor is in no map.
            straight!(for i in 0..T {
                if !self.is_done(call.tensors[i].owner()) {
                    return None;
                }
            });
        }
        Some(())
    }

    /// Whether it is plain to see that a task of this run is complete, or that there is none.
    #[inline(always)]
    fn is_done(&self, id: TaskId) -> bool {
        let Lane { ring, next, .. } = self.lane;
        let is_over = id.is_among(TaskId::over(ring, 0), next);
        let ring = || self.rings.get(id.ring());
        is_over || id.is_none() || ring().is_some_and(|ring| id.local() < ring.done)
    }

    /// Enters the tasks of the lane, and closes it.
    #[inline]
    pub(super) fn settle(&mut self) {
        let Lane { first, next, .. } = self.lane;
        self.lane.end = 0;
        if first < next {
            self.enter();
        }
    }

    #[inline(never)]
    fn enter(&mut self) {
        let Lane {
            ring, first, next, ..
        } = self.lane;
        let count = next - first;
        self.lane.first = next;
        self.tasks += u64::from(count);
        self.scopes.count_tasks(count as usize);
        self.here.ran_untimed(count);
        let number = usize::from(ring);
        self.rings[number].take_more(number, count);
    }
}

impl Shared {
    /// Runs the kernel of a call.
    ///
    /// # Safety
    /// As for [`execute`](Shared::execute), and [`suits`] has found it.
    #[inline(always)]
    unsafe fn run_call<const T: usize, const S: usize, K: RunKernel>(
        &self,
        kernel: &'static Kernel,
        call: &Call<'_, T, S, K>,
        site: &Site,
    ) {
        let mut few = true;
        straight!(for i in 0..T {
            few &= Fitting::has_few_dims(&call.tensors[i]);
        });
        if !few {
            // Copies, for what others get a reference to has to be in memory.
            let (tensors, scalars) = (call.tensors, call.scalars);
            // SAFETY: by the contract of this function.
            return unsafe { self.run_large(kernel, &tensors, &scalars, site) };
        }
        // Written in place: what is moved there as a whole is taken apart first, and all its parts are copied.
        let mut tensors = [const { MaybeUninit::uninit() }; T];
        straight!(for i in 0..T {
            tensors[i].write(Fitting::of(&call.tensors[i]));
        });
        // SAFETY: by the contract of this function; the call fits.
        unsafe {
            let args = KernelArgs::fitting(&tensors, &call.scalars);
            self.execute_by::<K>(kernel, args, site);
        }
    }

    /// As [`run_call`](Shared::run_call), for tensors of any number of dimensions.
    ///
    /// # Safety
    /// As there.
    #[inline(never)]
    unsafe fn run_large(
        &self,
        kernel: &'static Kernel,
        tensors: &[TensorArg<'_>],
        scalars: &[u64],
        site: &Site,
    ) {
        // SAFETY: by the contract of this function.
        unsafe { self.execute(kernel, KernelArgs::of_call(tensors, scalars), site) };
    }
}

/// The kernel of a call that the lane may take, by what the call is.
#[inline(always)]
fn suits<const T: usize, const S: usize, K>(call: &Call<'_, T, S, K>) -> Option<&'static Kernel> {
    let Work::Kernel(kernel) = call.work else {
        return None;
    };
    // All this is known where the call is made. What it takes to find out more needs the arguments in memory.
    if !call.fits || call.always || call.predicate.is_some() || kernel.check.is_some() {
        return None;
    }
    straight!(for i in 0..T {
        if call.tensors[i].access() == Access::Create {
            return None;
        }
    });
    (call.disjoint || are_apart(&call.tensors)).then_some(kernel)
}

/// Whether it is plain to see that no tensor overlaps one that is written.
#[inline(always)]
fn are_apart<const T: usize>(tensors: &[TensorArg<'_>; T]) -> bool {
    let mut parts = [(NonNull::dangling(), 0, None, false); T];
    straight!(for i in 0..T {
        let tensor = &tensors[i];
        let length = tensor.layout().dense_vector();
        parts[i] = (
            tensor.base(),
            tensor.start(),
            length,
            tensor.access().writes(),
        );
    });
    for (second, b) in parts.iter().enumerate() {
        for a in &parts[..second] {
            let apart = match (a, b) {
                ((base, ..), (other, ..)) if base != other => true,
                ((_, a, Some(first), _), (_, b, Some(second), _)) => {
                    a + first <= *b || b + second <= *a
                }
                _ => false,
            };
            if !apart && (a.3 || b.3) {
                return false;
            }
        }
    }
    true
}

#[cfg(all(test, not(loom)))]
mod tests;
