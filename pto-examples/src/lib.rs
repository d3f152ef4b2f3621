//! Paged attention in five versions, and a small vector example, as orchestrations of tasks.

pub mod attention;
pub mod compare;
mod error;
pub mod io;
pub mod maths;
pub mod random;

pub use error::Error;
