//! Tasks that are queued, and nothing special.
//!
//! The metadata of such a task say nothing that those of its neighbours do not say: so it joins their batch. In an AUTO scope the
//! tensor map is asked for its conflicts, unless the compiler has proven its order, and told of its accesses (`conflicts`). What it
//! creates is the batch's, which owns the memory until all of it retires; whoever uses a tensor has the batch kept that owns it. The
//! id of a task that creates nothing says so: nobody has to keep it, and whoever waits for it only looks at its slot.

mod wiring;

use std::hint;
use std::ptr::NonNull;

use crate::args::TensorArg;
use crate::argument::Argument;
use crate::backend::{Deps, Mode, ScopeId};
use crate::call::{ByPointer, RunKernel};
use crate::graph::EdgeKind;
use crate::native::orchestrator::Orchestrator;
use crate::native::plain::{Plain, heap_of};
use crate::native::ring::{Ring, Room};
use crate::native::slot::{Job, Slot, Work};
use crate::native::suited::Suited;
use crate::record::{self, Fitting};
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

use wiring::Consumer;

/// The slot of which task after the one that is written is fetched early.
const AHEAD: u32 = 4;

/// A task that has a slot, and is to be written to it.
struct Batched<'a, const T: usize, const TRACKED: bool> {
    /// The number of its ring.
    number: usize,
    id: TaskId,
    site: &'a Site,
    deps: &'a Deps<'a>,
    found: &'a Found<T, TRACKED>,
    room: Room,
    /// How many of its producers are not known to be complete. As many entries of the dependency pool were taken.
    pending: usize,
}

/// The producers of a task that it is not given; none in MANUAL scopes. A task that the tensor map is told of is `TRACKED`: it has others
/// beside these, with which it conflicts, see [`conflicts`](Orchestrator::conflicts).
struct Found<const T: usize, const TRACKED: bool> {
    /// The creators of its tensors, each once.
    owners: [TaskId; T],
    count: usize,
}

impl Orchestrator {
    /// Launches a task that others may run, in a run that nobody watches, if it is such a task, and if there is room. Nothing
    /// was done if it is not launched.
    #[inline(always)]
    pub(super) fn queue_in_batch<const T: usize, const S: usize>(
        &mut self,
        plain: &Plain,
        call: Suited<'_, TensorArg<'_>, T, S, ByPointer>,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        match plain.tracked {
            Some(Mode::Manual) => None,
            Some(Mode::Auto) if any_is_tracked(call.tensors) => {
                self.queue_plain_in_batch::<_, _, true>(plain, call, deps)
            }
            _ => self.queue_plain_in_batch::<_, _, false>(plain, call, deps),
        }
    }

    #[inline(never)]
    fn queue_plain_in_batch<const T: usize, const S: usize, const TRACKED: bool>(
        &mut self,
        plain: &Plain,
        call: Suited<'_, TensorArg<'_>, T, S, ByPointer>,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let Plain { number, .. } = *plain;
        let mut found = Found::<T, TRACKED>::NOTHING;
        self.find_producers(call.tensors, plain.tracked.is_some(), deps, &mut found);
        let known = self.rings[number].next;
        let pending = self.producers(number, known, deps, &found)?;
        let args = args_of(call.tensors, &call.scalars);
        let room = self.rings[number].room(plain.heap, args).ok()?;
        let born = self.count_task(plain.site, false);
        let ring = &mut self.rings[number];
        let local = ring.take_in_batch(number, room, plain.heap, args, born);
        ring.take_nodes(pending);
        let id = match plain.creates {
            true => TaskId::new(number as u8, local),
            false => TaskId::bare(number as u8, local),
        };
        if plain.creates {
            self.bind_outputs(number, room.heap_at, call.tensors, id);
        }
        let batched = Batched {
            number,
            id,
            site: &plain.site,
            deps,
            found: &found,
            room,
            pending,
        };
        self.publish_batched(&batched, &call);
        Some(id)
    }

    /// As [`queue_in_batch`](Orchestrator::queue_in_batch), for a call that suits the lane, as the next of its tasks. A ready one
    /// with a kernel that is short is not for others.
    #[inline(always)]
    pub(super) fn queue_in_lane<
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
        match self.lane.tracks && any_is_tracked(call.tensors) {
            true => self.queue_tracked_in_lane(scope, call, site, deps),
            false => self.queue_next_in_lane::<_, _, _, _, false>(scope, call, site, deps),
        }
    }

    // There is more to be done, for which the others need not make room.
    #[inline(never)]
    fn queue_tracked_in_lane<'s, A: Argument<'s>, const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        scope: ScopeId,
        call: Suited<'_, A, T, S, K>,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        self.queue_next_in_lane::<_, _, _, _, true>(scope, call, site, deps)
    }

    #[inline(always)]
    fn queue_next_in_lane<
        's,
        A: Argument<'s>,
        const T: usize,
        const S: usize,
        K: RunKernel,
        const TRACKED: bool,
    >(
        &mut self,
        scope: ScopeId,
        call: Suited<'_, A, T, S, K>,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        // Whoever runs all that is ready at once has nothing that is pending: here is a task that is more.
        if self.lane.takes_all() {
            hint::cold_path();
            return None;
        }
        if self.lane.next >= self.lane.queue_end {
            hint::cold_path();
            // Mostly a batch that is large enough.
            self.begin_lane(scope, site);
            if self.lane.next >= self.lane.queue_end {
                return None;
            }
        }
        let (number, next) = (self.lane.ring(), self.lane.next);
        let mut found = Found::<T, TRACKED>::NOTHING;
        self.find_producers(call.tensors, self.lane.tracks, deps, &mut found);
        let pending = self.producers(number, next, deps, &found)?;
        if pending == 0 {
            let costs = self.costs_in_lane(T, deps.ordering());
            if !self.is_next_for_others(call.kernel, costs) {
                return None;
            }
        }
        let args = args_of(call.tensors, &call.scalars);
        let bare = TaskId::bare(number as u8, next);
        let (room, id) = match call.creates {
            true => {
                let heap = heap_of(call.tensors)?;
                let room = self.rings[number].room(heap, args).ok()?;
                (
                    room,
                    self.bind_in_lane(room, heap, args, call.tensors, TaskId::new),
                )
            }
            false => (self.room_in_lane(number, args)?, bare),
        };
        self.rings[number].take_uncounted_nodes(pending);
        let lane = &mut self.lane;
        lane.next = next + 1;
        lane.queued += 1;
        if call.creates {
            lane.owning += 1;
        }
        lane.held.deps += pending as u32;
        lane.calm_end = 0;
        if TRACKED {
            lane.close_for_tracked();
        }
        let batched = Batched {
            number,
            id,
            site,
            deps,
            found: &found,
            room,
            pending,
        };
        self.publish_batched(&batched, &call);
        Some(id)
    }

    /// Finds the producers of a task that it is not given, in place: what is moved is written in parts and read as a whole, for which a
    /// processor waits.
    #[inline(always)]
    fn find_producers<'s, A: Argument<'s>, const T: usize, const TRACKED: bool>(
        &mut self,
        tensors: &[A; T],
        is_auto: bool,
        deps: &Deps<'_>,
        found: &mut Found<T, TRACKED>,
    ) {
        if is_auto {
            found.add_owners(tensors, deps);
        }
        if TRACKED {
            self.find_conflicts(tensors, deps, found.owners());
        }
    }

    /// How many producers a task of the `number`-th ring has that are not known to be complete, which has had the tasks before
    /// `known`. `None` if one is no task of this run, or there is no room for the edges.
    #[inline(always)]
    fn producers<const T: usize, const TRACKED: bool>(
        &self,
        number: usize,
        known: u32,
        deps: &Deps<'_>,
        found: &Found<T, TRACKED>,
    ) -> Option<usize> {
        let ring = &self.rings[number];
        let is_pending = |id: TaskId| match id.is_on(number) {
            // Mostly it is in the same scope.
            true => is_pending_on(ring, known, id),
            false => self.is_pending_elsewhere(id),
        };
        let mut pending = 0;
        for &id in deps.proven {
            pending += usize::from(is_pending(id)?);
        }
        if deps.are_more_than_proven() {
            for &id in deps.explicit {
                pending += usize::from(is_pending(id)?);
            }
            for &id in deps.keep {
                is_pending(id)?;
            }
        }
        if found.count > 0 {
            for &id in found.owners() {
                pending += usize::from(is_pending(id)?);
            }
        }
        let mut edges = deps.ordering() + found.count;
        if TRACKED {
            pending += self.conflicts.pending();
            edges += self.conflicts.ids().len();
        }
        // With nothing pending there is nothing to be refused.
        let fits =
            pending == 0 || ring.has_deps(pending) && !self.has_too_many_edges(number, edges);
        fits.then_some(pending)
    }

    /// Whether a task of another ring is not known to be complete. `None` if it is no task of this run.
    #[inline(never)]
    fn is_pending_elsewhere(&self, id: TaskId) -> Option<bool> {
        if id.is_over() {
            return Some(false);
        }
        let ring = self.rings.get(id.ring())?;
        is_pending_on(ring, ring.next + self.lane.of_ring(id.ring()), id)
    }

    /// Writes a task to its slot, and wires it.
    #[inline(always)]
    fn publish_batched<
        's,
        A: Argument<'s>,
        const T: usize,
        const S: usize,
        K,
        const TRACKED: bool,
    >(
        &mut self,
        batched: &Batched<'_, T, TRACKED>,
        call: &Suited<'_, A, T, S, K>,
    ) {
        let Batched {
            number,
            id,
            site,
            deps,
            found,
            room,
            pending,
        } = *batched;
        let ring = &self.rings[number];
        let slot = NonNull::from(ring.slot(id.local()));
        // The next ones are likely to be of this size as well.
        let later = ring.slot(id.local().wrapping_add(AHEAD));
        Slot::prefetch_to_fill(later.into(), record::fitting_words(T, S));
        // SAFETY: slots stay in place, and the previous task of this one, and of the room, is retired, so that nothing refers to
        // it. The room is as large as the record. The call fits the kernel.
        let work = unsafe {
            let record = ring.args_address(slot.as_ref(), room);
            match Fitting::fits(call.tensors) {
                true => record::write_fitting(record, call.tensors, &call.scalars),
                false => {
                    let whole = call.whole();
                    write_large(record, &whole.tensors, &whole.scalars);
                }
            }
            let work = Work::Kernel {
                kernel: call.kernel,
                record,
            };
            let job = Job {
                work,
                guard: None,
                site: *site,
            };
            slot.as_ref().prepare(Some(job), pending as u32);
            work
        };
        let consumer = Consumer { number, id, slot };
        let mut linked = self.connect_all(deps.proven, EdgeKind::Proven, consumer);
        if deps.are_more_than_proven() {
            linked += self.connect_all(deps.explicit, EdgeKind::Explicit, consumer);
            for &producer in deps.keep {
                self.keep_one(producer, EdgeKind::Lifetime, id);
            }
        }
        if found.count > 0 {
            linked += self.connect_all(found.owners(), EdgeKind::Tracked, consumer);
        }
        if TRACKED {
            linked += self.connect_conflicts(consumer);
            self.enter_accesses(call.tensors, id);
        }
        // SAFETY: slots stay in place.
        if unsafe { slot.as_ref() }.arm(pending as u32, pending as u32 - linked) {
            self.here.queued();
            // SAFETY: it is ready, and nobody else knows that.
            unsafe { self.shared.submit(slot, work) };
        }
    }
}

/// Whether a task of that ring, which has had the tasks before `known`, is not known to be complete. `None` if it is none of them. It
/// is not known to be over.
#[inline(always)]
fn is_pending_on(ring: &Ring, known: u32, id: TaskId) -> Option<bool> {
    if id.local() < ring.done {
        return Some(false);
    }
    if id.local() >= known {
        hint::cold_path();
        return None;
    }
    // What owns something may have been complete from the start, as allocations are. Others are not worth a look.
    Some(id.owns_nothing() || !ring.slot(id.local()).is_complete())
}

/// The bytes that the record of a call takes.
#[inline(always)]
fn args_of<'s, A: Argument<'s>, const T: usize, const S: usize>(
    tensors: &[A; T],
    _: &[u64; S],
) -> usize {
    let words = match Fitting::fits(tensors) {
        true => record::fitting_words(T, S),
        false => {
            // A copy, for what others get a reference to has to be in memory.
            let tensors = A::whole_of(tensors);
            words_of_large(&tensors, S)
        }
    };
    words * size_of::<u64>()
}

/// The words that the record of tensors of any number of dimensions takes.
#[inline(never)]
fn words_of_large(tensors: &[TensorArg<'_>], scalars: usize) -> usize {
    record::words(tensors, scalars)
}

/// Writes the record of tensors of any number of dimensions.
///
/// # Safety
/// As [`record::write`].
#[inline(never)]
unsafe fn write_large(to: NonNull<u64>, tensors: &[TensorArg<'_>], scalars: &[u64]) {
    // SAFETY: by the contract of this function.
    unsafe { record::write(to, tensors, scalars) };
}

/// Whether the runtime has something to find out about one of these tensors in an AUTO scope, beside who owns it.
#[inline(always)]
fn any_is_tracked<'s, const T: usize>(tensors: &[impl Argument<'s>; T]) -> bool {
    let mut any = false;
    straight!(for i in 0..T {
        any |= tensors[i].tracking().any();
    });
    any
}

impl<const T: usize, const TRACKED: bool> Found<T, TRACKED> {
    const NOTHING: Self = Found {
        owners: [TaskId::NONE; T],
        count: 0,
    };

    /// Adds the creators of these tensors.
    #[inline(always)]
    fn add_owners<'s>(&mut self, tensors: &[impl Argument<'s>; T], deps: &Deps<'_>) {
        let mut last = TaskId::NONE;
        straight!(for i in 0..T {
            let owner = tensors[i].owner();
            // Tensors of one owner mostly follow each other.
            if !owner.is_none()
                && owner != last
                && !deps.proven.contains(&owner)
                && !deps.explicit.contains(&owner)
                && !self.owners().contains(&owner)
            {
                self.owners[self.count] = owner;
                self.count += 1;
            }
            last = owner;
        });
    }

    #[inline(always)]
    fn owners(&self) -> &[TaskId] {
        &self.owners[..self.count]
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
