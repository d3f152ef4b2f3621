//! Measurements as a table, and what they say in one line.

use std::fmt;
use std::time::Duration;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use pto_runtime::Edges;

/// What one version did, over all its repeats.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The version.
    pub(super) version: &'static str,
    /// Tasks submitted.
    pub(super) tasks: u64,
    /// The edges between them, by who found them.
    pub(super) edges: Edges,
    /// Searches of the TensorMap.
    pub(super) lookups: u64,
    /// Entries put into the TensorMap.
    pub(super) inserts: u64,
    /// Median time to submit, per task.
    pub(super) orchestration_ns: f64,
    /// Median time from the first submit to the last task's end.
    pub(super) elapsed: Duration,
    /// The worst error of any repeat.
    pub(super) worst: f64,
    /// Whether every repeat was right.
    pub(super) passed: bool,
}

/// The measurements of one problem, ready to print.
#[derive(Debug)]
pub(super) struct Summary<'a>(pub(super) &'a [Row]);

const HEADER: [&str; 12] = [
    "version",
    "tasks",
    "proven",
    "tracked",
    "explicit",
    "lifetime",
    "lookups",
    "inserts",
    "orch. ns/task",
    "elapsed",
    "worst error",
    "result",
];

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(UTF8_BORDERS_ONLY).set_header(HEADER);
        for row in self.0 {
            let Edges {
                proven,
                tracked,
                explicit,
                lifetime,
            } = row.edges;
            let counts = [
                row.tasks,
                proven,
                tracked,
                explicit,
                lifetime,
                row.lookups,
                row.inserts,
            ];
            let measured = [
                format!("{:.0}", row.orchestration_ns),
                format!("{:.2?}", row.elapsed),
                format!("{:.1e}", row.worst),
                if row.passed { "ok" } else { "WRONG" }.to_string(),
            ];
            let counts = counts.iter().map(u64::to_string);
            table.add_row(
                std::iter::once(row.version.to_string())
                    .chain(counts)
                    .chain(measured),
            );
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{}", table.trim_fmt())?;
        match ratios(self.0) {
            Some(ratios) => writeln!(f, "median orchestration time against {ratios}"),
            None => Ok(()),
        }
    }
}

/// Each version's median orchestration time divided by that of the first.
fn ratios(rows: &[Row]) -> Option<String> {
    let (first, others) = rows
        .split_first()
        .filter(|(_, others)| !others.is_empty())?;
    let total = |row: &Row| row.orchestration_ns * row.tasks as f64;
    let ratio = |row: &Row| format!("{} {:.2}", row.version, total(row) / total(first));
    Some(format!(
        "{}: {}",
        first.version,
        others.iter().map(ratio).collect::<Vec<_>>().join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: &'static str, orchestration_ns: f64, worst: f64) -> Row {
        let elapsed = Duration::from_micros(1500);
        let edges = Edges {
            proven: 1,
            tracked: 2,
            explicit: 3,
            lifetime: 4,
        };
        Row {
            version,
            tasks: 13,
            edges,
            lookups: 5,
            inserts: 6,
            orchestration_ns,
            elapsed,
            worst,
            passed: worst < 1e-3,
        }
    }

    #[test]
    fn rows_and_ratios_are_printed() {
        let text = Summary(&[row("auto", 80.0, 1e-4), row("manual", 40.0, 2e-3)]).to_string();
        let cells: Vec<&str> = text
            .lines()
            .find(|line| line.contains("manual"))
            .unwrap()
            .split_whitespace()
            .filter(|cell| *cell != "│")
            .collect();
        assert_eq!(
            cells,
            [
                "manual", "13", "1", "2", "3", "4", "5", "6", "40", "1.50ms", "2.0e-3", "WRONG"
            ]
        );
        assert!(
            text.ends_with("median orchestration time against auto: manual 0.50\n"),
            "{text}"
        );
    }

    #[test]
    fn a_version_alone_has_no_ratio() {
        assert!(
            !Summary(&[row("manual", 40.0, 0.0)])
                .to_string()
                .contains("against")
        );
    }
}
