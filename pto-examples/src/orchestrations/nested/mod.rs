//! The MANUAL versions with a scope for each block inside that of the tile.
//!
//! A scope's tasks retire when it is closed, so a ring has to hold all the tasks of one scope. Where it cannot hold those
//! of a tile, splitting the scope is the cure.

mod by_compiler;
mod by_compiler_unrolled;
mod by_hand;

pub use by_compiler::inferred;
pub use by_compiler_unrolled::unrolled_inferred;
pub use by_hand::explicit;
