//! Which other regions of a storage overlap a part.

use crate::native::map::hashed::Hashed;
use crate::native::map::overlap::Part;
use crate::native::map::region::Region;
use crate::native::map::storage::Storage;
use crate::native::map::tiling::Tiles;
use crate::native::map::{Located, NIL, region_hash};

/// Calls `each` for the regions of a storage that overlap `part`, other than that of exactly `part`, which is in the grid
/// `own` if it is there.
#[inline(never)]
pub(super) fn others(
    regions: &Hashed<Region>,
    storage: &Storage,
    at: Located,
    own: u8,
    part: &Part,
    compared: &mut u64,
    mut each: impl FnMut(u32, &Region),
) {
    let Some(tiling) = &storage.tiling else {
        return scan(regions, storage.last, at, part, compared, &mut each);
    };
    for (number, grid) in tiling.grids.iter().enumerate() {
        let number = number as u8;
        // Tiles of one grid do not overlap.
        if grid.count == 0 || own == number {
            continue;
        }
        match Tiles::of(grid, part) {
            Some(tiles) => tiles.for_each(|start| {
                let hash = region_hash(at.storage, start);
                let place = regions.find(hash, |region| {
                    region.storage == at.storage
                        && region.grid == number
                        && region.part.start == start
                });
                if place != NIL {
                    *compared += 1;
                    each(place, regions.get(place));
                }
            }),
            None => scan(regions, grid.head, at, part, compared, &mut each),
        }
    }
    tiling.irregular.each(part, |head| {
        scan(regions, head, at, part, compared, &mut each);
    });
}

/// Compares the regions of a list with `part`, one by one.
fn scan(
    regions: &Hashed<Region>,
    head: u32,
    at: Located,
    part: &Part,
    compared: &mut u64,
    each: &mut impl FnMut(u32, &Region),
) {
    let mut place = head;
    while place != NIL {
        let region = regions.get(place);
        if place != at.region {
            *compared += 1;
            if region.part.overlaps(part) {
                each(place, region);
            }
        }
        place = region.next;
    }
}
