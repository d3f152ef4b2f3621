//! The inputs of one paged attention run.

use half::bf16;

use super::Geometry;
use crate::error::Error;

/// Multiplications beyond which a run is long.
const LONG: usize = 1 << 30;

/// The inputs of one paged attention run, every tensor flattened in row-major order.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The extents.
    pub geometry: Geometry,
    /// What scores are multiplied by before the softmax.
    pub scale: f32,
    /// Queries, `[batch * heads, head_dim]`.
    pub query: Vec<bf16>,
    /// The key cache, `[blocks * block_size, head_dim]`.
    pub key: Vec<bf16>,
    /// The value cache, `[blocks * block_size, head_dim]`.
    pub value: Vec<bf16>,
    /// Which cache block holds a sequence's n-th block, `[batch, max_blocks]`.
    pub table: Vec<i32>,
    /// How many tokens each sequence attends to, `[batch]`.
    pub lens: Vec<i32>,
}

impl Problem {
    /// Refuses values that would lead outside the tensors.
    ///
    /// Only table entries that a context reaches count: what lies behind is padding, and may be anything.
    pub fn check(&self) -> Result<(), Error> {
        let Geometry {
            blocks, max_blocks, ..
        } = self.geometry;
        self.geometry.check()?;
        let limit = self.geometry.max_context();
        for (batch, (&value, row)) in self
            .lens
            .iter()
            .zip(self.table.chunks(max_blocks))
            .enumerate()
        {
            if value < 1 || value as usize > limit {
                return Err(Error::ContextLength {
                    batch,
                    value,
                    limit,
                });
            }
            for (position, &value) in row[..self.blocks_of(batch)].iter().enumerate() {
                if value < 0 || value as usize >= blocks {
                    return Err(Error::TableEntry {
                        batch,
                        position,
                        value,
                        limit: blocks,
                    });
                }
            }
        }
        Ok(())
    }

    /// The tokens sequence `batch` attends to.
    pub fn context(&self, batch: usize) -> usize {
        self.lens[batch] as usize
    }

    /// The blocks sequence `batch` attends to.
    pub fn blocks_of(&self, batch: usize) -> usize {
        self.context(batch).div_ceil(self.geometry.block_size)
    }

    /// The tasks of one run: per tile an allocation, and four for every block.
    pub fn tasks(&self) -> usize {
        let tiles_each = self.geometry.tiles() / self.geometry.batch;
        (0..self.geometry.batch)
            .map(|batch| tiles_each * (1 + 4 * self.blocks_of(batch)))
            .sum()
    }

    /// Bytes of storage the tasks of one run allocate, each buffer rounded up to a cache line.
    pub fn heap_bytes(&self) -> usize {
        let Geometry {
            head_dim,
            block_size,
            ..
        } = self.geometry;
        let rows = self.geometry.tile_rows();
        let lines = |bytes: usize| bytes.next_multiple_of(64);
        let (column, output) = (lines(rows * 4), lines(rows * head_dim * 4));
        let scratch = output + 2 * column;
        let per_block =
            lines(rows * block_size * 4) + lines(rows * block_size * 2) + 2 * column + output;
        let block_tasks = self.tasks() / 4;
        self.geometry.tiles() * scratch + block_tasks * per_block
    }

    /// Whether a run takes seconds rather than milliseconds.
    pub fn is_long(&self) -> bool {
        let tokens: usize = (0..self.geometry.batch)
            .map(|batch| self.context(batch))
            .sum();
        2 * tokens * self.geometry.heads * self.geometry.head_dim > LONG
    }
}
