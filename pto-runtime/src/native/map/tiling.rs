//! How the regions of a storage lie to each other.

use smallvec::SmallVec;

use crate::layout::{Layout, MAX_DIMS};
use crate::native::map::NIL;
use crate::native::map::overlap::Part;
use crate::native::map::spans::Spans;

/// The regions that are tiles of one grid: no two of them overlap.
pub(super) struct Grid {
    pub(super) layout: Layout,
    pub(super) head: u32,
    pub(super) count: u32,
}

/// How many grids a storage has at most. One more kind of tile is irregular.
const GRIDS: usize = 4;
/// The number of no grid.
pub(super) const IRREGULAR: u8 = u8::MAX;

/// The regions of a storage that has several, by grids, and by where those lie that are no tiles.
#[derive(Default)]
pub(super) struct Tiling {
    pub(super) grids: SmallVec<[Grid; 1]>,
    pub(super) irregular: Spans,
}

impl Tiling {
    /// Whether all regions are tiles of the first grid, as they nearly always are.
    pub(super) fn is_one_grid(&self) -> bool {
        self.grids.len() == 1 && self.irregular.is_empty()
    }

    /// The grid of tiles like `part`, whether or not `part` is one.
    #[inline]
    pub(super) fn grid_like(&self, part: &Part) -> Option<u8> {
        let mut grids = self.grids.iter();
        let found = grids.position(|grid| grid.layout == part.layout);
        found.map(|number| number as u8)
    }

    /// The grid that a new region belongs to.
    pub(super) fn grid_for(&mut self, part: &Part) -> u8 {
        if !part.is_grid_tile() {
            return IRREGULAR;
        }
        if let Some(number) = self.grid_like(part) {
            return number;
        }
        let grid = Grid {
            layout: part.layout,
            head: NIL,
            count: 0,
        };
        let number = match self.grids.iter().position(|grid| grid.count == 0) {
            Some(unused) => {
                self.grids[unused] = grid;
                unused
            }
            None if self.grids.len() < GRIDS => {
                self.grids.push(grid);
                self.grids.len() - 1
            }
            None => return IRREGULAR,
        };
        number as u8
    }

    /// The first region of a grid, or of the irregular ones that lie where `part` does.
    pub(super) fn head(&self, grid: u8, part: &Part) -> u32 {
        match grid {
            IRREGULAR => self.irregular.first(part),
            number => self.grids[number as usize].head,
        }
    }

    /// Makes a region that.
    pub(super) fn set_head(&mut self, grid: u8, part: &Part, head: u32) {
        match grid {
            IRREGULAR => self.irregular.set_first(part, head),
            number => self.grids[number as usize].head = head,
        }
    }

    /// Counts one region of a grid more, or one less.
    pub(super) fn count(&mut self, grid: u8, more: bool) {
        if grid != IRREGULAR {
            let count = &mut self.grids[grid as usize].count;
            *count = if more { *count + 1 } else { *count - 1 };
        }
    }
}

/// The tiles of a grid that overlap a part, by where they start.
pub(super) struct Tiles {
    /// For each dimension the first and the last tile, and the elements from one to the next.
    dims: [(u64, u64, u64); MAX_DIMS],
    ndims: usize,
}

impl Tiles {
    /// Those of `grid` that overlap `part`; `None` if it cannot be said, or there are more than there are regions.
    pub(super) fn of(grid: &Grid, part: &Part) -> Option<Self> {
        let (tile, layout) = (&grid.layout, &part.layout);
        if tile.strides() != layout.strides() || layout.is_empty() {
            return None;
        }
        let corner = part.corner()?;
        let mut tiles = Tiles {
            dims: [(0, 0, 0); MAX_DIMS],
            ndims: tile.ndims(),
        };
        let mut count = 1;
        for (dim, first) in corner.into_iter().enumerate().take(tiles.ndims) {
            let ((extent, stride), own) = (tile.dim(dim), u64::from(layout.dim(dim).0));
            let extent = u64::from(extent);
            let (low, high) = (first / extent, (first + own - 1) / extent);
            tiles.dims[dim] = (low, high, extent * u64::from(stride));
            count *= high - low + 1;
            if count > u64::from(grid.count) {
                return None;
            }
        }
        Some(tiles)
    }

    /// Calls `each` with the start of each tile.
    pub(super) fn for_each(&self, mut each: impl FnMut(u64)) {
        self.from(0, 0, &mut each);
    }

    fn from(&self, dim: usize, start: u64, each: &mut impl FnMut(u64)) {
        if dim == self.ndims {
            return each(start);
        }
        let (low, high, step) = self.dims[dim];
        for tile in low..=high {
            self.from(dim + 1, start + tile * step, each);
        }
    }
}
