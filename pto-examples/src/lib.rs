//! Paged attention in five versions, and a small vector example, as orchestrations of tasks.
//!
//! * [`maths`]: what the kernels compute, as plain functions.
//! * [`kernels`] and [`orchestrations`]: the same as tasks, and the programs that submit them.
//! * [`attention`]: the problem, its named cases, and a plain solution to compare with.
//! * [`vector`]: the small example, in the language and by hand.
//! * [`scenes`]: programs that each show one thing that a runtime must do.
//! * [`io`]: problems and results as files.
//!
//! The rest is the command line program around them: [`run`] does what a [`Cli`] asks for.

mod app;
pub mod attention;
pub mod compare;
mod error;
pub mod io;
pub mod kernels;
pub mod maths;
pub mod orchestrations;
pub mod random;
pub mod scenes;
pub mod vector;
mod version;
mod views;

pub use app::{Cli, run};
pub use error::Error;
pub use version::{Scopes, Version};
