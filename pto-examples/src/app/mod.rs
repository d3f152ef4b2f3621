//! The command line program around the examples.
//!
//! One direction: [`Cli`] (what was typed) -> plan (checked) -> trials (one for each problem) -> measurements -> tables.

mod cli;
mod explain;
mod job;
mod measure;
mod plan;
mod progress;
mod scenes;
mod sizes;
mod solve;
mod table;
mod trial;

pub use cli::Cli;
pub use job::run;
