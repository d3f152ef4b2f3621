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

    /// Gives every cell its initial value.
    pub fn reset(&mut self) {
        for (index, cell) in self.numbers_mut().chunks_exact_mut(CELL).enumerate() {
            cell[0] = index as u64 * 7 + 1;
        }
    }

    /// A number that depends on the values of the first `count` cells and their order.
    pub fn checksum(&self, count: usize) -> u64 {
        self.numbers()
            .chunks_exact(CELL)
            .take(count)
            .fold(0, |sum: u64, cell| {
                sum.wrapping_mul(31).wrapping_add(cell[0])
            })
    }
}
