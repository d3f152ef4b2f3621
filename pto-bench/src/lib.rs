//! Benchmarks of PTO, and of what else one could use for the same task graphs.
//!
//! A [`workload`] is a task graph: which task reads and writes which cells. [`ours`] runs it on PTO.

pub mod cells;
pub mod clock;
pub mod compare;
pub mod contender;
pub mod graphs;
pub mod machine;
pub mod ours;
pub mod peers;
pub mod shapes;
pub mod workload;
