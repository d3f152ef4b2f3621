//! Tasks of a batch wait for their producers, and keep them.

use std::ptr::NonNull;

use crate::graph::EdgeKind;
use crate::native::orchestrator::Orchestrator;
use crate::native::slot::Slot;
use crate::task::TaskId;

/// A task that is wired to its producers.
#[derive(Clone, Copy)]
pub(super) struct Consumer {
    /// The number of its ring.
    pub(super) number: usize,
    pub(super) id: TaskId,
    pub(super) slot: NonNull<Slot>,
}

impl Orchestrator {
    /// Makes a task wait for each of these producers that is not complete, and keeps those that own anything. Returns how many it
    /// waits for.
    #[inline(always)]
    pub(super) fn connect_all(
        &mut self,
        producers: &[TaskId],
        kind: EdgeKind,
        consumer: Consumer,
    ) -> u32 {
        let mut linked = 0;
        for &producer in producers {
            // Mostly it is in the same scope.
            linked += u32::from(match producer.is_on(consumer.number) {
                true => self.connect_one(consumer.number, producer, kind, consumer),
                false => self.connect_elsewhere(producer, kind, consumer),
            });
        }
        self.counts.count(kind, linked);
        linked
    }

    #[inline(never)]
    fn connect_elsewhere(&mut self, producer: TaskId, kind: EdgeKind, consumer: Consumer) -> bool {
        !producer.is_over() && self.connect_one(producer.ring(), producer, kind, consumer)
    }

    /// Makes a task wait for a producer of the `number`-th ring, if that is not complete.
    #[inline(always)]
    fn connect_one(
        &mut self,
        number: usize,
        producer: TaskId,
        kind: EdgeKind,
        consumer: Consumer,
    ) -> bool {
        if !producer.owns_nothing() {
            self.keep_one(producer, kind, consumer.id);
            if producer.is_allocation() {
                return false;
            }
        }
        self.link(number, producer, consumer)
    }

    /// Makes a task wait for those that the tensor map has found, which it need not keep. Returns how many they are.
    #[inline(never)]
    pub(super) fn connect_conflicts(&mut self, consumer: Consumer) -> u32 {
        let mut linked = 0;
        for &producer in self.conflicts.ids() {
            linked += u32::from(self.link(producer.ring(), producer, consumer));
        }
        self.counts.count(EdgeKind::Tracked, linked);
        linked
    }

    /// Puts a task on the list of a producer of the `number`-th ring, if that is not complete.
    #[inline(always)]
    fn link(&self, number: usize, producer: TaskId, consumer: Consumer) -> bool {
        let (ring, of) = (&self.rings[number], &self.rings[consumer.number]);
        if producer.local() < ring.done {
            return false;
        }
        // SAFETY: a node was taken for each producer that is still pending, as those were counted that were; it returns to the pool
        // when the consumer retires. Slots stay in place.
        unsafe {
            let slot = ring.slot(producer.local());
            slot.link(|| of.use_node(), consumer.slot.as_ref())
        }
    }

    /// Keeps a task, or its batch, until the newest task is complete, if it owns anything.
    #[inline(always)]
    pub(super) fn keep_one(&mut self, id: TaskId, kind: EdgeKind, until: TaskId) {
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
        let is_alloc = meta.is_alloc || id.is_allocation();
        if kind == EdgeKind::Lifetime || is_alloc && kind != EdgeKind::Tracked {
            self.counts
                .add(EdgeKind::Lifetime, meta.is_first_keep(id.local()));
        }
    }
}
