//! Explaining orchestrations: those of this program, or of any Rust file.

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;
use pto_compiler::explain::{self, Explanation};

use super::plan::VECTOR;
use crate::error::Error;
use crate::version::Version;

/// A source file of an orchestration that comes with this program.
struct Shipped {
    path: &'static str,
    source: &'static str,
}

macro_rules! shipped {
    ($($path:literal),+) => {
        &[$(Shipped {
            path: concat!("pto-examples/src/", $path),
            source: include_str!(concat!("../", $path)),
        }),+]
    };
}

/// The files that a version runs: with scopes for tiles, and for blocks as well.
fn files(version: Version) -> &'static [Shipped] {
    match version {
        Version::Auto => shipped!["orchestrations/by_runtime.rs"],
        Version::Manual => shipped![
            "orchestrations/by_compiler.rs",
            "orchestrations/nested/by_compiler.rs"
        ],
        Version::Explicit => shipped![
            "orchestrations/by_hand.rs",
            "orchestrations/nested/by_hand.rs"
        ],
        Version::UnrollAuto => shipped!["orchestrations/by_runtime_unrolled.rs"],
        Version::UnrollManual => shipped![
            "orchestrations/by_compiler_unrolled.rs",
            "orchestrations/nested/by_compiler_unrolled.rs"
        ],
    }
}

/// The vector example's file.
const VECTOR_FILE: &[Shipped] = shipped!["vector/macros.rs"];

/// Explains what `subject` names: a version, the vector example, `all` of these, or a Rust file.
pub(super) fn explain(subject: &str, as_json: bool, out: &mut dyn Write) -> Result<(), Error> {
    let explanations = explanations(subject)?;
    if as_json {
        writeln!(out, "{}", explain::json(&explanations))?;
        return Ok(());
    }
    for (index, explanation) in explanations.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write!(out, "{}", explain::text(explanation))?;
    }
    Ok(())
}

fn explanations(subject: &str) -> Result<Vec<Explanation>, Error> {
    if let Ok(version) = Version::from_str(subject, true) {
        return of(files(version));
    }
    if subject.eq_ignore_ascii_case(VECTOR) {
        return of(VECTOR_FILE);
    }
    if subject.eq_ignore_ascii_case("all") {
        let versions = Version::ALL.into_iter().flat_map(files);
        return of(versions.chain(VECTOR_FILE));
    }
    let path = Path::new(subject);
    if path.extension().is_none_or(|extension| extension != "rs") {
        return Err(Error::Usage {
            what: format!("there is nothing called `{subject}` to explain"),
            help: "name a version, `VectorExample`, `all`, or a Rust file: a path that ends in `.rs`; `--list` has the versions",
        });
    }
    let source = std::fs::read_to_string(path).map_err(|source| Error::Source {
        path: path.into(),
        source,
    })?;
    let found = explain::file(subject, &source).map_err(Error::NotRust)?;
    if found.is_empty() {
        return Err(Error::Usage {
            what: format!("`{subject}` has no function marked `#[orchestration]`"),
            help: "functions that a macro of the file would expand to are not seen; `PTO_EXPLAIN` explains them while \
                   they are compiled",
        });
    }
    Ok(found)
}

fn of<'a>(files: impl IntoIterator<Item = &'a Shipped>) -> Result<Vec<Explanation>, Error> {
    let mut found = Vec::new();
    for Shipped { path, source } in files {
        found.extend(explain::file(path, source).map_err(Error::NotRust)?);
    }
    Ok(found)
}
