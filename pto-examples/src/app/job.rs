//! Carrying out a plan.

use std::io::Write;

use pto_runtime::{Input, InputOutput, Runtime};

use super::cli::Cli;
use super::explain;
use super::measure::{Contender, Expected};
use super::plan::{Plan, Subject, VECTOR};
use super::scenes;
use super::sizes::{self, Needs};
use super::solve::Posed;
use super::trial::{STORED, Trial};
use crate::attention::{CASES, Case};
use crate::compare::Closeness;
use crate::error::Error;
use crate::vector::{self, Golden};
use crate::version::Version;

/// Does what the command line asks for; tables go to `out`.
pub fn run(cli: &Cli, out: &mut dyn Write) -> Result<(), Error> {
    if cli.list {
        return list(out);
    }
    if let Some(subject) = &cli.explain {
        return explain::explain(subject, cli.json, out);
    }
    if cli.all || !cli.scenes.is_empty() {
        return right(scenes::run(cli, out)?);
    }
    let plan = Plan::new(cli)?;
    let mut faults = Vec::new();
    for subject in &plan.subjects {
        let found = match subject {
            Subject::Case(case) => Posed::case(case)?.solve(cli, &plan, out)?,
            Subject::File(path) => Posed::file(cli, path)?.solve(cli, &plan, out)?,
            Subject::Vector => vector_example(cli, &plan, out)?,
        };
        faults.extend(found);
    }
    right(faults)
}

/// Whether nothing was wrong.
fn right(faults: Vec<String>) -> Result<(), Error> {
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
    writeln!(out, "scenes:")?;
    for scene in crate::scenes::scenes() {
        writeln!(out, "  {:34} {}", scene.name, scene.about)?;
    }
    Ok(())
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
        expected: Expected {
            values: vec![golden.f; vector::LEN],
            source: STORED,
            closeness: Closeness::NAMED,
        },
        repeat: cli.repeat.map_or(25, usize::from),
        long: false,
        builder: sizes::builder(cli, None, Needs::SMALL),
    };
    Ok(trial.run(plan.graph.as_ref(), out)?.faults)
}
