//! Batches of tasks: what is known of them is kept once. What they are is said at [`Ring`].

use super::{Born, Held, Meta, Ring, Room};

/// A batch of tasks that were not complete when they were submitted is not made larger than that: what it has is not used
/// again before all of them are.
const LARGEST_BATCH: u32 = 64;

/// More tasks of a batch, or those of a new one.
pub(crate) struct More {
    pub(crate) count: u32,
    /// What they have, which was taken.
    pub(crate) held: Held,
    /// Whether all of them are complete.
    pub(crate) are_over: bool,
    /// What the first of them is, if they begin a batch.
    pub(crate) begin: Option<Born>,
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
            self.join(number, room, heap_bytes, 0);
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

    /// As [`take`](Ring::take), for a task that joins the batch of the one before, if that is possible.
    #[inline(always)]
    pub(crate) fn take_in_batch(
        &mut self,
        number: usize,
        room: Room,
        heap_bytes: usize,
        arg_bytes: usize,
        born: Born,
    ) -> u32 {
        let local = self.next;
        let head = &mut self.metas[self.batch as usize];
        let joins = head.scope == born.scope && !head.is_over && head.count < LARGEST_BATCH;
        if self.batch_end == local && joins {
            self.join(number, room, heap_bytes, arg_bytes);
        } else {
            self.take(number, room, heap_bytes, arg_bytes, born);
            self.batch = self.index(local) as u32;
        }
        self.batch_end = self.next;
        local
    }

    /// Makes the next task one more of the last batch.
    #[inline(always)]
    fn join(&mut self, number: usize, room: Room, heap_bytes: usize, arg_bytes: usize) {
        let mut held = Held::NOTHING;
        self.take_blocks(room, heap_bytes, arg_bytes, &mut held);
        let head = &mut self.metas[self.batch as usize];
        head.held.add(held);
        head.count += 1;
        head.needed[number] = self.next + 1;
        let index = self.index(self.next);
        self.heads[index] = self.batch;
        self.next += 1;
    }

    /// Takes the next numbers, at least one and as many as have slots, for more tasks of the last batch or a new one.
    pub(crate) fn take_more(&mut self, number: usize, more: More) {
        let More {
            count,
            held,
            are_over,
            begin,
        } = more;
        if let Some(born) = begin {
            self.batch = self.index(self.next) as u32;
            self.batch_end = self.next;
            self.metas[self.batch as usize] = Meta {
                count: 0,
                is_over: are_over,
                ..Meta::of(born)
            };
        }
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
        head.held.add(held);
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

    /// How many tasks that are not complete the last batch can take, or a new one.
    #[inline]
    pub(crate) fn batch_left(&self, is_new: bool) -> u32 {
        match self.metas[self.batch as usize] {
            _ if is_new => LARGEST_BATCH,
            Meta { is_over: true, .. } => 0,
            Meta { count, .. } => LARGEST_BATCH.saturating_sub(count),
        }
    }
}
