//! Regions of any shape, filed by where in the storage they lie.
//!
//! From its first element to its last a region *spans* a number of elements. A block is a range of elements whose length is a
//! power of two, at a multiple of it. A region is filed under the block that it begins in, of the least length that is not
//! below its span: so it reaches into the next block at most. A look-up visits, for each length that occurs, the blocks that
//! its own span meets and the one before.

use crate::hash::KeyMap;
use crate::native::map::NIL;
use crate::native::map::overlap::Part;

/// Lists of regions, by block.
#[derive(Default)]
pub(super) struct Spans {
    /// The first region of each block that has some.
    blocks: KeyMap<u64, u32>,
    /// A bit for each logarithm of a length that has occurred.
    lengths: u64,
}

/// The block that a part is filed under. No other block has that number: logarithms are below 64, and no storage has
/// `1 << 58` elements.
fn block_of(part: &Part) -> (u32, u64) {
    let span = part.layout.span().max(1);
    let log = span.next_power_of_two().trailing_zeros();
    (log, number(log, part.start >> log))
}

fn number(log: u32, block: u64) -> u64 {
    block << 6 | u64::from(log)
}

impl Spans {
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Makes `first` the first region of the block of a part, or the block empty.
    pub(super) fn set_first(&mut self, part: &Part, first: u32) {
        let (log, number) = block_of(part);
        self.lengths |= 1 << log;
        match first {
            NIL => self.blocks.remove(&number),
            first => self.blocks.insert(number, first),
        };
    }

    /// The first region of the block of a part.
    pub(super) fn first(&self, part: &Part) -> u32 {
        self.blocks.get(&block_of(part).1).copied().unwrap_or(NIL)
    }

    /// Calls `visit` with the first region of each block that can have one that overlaps this part.
    pub(super) fn each(&self, part: &Part, mut visit: impl FnMut(u32)) {
        if part.layout.is_empty() || self.blocks.is_empty() {
            return;
        }
        let last = part.start + part.layout.span() - 1;
        let range = |log: u32| (part.start >> log).saturating_sub(1)..=last >> log;
        let count = |log| range(log).end() - range(log).start() + 1;
        if logs(self.lengths).map(count).sum::<u64>() > self.blocks.len() as u64 {
            self.blocks.values().copied().for_each(visit);
            return;
        }
        for log in logs(self.lengths) {
            for block in range(log) {
                if let Some(&first) = self.blocks.get(&number(log, block)) {
                    visit(first);
                }
            }
        }
    }
}

/// The positions of the bits that are set.
fn logs(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let log = bits.trailing_zeros();
        (bits != 0).then(|| {
            bits &= bits - 1;
            log
        })
    })
}
