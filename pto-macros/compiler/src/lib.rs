//! The compiler behind the PTO macros, as a plain library.
//!
//! One direction, typed stages:
//!
//! ```text
//! parse -> normalise -> model -> analyse -> check -> emit
//! ```
//!
//! Mistakes of a whole program are collected on the way; emission cannot fail.
//! [`compile`] runs all stages, [`explain`] prints what they found out.

pub mod analysis;
mod check;
pub mod diag;
mod dump;
mod emit;
mod expand;
mod kernel;
pub mod model;
mod respan;
pub mod syntax;

pub use dump::explain;
pub use expand::{Compiled, compile, orchestration, stray};
pub use kernel::kernel;
