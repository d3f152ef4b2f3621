//! Carrying out a plan.

use std::io::Write;
use std::path::Path;

use pto_runtime::{Input, InputOutput, Runtime};

use super::cli::Cli;
use super::measure::Contender;
use super::plan::{Plan, Subject, VECTOR};
use super::progress;
use super::sizes::{self, Needs};
use super::trial::Trial;
use crate::attention::{self, CASES, Case, Problem, Rings};
use crate::error::Error;
use crate::io::{self, Loaded, Options};
use crate::vector::{self, Golden};
use crate::version::Version;

/// Does what the command line asks for; tables go to `out`.
pub fn run(cli: &Cli, out: &mut dyn Write) -> Result<(), Error> {
    if cli.list {
        return list(out);
    }
    let plan = Plan::new(cli)?;
    let mut faults = Vec::new();
    for subject in &plan.subjects {
        let found = match subject {
            Subject::Case(case) => solve(cli, &plan, case.name, load_case(case)?, case.rings, out)?,
            Subject::File(path) => solve(
                cli,
                &plan,
                &path.display().to_string(),
                load_file(cli, path)?,
                None,
                out,
            )?,
            Subject::Vector => vector_example(cli, &plan, out)?,
        };
        faults.extend(found);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Wrong(faults))
    }
}

fn list(out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "cases:")?;
    for Case {
        name,
        geometry: g,
        contexts,
        ..
    } in CASES
    {
        writeln!(
            out,
            "  {name:14} batch {}, heads {}, head size {}, block {}, context {contexts:?}",
            g.batch, g.heads, g.head_dim, g.block_size
        )?;
    }
    writeln!(out, "  {VECTOR:14} {} elements", vector::LEN)?;
    writeln!(out, "versions:")?;
    for version in Version::ALL {
        writeln!(out, "  {:14} {}", version.name(), version.summary())?;
    }
    Ok(())
}

fn load_file(cli: &Cli, path: &Path) -> Result<Loaded, Error> {
    io::load(
        path,
        Options {
            scale: cli.scale.unwrap_or(1.0),
            block_size: cli.block_size,
        },
    )
}

fn load_case(case: &Case) -> Result<Loaded, Error> {
    match case.golden {
        Some(bytes) => io::parse(case.name, bytes, Options::default()),
        None => {
            let problem = attention::generate(case.geometry, |batch| case.context(batch), 1);
            Ok(Loaded {
                problem,
                expected: None,
            })
        }
    }
}

/// Runs the chosen versions on a paged attention problem, and says what was wrong.
fn solve(
    cli: &Cli,
    plan: &Plan,
    name: &str,
    Loaded { problem, expected }: Loaded,
    rings: Option<Rings>,
    out: &mut dyn Write,
) -> Result<Vec<String>, Error> {
    let g = problem.geometry;
    let long = problem.is_long();
    // A case may bring rings of its own; only who asks for a version by name gets to see that it does not fit them.
    let window = rings
        .map(|rings| rings.window)
        .filter(|_| cli.window.is_none() && cli.versions.is_empty());
    let (versions, left_out): (Vec<Version>, Vec<Version>) = plan
        .versions
        .iter()
        .partition(|version| window.is_none_or(|window| version.largest_scope(&problem) < window));
    let contender = |version: &Version| -> Contender<'_> {
        let version = *version;
        let problem = &problem;
        Contender {
            name: version.name(),
            solve: Box::new(move |runtime, out| version.run(runtime, problem, out)),
        }
    };
    let trial = Trial {
        name,
        about: format!(
            "batch {}, heads {}, head size {}, block {}",
            g.batch, g.heads, g.head_dim, g.block_size
        ),
        contenders: versions.iter().map(contender).collect(),
        reference: if expected.is_some() {
            "the stored result"
        } else {
            "the plain reference"
        },
        expected: expected.unwrap_or_else(|| reference(&problem)),
        repeat: cli.repeat.map_or(if long { 3 } else { 25 }, usize::from),
        long,
        builder: sizes::builder(cli, rings, Needs::of(&problem)),
    };
    let measured = trial.run(plan.graph.as_ref(), out)?;
    for version in left_out {
        let (name, scope) = (version.name(), version.largest_scope(&problem));
        writeln!(
            out,
            "{name} is left out: a scope of {scope} tasks needs a larger `--window` than the case's own"
        )?;
    }
    if let Some(path) = &cli.output {
        io::save(path, g, &measured.out)?;
    }
    Ok(measured.faults)
}

/// The textbook solution, for problems without a stored one.
fn reference(problem: &Problem) -> Vec<f32> {
    let bar = progress::bar(1, !problem.is_long());
    bar.set_message("computing the plain reference");
    let expected = attention::attention(problem);
    bar.finish_and_clear();
    expected
}

/// Runs the vector example by hand and in the language, and says what was wrong.
fn vector_example(cli: &Cli, plan: &Plan, out: &mut dyn Write) -> Result<Vec<String>, Error> {
    let golden = Golden::stored()?;
    let (a, b) = (vec![golden.a; vector::LEN], vec![golden.b; vector::LEN]);
    let input = |data| Input::from_slice(data, vector::LEN);
    let by_hand = |runtime: &mut Runtime, f: &mut [f32]| {
        let f = InputOutput::from_mut_slice(f, vector::LEN)?;
        Ok(vector::by_hand(runtime, input(&a)?, input(&b)?, f)?)
    };
    let with_macros = |runtime: &mut Runtime, f: &mut [f32]| {
        let f = InputOutput::from_mut_slice(f, vector::LEN)?;
        Ok(runtime
            .run(vector::with_macros(input(&a)?, input(&b)?, f))?
            .report)
    };
    let trial = Trial {
        name: VECTOR,
        about: format!(
            "f = (c + 1) * (c + 2) + c with c = a + b, {} elements",
            vector::LEN
        ),
        contenders: vec![
            Contender {
                name: "by-hand",
                solve: Box::new(by_hand),
            },
            Contender {
                name: "macros",
                solve: Box::new(with_macros),
            },
        ],
        reference: "the stored result",
        expected: vec![golden.f; vector::LEN],
        repeat: cli.repeat.map_or(25, usize::from),
        long: false,
        builder: sizes::builder(cli, None, Needs::SMALL),
    };
    Ok(trial.run(plan.graph.as_ref(), out)?.faults)
}
