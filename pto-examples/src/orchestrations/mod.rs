//! Paged attention as an orchestration, in five versions that submit the same tasks.
//!
//! They differ in who finds the edges between the tasks: the runtime ([`auto()`], [`unrolled_auto()`]), the compiler
//! ([`inferred()`], [`unrolled_inferred()`]) or the programmer, checked by the compiler ([`explicit()`]).
//!
//! All take the tensors flattened: query and output `[batch * heads, head_dim]`, the caches
//! `[blocks * block, head_dim]`. A *tile* is what one chain of tasks works on: the query rows of one sequence, or of 128
//! of its heads if it has more. Tiles are disjoint rows of the output, which is what makes their loop parallel.

// A kernel launch takes every tensor and every scalar as an argument of its own; so do the orchestrations around it.
#![allow(clippy::too_many_arguments)]

mod by_compiler;
mod by_compiler_unrolled;
mod by_hand;
mod by_runtime;
mod by_runtime_unrolled;
pub mod nested;

pub use by_compiler::inferred;
pub use by_compiler_unrolled::unrolled_inferred;
pub use by_hand::explicit;
pub use by_runtime::auto;
pub use by_runtime_unrolled::unrolled_auto;
