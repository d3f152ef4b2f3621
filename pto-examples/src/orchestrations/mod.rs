//! Paged attention as an orchestration, in five versions that submit the same tasks.
//!
//! They differ in who finds the edges between the tasks: the runtime ([`auto`], [`unrolled_auto`]), the compiler
//! ([`inferred`], [`unrolled_inferred`]) or the programmer, checked by the compiler ([`explicit`]).
//!
//! All take the tensors flattened: query and output `[batch * heads, head_dim]`, the caches
//! `[blocks * block, head_dim]`. A *tile* is what one chain of tasks works on: the query rows of one sequence, or of 128
//! of its heads if it has more. Tiles are disjoint rows of the output, which is what makes their loop parallel.

// A kernel launch takes every tensor and every scalar as an argument of its own; so do the orchestrations around it.
#![allow(clippy::too_many_arguments)]

mod auto;
mod explicit;
mod inferred;
pub mod nested;
mod unrolled_auto;
mod unrolled_inferred;

pub use auto::auto;
pub use explicit::explicit;
pub use inferred::inferred;
pub use unrolled_auto::unrolled_auto;
pub use unrolled_inferred::unrolled_inferred;
