//! Every stage as text, in a line per task: for tests, for tools, for whoever debugs the compiler.

mod analysis;
mod model;
mod source;

pub use analysis::explain;
pub use model::model;
pub use source::source;
