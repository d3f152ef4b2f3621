//! The tensor map: which live tasks have accessed which part of which storage.
//!
//! For each storage there is a list of accesses, as long as they are few or irregular. Once they are many and all are
//! tiles of one grid, which is how loops write, they are filed by tile, and an access to one tile finds its own in one
//! step however many tiles there are.

mod overlap;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::layout::Layout;
use crate::task::TaskId;

pub(crate) use overlap::Part;

/// No entry.
pub(crate) const NIL: u32 = u32::MAX;

/// How many entries a storage has before it is worth filing them by tile.
const GRID_FROM: usize = 8;

/// Multiplies: keys are addresses and offsets, and need no protection against each other.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

type KeyMap<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// An access of a live task.
struct Entry {
    part: Part,
    task: TaskId,
    /// The task that owns the storage: an address may be reused while accesses to what was there before are listed.
    owner: TaskId,
    base: usize,
    writes: bool,
    listed: bool,
    prev: u32,
    next: u32,
    /// The next access of the same task, or the next free entry.
    sibling: u32,
}

/// The two lists of a storage, or of a tile. Readers do not concern readers, so they are kept apart.
#[derive(Clone, Copy)]
struct Lists {
    writers: u32,
    readers: u32,
}

impl Lists {
    const EMPTY: Lists = Lists {
        writers: NIL,
        readers: NIL,
    };

    fn head(&mut self, writes: bool) -> &mut u32 {
        if writes {
            &mut self.writers
        } else {
            &mut self.readers
        }
    }

    fn is_empty(&self) -> bool {
        self.writers == NIL && self.readers == NIL
    }
}

/// The accesses to one storage.
struct Storage {
    count: usize,
    lists: Lists,
    /// If set, all accesses are tiles of this layout's grid, and filed by their start instead of in `lists`.
    grid: Option<Box<Grid>>,
    /// Whether an access was seen that is no tile like the others: filing is not tried again.
    irregular: bool,
}

struct Grid {
    layout: Layout,
    tiles: KeyMap<u64, Lists>,
}

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
    storages: KeyMap<usize, Storage>,
    entries: Vec<Entry>,
    free: Option<u32>,
    pub(crate) counters: MapCounters,
}

impl TensorMap {
    /// Calls `found` for each task with an access that conflicts with one of `target`: writers, and readers too if it
    /// writes. A task may be found more than once.
    #[inline]
    pub(crate) fn conflicts(
        &mut self,
        target: &Target,
        writes: bool,
        mut found: impl FnMut(TaskId),
    ) {
        self.counters.lookups += 1;
        let Some(storage) = self.storages.get(&target.base) else {
            return;
        };
        let mut scanned = 0;
        storage.each_list(target, |lists| {
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
        target: &Target,
        task: TaskId,
        writes: bool,
        first: u32,
    ) -> u32 {
        self.counters.inserts += 1;
        if writes {
            self.unlist_covered(target);
        }
        let at = self.allocate(Entry {
            part: target.part,
            task,
            owner: target.owner,
            base: target.base,
            writes,
            listed: true,
            prev: NIL,
            next: NIL,
            sibling: first,
        });
        let storage = self.storages.entry(target.base).or_insert(Storage {
            count: 0,
            lists: Lists::EMPTY,
            grid: None,
            irregular: false,
        });
        storage.count += 1;
        storage.make_room_for(&target.part, &mut self.entries);
        push_front(
            storage.lists_of(target.part.start).head(writes),
            &mut self.entries,
            at,
        );
        at
    }

    /// Forgets the accesses of a task that is retired, listed from `first` on.
    pub(crate) fn remove_task(&mut self, first: u32) {
        let mut at = first;
        while at != NIL {
            let next = self.entries[at as usize].sibling;
            if self.entries[at as usize].listed {
                self.unlist(at);
            }
            self.entries[at as usize].sibling = self.free.unwrap_or(NIL);
            self.free = Some(at);
            at = next;
        }
    }

    /// Forgets everything, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.storages.clear();
        self.entries.clear();
        self.free = None;
        self.counters = MapCounters::default();
    }

    fn allocate(&mut self, entry: Entry) -> u32 {
        match self.free {
            Some(at) => {
                let next = self.entries[at as usize].sibling;
                self.free = (next != NIL).then_some(next);
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
    fn unlist_covered(&mut self, target: &Target) {
        let Some(storage) = self.storages.get(&target.base) else {
            return;
        };
        let mut covered = smallvec::SmallVec::<[u32; 16]>::new();
        storage.each_list(target, |lists| {
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
            self.unlist(at);
        }
    }

    /// Takes an entry off its storage's lists. It stays with its task until that retires.
    fn unlist(&mut self, at: u32) {
        let Entry {
            part,
            base,
            writes,
            prev,
            next,
            ..
        } = self.entries[at as usize];
        self.entries[at as usize].listed = false;
        if next != NIL {
            self.entries[next as usize].prev = prev;
        }
        if prev != NIL {
            self.entries[prev as usize].next = next;
        }
        let Some(storage) = self.storages.get_mut(&base) else {
            return;
        };
        if prev == NIL {
            *storage.lists_of(part.start).head(writes) = next;
        }
        storage.count -= 1;
        if storage.count == 0 {
            self.storages.remove(&base);
        } else if let Some(grid) = &mut storage.grid
            && grid.tiles.get(&part.start).is_some_and(Lists::is_empty)
        {
            grid.tiles.remove(&part.start);
        }
    }
}

impl Storage {
    /// The lists that can hold an access that overlaps `target`.
    #[inline]
    fn each_list(&self, target: &Target, mut visit: impl FnMut(&Lists)) {
        match &self.grid {
            None => visit(&self.lists),
            Some(grid) if grid.layout == target.part.layout && target.part.is_grid_tile() => {
                grid.tiles
                    .get(&target.part.start)
                    .into_iter()
                    .for_each(visit);
            }
            Some(grid) => grid.tiles.values().for_each(visit),
        }
    }

    /// The lists in which an access from `start` on is filed.
    fn lists_of(&mut self, start: u64) -> &mut Lists {
        match &mut self.grid {
            None => &mut self.lists,
            Some(grid) => grid.tiles.entry(start).or_insert(Lists::EMPTY),
        }
    }

    /// Changes between list and grid, if `part` calls for it.
    fn make_room_for(&mut self, part: &Part, entries: &mut [Entry]) {
        match &self.grid {
            Some(grid) if grid.layout == part.layout && part.is_grid_tile() => {}
            Some(_) => self.flatten(entries),
            None if self.count > GRID_FROM && !self.irregular => self.file_by_tile(part, entries),
            None => {}
        }
    }

    fn flatten(&mut self, entries: &mut [Entry]) {
        let Some(grid) = self.grid.take() else { return };
        self.irregular = true;
        for lists in grid.tiles.values() {
            for (head, writes) in [(lists.writers, true), (lists.readers, false)] {
                drain(head, entries, |entries, at| {
                    push_front(self.lists.head(writes), entries, at);
                });
            }
        }
    }

    fn file_by_tile(&mut self, part: &Part, entries: &mut [Entry]) {
        let fits = |entry: &Entry| entry.part.layout == part.layout && entry.part.is_grid_tile();
        let all_fit = part.is_grid_tile()
            && [self.lists.writers, self.lists.readers]
                .into_iter()
                .all(|mut at| {
                    while at != NIL {
                        if !fits(&entries[at as usize]) {
                            return false;
                        }
                        at = entries[at as usize].next;
                    }
                    true
                });
        if !all_fit {
            self.irregular = true;
            return;
        }
        let lists = std::mem::replace(&mut self.lists, Lists::EMPTY);
        let mut grid = Box::new(Grid {
            layout: part.layout,
            tiles: KeyMap::default(),
        });
        for (head, writes) in [(lists.writers, true), (lists.readers, false)] {
            drain(head, entries, |entries, at| {
                let tile = grid
                    .tiles
                    .entry(entries[at as usize].part.start)
                    .or_insert(Lists::EMPTY);
                push_front(tile.head(writes), entries, at);
            });
        }
        self.grid = Some(grid);
    }
}

/// Calls `each` for the entries of a list, which it may relist elsewhere.
fn drain(head: u32, entries: &mut [Entry], mut each: impl FnMut(&mut [Entry], u32)) {
    let mut at = head;
    while at != NIL {
        let next = entries[at as usize].next;
        each(entries, at);
        at = next;
    }
}

#[inline]
fn push_front(head: &mut u32, entries: &mut [Entry], at: u32) {
    entries[at as usize].prev = NIL;
    entries[at as usize].next = *head;
    if *head != NIL {
        entries[*head as usize].prev = at;
    }
    *head = at;
}

#[cfg(all(test, not(loom)))]
mod tests;
