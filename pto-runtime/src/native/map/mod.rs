//! The tensor map: which live tasks have accessed which part of which storage.
//!
//! For each storage there is a list of accesses, as long as they are few or irregular. Once they are many and all are
//! tiles of one grid, which is how loops write, they are filed by tile, and an access to one tile finds its own in one
//! step however many tiles there are.

mod overlap;
mod storage;

use crate::hash::KeyMap;
use crate::task::TaskId;

pub(crate) use overlap::Part;
use storage::{Entry, Lists, Storage, push_front};

/// No entry.
pub(crate) const NIL: u32 = u32::MAX;

/// What is being accessed.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) base: usize,
    pub(crate) owner: TaskId,
    pub(crate) part: Part,
}

/// Counters for the report.
#[derive(Clone, Copy, Default)]
pub(crate) struct MapCounters {
    pub(crate) lookups: u64,
    pub(crate) inserts: u64,
    pub(crate) scanned: u64,
}

#[derive(Default)]
pub(crate) struct TensorMap {
    /// Where in `storages` an address is.
    index: KeyMap<usize, u32>,
    storages: Vec<Storage>,
    free_storages: Vec<u32>,
    entries: Vec<Entry>,
    free_entry: Option<u32>,
    /// Whether accesses outlive their tasks, until a later one takes their place. Then what a look-up finds does not
    /// depend on which tasks happened to be over, which a verified run wants to know.
    remembers: bool,
    pub(crate) counters: MapCounters,
}

/// A storage that was looked up. Good until a task is removed.
#[derive(Clone, Copy)]
pub(crate) struct Located(u32);

impl TensorMap {
    /// Finds the storage of `target`, if anything is registered of it.
    #[inline]
    pub(crate) fn find(&self, target: &Target) -> Option<Located> {
        self.index.get(&target.base).map(|at| Located(*at))
    }

    /// Finds the storage of `target`, to register an access of it.
    #[inline]
    pub(crate) fn locate(&mut self, target: &Target) -> Located {
        let Self {
            index,
            storages,
            free_storages,
            ..
        } = self;
        Located(*index.entry(target.base).or_insert_with(|| {
            let storage = Storage::new(target.base);
            match free_storages.pop() {
                Some(at) => {
                    storages[at as usize] = storage;
                    at
                }
                None => {
                    storages.push(storage);
                    storages.len() as u32 - 1
                }
            }
        }))
    }

    /// Calls `found` for each task with an access that conflicts with one of `target`: writers, and readers too if it
    /// writes. A task may be found more than once.
    #[inline]
    pub(crate) fn conflicts(
        &mut self,
        at: Located,
        target: &Target,
        writes: bool,
        mut found: impl FnMut(TaskId),
    ) {
        let mut scanned = 0;
        self.storages[at.0 as usize].each_list(target, |lists| {
            for head in if writes {
                [lists.writers, lists.readers]
            } else {
                [lists.writers, NIL]
            } {
                let mut at = head;
                while at != NIL {
                    let entry = &self.entries[at as usize];
                    scanned += 1;
                    if entry.owner == target.owner && entry.part.overlaps(&target.part) {
                        found(entry.task);
                    }
                    at = entry.next;
                }
            }
        });
        self.counters.scanned += scanned;
    }

    /// Registers an access of `task`, whose other accesses are listed from `first` on; returns the new start of that
    /// list. A writer replaces the accesses it covers: whoever conflicts with them conflicts with it.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        at: Located,
        target: &Target,
        task: TaskId,
        writes: bool,
        first: u32,
    ) -> u32 {
        self.counters.inserts += 1;
        if writes {
            self.unlist_covered(at, target);
        }
        let entry = self.allocate(Entry {
            part: target.part,
            task,
            owner: target.owner,
            storage: at.0,
            writes,
            listed: true,
            prev: NIL,
            next: NIL,
            sibling: first,
        });
        let storage = &mut self.storages[at.0 as usize];
        storage.count += 1;
        storage.make_room_for(&target.part, &mut self.entries);
        push_front(
            storage.lists_of(target.part.start).head(writes),
            &mut self.entries,
            entry,
        );
        entry
    }

    /// Forgets the accesses of a task that is retired, listed from `first` on, unless the map remembers.
    pub(crate) fn remove_task(&mut self, first: u32) {
        let mut at = if self.remembers { NIL } else { first };
        while at != NIL {
            let Entry {
                sibling,
                listed,
                storage,
                ..
            } = self.entries[at as usize];
            if listed {
                self.unlist(at);
                if self.storages[storage as usize].count == 0 {
                    self.index.remove(&self.storages[storage as usize].base);
                    self.free_storages.push(storage);
                }
            }
            self.free(at);
            at = sibling;
        }
    }

    #[inline]
    fn free(&mut self, at: u32) {
        self.entries[at as usize].sibling = self.free_entry.unwrap_or(NIL);
        self.free_entry = Some(at);
    }

    #[cfg(all(test, not(loom)))]
    fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Forgets accesses that do not `matter` any more, by the address and the owner of the storage, and the task. Returns
    /// how many are left. For a map that remembers.
    #[cold]
    pub(crate) fn retain(&mut self, matter: impl Fn(usize, TaskId, TaskId) -> bool) -> usize {
        let mut left = 0;
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let base = self.storages[entry.storage as usize].base;
            if entry.listed {
                match matter(base, entry.owner, entry.task) {
                    true => left += 1,
                    false => self.forget(at as u32),
                }
            }
        }
        let Self {
            index,
            storages,
            free_storages,
            ..
        } = self;
        index.retain(|_, at| {
            let used = storages[*at as usize].count > 0;
            if !used {
                free_storages.push(*at);
            }
            used
        });
        left
    }

    /// Takes an entry off its storage's lists, and uses its place again.
    fn forget(&mut self, at: u32) {
        self.unlist(at);
        self.free(at);
    }

    /// Forgets everything, and keeps the memory. From now on it remembers, or does not.
    pub(crate) fn clear(&mut self, remembers: bool) {
        self.remembers = remembers;
        self.index.clear();
        self.storages.clear();
        self.free_storages.clear();
        self.entries.clear();
        self.free_entry = None;
        self.counters = MapCounters::default();
    }

    fn allocate(&mut self, entry: Entry) -> u32 {
        match self.free_entry {
            Some(at) => {
                let next = self.entries[at as usize].sibling;
                self.free_entry = (next != NIL).then_some(next);
                self.entries[at as usize] = entry;
                at
            }
            None => {
                self.entries.push(entry);
                self.entries.len() as u32 - 1
            }
        }
    }

    #[inline]
    fn unlist_covered(&mut self, at: Located, target: &Target) {
        let mut covered = smallvec::SmallVec::<[u32; 16]>::new();
        self.storages[at.0 as usize].each_list(target, |lists| {
            for head in [lists.writers, lists.readers] {
                let mut at = head;
                while at != NIL {
                    let entry = &self.entries[at as usize];
                    if entry.owner == target.owner && target.part.covers(&entry.part) {
                        covered.push(at);
                    }
                    at = entry.next;
                }
            }
        });
        for at in covered {
            match self.remembers {
                true => self.forget(at),
                false => self.unlist(at),
            }
        }
    }

    /// Takes an entry off its storage's lists. It stays with its task until that retires.
    fn unlist(&mut self, at: u32) {
        let Entry {
            part,
            storage,
            writes,
            prev,
            next,
            ..
        } = self.entries[at as usize];
        self.entries[at as usize].listed = false;
        if next != NIL {
            self.entries[next as usize].prev = prev;
        }
        let storage = &mut self.storages[storage as usize];
        storage.count -= 1;
        if prev != NIL {
            self.entries[prev as usize].next = next;
            return;
        }
        *storage.lists_of(part.start).head(writes) = next;
        if let Some(grid) = &mut storage.grid
            && grid.tiles.get(&part.start).is_some_and(Lists::is_empty)
        {
            grid.tiles.remove(&part.start);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
