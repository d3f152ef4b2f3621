//! The arithmetic of the kernels, as plain functions that know nothing of tasks.
//!
//! Matrices are anything whose rows are slices ([`Rows`], [`RowsMut`]): a kernel's strided view, or a [`Tile`] over a
//! plain slice in a test.

mod matmul;
mod softmax;
mod tile;
mod update;

pub use matmul::{matmul, matmul_transposed, product};
pub use softmax::softmax_prepare;
pub use tile::{Rows, RowsMut, Tile, TileMut};
pub use update::online_update;
