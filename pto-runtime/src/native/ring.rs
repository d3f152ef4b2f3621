//! One ring: its slots and pools, and the in-order retirement of its tasks. Private to the submitting thread.

mod batch;

pub(crate) use batch::More;

use std::cell::Cell;
use std::ptr::NonNull;

use crate::error::Error;
use crate::native::bump::Bump;
use crate::native::exhausted::Level;
use crate::native::memory::{ALIGN, Memory};
use crate::native::slot::{Node, SLOT_ARGS, Slot};
use crate::report::{RINGS, RingUse};
use crate::site::Site;

/// Words of arguments per slot of the window, beside those in the slot.
const ARG_WORDS_PER_SLOT: usize = 24;
/// The least arena, which takes the largest task that is reasonable.
const MIN_ARG_WORDS: usize = 2048;

/// What the submitting thread knows about a task, beside its slot; or about a batch of them.
#[derive(Clone, Copy)]
pub(crate) struct Meta {
    /// How many tasks it is about: they retire together.
    count: u32,
    /// For each ring, how many of its tasks must be complete before this one may retire.
    pub(crate) needed: [u32; RINGS],
    /// The scope that submitted it, and how deep that is nested.
    pub(crate) scope: u32,
    pub(crate) depth: u32,
    held: Held,
    pub(crate) is_alloc: bool,
    /// Whether all of the batch were complete when they were submitted.
    is_over: bool,
    /// Whether an edge that keeps it alive has been counted: a bit for each of a batch, by its number.
    kept: u64,
    pub(crate) site: Site,
}

/// The last submit that depends on a task, and the position among that submit's edges.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    pub(crate) stamp: u64,
    pub(crate) edge: u32,
}

/// What tasks that follow each other have of their ring, beside slots.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// How many blocks of the heap, and of the arena of arguments, and where the last ones end.
    heap_blocks: u32,
    args_blocks: u32,
    heap_end: usize,
    args_end: usize,
    /// How many entries of the dependency pool.
    pub(crate) deps: u32,
}

impl Held {
    pub(crate) const NOTHING: Held = Held {
        heap_blocks: 0,
        args_blocks: 0,
        heap_end: 0,
        args_end: 0,
        deps: 0,
    };

    /// Adds what later tasks have.
    #[inline]
    fn add(&mut self, later: Held) {
        if later.heap_blocks > 0 {
            self.heap_blocks += later.heap_blocks;
            self.heap_end = later.heap_end;
        }
        if later.args_blocks > 0 {
            self.args_blocks += later.args_blocks;
            self.args_end = later.args_end;
        }
        self.deps += later.deps;
    }
}

impl Meta {
    const FREE: Meta = Meta {
        count: 1,
        needed: [0; RINGS],
        scope: 0,
        depth: 0,
        held: Held::NOTHING,
        is_alloc: false,
        is_over: false,
        kept: 0,
        site: Site::here("unused"),
    };
}

impl Meta {
    /// Of a task that has nothing of its ring.
    #[inline(always)]
    fn of(born: Born) -> Self {
        Meta {
            scope: born.scope,
            depth: born.depth,
            site: born.site,
            is_alloc: born.is_alloc,
            ..Meta::FREE
        }
    }

    /// Whether a task is kept for the first time. Of a batch of many, several count as one.
    #[inline]
    pub(crate) fn is_first_keep(&mut self, local: u32) -> bool {
        let bit = 1 << (local % u64::BITS);
        let is_first = self.kept & bit == 0;
        self.kept |= bit;
        is_first
    }
}

/// Where no batch ends: numbers are less.
const NO_BATCH: u32 = u32::MAX;

/// What a new task is.
#[derive(Clone, Copy)]
pub(crate) struct Born {
    pub(crate) scope: u32,
    pub(crate) depth: u32,
    pub(crate) site: Site,
    pub(crate) is_alloc: bool,
}

/// Room for a task: where its blocks would go.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    pub(crate) heap_at: usize,
    args: ArgsAt,
}

impl Room {
    /// Of a task that has nothing but its slot.
    pub(crate) const IN_SLOT: Room = Room {
        heap_at: 0,
        args: ArgsAt::Slot,
    };
}

/// Where the arguments of a task are.
#[derive(Clone, Copy)]
enum ArgsAt {
    Slot,
    Arena(usize),
}

/// Which part of a ring is exhausted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// Tasks are numbered in 32 bits.
    Number,
    Slot,
    Heap,
    Args,
    Deps,
}

/// Tasks that follow each other in one scope, and are nothing special, form a *batch*: what is known of them is kept once, with the
/// first, and they retire together; what they own is used again with the batch. A batch of tasks that were all complete when they
/// were submitted, as they were run at once, is never looked through.
///
/// Invariant: there is a power of two of slots, and as many marks. Tasks `retired..next` are live, at most one less than there are
/// slots, so that `next <= limit`, and each is in the slot of its number modulo the window. A live task's entry of `heads` is the slot of the first of its batch, or its own;
/// there is its metadata. Tasks up to `done` are complete. `retired <= done <= next`; `retired` begins or ends a batch, and `done`
/// a batch or a task of one that is looked through.
/// `heap` and `args` place blocks in memories of exactly their sizes.
pub(crate) struct Ring {
    slots: Box<[Slot]>,
    metas: Box<[Meta]>,
    heads: Box<[u32]>,
    marks: Box<[Mark]>,
    nodes: Box<[Node]>,
    heap_memory: Memory,
    args_memory: Memory,
    pub(crate) heap: Bump,
    pub(crate) args: Bump,
    /// How many entries of the dependency pool are taken, and which of them is used next. They are returned in the same order; not
    /// all that are taken are used.
    deps_used: usize,
    next_node: Cell<usize>,
    /// The slot where the last batch begins, and the number after its last task.
    batch: u32,
    batch_end: u32,
    pub(crate) next: u32,
    /// The first number that has no slot now.
    limit: u32,
    pub(crate) done: u32,
    pub(crate) retired: u32,
    pub(crate) most: RingUse,
}

impl Ring {
    pub(crate) fn new(window: usize, heap: usize, dep_pool: usize) -> Result<Self, Error> {
        assert!(window.is_power_of_two(), "as the configuration is checked");
        let arg_bytes = (window * ARG_WORDS_PER_SLOT).max(MIN_ARG_WORDS) * size_of::<u64>();
        Ok(Ring {
            slots: (0..window).map(|_| Slot::new()).collect(),
            metas: vec![Meta::FREE; window].into_boxed_slice(),
            heads: vec![0; window].into_boxed_slice(),
            marks: vec![Mark::default(); window].into_boxed_slice(),
            nodes: (0..dep_pool).map(|_| Node::new()).collect(),
            heap_memory: Memory::new(heap)?,
            args_memory: Memory::new(arg_bytes)?,
            heap: Bump::new(heap),
            args: Bump::new(arg_bytes),
            deps_used: 0,
            next_node: Cell::new(0),
            batch: 0,
            batch_end: NO_BATCH,
            next: 0,
            limit: limit(window, 0),
            done: 0,
            retired: 0,
            most: RingUse::default(),
        })
    }

    /// Makes the ring that of a new run. All tasks are retired.
    pub(crate) fn reset(&mut self) {
        debug_assert_eq!(self.retired, self.next);
        (self.next, self.done, self.retired) = (0, 0, 0);
        self.batch_end = NO_BATCH;
        self.limit = limit(self.window(), 0);
        self.deps_used = 0;
        self.next_node.set(0);
        self.heap.reset();
        self.args.reset();
        self.most = RingUse::default();
    }

    /// The slot of the first task of a task's batch.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn head(&self, local: u32) -> u32 {
        self.heads[self.index(local)]
    }

    /// As if so many tasks had come and gone.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn pretend(&mut self, gone: u32) {
        (self.next, self.done, self.retired) = (gone, gone, gone);
        self.batch_end = NO_BATCH;
        self.limit = limit(self.window(), gone);
    }

    pub(crate) fn window(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn dep_capacity(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn deps_used(&self) -> usize {
        self.deps_used
    }

    /// How much there is, and is in use, of what may be lacking.
    pub(crate) fn level(&self, lack: Lack) -> Level {
        let (used, capacity) = match lack {
            Lack::Number | Lack::Slot => (self.live(), self.window() - 1),
            Lack::Heap => (self.heap.used(), self.heap.capacity()),
            Lack::Args => (self.args.used(), self.args.capacity()),
            Lack::Deps => (self.deps_used, self.dep_capacity()),
        };
        Level { used, capacity }
    }

    pub(crate) fn live(&self) -> usize {
        (self.next - self.retired) as usize
    }

    /// Whether all tasks are complete, as far as is known.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.done == self.next
    }

    /// Notes that so much was held beside what there is.
    pub(crate) fn held(&mut self, most: &RingUse) {
        self.most.tasks = self.most.tasks.max(self.live() + most.tasks);
        self.most.heap = self.most.heap.max(self.heap.used() + most.heap);
    }

    /// Makes the slots of the retired tasks those of new ones.
    #[inline]
    pub(crate) fn recycle(&mut self) {
        self.limit = limit(self.window(), self.retired);
    }

    /// The oldest task that is not retired.
    #[inline]
    pub(crate) fn oldest(&self) -> Option<&Meta> {
        (self.retired < self.next).then(|| self.meta_ref(self.retired))
    }

    #[inline]
    pub(crate) fn is_live(&self, local: u32) -> bool {
        (self.retired..self.next).contains(&local)
    }

    #[inline]
    fn index(&self, local: u32) -> usize {
        local as usize & (self.slots.len() - 1)
    }

    #[inline(always)]
    pub(crate) fn slot(&self, local: u32) -> &Slot {
        let index = self.index(local);
        // SAFETY: an index is less than the number of slots, a power of two by the invariant of the type.
        unsafe { self.slots.get_unchecked(index) }
    }

    /// What is known of a live task, or of its batch.
    #[inline]
    pub(crate) fn meta(&mut self, local: u32) -> &mut Meta {
        self.both(local).1
    }

    /// What is known of a live task, or of its batch.
    #[inline]
    pub(crate) fn meta_ref(&self, local: u32) -> &Meta {
        &self.metas[self.heads[self.index(local)] as usize]
    }

    /// Slot of a live task, and what is known of it or of its batch.
    #[inline(always)]
    pub(crate) fn both(&mut self, local: u32) -> (&Slot, &mut Meta) {
        let index = self.index(local);
        (
            &self.slots[index],
            &mut self.metas[self.heads[index] as usize],
        )
    }

    /// The mark of a live task.
    #[inline(always)]
    pub(crate) fn mark(&mut self, local: u32) -> &mut Mark {
        self.slot_and_mark(local).1
    }

    /// Slot and mark of a live task.
    #[inline(always)]
    pub(crate) fn slot_and_mark(&mut self, local: u32) -> (&Slot, &mut Mark) {
        let index = self.index(local);
        // SAFETY: an index is less than the number of slots, a power of two by the invariant of the type, and there are as many marks.
        unsafe {
            (
                self.slots.get_unchecked(index),
                self.marks.get_unchecked_mut(index),
            )
        }
    }

    /// Whether a task is complete, which the ring has had.
    #[inline(always)]
    pub(crate) fn is_complete(&self, local: u32) -> bool {
        local < self.done || self.slot(local).is_complete()
    }

    /// Whether a task with these blocks fits now, and where.
    #[inline(always)]
    pub(crate) fn room(&self, heap_bytes: usize, arg_bytes: usize) -> Result<Room, Lack> {
        if self.next >= self.limit {
            return Err(match self.next {
                u32::MAX => Lack::Number,
                _ => Lack::Slot,
            });
        }
        let heap_at = match heap_bytes {
            0 => 0,
            bytes => self.heap.place(bytes).ok_or(Lack::Heap)?,
        };
        let args = match arg_bytes {
            0..=SLOT_ARGS => ArgsAt::Slot,
            bytes => ArgsAt::Arena(self.args.place(bytes).ok_or(Lack::Args)?),
        };
        Ok(Room { heap_at, args })
    }

    #[inline]
    pub(crate) fn has_deps(&self, count: usize) -> bool {
        self.deps_used() + count <= self.nodes.len()
    }

    /// Takes the room that [`room`](Ring::room) found in this ring, the `number`-th, and the next number with it.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        number: usize,
        room: Room,
        heap_bytes: usize,
        arg_bytes: usize,
        born: Born,
    ) -> u32 {
        let local = self.next;
        self.next += 1;
        let mut held = Held::NOTHING;
        self.take_blocks(room, heap_bytes, arg_bytes, &mut held);
        let index = self.index(local);
        self.heads[index] = index as u32;
        let meta = &mut self.metas[index];
        *meta = Meta {
            held,
            ..Meta::of(born)
        };
        meta.needed[number] = local + 1;
        local
    }

    /// How many tasks have slots now.
    #[inline]
    pub(crate) fn slots_left(&self) -> u32 {
        self.limit - self.next
    }

    /// Takes the blocks that [`room`](Ring::room) found. `held` is told of them.
    #[inline(always)]
    pub(crate) fn take_blocks(
        &mut self,
        room: Room,
        heap_bytes: usize,
        arg_bytes: usize,
        held: &mut Held,
    ) {
        if heap_bytes != 0 {
            held.heap_end = self.heap.take(room.heap_at, heap_bytes);
            held.heap_blocks += 1;
        }
        if let ArgsAt::Arena(at) = room.args {
            held.args_end = self.args.take(at, arg_bytes);
            held.args_blocks += 1;
        }
    }

    /// Takes so many entries of the dependency pool for the newest task, for which there is room.
    #[inline(always)]
    pub(crate) fn take_nodes(&mut self, count: usize) {
        if count > 0 {
            self.meta(self.next - 1).held.deps += count as u32;
        }
        self.take_uncounted_nodes(count);
    }

    /// As [`take_nodes`](Ring::take_nodes), for a task that is taken with [`take_more`](Ring::take_more) later.
    #[inline(always)]
    pub(crate) fn take_uncounted_nodes(&mut self, count: usize) {
        debug_assert!(self.has_deps(count));
        self.deps_used += count;
    }

    /// The next entry of the dependency pool. It was taken for the newest task, and not been used yet: since the oldest live task no
    /// more were used than are taken, and there are as many.
    #[inline]
    pub(crate) fn use_node(&self) -> NonNull<Node> {
        let at = self.next_node.get();
        let next = at + 1;
        self.next_node
            .set(if next == self.nodes.len() { 0 } else { next });
        NonNull::from(&self.nodes[at])
    }

    #[inline]
    pub(crate) fn heap_address(&self, at: usize) -> NonNull<u8> {
        // SAFETY: what `heap` has placed lies in its memory, by the invariant of the type; a block of no bytes may be at its end.
        unsafe { self.heap_memory.start().add(at) }
    }

    /// Where the arguments of a task of this slot and room are.
    #[inline]
    pub(crate) fn args_address(&self, slot: &Slot, room: Room) -> NonNull<u64> {
        match room.args {
            ArgsAt::Slot => slot.args(),
            // SAFETY: what `args` has placed lies in its memory, by the invariant of the type; blocks are of whole words.
            ArgsAt::Arena(at) => unsafe { self.args_memory.start().add(at) }.cast(),
        }
    }

    /// Whether the oldest task that was not known to be complete is complete now.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.done < self.next && self.slot(self.done).is_complete()
    }

    /// Learns which tasks are complete, before some of them retire.
    #[inline]
    pub(crate) fn observe(&mut self) {
        // Nothing is returned but by retiring, so the ring is never fuller than now.
        self.most.tasks = self.most.tasks.max(self.live());
        self.most.heap = self.most.heap.max(self.heap.used());
        self.most.args = self.most.args.max(self.args.used());
        self.most.deps = self.most.deps.max(self.deps_used());
        while self.has_news() {
            let meta = self.meta_ref(self.done);
            self.done += if meta.is_over { meta.count } else { 1 };
        }
    }

    /// Retires the oldest task, with its batch, which is allowed to. Its slot is used again after [`recycle`](Ring::recycle).
    #[inline]
    pub(crate) fn retire(&mut self) {
        let Meta { count, held, .. } = *self.meta_ref(self.retired);
        if held.heap_blocks != 0 {
            self.heap
                .give_back_all(held.heap_blocks as usize, held.heap_end);
        }
        if held.args_blocks != 0 {
            self.args
                .give_back_all(held.args_blocks as usize, held.args_end);
        }
        self.deps_used -= held.deps as usize;
        self.retired += count;
    }
}

/// The first number without a slot in a ring of that window, whose tasks up to `retired` are retired.
#[inline]
fn limit(window: usize, retired: u32) -> u32 {
    retired.saturating_add(window as u32 - 1)
}

/// The bytes that the outputs of a task take, each on its own cache lines.
#[inline]
pub(crate) fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(ALIGN)
}

#[cfg(all(test, not(loom)))]
mod tests;
