//! Solving a paged attention problem, named or from a file, in the chosen versions.

use std::io::Write;
use std::path::Path;

use super::cli::Cli;
use super::measure::{Contender, Expected};
use super::plan::Plan;
use super::progress;
use super::sizes::{self, Needs};
use super::trial::{STORED, Trial};
use crate::attention::{self, Case, Problem, Rings};
use crate::compare::Closeness;
use crate::error::Error;
use crate::io::{self, Loaded, Options};
use crate::version::Version;

/// A problem as it is posed.
pub(super) struct Posed {
    name: String,
    problem: Problem,
    /// The right result, if it comes with the problem.
    expected: Option<Vec<f32>>,
    closeness: Closeness,
    /// The rings to run it with, if they come with the problem.
    rings: Option<Rings>,
}

impl Posed {
    /// A named case.
    pub(super) fn case(case: &Case) -> Result<Self, Error> {
        let (problem, expected) = match case.golden {
            Some(bytes) => {
                let Loaded { problem, expected } = io::parse(case.name, bytes, Options::default())?;
                (problem, expected)
            }
            None => (
                attention::generate(case.geometry, |batch| case.context(batch), 1),
                None,
            ),
        };
        let (name, closeness) = (case.name.to_string(), Closeness::NAMED);
        Ok(Self {
            name,
            problem,
            expected,
            closeness,
            rings: case.rings,
        })
    }

    /// The tensors of a file.
    pub(super) fn file(cli: &Cli, path: &Path) -> Result<Self, Error> {
        let options = Options {
            scale: cli.scale.unwrap_or(1.0),
            block_size: cli.block_size,
        };
        let Loaded { problem, expected } = io::load(path, options)?;
        let (name, closeness) = (
            path.display().to_string(),
            Closeness::of_values(&problem.value),
        );
        Ok(Self {
            name,
            problem,
            expected,
            closeness,
            rings: None,
        })
    }

    /// Runs the chosen versions, and says what was wrong.
    pub(super) fn solve(
        self,
        cli: &Cli,
        plan: &Plan,
        out: &mut dyn Write,
    ) -> Result<Vec<String>, Error> {
        let Self {
            name,
            problem,
            expected,
            closeness,
            rings,
        } = self;
        let (source, values) = match expected {
            Some(values) => (STORED, values),
            None => ("the plain reference", reference(&problem)),
        };
        let g = problem.geometry;
        let needs = Needs::of(&problem);
        let long = problem.is_long();
        let window = sizes::window(cli, rings, needs);
        let trial = Trial {
            name: &name,
            about: format!(
                "batch {}, heads {}, head size {}, block {}",
                g.batch, g.heads, g.head_dim, g.block_size
            ),
            contenders: plan
                .versions
                .iter()
                .map(|version| contender(*version, &problem, window))
                .collect(),
            expected: Expected {
                values,
                source,
                closeness,
            },
            repeat: cli.repeat.map_or(if long { 3 } else { 25 }, usize::from),
            long,
            builder: sizes::builder(cli, rings, needs),
        };
        let measured = trial.run(plan.graph.as_ref(), out)?;
        if let Some(path) = &cli.output {
            io::save(path, g, &measured.out)?;
        }
        Ok(measured.faults)
    }
}

/// A version as a contender, with the scopes that fit a ring of `window` slots.
fn contender(version: Version, problem: &Problem, window: usize) -> Contender<'_> {
    let scopes = version.scopes(problem, window);
    Contender {
        name: version.name(),
        solve: Box::new(move |runtime, out| version.run(runtime, problem, scopes, out)),
    }
}

/// The textbook solution, for problems that come without one.
fn reference(problem: &Problem) -> Vec<f32> {
    let bar = progress::bar(1, !problem.is_long());
    bar.set_message("computing the plain reference");
    let expected = attention::attention(problem);
    bar.finish_and_clear();
    expected
}
