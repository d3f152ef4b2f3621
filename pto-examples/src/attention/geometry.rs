//! The extents of a paged attention problem and what follows from them.

use crate::error::Error;

/// Query rows that one task works on, at most.
const MAX_TILE_ROWS: usize = 128;

/// The extents of the tensors. Every one is at least 1 in a checked [`Problem`](super::Problem).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Sequences.
    pub batch: usize,
    /// Query heads; all of them share one key-value head.
    pub heads: usize,
    /// Elements of a head.
    pub head_dim: usize,
    /// Tokens of a cache block.
    pub block_size: usize,
    /// Blocks in the key and value cache.
    pub blocks: usize,
    /// Columns of the block table: the most blocks a sequence can have.
    pub max_blocks: usize,
}

impl Geometry {
    /// Query rows of one tile: the rows a (sequence, head group) pair works on.
    pub fn tile_rows(&self) -> usize {
        self.heads.min(MAX_TILE_ROWS)
    }

    /// Rows of the flattened query and output.
    pub fn rows(&self) -> usize {
        self.batch * self.heads
    }

    /// Tiles over all sequences.
    pub fn tiles(&self) -> usize {
        self.rows() / self.tile_rows()
    }

    /// Elements of the query and of the output.
    pub fn query_len(&self) -> usize {
        self.rows() * self.head_dim
    }

    /// Elements of the key cache and of the value cache.
    pub fn cache_len(&self) -> usize {
        self.blocks * self.block_size * self.head_dim
    }

    /// The longest context the block table can describe.
    pub fn max_context(&self) -> usize {
        self.max_blocks * self.block_size
    }

    /// Refuses head counts that do not divide into tiles.
    pub fn check(&self) -> Result<(), Error> {
        if self.heads.is_multiple_of(self.tile_rows()) {
            return Ok(());
        }
        Err(Error::Inconsistent {
            facts: format!(
                "{} heads do not divide into tiles of {MAX_TILE_ROWS} heads",
                self.heads
            ),
            rule: "use at most 128 heads, or a multiple of 128",
        })
    }
}
