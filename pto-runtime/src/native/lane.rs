//! The express lane: plain tasks that follow each other in one scope.
//!
//! What the runtime keeps of such tasks is the same for all of them: they are counted, and share their place in the ring.
//! So it is not kept for each, but entered for many of them in one step, when something else happens. Until then the lane
//! has one number that counts up. For a task that is run at once no more is to be done than that, and the compiler can see
//! through its submit: the arguments of the call go to the kernel in registers, and nothing of the call is ever written to
//! memory. A task that is queued is written to its slot (`batched`).
//!
//! The lane ends where anything has to be done for a task that is more: a ring that is full, tasks that may retire, a kernel that
//! is to be timed. That task takes the short way of `plain`, which opens the lane again. Everything but the lane itself sees
//! the orchestrator *settled*: with an empty lane.

use std::{hint, ptr};

use crate::args::Access;
use crate::argument::Argument;
use crate::backend::{Deps, Mode, ScopeId};
use crate::call::RunKernel;
use crate::kernel::Kernel;
use crate::native::orchestrator::Orchestrator;
use crate::native::pace::Costs;
use crate::native::plain::heap_of;
use crate::native::ring::{Born, Held, More, Ring, Room, padded};
use crate::native::slot::SLOT_ARGS;
use crate::native::suited::Suited;
use crate::report::RINGS;
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

/// Numbers of tasks that need nothing but to be counted, and run or written to their slots.
///
/// Invariant: if `next < end` or `next < queue_end`, then `scope` is the innermost scope, nothing watches the run, there are slots
/// for the numbers up to there in ring `ring`, whose last batch is one of this scope, unless they `begin` one. Up to `end` tasks
/// are run, and none of them is to be timed; if the scope is AUTO the tensor map is empty. Up to `calm_end`, which is `end` or
/// nothing, everything that was launched is complete. Up to `queue_end` tasks are queued: that batch has room for them.
/// Tasks `first..next` follow the ring's last one, and have not been entered; all but `queued` of them are complete. There is a ring of
/// that number.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) scope: u32,
    ring: u8,
    first: u32,
    pub(super) next: u32,
    pub(super) end: u32,
    /// Up to where tasks are run here or written to strands.
    strand_end: u32,
    pub(super) queue_end: u32,
    pub(super) queued: u32,
    /// How many of the queued ones create tensors.
    pub(super) owning: u32,
    /// Where the first of them is in the source, if they begin a batch.
    begin: Option<Site>,
    /// What all of them have of their ring, which was taken.
    pub(super) held: Held,
    /// Whether all kernels are run here. Else those that are known to be short.
    takes_all: bool,
    /// Whether the runtime finds the edges of tasks, by what they access.
    pub(super) tracks: bool,
    /// Up to where tasks are run whose edges are not known.
    pub(super) calm_end: u32,
    /// A kernel that is known to be short, for such tasks.
    short: Option<&'static Kernel>,
    /// Kernels that take less, in nanoseconds, are not for strands.
    pub(super) below: u32,
}

impl Lane {
    /// There are tasks in strands: until these are empty each task is compared with them.
    #[inline]
    pub(super) fn close_for_strands(&mut self) {
        (self.end, self.queue_end) = (self.next, self.next);
        self.calm_end = 0;
    }

    /// A task has been entered into the tensor map: those after it have to be looked up before they are run.
    #[inline(always)]
    pub(super) fn close_for_tracked(&mut self) {
        (self.end, self.strand_end) = (self.next, self.next);
        self.calm_end = 0;
    }

    /// Whether all kernels are run here.
    #[inline(always)]
    pub(super) fn takes_all(&self) -> bool {
        self.takes_all
    }

    /// The number of its ring.
    #[inline(always)]
    pub(super) fn ring(&self) -> usize {
        let ring = usize::from(self.ring);
        // SAFETY: it is the number of one.
        unsafe { hint::assert_unchecked(ring < RINGS) };
        ring
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
    /// Opens the lane for tasks of a new batch, the first of which is launched now, if they are of the innermost scope.
    #[inline(never)]
    pub(super) fn begin_lane(&mut self, scope: ScopeId, site: &Site) {
        self.may_begin = false;
        let Ok(frame) = self.scopes.innermost(scope) else {
            return;
        };
        let mode = frame.mode;
        if !self.is_watched {
            self.settle();
            self.retire_in_time();
            self.open_lane_for(scope, mode, Some(*site));
        }
    }

    /// Opens the lane for the tasks after one that was launched in `scope`, the innermost, and belongs to the last batch.
    #[inline]
    pub(super) fn open_lane(&mut self, scope: ScopeId, mode: Mode) {
        self.open_lane_for(scope, mode, None);
    }

    #[inline]
    fn open_lane_for(&mut self, scope: ScopeId, mode: Mode, begin: Option<Site>) {
        // Where tasks are run here all is complete, mostly, and it is to be plain to see.
        if self.here.is_enabled() && self.lane.queued == 0 {
            let rings = self.rings.iter_mut();
            rings.filter(|ring| !ring.is_done()).for_each(Ring::observe);
        }
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
            queue_end: ring.next + more.min(ring.batch_left(begin.is_some())),
            begin,
            queued: 0,
            owning: 0,
            held: Held::NOTHING,
            takes_all: self.here.is_enabled() && self.here.is_alone(),
            tracks: mode == Mode::Auto,
            calm_end: if is_calm { end } else { 0 },
            short: None,
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

    /// Runs the kernel of a call whose edges are not known, if everything is complete and nothing more has to be done for it. Nothing
    /// was done if it was not run.
    // What is likely here is likely where it is compiled in: kernels are compiled into what is.
    #[inline(always)]
    pub(super) fn run_in_lane<'s, A: Argument<'s>, const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        scope: ScopeId,
        call: Suited<'_, A, T, S, K>,
        site: &Site,
    ) -> Option<TaskId> {
        let lane = &self.lane;
        // What is most likely to be so comes first, where tasks are queued.
        if lane.next >= lane.calm_end
            || lane.scope != scope.0
            || self.shared.has_failed()
            || !self.runs_short_in_lane(call.kernel, self.costs_in_lane(T, 0))
        {
            hint::cold_path();
            return None;
        }
        // SAFETY: everything is complete.
        unsafe { self.run_next_in_lane(call, site) }
    }

    /// Launches a call, if nothing has to be done for it but to run it, or to write it to a slot. Nothing was done if it was not
    /// launched.
    #[inline(always)]
    pub(super) fn launch_in_lane<
        's,
        A: Argument<'s>,
        const T: usize,
        const S: usize,
        K: RunKernel,
    >(
        &mut self,
        scope: ScopeId,
        call: Suited<'_, A, T, S, K>,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let kernel = call.kernel;
        if self.shared.has_failed() {
            return None;
        }
        if self.may_begin {
            self.begin_lane(scope, site);
        }
        let lane = &self.lane;
        let is_here = lane.scope == scope.0;
        // Not a closure, which would need the call in memory.
        if is_here
            && lane.next < lane.end
            && (lane.takes_all
                || self.is_known_short_in_lane(kernel, self.costs_in_lane(T, deps.ordering())))
            && self.is_over(call.tensors, deps)
        {
            // SAFETY: what it waits for is complete.
            return unsafe { self.run_next_in_lane(call, site) };
        }
        // Strands are for tasks that create nothing. Others wait until they are empty, and find the lane closed. (While there are tasks in
        // strands the lane need not know of any: it was opened while none had little to do.)
        let may_be_stranded = self.strands.are_pending() || is_here && lane.below != u32::MAX;
        if may_be_stranded && !call.creates {
            let id = self.launch_in_strands::<T, S, K>(scope, &call.whole(), site, deps);
            if id.is_some() || self.strands.are_pending() {
                return id;
            }
        }
        match is_here {
            true => self.queue_in_lane(scope, call, site, deps),
            false => None,
        }
    }

    /// Runs a kernel as the next task of the lane, if there is room for what it creates.
    ///
    /// # Safety
    /// The next number is that of a task that may be run, and its producers are complete.
    #[inline(always)]
    unsafe fn run_next_in_lane<
        's,
        A: Argument<'s>,
        const T: usize,
        const S: usize,
        K: RunKernel,
    >(
        &mut self,
        call: Suited<'_, A, T, S, K>,
        site: &Site,
    ) -> Option<TaskId> {
        let lane = &self.lane;
        let id = match call.creates {
            true => {
                let (number, heap) = (lane.ring(), heap_of(call.tensors)?);
                let room = self.rings[number].room(heap, 0).ok()?;
                self.bind_in_lane(room, heap, 0, call.tensors, TaskId::new)
            }
            false => TaskId::over(lane.ring, lane.next),
        };
        self.lane.next += 1;
        // SAFETY: it runs now and once; its producers are done, and whoever conflicts with it is launched later. In an AUTO
        // scope the map has nobody whom it conflicts with.
        unsafe { self.shared.run_suited(&call, site) };
        Some(id)
    }

    /// What a task of the lane would cost that was queued.
    #[inline(always)]
    pub(super) fn costs_in_lane(&self, tensors: usize, edges: usize) -> Costs {
        Costs {
            tensors,
            edges,
            tracked: if self.lane.tracks { tensors } else { 0 },
        }
    }

    /// Whether a kernel is known to be short, and to be for no strand.
    #[inline(always)]
    fn is_known_short_in_lane(&self, kernel: &'static Kernel, costs: Costs) -> bool {
        let limit = costs.nanos().min(self.lane.below);
        let nanos = self.shared.paces.nanos(kernel);
        nanos.is_some_and(|nanos| nanos < limit)
    }

    /// Whether a kernel that nobody is given edges for is run here. Mostly it is that of the task before.
    #[inline(always)]
    fn runs_short_in_lane(&mut self, kernel: &'static Kernel, costs: Costs) -> bool {
        if self.lane.takes_all || self.lane.short.is_some_and(|short| ptr::eq(short, kernel)) {
            return true;
        }
        hint::cold_path();
        let is_short = self.is_known_short_in_lane(kernel, costs);
        if is_short {
            self.lane.short = Some(kernel);
        }
        is_short
    }

    /// Takes the room of the next task of the lane, and gives the tensors that it creates their memory. Returns the task, as `name`
    /// calls it.
    #[inline(always)]
    pub(super) fn bind_in_lane<'s, const T: usize>(
        &mut self,
        room: Room,
        heap: usize,
        args: usize,
        tensors: &mut [impl Argument<'s>; T],
        name: fn(u8, u32) -> TaskId,
    ) -> TaskId {
        let Self { lane, rings, .. } = self;
        let (number, id) = (lane.ring(), name(lane.ring, lane.next));
        rings[number].take_blocks(room, heap, args, &mut lane.held);
        let mut at = rings[number].heap_address(room.heap_at);
        straight!(for i in 0..T {
            if tensors[i].access() == Access::Create {
                // SAFETY: as in `bind_outputs`.
                unsafe {
                    tensors[i].bind(at, id);
                    at = at.add(padded(tensors[i].bytes()));
                }
            }
        });
        id
    }

    /// Takes the room of the next task of the lane, if it creates nothing.
    #[inline(always)]
    pub(super) fn room_in_lane(&mut self, number: usize, args: usize) -> Option<Room> {
        if args <= SLOT_ARGS {
            return Some(Room::IN_SLOT);
        }
        let room = self.rings[number].room(0, args).ok()?;
        self.rings[number].take_blocks(room, 0, args, &mut self.lane.held);
        Some(room)
    }

    /// Whether it is plain to see that all is complete that a task waits for.
    #[inline(always)]
    fn is_over<'s, const T: usize>(
        &self,
        tensors: &[impl Argument<'s>; T],
        deps: &Deps<'_>,
    ) -> bool {
        let are_done = |ids: &[TaskId]| ids.iter().all(|&id| self.is_done(id));
        // What creates a tensor is in no map.
        are_done(deps.proven)
            && are_done(deps.explicit)
            && are_done(deps.keep)
            && (!self.lane.tracks || self.has_owners_done(tensors))
    }

    /// Whether it is plain to see that the creators of tensors are complete.
    #[inline(always)]
    fn has_owners_done<'s, const T: usize>(&self, tensors: &[impl Argument<'s>; T]) -> bool {
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
            ring,
            first,
            next,
            owning,
            ..
        } = self.lane;
        let is_over = id.is_among(TaskId::over(ring, 0), next)
            || id.is_among(TaskId::allocation(ring, 0), next);
        // Of what was queued in the lane only what creates something has such an id.
        let created = if owning == 0 { next - first } else { 0 };
        let is_created = id.is_among(TaskId::new(ring, first), created);
        let ring = || self.rings.get(id.ring());
        is_over || is_created || id.is_none() || ring().is_some_and(|ring| id.local() < ring.done)
    }

    /// Enters the tasks of the lane, and closes it.
    #[inline]
    pub(super) fn settle(&mut self) {
        (self.lane.end, self.lane.queue_end, self.lane.strand_end) = (0, 0, 0);
        self.lane.calm_end = 0;
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
            held,
            begin,
            ..
        } = self.lane;
        let count = next - first;
        self.lane.first = next;
        self.tasks += u64::from(count);
        let (scope, depth) = self.scopes.count_tasks(count as usize);
        self.here.ran_untimed(count - queued);
        self.strands.passed(count);
        let number = usize::from(ring);
        let more = More {
            count,
            held,
            are_over: queued == 0,
            begin: begin.map(|site| Born {
                scope,
                depth,
                site,
                is_alloc: false,
            }),
        };
        self.rings[number].take_more(number, more);
    }
}

#[cfg(all(test, not(loom)))]
pub(super) mod tests;
