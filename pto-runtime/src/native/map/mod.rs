//! The tensor map: which tasks have accessed which part of which storage.
//!
//! What tasks access is a *region*: a part of a storage. A region knows its last writer and the readers since, so that a look-up
//! of the same region is one step. Regions of one storage that are tiles of one grid, which is how loops cut tensors, do not
//! overlap; those of other grids that do are found by counting tiles; regions that are no tiles are filed by where they lie.
//!
//! Nothing is taken off when a task is over: who looks something up leaves out what is over, which costs one comparison, and
//! a later writer takes the place of what it covers anyway. What stays is *swept* when there is as much of it again as there was
//! left the last time; and when all tasks that have registered anything are over, all of it is forgotten at once.

mod hashed;
mod overlap;
mod region;
mod search;
mod spans;
mod storage;
mod target;
mod tiling;

use smallvec::SmallVec;

use crate::report::RINGS;
use crate::task::TaskId;

use hashed::{Hashed, hash};
pub(crate) use overlap::Part;
use region::{Readers, Region};
use search::others;
use storage::Storage;
pub(crate) use target::Target;
use tiling::IRREGULAR;

/// No entry.
pub(crate) const NIL: u32 = u32::MAX;

/// Counters for the report.
#[derive(Clone, Copy, Default)]
pub(crate) struct MapCounters {
    pub(crate) lookups: u64,
    pub(crate) inserts: u64,
    pub(crate) scanned: u64,
}

/// A task has its tensors in the same storages as the one before, mostly: so many of its arguments are looked for there first. A
/// power of two.
const HINTS: usize = 8;

/// Of fewer regions none is swept.
const FEW_REGIONS: usize = 256;

pub(crate) struct TensorMap {
    storages: Hashed<Storage>,
    regions: Hashed<Region>,
    readers: Readers,
    /// The storage of the last target at each position; it may be gone, and then is at no address.
    hints: [u32; HINTS],
    /// For each ring, the number after that of its newest task that has registered an access.
    ends: [u32; RINGS],
    /// Those before this number are over: nobody waits for them.
    over: [u32; RINGS],
    /// Whether there are accesses that may matter.
    is_used: bool,
    /// How many regions there are when those are swept of which nothing matters any more, and how many tasks were over the last time.
    sweep_at: usize,
    swept: u64,
    pub(crate) counters: MapCounters,
}

impl Default for TensorMap {
    fn default() -> Self {
        TensorMap {
            storages: Hashed::default(),
            regions: Hashed::default(),
            readers: Readers::default(),
            hints: [NIL; HINTS],
            ends: [0; RINGS],
            over: [0; RINGS],
            is_used: false,
            sweep_at: FEW_REGIONS,
            swept: 0,
            counters: MapCounters::default(),
        }
    }
}

/// A storage, and the region of it, that was looked up. Good until accesses are forgotten.
#[derive(Clone, Copy, Default)]
pub(crate) struct Located {
    storage: u32,
    /// [`NIL`] if there is none.
    region: u32,
}

impl TensorMap {
    /// Finds the storage of a target, the one at `position`, if anything is registered of it.
    #[inline(always)]
    pub(crate) fn find(&mut self, target: &impl Target, position: usize) -> Option<Located> {
        let storage = self.storage(target, position);
        (storage != NIL).then(|| Located {
            storage,
            region: self.region(storage, target),
        })
    }

    /// Finds storage and region of a target, the one at `position`, to register an access of it.
    #[inline(always)]
    pub(crate) fn locate(&mut self, target: &impl Target, position: usize) -> Located {
        let mut storage = self.storage(target, position);
        let mut region = NIL;
        if storage != NIL {
            region = self.region(storage, target);
        }
        if region == NIL {
            (storage, region) = self.add(storage, target);
        }
        self.storages.get_mut(storage).last = region;
        self.hints[position % HINTS] = storage;
        Located { storage, region }
    }

    #[inline(always)]
    fn storage(&self, target: &impl Target, position: usize) -> u32 {
        let (base, owner) = target.storage();
        let is = |storage: &Storage| storage.base == base && storage.owner == owner;
        let hint = self.hints[position % HINTS];
        match self.storages.try_get(hint) {
            Some(storage) if is(storage) => hint,
            _ => self.storages.find(storage_hash(base, owner), is),
        }
    }

    /// The region of exactly that part, or [`NIL`].
    #[inline(always)]
    fn region(&self, at: u32, target: &impl Target) -> u32 {
        let last = self.storages.get(at).last;
        if last != NIL && target.is_part(&self.regions.get(last).part) {
            return last;
        }
        let hash = region_hash(at, target.start());
        self.regions.find(hash, |region| {
            region.storage == at && target.is_part(&region.part)
        })
    }

    /// Adds a region, and its storage if there is none.
    #[inline(never)]
    fn add(&mut self, storage: u32, target: &impl Target) -> (u32, u32) {
        let at = match storage {
            NIL => {
                let (base, owner) = target.storage();
                let hash = storage_hash(base, owner);
                self.storages.insert(hash, || Storage::new(base, owner))
            }
            at => at,
        };
        let hash = region_hash(at, target.start());
        let place = self.regions.insert(hash, || Region::new(target.part(), at));
        let storage = self.storages.get_mut(at);
        storage.regions += 1;
        if storage.regions > 1 || storage.tiling.is_some() {
            self.arrange(at, place);
        }
        (at, place)
    }

    /// Finds out how a new region lies to the others of its storage.
    #[inline(never)]
    fn arrange(&mut self, at: u32, place: u32) {
        let Self {
            storages, regions, ..
        } = self;
        let storage = storages.get_mut(at);
        let only = storage.tiling.is_none().then_some(storage.last);
        let tiling = storage.tiling.get_or_insert_default();
        for place in only.into_iter().chain([place]) {
            let part = regions.get(place).part;
            let grid = tiling.grid_for(&part);
            let next = tiling.head(grid, &part);
            if next != NIL {
                regions.get_mut(next).prev = place;
            }
            tiling.set_head(grid, &part, place);
            tiling.count(grid, true);
            let region = regions.get_mut(place);
            (region.grid, region.next) = (grid, next);
        }
        storage.is_simple = tiling.is_one_grid();
    }

    fn remove_region(&mut self, place: u32) {
        let Self {
            storages, regions, ..
        } = self;
        let Region {
            storage: at,
            part,
            grid,
            prev,
            next,
            ..
        } = *regions.get(place);
        let storage = storages.get_mut(at);
        if storage.last == place {
            storage.last = NIL;
        }
        if let Some(tiling) = &mut storage.tiling {
            tiling.count(grid, false);
            match prev {
                NIL => tiling.set_head(grid, &part, next),
                prev => regions.get_mut(prev).next = next,
            }
            if next != NIL {
                regions.get_mut(next).prev = prev;
            }
            storage.is_simple = tiling.is_one_grid();
        }
        regions.remove(place);
        storage.regions -= 1;
        if storage.regions == 0 {
            storage.base = 0;
            storage.tiling = None;
            storages.remove(at);
        }
    }

    /// Calls `found` for each task with an access that conflicts with one of the target: writers, and readers too if it
    /// writes. A task may be found more than once, and may be over.
    #[inline(always)]
    pub(crate) fn conflicts(
        &mut self,
        at: Located,
        target: &impl Target,
        writes: bool,
        mut found: impl FnMut(TaskId),
    ) {
        let mut own = IRREGULAR;
        if at.region != NIL {
            let region = self.regions.get(at.region);
            own = region.grid;
            self.counters.scanned += region.conflicts(&self.readers, writes, &mut found);
        }
        if own != 0 || !self.storages.get(at.storage).is_simple {
            self.conflicts_elsewhere(at, &target.part(), own, writes, &mut found);
        }
    }

    /// Those of other regions than that of exactly `part`, which is in the grid `own` if it is there.
    #[inline(never)]
    fn conflicts_elsewhere(
        &mut self,
        at: Located,
        part: &Part,
        own: u8,
        writes: bool,
        found: &mut dyn FnMut(TaskId),
    ) {
        let (mut scanned, mut compared) = (0, 0);
        let storage = self.storages.get(at.storage);
        let visit =
            |_, region: &Region| scanned += region.conflicts(&self.readers, writes, &mut *found);
        others(&self.regions, storage, at, own, part, &mut compared, visit);
        self.counters.scanned += scanned + compared;
    }

    /// Whether all tasks with an access that conflicts with one of the target, the one at `position`, are `fine`.
    #[inline(always)]
    pub(crate) fn has_only(
        &mut self,
        target: &impl Target,
        position: usize,
        writes: bool,
        fine: impl Fn(TaskId) -> bool,
    ) -> bool {
        self.counters.lookups += 1;
        let mut all = true;
        if let Some(at) = self.find(target, position) {
            self.conflicts(at, target, writes, |task| all &= fine(task));
        }
        all
    }

    /// Registers accesses of `task`, each of which writes or does not. A writer replaces the accesses it covers: whoever conflicts
    /// with them conflicts with it.
    #[inline(always)]
    pub(crate) fn insert(&mut self, task: TaskId, accesses: &[(Located, bool)]) {
        if accesses.is_empty() {
            return;
        }
        self.counters.inserts += accesses.len() as u64;
        self.is_used = true;
        self.ends[task.ring() % RINGS] = task.local() + 1;
        for &(at, writes) in accesses {
            let region = self.regions.get_mut(at.region);
            if writes {
                region.write(&mut self.readers, task);
                if !self.storages.get(at.storage).is_simple {
                    self.cover_others(at);
                }
            } else {
                let over = &self.over;
                region.read(&mut self.readers, task, |task| is_over(over, task));
            }
        }
    }

    /// Takes what a write of a region covers off the other regions.
    #[inline(never)]
    fn cover_others(&mut self, at: Located) {
        let storage = self.storages.get(at.storage);
        let Region { part, grid, .. } = *self.regions.get(at.region);
        let mut covered = SmallVec::<[u32; 8]>::new();
        let cover = |place, region: &Region| {
            if part.covers(&region.part) {
                covered.push(place);
            }
        };
        others(&self.regions, storage, at, grid, &part, &mut 0, cover);
        for place in covered {
            // It stays in place: the task may have located it for another of its tensors.
            self.regions.get_mut(place).empty(&mut self.readers);
        }
    }

    /// Whether no accesses are registered, or none that matter. There may be regions that nobody has accessed.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        !self.is_used
    }

    /// Nobody waits any more for the tasks of each ring before such a number. Forgets them if nothing else is left, or if there may be
    /// many.
    #[inline]
    pub(crate) fn forget(&mut self, over: [u32; RINGS]) {
        self.over = over;
        if self.ends.iter().zip(&over).all(|(end, over)| end <= over) {
            if self.storages.len() > 0 {
                self.empty();
            }
        } else if self.regions.len() >= self.sweep_at {
            // Looking at all of them is worth while if a part of them may be over.
            let count = over.iter().map(|&over| u64::from(over)).sum::<u64>();
            if count - self.swept > self.regions.len() as u64 / 8 {
                self.swept = count;
                self.retain(|_, _, task| !is_over(&over, task));
            }
        }
    }

    /// Forgets accesses that do not `matter` any more, by the address and the owner of the storage, and the task. Returns
    /// how many are left.
    #[cold]
    pub(crate) fn retain(&mut self, matters: impl Fn(usize, TaskId, TaskId) -> bool) -> usize {
        let mut left = 0;
        for chain in 0..self.regions.chains() {
            let mut next = self.regions.first(chain);
            while next != NIL {
                let place = next;
                next = self.regions.after(place);
                let region = self.regions.get_mut(place);
                let storage = self.storages.get(region.storage);
                let matters = |task| matters(storage.base, storage.owner, task);
                match region.retain(&mut self.readers, matters) {
                    0 => self.remove_region(place),
                    some => left += some,
                }
            }
        }
        self.sweep_at = FEW_REGIONS.max(2 * self.regions.len());
        self.is_used = left > 0;
        left
    }

    /// Forgets everything, and keeps the memory, for a new run.
    pub(crate) fn clear(&mut self) {
        self.empty();
        (self.ends, self.over, self.swept) = ([0; RINGS], [0; RINGS], 0);
        self.counters = MapCounters::default();
    }

    #[inline(never)]
    fn empty(&mut self) {
        self.storages.clear();
        self.regions.clear();
        self.readers.clear();
        self.is_used = false;
        self.sweep_at = FEW_REGIONS;
    }
}

/// Whether a task is over, of those of each ring before such a number.
#[inline(always)]
fn is_over(over: &[u32; RINGS], task: TaskId) -> bool {
    task.local() < over[task.ring() % RINGS]
}

#[inline(always)]
fn storage_hash(base: usize, owner: TaskId) -> u32 {
    // The owner's number differs in its low bits, the address above those of a cache line.
    hash((base as u64) >> 3, u64::from(owner.local()))
}

#[inline(always)]
fn region_hash(storage: u32, start: u64) -> u32 {
    hash(start, u64::from(storage))
}

#[cfg(all(test, not(loom)))]
mod tests;
