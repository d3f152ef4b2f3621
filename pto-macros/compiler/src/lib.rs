//! The compiler behind the PTO macros, as a plain library.
//!
//! One direction, typed stages:
//!
//! ```text
//! parse -> normalise -> model -> analyse -> check -> emit
//! ```
//!
//! Mistakes of a whole program are collected on the way; emission cannot fail.
//! [`compile`] runs all stages; [`dump`] prints each of them in a line per task;
//! [`mod@explain`] says where every edge comes from.

pub mod analysis;
mod check;
mod depth;
pub mod diag;
pub mod dump;
mod emit;
mod expand;
pub mod explain;
mod kernel;
pub mod model;
mod respan;
pub mod syntax;

pub use expand::{Compiled, compile, orchestration, stray};
pub use kernel::kernel;
