//! The accesses to one storage, in two lists or filed by tile.

use crate::hash::KeyMap;
use crate::layout::Layout;
use crate::native::map::overlap::Part;
use crate::native::map::{NIL, Target};
use crate::task::TaskId;

/// How many entries a storage has before it is worth filing them by tile.
const GRID_FROM: usize = 8;

/// An access of a live task.
pub(super) struct Entry {
    pub(super) part: Part,
    pub(super) task: TaskId,
    /// The task that owns the storage: an address may be reused while accesses to what was there before are listed.
    pub(super) owner: TaskId,
    /// The index of the storage.
    pub(super) storage: u32,
    pub(super) writes: bool,
    pub(super) listed: bool,
    pub(super) prev: u32,
    pub(super) next: u32,
    /// The next access of the same task, or the next free entry.
    pub(super) sibling: u32,
}

/// The two lists of a storage, or of a tile. Readers do not concern readers, so they are kept apart.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    pub(super) writers: u32,
    pub(super) readers: u32,
}

impl Lists {
    pub(super) const EMPTY: Lists = Lists {
        writers: NIL,
        readers: NIL,
    };

    pub(super) fn head(&mut self, writes: bool) -> &mut u32 {
        if writes {
            &mut self.writers
        } else {
            &mut self.readers
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writers == NIL && self.readers == NIL
    }
}

/// The accesses to one storage.
pub(super) struct Storage {
    /// The address, by which it is found.
    pub(super) base: usize,
    pub(super) count: usize,
    pub(super) lists: Lists,
    /// If set, all accesses are tiles of this layout's grid, and filed by their start instead of in `lists`.
    pub(super) grid: Option<Box<Grid>>,
    /// Whether an access was seen that is no tile like the others: filing is not tried again.
    pub(super) irregular: bool,
}

pub(super) struct Grid {
    pub(super) layout: Layout,
    pub(super) tiles: KeyMap<u64, Lists>,
}

impl Storage {
    pub(super) fn new(base: usize) -> Self {
        Storage {
            base,
            count: 0,
            lists: Lists::EMPTY,
            grid: None,
            irregular: false,
        }
    }

    /// The lists that can hold an access that overlaps `target`.
    #[inline]
    pub(super) fn each_list(&self, target: &Target, mut visit: impl FnMut(&Lists)) {
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
    pub(super) fn lists_of(&mut self, start: u64) -> &mut Lists {
        match &mut self.grid {
            None => &mut self.lists,
            Some(grid) => grid.tiles.entry(start).or_insert(Lists::EMPTY),
        }
    }

    /// Changes between list and grid, if `part` calls for it.
    pub(super) fn make_room_for(&mut self, part: &Part, entries: &mut [Entry]) {
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
pub(super) fn push_front(head: &mut u32, entries: &mut [Entry], at: u32) {
    entries[at as usize].prev = NIL;
    entries[at as usize].next = *head;
    if *head != NIL {
        entries[*head as usize].prev = at;
    }
    *head = at;
}
