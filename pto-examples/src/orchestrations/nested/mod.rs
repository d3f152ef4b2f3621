//! The MANUAL versions with a scope for each block inside that of the tile.
//!
//! A scope's tasks retire when it is closed, so a ring has to hold all the tasks of one scope. Where it cannot hold those
//! of a tile, splitting the scope is the cure.

mod explicit;
mod inferred;
mod unrolled_inferred;

pub use explicit::explicit;
pub use inferred::inferred;
pub use unrolled_inferred::unrolled_inferred;
