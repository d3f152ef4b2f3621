//! The workloads on PTO.

pub mod auto;
pub mod by_hand;
mod kernels;
pub mod manual;
mod run;
mod table;

pub use run::{Form, Ours, Sample};

/// Tasks of a scope. A task retires when its scope is closed, so a loop of any length in scopes of this size runs in
/// rings of bounded size.
pub const SCOPE: usize = 1024;

#[cfg(test)]
mod tests;
