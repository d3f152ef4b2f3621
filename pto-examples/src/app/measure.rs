//! Running ways to solve one problem against each other.

use std::time::Duration;

use indicatif::ProgressBar;
use pto_runtime::{Report, Runtime};

use super::table::Row;
use crate::compare::Closeness;
use crate::error::Error;

/// Solves a problem into a slice.
pub(super) type Solve<'a> = Box<dyn Fn(&mut Runtime, &mut [f32]) -> Result<Report, Error> + 'a>;

/// One way to solve a problem.
pub(super) struct Contender<'a> {
    /// What it is called.
    pub(super) name: &'static str,
    /// How it solves it.
    pub(super) solve: Solve<'a>,
}

/// The right result of a problem.
pub(super) struct Expected {
    /// The elements.
    pub(super) values: Vec<f32>,
    /// Where they come from.
    pub(super) source: &'static str,
    /// How close a result has to be.
    pub(super) closeness: Closeness,
}

/// The measurements of one problem, and its result.
#[derive(Debug)]
pub(super) struct Measured {
    /// One row for each contender.
    pub(super) rows: Vec<Row>,
    /// The result of the first run.
    pub(super) out: Vec<f32>,
    /// What was wrong, one line each; empty if all is well.
    pub(super) faults: Vec<String>,
}

/// Runs each contender `repeat` times, in turn, so that a change in the machine's speed meets all of them.
///
/// Every result is compared with `expected`, and bit for bit with the first: all contenders do the same arithmetic in
/// the same order. Each runs once more to be `recorded`, for the numbers of its graph.
pub(super) fn measure(
    runtime: &mut Runtime,
    recorded: &mut Runtime,
    contenders: &[Contender<'_>],
    expected: &Expected,
    repeat: usize,
    bar: &ProgressBar,
) -> Result<Measured, Error> {
    let mut samples: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
    let mut first: Option<Vec<f32>> = None;
    for round in 0..=repeat {
        for (contender, samples) in contenders.iter().zip(&mut samples) {
            bar.set_message(contender.name);
            // No run may pass with what an earlier one left.
            let mut out = vec![f32::NAN; expected.values.len()];
            let is_recorded = round == repeat;
            match is_recorded {
                true => samples.report = (contender.solve)(recorded, &mut out)?,
                false => samples.add(&(contender.solve)(runtime, &mut out)?),
            }
            let error = expected.closeness.worst_error(&out, &expected.values);
            samples.worst = samples.worst.max(error);
            match &first {
                Some(first) => samples.differing += usize::from(!same_bits(first, &out)),
                None => first = Some(out),
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let finished: Vec<(usize, Row)> = contenders
        .iter()
        .zip(samples)
        .map(|(c, samples)| samples.row(c.name, expected.closeness))
        .collect();
    Ok(Measured {
        faults: finished
            .iter()
            .flat_map(|(differing, row)| faults(*differing, row, repeat))
            .collect(),
        rows: finished.into_iter().map(|(_, row)| row).collect(),
        out: first.unwrap_or_default(),
    })
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

fn faults(differing: usize, row: &Row, repeat: usize) -> impl Iterator<Item = String> {
    let wrong =
        (!row.passed).then(|| format!("{}: the worst error is {:.1e}", row.version, row.worst));
    let unsteady = (differing > 0).then(|| {
        format!(
            "{}: {differing} of {} results differ from the first",
            row.version,
            repeat + 1
        )
    });
    wrong.into_iter().chain(unsteady)
}

/// The repeats of one contender.
#[derive(Default)]
struct Samples {
    /// Of the recorded run.
    report: Report,
    orchestration: Vec<Duration>,
    elapsed: Vec<Duration>,
    worst: f64,
    /// Results that are not those of the first run.
    differing: usize,
}

impl Samples {
    fn add(&mut self, report: &Report) {
        self.orchestration.push(report.orchestration);
        self.elapsed.push(report.elapsed);
    }

    fn row(mut self, version: &'static str, closeness: Closeness) -> (usize, Row) {
        let Report {
            tasks,
            edges,
            lookups,
            inserts,
            ..
        } = self.report;
        let row = Row {
            version,
            tasks,
            edges,
            lookups,
            inserts,
            orchestration_ns: median(&mut self.orchestration).as_nanos() as f64
                / tasks.max(1) as f64,
            elapsed: median(&mut self.elapsed),
            worst: self.worst,
            passed: closeness.accepts(self.worst),
        };
        (self.differing, row)
    }
}

/// The middle one; of two middle ones the larger.
fn median(samples: &mut [Duration]) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}
