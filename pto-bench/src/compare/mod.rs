//! The comparison: PTO and everything else on the same workloads, in one run, as tables and plots.

mod contenders;
mod document;
mod field;
mod graphs;
mod growth;
mod metg;
mod options;
mod plot;
mod probe;
mod proof;
mod ratios;
mod sample;
mod shapes;
mod sources;
mod speed;
mod table;

use std::error::Error;
use std::path::Path;

use clap::Parser;

use crate::clock;
use document::Document;
use field::Field;
use options::Options;
use table::Table;

/// What a part of the comparison comes to.
struct Section {
    /// The name of its place in the document.
    name: &'static str,
    tables: Vec<Table>,
}

/// Runs the comparison that the command line asks for.
///
/// # Errors
/// PTO fails, or a result cannot be written. That another runtime is missing or fails is said in the tables.
pub fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let field = Field::prepare(&options)?;
    let mut document = match options.docs() {
        Some(folder) => Some(Document::open(folder)?),
        None => None,
    };
    println!("{}", probe::report("before"));
    let ticks_per_ns = clock::ticks_per_ns();
    let plots = document.as_ref().map(Document::plots);
    let plots = plots.as_deref();
    for part in PARTS {
        if options.wants(part.name) {
            eprintln!("{} ...", part.name);
            let tables = (part.run)(&Bench {
                options: &options,
                field: &field,
                ticks_per_ns,
                plots,
            })?;
            let section = Section {
                name: part.name,
                tables,
            };
            section
                .tables
                .iter()
                .for_each(|table| println!("\n{table}"));
            if let Some(document) = &mut document {
                document.fill(&section)?;
            }
        }
    }
    println!("\n{}", probe::report("after"));
    match document {
        Some(document) => document.save(),
        None => Ok(()),
    }
}

/// What all parts use.
struct Bench<'b> {
    options: &'b Options,
    field: &'b Field,
    ticks_per_ns: f64,
    /// Where plots go, if there are any.
    plots: Option<&'b Path>,
}

/// The tables of a part.
type Tables = Result<Vec<Table>, Box<dyn Error>>;

/// A part of the comparison.
struct Part {
    name: &'static str,
    run: fn(&Bench<'_>) -> Tables,
}

/// In the order in which they run.
const PARTS: [Part; 6] = [
    Part {
        name: "speed",
        run: speed::run,
    },
    Part {
        name: "metg",
        run: metg::run,
    },
    Part {
        name: "graphs",
        run: graphs::run,
    },
    Part {
        name: "growth",
        run: growth::run,
    },
    Part {
        name: "shapes",
        run: shapes::run,
    },
    Part {
        name: "proof",
        run: proof::run,
    },
];
