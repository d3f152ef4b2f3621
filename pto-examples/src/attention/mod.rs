//! The paged attention problem: its inputs, its named cases, and a plain solution to compare with.

mod cases;
mod generate;
mod geometry;
mod problem;
mod reference;

pub use cases::{CASES, Case, Rings};
pub use generate::generate;
pub use geometry::Geometry;
pub use problem::Problem;
pub use reference::attention;
