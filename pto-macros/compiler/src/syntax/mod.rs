//! Stage one: the user's Rust becomes the language's own tree.

mod arith;
mod assertions;
#[allow(
    clippy::large_enum_variant,
    reason = "trees of one function, built once"
)]
pub mod ast;
mod barriers;
mod body;
mod call;
mod calls;
mod collections;
mod conditions;
mod control;
mod ends;
mod host;
mod host_access;
mod inside;
mod jumps;
mod kind;
mod kinds;
mod macros;
mod memory;
mod mixed;
mod names;
pub mod number;
mod options;
mod returns;
mod scopes;
mod settings;
mod signature;
mod spelling;
mod spread;
mod strays;
pub mod unroll;
mod unseen;

pub(crate) use arith::Op;
pub(crate) use ends::root;
pub use host::host_view;
pub(crate) use inside::Inside;
pub use kind::{Kind, VectorId};
pub(crate) use names::{bound_in, is_some};
pub(crate) use options::mistakes;
pub(crate) use scopes::scopes;
pub(crate) use settings::LARGEST_WINDOW;
pub use signature::orchestration;
pub(crate) use signature::tensor_type;
pub(crate) use spelling::spelling;
pub(crate) use unseen::unraw;
