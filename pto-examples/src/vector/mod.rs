//! The vector example: `f = (c + 1) * (c + 2) + c` with `c = a + b`, in five tasks and six edges.
//!
//! ```text
//! t0: c = a + b          the root scope
//! t1: d = c + 1          a scope within it
//! t2: e = c + 2
//! t3: g = d * e          after t1 and t2
//! t4: f = g + c          after t3 and t0
//! ```

mod by_hand;
mod golden;
mod macros;

pub use by_hand::by_hand;
pub use golden::{Golden, LEN};
pub use macros::with_macros;
