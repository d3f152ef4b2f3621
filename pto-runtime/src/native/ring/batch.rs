//! Batches of tasks: what is known of them is kept once. What they are is said at [`Ring`].

use super::{ArgsAt, Born, Meta, Ring, Room};

/// A batch of tasks that were not complete when they were submitted is not made larger than that: what it has is not used
/// again before all of them are.
const LARGEST_BATCH: u32 = 64;

/// More tasks of a batch.
pub(crate) struct More {
    pub(crate) count: u32,
    /// How many entries of the dependency pool they have.
    pub(crate) deps: u32,
    /// How many blocks of the heap they have, which were taken, and where the last one ends.
    pub(crate) heap_blocks: u32,
    pub(crate) heap_end: usize,
    /// Whether all of them are complete.
    pub(crate) are_over: bool,
}

impl Ring {
    /// As [`take`](Ring::take), for a task without arguments that is complete before anybody looks at it again. Its slot, whose
    /// last task is, says so.
    #[inline(always)]
    pub(crate) fn take_complete(
        &mut self,
        number: usize,
        room: Room,
        heap_bytes: usize,
        born: Born,
    ) -> u32 {
        let local = self.next;
        let head = &mut self.metas[self.batch as usize];
        if self.batch_end == local && head.scope == born.scope {
            head.count += 1;
            head.needed[number] = local + 1;
            if heap_bytes != 0 {
                head.heap_blocks += 1;
                head.heap_end = self.heap.take(room.heap_at, heap_bytes);
            }
            let index = self.index(local);
            self.heads[index] = self.batch;
            self.next += 1;
        } else {
            self.take(number, room, heap_bytes, 0, born);
            self.batch = self.index(local) as u32;
            self.metas[self.batch as usize].is_over = true;
        }
        self.batch_end = self.next;
        if self.done == local {
            self.done = self.next;
        }
        local
    }

    /// As [`take`](Ring::take), for a task that owns nothing, and has a slot.
    #[inline(always)]
    pub(crate) fn take_bare(&mut self, number: usize, born: Born) -> u32 {
        let local = self.next;
        let head = &mut self.metas[self.batch as usize];
        let joins = head.scope == born.scope && !head.is_over && head.count < LARGEST_BATCH;
        if self.batch_end == local && joins {
            head.count += 1;
            head.needed[number] = local + 1;
            let index = self.index(local);
            self.heads[index] = self.batch;
            self.next += 1;
        } else {
            let room = Room {
                heap_at: 0,
                args: ArgsAt::Slot,
            };
            self.take(number, room, 0, 0, born);
            self.batch = self.index(local) as u32;
        }
        self.batch_end = self.next;
        local
    }

    /// Takes the next numbers, at least one and as many as have slots, for more tasks of the last batch.
    pub(crate) fn take_more(&mut self, number: usize, more: More) {
        let More {
            count,
            deps,
            heap_blocks,
            heap_end,
            are_over,
        } = more;
        debug_assert!(self.batch_end == self.next && (1..=self.slots_left()).contains(&count));
        let end = self.next + count;
        let (from, to) = (self.index(self.next), self.index(end));
        match from < to {
            true => self.heads[from..to].fill(self.batch),
            false => {
                self.heads[from..].fill(self.batch);
                self.heads[..to].fill(self.batch);
            }
        }
        let head = &mut self.metas[self.batch as usize];
        head.count += count;
        head.deps += deps;
        if heap_blocks > 0 {
            head.heap_blocks += heap_blocks;
            head.heap_end = heap_end;
        }
        head.needed[number] = end;
        if are_over && self.done == self.next {
            self.done = end;
        }
        (self.next, self.batch_end) = (end, end);
    }

    /// Whether the newest task is the last one of a batch.
    #[inline]
    pub(crate) fn ends_in_batch(&self) -> bool {
        self.batch_end == self.next
    }

    /// How many tasks that are not complete the last batch can take.
    #[inline]
    pub(crate) fn batch_left(&self) -> u32 {
        match self.metas[self.batch as usize] {
            Meta { is_over: true, .. } => 0,
            Meta { count, .. } => LARGEST_BATCH.saturating_sub(count),
        }
    }
}
