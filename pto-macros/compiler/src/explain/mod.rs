//! Explains an orchestration: every task, every edge, and every edge that there is not.
//!
//! [`Explanation`] is the data, made by [`explain`] from what the stages found
//! out. [`text`] shows it to people, [`json`] gives it to programs, and [`file()`]
//! explains all orchestrations of a source file. `docs/explain.md` describes
//! the JSON; [`SCHEMA`] is its version.

mod collect;
mod env;
mod facts;
mod file;
mod outcome;
mod pair;
mod text;

pub use collect::explain;
pub(crate) use collect::facts;
pub(crate) use env::show;
pub use facts::*;
pub use file::{FileError, file};
pub use pair::*;
pub use text::text;

use serde::Serialize;

/// Version of the JSON: it changes when a field is renamed, removed, or means something else.
pub const SCHEMA: u32 = 1;

/// Explanations as JSON.
pub fn json(explanations: &[Explanation]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        version: u32,
        orchestrations: &'a [Explanation],
    }
    let document = Document {
        schema: "pto-explain",
        version: SCHEMA,
        orchestrations: explanations,
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("names, numbers and lists of them are JSON")
}
