//! The tensor map: which live tasks have accessed which part of which storage.
//!
//! What tasks access is a *region*: a part of a storage. A region knows its last writer and the readers since, so that a look-up
//! of the same region is one step. Regions of one storage that are tiles of one grid, which is how loops cut tensors, do not
//! overlap; those of other grids that do are found by counting tiles; regions that are no tiles are filed by where they lie.

mod hashed;
mod overlap;
mod search;
mod spans;
mod storage;

use smallvec::SmallVec;

use crate::task::TaskId;

use hashed::{Chain, Hashed, hash};
pub(crate) use overlap::Part;
use search::others;
use storage::{Entry, IRREGULAR, Region, Storage};

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
    storages: Hashed<Storage>,
    regions: Hashed<Region>,
    /// The storage that was located last; it may be gone, and then has no regions.
    last_storage: u32,
    entries: Vec<Entry>,
    free_entry: Option<u32>,
    /// Whether accesses outlive their tasks, until a later one takes their place. Then what a look-up finds does not
    /// depend on which tasks happened to be over, which a verified run wants to know.
    remembers: bool,
    pub(crate) counters: MapCounters,
}

/// A storage, and the region of it, that was looked up. Good until a task is removed, or accesses are forgotten.
#[derive(Clone, Copy)]
pub(crate) struct Located {
    storage: u32,
    /// [`NIL`] if there is none.
    region: u32,
}

impl TensorMap {
    /// Finds the storage of `target`, if anything is registered of it.
    #[inline]
    pub(crate) fn find(&mut self, target: &Target) -> Option<Located> {
        let storage = self.storage(target);
        (storage != NIL).then(|| Located {
            storage,
            region: self.region(storage, &target.part),
        })
    }

    /// Finds storage and region of `target`, to register an access of it.
    #[inline]
    pub(crate) fn locate(&mut self, target: &Target) -> Located {
        let mut storage = self.storage(target);
        if storage == NIL {
            let hash = storage_hash(target);
            storage = self.storages.insert(hash, || Storage::new(target));
        }
        let mut region = self.region(storage, &target.part);
        if region == NIL {
            region = self.add_region(storage, &target.part);
        }
        self.storages.get_mut(storage).last = region;
        self.last_storage = storage;
        Located { storage, region }
    }

    #[inline]
    fn storage(&mut self, target: &Target) -> u32 {
        let (base, owner) = (target.base, target.owner);
        if let Some(last) = self.storages.try_get(self.last_storage)
            && last.base == base
            && last.owner == owner
            && last.regions > 0
        {
            return self.last_storage;
        }
        self.storages.find(storage_hash(target), |storage| {
            storage.base == base && storage.owner == owner
        })
    }

    /// The region of exactly that part, or [`NIL`].
    #[inline]
    fn region(&mut self, at: u32, part: &Part) -> u32 {
        let storage = self.storages.get(at);
        if storage.last != NIL && self.regions.get(storage.last).part == *part {
            return storage.last;
        }
        if storage.regions == 0 {
            return NIL;
        }
        let hash = region_hash(at, part.start);
        self.regions
            .find(hash, |region| region.storage == at && region.part == *part)
    }

    fn add_region(&mut self, at: u32, part: &Part) -> u32 {
        let storage = self.storages.get_mut(at);
        let grid = storage.grid_for(part);
        storage.regions += 1;
        let head = storage.head(grid, part);
        let region = || Region {
            chain: Chain::default(),
            part: *part,
            storage: at,
            grid,
            writer: NIL,
            readers: NIL,
            entries: 0,
            prev: NIL,
            next: head,
        };
        let place = self.regions.insert(region_hash(at, part.start), region);
        if head != NIL {
            self.regions.get_mut(head).prev = place;
        }
        let storage = self.storages.get_mut(at);
        storage.set_head(grid, part, place);
        if grid != IRREGULAR {
            storage.grids[grid as usize].count += 1;
        }
        place
    }

    fn remove_region(&mut self, place: u32) {
        let Region {
            storage: at,
            part,
            grid,
            prev,
            next,
            ..
        } = *self.regions.get(place);
        let storage = self.storages.get_mut(at);
        if grid != IRREGULAR {
            storage.grids[grid as usize].count -= 1;
        }
        if storage.last == place {
            storage.last = NIL;
        }
        if prev == NIL {
            storage.set_head(grid, &part, next);
        } else {
            self.regions.get_mut(prev).next = next;
        }
        if next != NIL {
            self.regions.get_mut(next).prev = prev;
        }
        self.regions.remove(place);
        storage.regions -= 1;
        if storage.regions == 0 {
            self.storages.remove(at);
        }
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
        let entries = &self.entries;
        let mut visit = |region: &Region| {
            if region.writer != NIL {
                scanned += 1;
                found(entries[region.writer as usize].task);
            }
            let mut reader = if writes { region.readers } else { NIL };
            while reader != NIL {
                scanned += 1;
                let entry = &entries[reader as usize];
                found(entry.task);
                reader = entry.next;
            }
        };
        let mut own = IRREGULAR;
        if at.region != NIL {
            let region = self.regions.get(at.region);
            own = region.grid;
            visit(region);
        }
        let storage = self.storages.get(at.storage);
        if own == 0 && storage.is_one_grid() {
            self.counters.scanned += scanned;
            return;
        }
        let mut compared = 0;
        others(
            &mut self.regions,
            storage,
            at,
            own,
            &target.part,
            &mut compared,
            |_, region| visit(region),
        );
        self.counters.scanned += scanned + compared;
    }

    /// Whether all tasks with an access that conflicts with one of `target` are `fine`.
    #[inline(never)]
    pub(crate) fn has_only(
        &mut self,
        target: &Target,
        writes: bool,
        fine: impl Fn(TaskId) -> bool,
    ) -> bool {
        self.counters.lookups += 1;
        let mut all = true;
        if let Some(at) = self.find(target) {
            self.conflicts(at, target, writes, |task| all &= fine(task));
        }
        all
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
            let Region {
                writer, readers, ..
            } = *self.regions.get(at.region);
            if (writer, readers) != (NIL, NIL) {
                self.empty(at.region);
            }
            if !self.storages.get(at.storage).is_one_grid() {
                self.cover_others(at, target);
            }
        }
        let region = self.regions.get_mut(at.region);
        region.entries += 1;
        let next = if writes { NIL } else { region.readers };
        let entry = self.allocate(Entry {
            task,
            region: at.region,
            writes,
            listed: true,
            prev: NIL,
            next,
            sibling: first,
        });
        if next != NIL {
            self.entries[next as usize].prev = entry;
        }
        let region = self.regions.get_mut(at.region);
        match writes {
            true => region.writer = entry,
            false => region.readers = entry,
        }
        entry
    }

    /// Forgets the accesses of a task that is retired, listed from `first` on, unless the map remembers.
    pub(crate) fn remove_task(&mut self, first: u32) {
        let mut at = if self.remembers { NIL } else { first };
        while at != NIL {
            let Entry {
                sibling, listed, ..
            } = self.entries[at as usize];
            if listed {
                self.unlist(at);
            }
            self.free(at);
            at = sibling;
        }
    }

    /// Takes an entry out of use, and the region with it whose last it is.
    #[inline]
    fn free(&mut self, at: u32) {
        let place = self.entries[at as usize].region;
        self.entries[at as usize].sibling = self.free_entry.unwrap_or(NIL);
        self.free_entry = Some(at);
        let region = self.regions.get_mut(place);
        region.entries -= 1;
        if region.entries == 0 {
            self.remove_region(place);
        }
    }

    /// Whether nothing is registered.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.storages.len() == 0
    }

    /// Forgets accesses that do not `matter` any more, by the address and the owner of the storage, and the task. Returns
    /// how many are left. For a map that remembers.
    #[cold]
    pub(crate) fn retain(&mut self, matter: impl Fn(usize, TaskId, TaskId) -> bool) -> usize {
        let mut left = 0;
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if !entry.listed {
                continue;
            }
            let storage = self.storages.get(self.regions.get(entry.region).storage);
            match matter(storage.base, storage.owner, entry.task) {
                true => left += 1,
                false => self.forget(at as u32),
            }
        }
        for place in self.regions.places() {
            if self.regions.get(place).entries == 0 {
                self.remove_region(place);
            }
        }
        left
    }

    /// Takes an entry off its region, and uses its place again.
    fn forget(&mut self, at: u32) {
        self.unlist(at);
        self.free(at);
    }

    /// Forgets everything, and keeps the memory. From now on it remembers, or does not.
    pub(crate) fn clear(&mut self, remembers: bool) {
        self.remembers = remembers;
        self.storages.clear();
        self.regions.clear();
        self.last_storage = 0;
        self.entries.clear();
        self.free_entry = None;
        self.counters = MapCounters::default();
    }

    #[inline]
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

    /// Takes what a write of `target` covers off the other regions.
    #[inline(never)]
    fn cover_others(&mut self, at: Located, target: &Target) {
        let storage = self.storages.get(at.storage);
        let own = self.regions.get(at.region).grid;
        let mut covered = SmallVec::<[u32; 8]>::new();
        let (part, mut compared) = (&target.part, 0);
        others(
            &mut self.regions,
            storage,
            at,
            own,
            part,
            &mut compared,
            |place, region| {
                if part.covers(&region.part) {
                    covered.push(place);
                }
            },
        );
        for place in covered {
            self.empty(place);
        }
    }

    /// Takes all accesses off a region. It stays in place: the task may have located it for another of its tensors.
    #[inline]
    fn empty(&mut self, place: u32) {
        // One entry more, so that forgetting the last one does not remove it.
        self.regions.get_mut(place).entries += 1;
        let (writer, mut reader) = {
            let region = self.regions.get(place);
            (region.writer, region.readers)
        };
        if writer != NIL {
            self.drop_covered(writer);
        }
        while reader != NIL {
            let next = self.entries[reader as usize].next;
            self.drop_covered(reader);
            reader = next;
        }
        self.regions.get_mut(place).entries -= 1;
    }

    #[inline]
    fn drop_covered(&mut self, at: u32) {
        match self.remembers {
            true => self.forget(at),
            // It stays with its task until that retires.
            false => self.unlist(at),
        }
    }

    /// Takes an entry off its region.
    #[inline]
    fn unlist(&mut self, at: u32) {
        let Entry {
            region,
            writes,
            prev,
            next,
            ..
        } = self.entries[at as usize];
        self.entries[at as usize].listed = false;
        let region = self.regions.get_mut(region);
        if writes {
            region.writer = NIL;
            return;
        }
        if prev == NIL {
            region.readers = next;
        } else {
            self.entries[prev as usize].next = next;
        }
        if next != NIL {
            self.entries[next as usize].prev = prev;
        }
    }
}

#[inline]
fn storage_hash(target: &Target) -> u32 {
    // The owner's number differs in its low bits, the address above those of a cache line.
    hash((target.base as u64) >> 3, u64::from(target.owner.local()))
}

#[inline]
fn region_hash(storage: u32, start: u64) -> u32 {
    hash(start, u64::from(storage))
}

#[cfg(all(test, not(loom)))]
mod tests;
