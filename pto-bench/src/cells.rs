//! The data of a workload: 64-bit numbers, each in a cache line of its own.

/// Numbers to a cell: one that counts, and padding to a cache line.
pub const CELL: usize = 8;

/// Cells, aligned to cache lines.
#[derive(Clone, Debug)]
pub struct Cells {
    storage: Vec<u64>,
    /// Where the first cell begins.
    start: usize,
    count: usize,
}

impl Cells {
    /// Cells with their initial values.
    pub fn new(count: usize) -> Self {
        let storage = vec![0_u64; (count + 1) * CELL];
        let start = storage.as_ptr().align_offset(CELL * size_of::<u64>());
        let mut cells = Self {
            // An aligned line begins among the first numbers, if anywhere.
            start: start.min(CELL),
            storage,
            count,
        };
        cells.reset();
        cells
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// All numbers, [`CELL`] to a cell.
    pub fn numbers(&self) -> &[u64] {
        &self.storage[self.start..][..self.count * CELL]
    }

    /// All numbers, [`CELL`] to a cell.
    pub fn numbers_mut(&mut self) -> &mut [u64] {
        &mut self.storage[self.start..][..self.count * CELL]
    }

    /// The number of each cell that counts.
    pub fn values(&self) -> impl Iterator<Item = u64> {
        self.numbers().iter().copied().step_by(CELL)
    }

    /// The number of each cell that counts.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        self.numbers_mut().iter_mut().step_by(CELL)
    }

    /// Gives every cell its initial value.
    pub fn reset(&mut self) {
        for (index, value) in self.values_mut().enumerate() {
            *value = index as u64 * 7 + 1;
        }
    }

    /// A number that depends on the values of the first `count` cells and their order.
    pub fn checksum(&self, count: usize) -> u64 {
        let add = |sum: u64, value| sum.wrapping_mul(31).wrapping_add(value);
        self.values().take(count).fold(0, add)
    }
}
