//! One problem, everything that solves it, and what is said about it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use pto_runtime::RuntimeBuilder;

use super::measure::{Contender, Expected, Measured, measure};
use super::plan::Drawing;
use super::progress;
use super::table::Summary;
use crate::error::Error;

/// Where the right result comes from if the problem brings it.
pub(super) const STORED: &str = "the stored result";

/// One problem and everything that solves it.
pub(super) struct Trial<'a> {
    /// What the problem is called.
    pub(super) name: &'a str,
    /// The problem in a few words.
    pub(super) about: String,
    /// The ways to solve it.
    pub(super) contenders: Vec<Contender<'a>>,
    /// The right result.
    pub(super) expected: Expected,
    /// How often each contender runs.
    pub(super) repeat: usize,
    /// Whether a run takes seconds.
    pub(super) long: bool,
    /// The runtime to use.
    pub(super) builder: RuntimeBuilder,
}

impl Trial<'_> {
    /// Measures the contenders, prints the table, and draws the graph of the last contender if there is a place for it.
    pub(super) fn run(
        self,
        graph: Option<&(PathBuf, Drawing)>,
        out: &mut dyn Write,
    ) -> Result<Measured, Error> {
        let Self {
            name,
            about,
            contenders,
            expected,
            repeat,
            long,
            builder,
        } = self;
        let mut runtime = builder.clone().build()?;
        let mut recorded = builder.clone().record_graph(true).build()?;
        let bar = progress::bar((repeat + 1) * contenders.len(), !long);
        let mut measured = measure(
            &mut runtime,
            &mut recorded,
            &contenders,
            &expected,
            repeat,
            &bar,
        )?;
        writeln!(out, "{name}: {about}")?;
        let workers = runtime.workers();
        writeln!(out, "medians of {repeat} repeats, {workers} workers")?;
        writeln!(
            out,
            "worst error: {}, against {}",
            expected.closeness, expected.source
        )?;
        writeln!(out, "{}", Summary(&measured.rows))?;
        if let (Some((path, drawing)), Some(contender)) = (graph, contenders.last()) {
            let report = (contender.solve)(&mut recorded, &mut vec![0.0; expected.values.len()])?;
            let graph = report.graph.unwrap_or_default();
            let text = match drawing {
                Drawing::Dot => graph.to_dot(),
                Drawing::Mermaid => graph.to_mermaid(),
            };
            fs::write(path, text).map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
        for fault in &mut measured.faults {
            *fault = format!("{name}, {fault}");
        }
        Ok(measured)
    }
}
