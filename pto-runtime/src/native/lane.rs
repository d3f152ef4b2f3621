//! The express lane: plain tasks that follow each other in one scope.
//!
//! What the runtime keeps of such tasks is the same for all of them: they are counted, and share their place in the ring.
//! So it is not kept for each, but entered for many of them in one step, when something else happens. Until then the lane
//! has one number that counts up. For a task that is run at once no more is to be done than that, and the compiler can see
//! through its submit: the arguments of the call go to the kernel in registers, and nothing of the call is ever written to
//! memory. A task that is queued is written to its slot (`bare`).
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
use crate::native::pace::Costs;
use crate::native::plain::{creates, heap_of};
use crate::native::ring::{More, Ring};
use crate::native::worker::Shared;
use crate::record::{Fitting, KernelArgs};
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

/// Numbers of tasks that need nothing but to be counted, and run or written to their slots.
///
/// Invariant: if `next < end` or `next < queue_end`, then `scope` is the innermost scope, nothing watches the run, there are slots
/// for the numbers up to there in ring `ring`, whose last batch is one of this scope. Up to `end` tasks are run, and none of them
/// is to be timed; if the scope is AUTO the tensor map is empty. Up to `queue_end` they are queued: that batch has room for them.
/// Tasks `first..next` follow the ring's last one, and have not been entered; all but `queued` of them are complete.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) scope: u32,
    pub(super) ring: u8,
    first: u32,
    pub(super) next: u32,
    end: u32,
    /// Up to where tasks are run here or written to strands.
    strand_end: u32,
    pub(super) queue_end: u32,
    pub(super) queued: u32,
    /// How many entries of the dependency pool they have.
    pub(super) deps: u32,
    /// How many blocks of the heap the others have, and where the last of these ends.
    heap_blocks: u32,
    heap_end: usize,
    /// Whether all kernels are run here. Else those that are known to be short.
    takes_all: bool,
    /// Whether the runtime finds the edges of tasks, by what they access.
    pub(super) tracks: bool,
    /// Whether everything that was launched is complete.
    pub(super) is_calm: bool,
    /// Kernels that take less, in nanoseconds, are not for strands.
    pub(super) below: u32,
}

impl Lane {
    /// There are tasks in strands: until these are empty each task is compared with them.
    #[inline]
    pub(super) fn close_for_strands(&mut self) {
        (self.end, self.queue_end) = (self.next, self.next);
        self.is_calm = false;
    }

    /// How many tasks of a ring have not been entered.
    #[inline(always)]
    pub(super) fn of_ring(&self, ring: usize) -> u32 {
        match ring == usize::from(self.ring) {
            true => self.next - self.first,
            false => 0,
        }
    }
}

impl Orchestrator {
    /// Opens the lane for the tasks after one that was launched in `scope`, the innermost, and belongs to the last batch.
    #[inline]
    pub(super) fn open_lane(&mut self, scope: ScopeId, mode: Mode) {
        let number = self.scopes.ring();
        let ring = &self.rings[number];
        let is_calm = self.rings.iter().all(Ring::is_done);
        // While nothing is pending or in the map, retiring only gives back slots.
        let until_retiring = match is_calm && self.map.is_empty() {
            true => u64::MAX,
            false => self.retire_at.saturating_sub(self.tasks),
        };
        let more = u64::from(ring.slots_left()).min(until_retiring) as u32;
        let runs = match mode == Mode::Auto && !self.map.is_empty() {
            true => 0,
            false => self.here.untimed(),
        };
        let end = ring.next + more.min(runs);
        self.lane = Lane {
            scope: scope.0,
            ring: number as u8,
            first: ring.next,
            next: ring.next,
            end,
            strand_end: if mode == Mode::Auto { end } else { ring.next },
            queue_end: ring.next + more.min(ring.batch_left()),
            queued: 0,
            deps: 0,
            heap_blocks: 0,
            heap_end: 0,
            takes_all: self.here.is_enabled() && self.here.is_alone(),
            tracks: mode == Mode::Auto,
            is_calm,
            below: match mode {
                Mode::Auto => self.strands.least(),
                Mode::Manual => u32::MAX,
            },
        };
        if self.strands.are_pending() {
            self.lane.close_for_strands();
        }
    }

    /// Takes the next number of an AUTO scope for a task that is run at once, as far as anybody can see. `None` if there is none.
    pub(super) fn enter_in_lane(&mut self, scope: ScopeId, site: Site) -> Option<TaskId> {
        let lane = &mut self.lane;
        if lane.scope == scope.0 && lane.next < lane.strand_end {
            let id = TaskId::over(lane.ring, lane.next);
            lane.next += 1;
            return Some(id);
        }
        self.settle();
        let mode = self.scopes.innermost(scope).ok()?.mode;
        if mode != Mode::Auto {
            return None;
        }
        self.retire_in_time();
        let number = self.scopes.ring();
        let room = self.rings[number].room(0, 0).ok()?;
        let born = self.count_task(site, false);
        let local = self.rings[number].take_complete(number, room, 0, born);
        self.open_lane(scope, mode);
        Some(TaskId::over(number as u8, local))
    }

    /// Launches a call, if nothing has to be done for it but to run it, or to write it to a slot. Nothing was done if it was not
    /// launched. Which edges it has need not be known while everything is complete.
    #[inline(always)]
    pub(super) fn launch_in_lane<const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        scope: ScopeId,
        call: &mut Call<'_, T, S, K>,
        site: &Site,
        deps: Option<&Deps<'_>>,
    ) -> Option<TaskId> {
        let kernel = suits(call)?;
        if self.shared.has_failed() {
            return None;
        }
        let lane = &self.lane;
        let costs = Costs {
            tensors: T,
            edges: deps.map_or(0, Deps::ordering),
            tracked: if lane.tracks { T } else { 0 },
        };
        let runs = lane.scope == scope.0
            && lane.next < lane.end
            && (lane.takes_all || self.is_known_short_in_lane(kernel, costs))
            && deps.map_or(lane.is_calm, |deps| self.is_over(call, deps));
        if !runs {
            let deps = deps.filter(|_| !creates(&call.tensors))?;
            let is_here = lane.scope == scope.0;
            if self.strands.are_pending() || (is_here && lane.below != u32::MAX) {
                let id = self.launch_in_strands(scope, kernel, call, site, deps);
                if id.is_some() || self.strands.are_pending() {
                    return id;
                }
            }
            return match is_here {
                true => self.queue_in_lane(kernel, call, site, deps, costs),
                false => None,
            };
        }
        let id = match creates(&call.tensors) {
            true => self.bind_in_lane(&mut call.tensors)?,
            false => TaskId::over(lane.ring, lane.next),
        };
        self.lane.next += 1;
        // SAFETY: it runs now and once; its producers are done, and whoever conflicts with it is launched later. In an AUTO
        // scope the map has nobody whom it conflicts with.
        unsafe { self.shared.run_call::<T, S, K>(kernel, call, site) };
        Some(id)
    }

    /// Whether a kernel is known to be short, and to be for no strand.
    #[inline(always)]
    fn is_known_short_in_lane(&self, kernel: &'static Kernel, costs: Costs) -> bool {
        let limit = costs.nanos().min(self.lane.below);
        let nanos = self.shared.paces.nanos(kernel);
        nanos.is_some_and(|nanos| nanos < limit)
    }

    /// Gives the tensors that the next task of the lane creates their memory, if there is room for them. Returns the task.
    #[inline(always)]
    fn bind_in_lane<const T: usize>(&mut self, tensors: &mut [TensorArg<'_>; T]) -> Option<TaskId> {
        let bytes = heap_of(tensors)?;
        let Self { lane, rings, .. } = self;
        let (number, id) = (lane.ring, TaskId::new(lane.ring, lane.next));
        let heap = &mut rings[usize::from(number)].heap;
        let mut at = 0;
        if bytes > 0 {
            at = heap.place(bytes)?;
            lane.heap_end = heap.take(at, bytes);
            lane.heap_blocks += 1;
        }
        self.bind_outputs(usize::from(number), at, tensors, id);
        Some(id)
    }

    /// Whether it is plain to see that all is complete that a task waits for.
    #[inline(always)]
    fn is_over<const T: usize, const S: usize, K>(
        &self,
        call: &Call<'_, T, S, K>,
        deps: &Deps<'_>,
    ) -> bool {
        let lists = [deps.proven, deps.explicit, deps.keep];
        let mut ids = lists.into_iter().flatten();
        // What creates a tensor is in no map.
        ids.all(|&id| self.is_done(id))
            && (!self.lane.tracks || self.has_owners_done(&call.tensors))
    }

    /// Whether it is plain to see that the creators of tensors are complete.
    #[inline(always)]
    fn has_owners_done<const T: usize>(&self, tensors: &[TensorArg<'_>; T]) -> bool {
        let mut done = true;
        straight!(for i in 0..T {
            done &= self.is_done(tensors[i].owner());
        });
        done
    }

    /// Whether it is plain to see that a task of this run is complete, or that there is none.
    #[inline(always)]
    fn is_done(&self, id: TaskId) -> bool {
        let Lane {
            ring, first, next, ..
        } = self.lane;
        let is_over = id.is_among(TaskId::over(ring, 0), next);
        // What was queued in the lane is bare.
        let is_created = id.is_among(TaskId::new(ring, first), next - first);
        let ring = || self.rings.get(id.ring());
        is_over || is_created || id.is_none() || ring().is_some_and(|ring| id.local() < ring.done)
    }

    /// Enters the tasks of the lane, and closes it.
    #[inline]
    pub(super) fn settle(&mut self) {
        (self.lane.end, self.lane.queue_end, self.lane.strand_end) = (0, 0, 0);
        if self.lane.first < self.lane.next {
            self.enter();
        }
    }

    #[inline(never)]
    fn enter(&mut self) {
        let Lane {
            ring,
            first,
            next,
            queued,
            deps,
            heap_blocks,
            heap_end,
            ..
        } = self.lane;
        let count = next - first;
        self.lane.first = next;
        self.tasks += u64::from(count);
        self.scopes.count_tasks(count as usize);
        self.here.ran_untimed(count - queued);
        self.strands.passed(count);
        let number = usize::from(ring);
        let more = More {
            count,
            deps,
            heap_blocks,
            heap_end,
            are_over: queued == 0,
        };
        self.rings[number].take_more(number, more);
    }
}

impl Shared {
    /// Runs the kernel of a call.
    ///
    /// # Safety
    /// As for [`execute`](Shared::execute), and [`suits`] has found it.
    #[inline(always)]
    pub(super) unsafe fn run_call<const T: usize, const S: usize, K: RunKernel>(
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
            // SAFETY: it has few dimensions.
            tensors[i].write(unsafe { Fitting::of(&call.tensors[i]) });
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
    pub(super) unsafe fn run_large(
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
pub(super) fn suits<const T: usize, const S: usize, K>(
    call: &Call<'_, T, S, K>,
) -> Option<&'static Kernel> {
    let Work::Kernel(kernel) = call.work else {
        return None;
    };
    // All this is known where the call is made. What it takes to find out more needs the arguments in memory.
    if !call.fits || call.always || call.predicate.is_some() || kernel.check.is_some() {
        return None;
    }
    (call.disjoint || are_apart(&call.tensors)).then_some(kernel)
}

/// Whether it is plain to see that no tensor overlaps one that is written.
#[inline(always)]
fn are_apart<const T: usize>(tensors: &[TensorArg<'_>; T]) -> bool {
    let mut parts = [(NonNull::dangling(), 0, None, Access::Read); T];
    straight!(for i in 0..T {
        let tensor = &tensors[i];
        let length = tensor.layout().dense_vector();
        parts[i] = (tensor.base(), tensor.start(), length, tensor.access());
    });
    for (second, b) in parts.iter().enumerate() {
        for a in &parts[..second] {
            let apart = match (a, b) {
                // What is created is apart from everything.
                ((.., Access::Create), _) | (_, (.., Access::Create)) => true,
                ((base, ..), (other, ..)) if base != other => true,
                ((_, a, Some(first), _), (_, b, Some(second), _)) => {
                    a + first <= *b || b + second <= *a
                }
                _ => false,
            };
            if !apart && (a.3.writes() || b.3.writes()) {
                return false;
            }
        }
    }
    true
}

#[cfg(all(test, not(loom)))]
pub(super) mod tests;
