//! The regions of storages, and who has accessed them.

use crate::native::map::NIL;
use crate::native::map::hashed::{Chain, Chained};
use crate::native::map::overlap::Part;
use crate::task::TaskId;

/// A part of a storage that tasks access as a whole: its last writer, and the readers since. Some of them may be over.
///
/// Invariant: if there are other readers than the last one, there is a last one.
// What a look-up compares comes first, and is in one cache line if there are few dimensions.
#[repr(C, align(64))]
pub(super) struct Region {
    pub(super) chain: Chain,
    /// [`TaskId::NONE`] if there is none.
    pub(super) writer: TaskId,
    /// The reader that came last.
    reader: TaskId,
    pub(super) part: Part,
    pub(super) storage: u32,
    /// Which of the storage's grids it is a tile of; [`IRREGULAR`](super::tiling::IRREGULAR) if of none. The first if it is the
    /// only region.
    pub(super) grid: u8,
    /// The readers before that, a list, how many there are, and how many there may be before those are forgotten that are over.
    earlier: u32,
    count: u32,
    most: u32,
    /// Neighbours among the regions of the grid, or the irregular ones that lie there.
    pub(super) prev: u32,
    pub(super) next: u32,
}

impl Chained for Region {
    #[inline(always)]
    fn chain(&self) -> &Chain {
        &self.chain
    }

    #[inline(always)]
    fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}

/// Of fewer readers none is forgotten.
const FEW_READERS: u32 = 8;

impl Region {
    /// A region that nobody has accessed.
    #[inline(always)]
    pub(super) fn new(part: Part, storage: u32) -> Self {
        Region {
            chain: Chain::default(),
            writer: TaskId::NONE,
            reader: TaskId::NONE,
            part,
            storage,
            grid: 0,
            earlier: NIL,
            count: 0,
            most: FEW_READERS,
            prev: NIL,
            next: NIL,
        }
    }

    /// Calls `found` for whoever conflicts with an access: the writer, and the readers if it writes. Returns how many they are.
    #[inline(always)]
    pub(super) fn conflicts(
        &self,
        readers: &Readers,
        writes: bool,
        mut found: impl FnMut(TaskId),
    ) -> u64 {
        let mut count = 0;
        if !self.writer.is_none() {
            count += 1;
            found(self.writer);
        }
        if writes && !self.reader.is_none() {
            count += 1;
            found(self.reader);
            let mut at = self.earlier;
            while at != NIL {
                let Reader { task, next } = readers.nodes[at as usize];
                count += 1;
                found(task);
                at = next;
            }
        }
        count
    }

    /// The task writes it: whoever conflicts with the accesses before conflicts with this one.
    #[inline(always)]
    pub(super) fn write(&mut self, readers: &mut Readers, task: TaskId) {
        self.empty(readers);
        self.writer = task;
    }

    /// The task reads it. Once there are many readers those are forgotten that are over.
    #[inline(always)]
    pub(super) fn read(
        &mut self,
        readers: &mut Readers,
        task: TaskId,
        is_over: impl Fn(TaskId) -> bool,
    ) {
        if !self.reader.is_none() {
            if self.reader == task {
                return;
            }
            self.earlier = readers.push(self.reader, self.earlier);
            self.count += 1;
            if self.count > self.most {
                self.count = readers.retain(&mut self.earlier, |task| !is_over(task));
                self.most = FEW_READERS.max(2 * self.count);
            }
        }
        self.reader = task;
    }

    /// Forgets all accesses.
    #[inline(always)]
    pub(super) fn empty(&mut self, readers: &mut Readers) {
        (self.writer, self.reader) = (TaskId::NONE, TaskId::NONE);
        if self.earlier != NIL {
            readers.free(self.earlier);
            (self.earlier, self.count) = (NIL, 0);
        }
    }

    /// Forgets accesses that do not `matter`. Returns how many are left.
    pub(super) fn retain(
        &mut self,
        readers: &mut Readers,
        matters: impl Fn(TaskId) -> bool,
    ) -> usize {
        self.count = readers.retain(&mut self.earlier, &matters);
        let forget = |task: &mut TaskId| {
            if !task.is_none() && !matters(*task) {
                *task = TaskId::NONE;
            }
        };
        forget(&mut self.writer);
        forget(&mut self.reader);
        if self.reader.is_none() && self.earlier != NIL {
            (self.reader, self.earlier) = readers.pop(self.earlier);
            self.count -= 1;
        }
        let single = usize::from(!self.writer.is_none()) + usize::from(!self.reader.is_none());
        single + self.count as usize
    }
}

/// A reader of a region, in a list.
#[derive(Clone, Copy)]
struct Reader {
    task: TaskId,
    /// The next one of the list, or the next free one.
    next: u32,
}

/// The readers of all regions.
///
/// Invariant: each node is in the list of one region, or in that of the free ones.
pub(super) struct Readers {
    nodes: Vec<Reader>,
    free: u32,
}

impl Default for Readers {
    fn default() -> Self {
        Readers {
            nodes: Vec::new(),
            free: NIL,
        }
    }
}

impl Readers {
    /// How many there is room for.
    #[cfg(all(test, not(loom)))]
    pub(super) fn room(&self) -> usize {
        self.nodes.len()
    }

    /// Forgets all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.free = NIL;
    }

    /// A list that has one more.
    #[inline]
    fn push(&mut self, task: TaskId, next: u32) -> u32 {
        let reader = Reader { task, next };
        match self.free {
            NIL => {
                self.nodes.push(reader);
                self.nodes.len() as u32 - 1
            }
            at => {
                let node = &mut self.nodes[at as usize];
                self.free = node.next;
                *node = reader;
                at
            }
        }
    }

    /// The first of a list that is not empty, and the rest.
    fn pop(&mut self, list: u32) -> (TaskId, u32) {
        let node = &mut self.nodes[list as usize];
        let Reader { task, next } = *node;
        node.next = self.free;
        self.free = list;
        (task, next)
    }

    /// Takes a list out of use that is not empty.
    fn free(&mut self, list: u32) {
        let mut last = list;
        while self.nodes[last as usize].next != NIL {
            last = self.nodes[last as usize].next;
        }
        self.nodes[last as usize].next = self.free;
        self.free = list;
    }

    /// Forgets those of a list that are not to be kept. Returns how many are left.
    fn retain(&mut self, list: &mut u32, keep: impl Fn(TaskId) -> bool) -> u32 {
        let (mut count, mut rest) = (0, *list);
        let (mut first, mut last) = (NIL, NIL);
        while rest != NIL {
            let Reader { task, next } = self.nodes[rest as usize];
            if keep(task) {
                match last {
                    NIL => first = rest,
                    last => self.nodes[last as usize].next = rest,
                }
                last = rest;
                count += 1;
            } else {
                self.nodes[rest as usize].next = self.free;
                self.free = rest;
            }
            rest = next;
        }
        if last != NIL {
            self.nodes[last as usize].next = NIL;
        }
        *list = first;
        count
    }
}
