//! Tasks that are queued, and of which the tensor map is told nothing: those of MANUAL scopes, and those of AUTO scopes whose
//! order the compiler has proven.
//!
//! The metadata of such a task say nothing that those of its neighbours do not say: so it joins their batch. What it creates
//! is the batch's, which owns the memory until all of it retires; whoever uses a tensor has the batch kept that owns it. The id
//! of a task that creates nothing says so: nobody has to keep it, and whoever waits for it only looks at its slot.

use std::ptr::NonNull;

use crate::args::TensorArg;
use crate::argument::Argument;
use crate::backend::{Deps, ScopeId};
use crate::call::{ByPointer, RunKernel};
use crate::graph::EdgeKind;
use crate::native::orchestrator::Orchestrator;
use crate::native::pace::Costs;
use crate::native::plain::{Plain, creates, heap_of};
use crate::native::ring::Room;
use crate::native::slot::{Job, Slot, Work};
use crate::native::suited::Suited;
use crate::record::{self, Fitting};
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

/// The slot of which task after the one that is written is fetched early.
const AHEAD: u32 = 4;

/// A task that has a slot, and is to be written to it.
struct Batched<'a, const T: usize> {
    id: TaskId,
    site: &'a Site,
    deps: &'a Deps<'a>,
    owners: &'a Owners<T>,
    room: Room,
    /// How many of its producers are not known to be complete, and where its entries of the dependency pool begin, as many.
    pending: usize,
    nodes: usize,
}

/// The creators of a task's tensors that it is not given as producers, each once; none where the compiler has seen to them.
struct Owners<const T: usize> {
    ids: [TaskId; T],
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
        let Plain { number, .. } = *plain;
        let is_auto = plain.tracked.is_some();
        if is_auto && is_tracked(call.tensors) {
            return None;
        }
        let owners = Owners::of(is_auto, call.tensors, deps);
        let pending = self.producers(number, deps, &owners)?;
        let args = args_of(call.tensors, call.scalars);
        let room = self.rings[number].room(plain.heap, args).ok()?;
        let born = self.count_task(plain.site, false);
        let ring = &mut self.rings[number];
        let local = ring.take_in_batch(number, room, plain.heap, args, born);
        let nodes = ring.take_nodes(pending);
        let id = match plain.creates {
            true => TaskId::new(number as u8, local),
            false => TaskId::bare(number as u8, local),
        };
        if plain.creates {
            self.bind_outputs(number, room.heap_at, call.tensors, id);
        }
        let batched = Batched {
            id,
            site: &plain.site,
            deps,
            owners: &owners,
            room,
            pending,
            nodes,
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
        costs: Costs,
    ) -> Option<TaskId> {
        if self.lane.tracks && is_tracked(call.tensors) {
            return None;
        }
        if self.lane.next >= self.lane.queue_end {
            // Mostly a batch that is large enough.
            self.begin_lane(scope, site);
        }
        let lane = &self.lane;
        if lane.next >= lane.queue_end {
            return None;
        }
        let number = usize::from(lane.ring);
        let owners = Owners::of(lane.tracks, call.tensors, deps);
        let pending = self.producers(number, deps, &owners)?;
        if pending == 0 && !self.is_next_for_others(call.kernel, costs) {
            return None;
        }
        let (creates, heap, args) = (
            creates(call.tensors),
            heap_of(call.tensors)?,
            args_of(call.tensors, call.scalars),
        );
        let room = self.rings[number].room(heap, args).ok()?;
        let owner = self.bind_in_lane(room, heap, args, call.tensors);
        let id = match creates {
            true => owner,
            false => TaskId::bare(self.lane.ring, self.lane.next),
        };
        let nodes = self.rings[number].take_uncounted_nodes(pending);
        let batched = Batched {
            id,
            site,
            deps,
            owners: &owners,
            room,
            pending,
            nodes,
        };
        let lane = &mut self.lane;
        lane.next += 1;
        lane.queued += 1;
        lane.owning += u32::from(creates);
        lane.held.deps += pending as u32;
        lane.calm_end = 0;
        self.publish_batched(&batched, &call);
        Some(id)
    }

    /// How many producers a task has that are not known to be complete. `None` if one is no task of this run, or there is no
    /// room for the edges.
    #[inline(always)]
    fn producers<const T: usize>(
        &self,
        number: usize,
        deps: &Deps<'_>,
        owners: &Owners<T>,
    ) -> Option<usize> {
        let mut pending = 0;
        for &id in deps.proven {
            pending += usize::from(self.is_pending(number, id)?);
        }
        for &id in deps.explicit {
            pending += usize::from(self.is_pending(number, id)?);
        }
        for &id in owners.ids() {
            pending += usize::from(self.is_pending(number, id)?);
        }
        for &id in deps.keep {
            self.is_pending(number, id)?;
        }
        let ring = &self.rings[number];
        // With nothing pending there is nothing to be refused.
        let fits = pending == 0
            || ring.has_deps(pending)
                && !self.has_too_many_edges(number, deps.ordering() + owners.count);
        fits.then_some(pending)
    }

    /// Whether a task of the `number`-th ring has to wait for another, as far as is known. `None` if that is no task of this run.
    #[inline(always)]
    fn is_pending(&self, number: usize, id: TaskId) -> Option<bool> {
        if !id.is_on(number) {
            // Mostly it is in the same scope.
            return self.is_pending_elsewhere(id);
        }
        self.is_pending_on(number, id)
    }

    #[inline(never)]
    fn is_pending_elsewhere(&self, id: TaskId) -> Option<bool> {
        match id.is_over() {
            true => Some(false),
            false => self.is_pending_on(id.ring(), id),
        }
    }

    #[inline(always)]
    fn is_pending_on(&self, number: usize, id: TaskId) -> Option<bool> {
        let ring = self.rings.get(number)?;
        if id.local() < ring.done {
            return Some(false);
        }
        if id.local() >= ring.next + self.lane.of_ring(number) {
            return None;
        }
        // What owns something may have been complete from the start, as allocations are. Others are not worth a look.
        Some(id.is_bare() || !ring.slot(id.local()).is_complete())
    }

    /// Writes a task to its slot, and wires it.
    #[inline(always)]
    fn publish_batched<'s, A: Argument<'s>, const T: usize, const S: usize, K>(
        &mut self,
        batched: &Batched<'_, T>,
        call: &Suited<'_, A, T, S, K>,
    ) {
        let Batched {
            id,
            site,
            deps,
            owners,
            room,
            pending,
            nodes,
        } = *batched;
        let ring = &self.rings[id.ring()];
        let slot = NonNull::from(ring.slot(id.local()));
        // The next ones are likely to be of this size as well.
        let later = ring.slot(id.local().wrapping_add(AHEAD));
        Slot::prefetch_to_fill(later.into(), record::fitting_words(T, S));
        // SAFETY: slots stay in place, and the previous task of this one, and of the room, is retired, so that nothing refers to
        // it. The room is as large as the record. The call fits the kernel.
        let work = unsafe {
            let record = ring.args_address(slot.as_ref(), room);
            match Fitting::fits(call.tensors) {
                true => record::write_fitting(record, call.tensors, call.scalars),
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
        let mut wiring = Wiring {
            consumer: id,
            slot,
            nodes,
            linked: 0,
        };
        for &producer in deps.proven {
            self.connect_one(producer, EdgeKind::Proven, &mut wiring);
        }
        for &producer in deps.explicit {
            self.connect_one(producer, EdgeKind::Explicit, &mut wiring);
        }
        for &producer in owners.ids() {
            self.connect_one(producer, EdgeKind::Tracked, &mut wiring);
        }
        for &producer in deps.keep {
            self.keep_one(producer, EdgeKind::Lifetime, id);
        }
        // SAFETY: slots stay in place.
        if unsafe { slot.as_ref() }.arm(pending as u32, pending as u32 - wiring.linked) {
            self.here.queued();
            // SAFETY: it is ready, and nobody else knows that.
            unsafe { self.shared.submit(slot, work) };
        }
    }

    /// Makes a task wait for a producer, unless that is complete, and keep it if it owns anything.
    #[inline(always)]
    fn connect_one(&mut self, producer: TaskId, kind: EdgeKind, wiring: &mut Wiring) {
        if producer.is_over() {
            return;
        }
        if !producer.is_bare() {
            self.keep_one(producer, kind, wiring.consumer);
        }
        let ring = &self.rings[producer.ring()];
        let of = &self.rings[wiring.consumer.ring()];
        if producer.local() < ring.done {
            return;
        }
        let node = of.node(wiring.nodes);
        // SAFETY: the node was taken if the producer is still pending, as those were counted that were; it returns to the
        // pool when the consumer retires. If it is not, the node stays as it is. Slots stay in place.
        let is_linked = unsafe { ring.slot(producer.local()).link(node, wiring.slot.as_ref()) };
        if is_linked {
            wiring.nodes = of.node_after(wiring.nodes);
            wiring.linked += 1;
            self.counts.add(kind, true);
        }
    }

    /// Keeps a task, or its batch, until the newest task is complete, if it owns anything.
    #[inline(always)]
    fn keep_one(&mut self, id: TaskId, kind: EdgeKind, until: TaskId) {
        if id.is_over() || id.is_bare() {
            return;
        }
        let ring = &mut self.rings[id.ring()];
        // Later ones are in the lane, and so in the batch of the newest.
        if !ring.is_live(id.local()) {
            return;
        }
        let meta = ring.meta(id.local());
        // It is the newest of its ring, so this is more than was needed before.
        meta.needed[until.ring()] = until.local() + 1;
        if kind == EdgeKind::Lifetime || meta.is_alloc && kind != EdgeKind::Tracked {
            self.counts
                .add(EdgeKind::Lifetime, meta.is_first_keep(id.local()));
        }
    }
}

/// The state of wiring a task to its producers.
struct Wiring {
    consumer: TaskId,
    slot: NonNull<Slot>,
    /// Its next entry of the dependency pool.
    nodes: usize,
    /// How many producers it waits for.
    linked: u32,
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
fn is_tracked<'s, const T: usize>(tensors: &[impl Argument<'s>; T]) -> bool {
    let mut any = false;
    straight!(for i in 0..T {
        any |= tensors[i].tracking().any();
    });
    any
}

impl<const T: usize> Owners<T> {
    #[inline(always)]
    fn of<'s>(is_auto: bool, tensors: &[impl Argument<'s>; T], deps: &Deps<'_>) -> Self {
        let mut owners = Owners {
            ids: [TaskId::NONE; T],
            count: 0,
        };
        if is_auto {
            straight!(for i in 0..T {
                let owner = tensors[i].owner();
                if !owner.is_none()
                    && !deps.proven.contains(&owner)
                    && !deps.explicit.contains(&owner)
                    && !owners.ids().contains(&owner)
                {
                    owners.ids[owners.count] = owner;
                    owners.count += 1;
                }
            });
        }
        owners
    }

    #[inline(always)]
    fn ids(&self) -> &[TaskId] {
        &self.ids[..self.count]
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
