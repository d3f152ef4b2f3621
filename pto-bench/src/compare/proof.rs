//! What the proofs of the compiler save at run time: the same programs with and without them.

use std::error::Error;

use pto_examples::vector::{by_hand, with_macros};
use pto_examples::{Version, attention};
use pto_runtime::{Report, Runtime, Tensor};

use super::sample::median;
use super::table::{Table, ns};
use super::{Bench, Tables};
use crate::graphs::{Form, GRAPHS};
use crate::machine;
use crate::ours::{self, Ours};
use crate::workload::{Name, Workload};

/// Runs a program once.
type Run = Box<dyn FnMut() -> Result<Report, Box<dyn Error>>>;

/// A program, who finds its edges, and how to run it once: alone, and recorded.
struct Entry {
    program: String,
    who: &'static str,
    timed: Run,
    recorded: Run,
}

impl Entry {
    /// Of a program of so many tasks, made for a runtime.
    fn new<R: FnMut() -> Result<Report, Box<dyn Error>> + 'static>(
        program: impl Into<String>,
        who: &'static str,
        tasks: usize,
        make: impl Fn(Runtime) -> R,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            program: program.into(),
            who,
            timed: Box::new(make(machine::submitting(tasks).build()?)),
            recorded: Box::new(make(machine::recording(tasks).build()?)),
        })
    }
}

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let title = "What the compiler's proofs save: one thread, submitting alone, medians";
    let header = [
        "program",
        "who finds the edges",
        "tasks",
        "look-ups",
        "inserts",
        "compared",
        "edges by the compiler",
        "by the runtime",
        "by the programmer",
        "ns a task",
    ];
    let mut table = Table::new(title, header);
    let reps = bench.options.effort().total();
    for Entry {
        program,
        who,
        mut timed,
        mut recorded,
    } in entries(bench)?
    {
        // Memory that was never touched is slow.
        timed()?;
        let mut times = Vec::new();
        for _ in 0..reps {
            let report = timed()?;
            times.push(report.orchestration.as_nanos() as f64 / report.tasks as f64);
        }
        let Report {
            tasks,
            edges,
            lookups,
            inserts,
            scanned,
            ..
        } = recorded()?;
        let counts = [
            tasks,
            lookups,
            inserts,
            scanned,
            edges.proven + edges.lifetime,
            edges.tracked,
            edges.explicit,
        ];
        table.row(
            [program, who.to_owned()]
                .into_iter()
                .chain(counts.map(|count| count.to_string()))
                .chain([ns(median(&mut times).unwrap_or(f64::NAN))]),
        );
    }
    Ok(vec![table])
}

fn entries(bench: &Bench<'_>) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut all = Vec::new();
    vector(&mut all)?;
    graphs(&mut all)?;
    workloads(bench.options.tasks(), &mut all)?;
    examples(&mut all)?;
    Ok(all)
}

fn vector(all: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    const LEN: usize = 128 * 128;
    let inputs = || {
        let (a, b) = (Tensor::full([LEN], 2.0), Tensor::full([LEN], 3.0));
        (a, b, Tensor::zeros([LEN]))
    };
    let program = "vector example";
    all.push(Entry::new(program, "runtime", 16, |mut runtime| {
        let (a, b, mut f) = inputs();
        move || Ok(by_hand(&mut runtime, &a, &b, &mut f)?)
    })?);
    all.push(Entry::new(program, "compiler, AUTO", 16, |mut runtime| {
        let (a, b, mut f) = inputs();
        move || Ok(runtime.run(with_macros(&a, &b, &mut f))?.report)
    })?);
    Ok(())
}

fn graphs(all: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    for graph in GRAPHS.iter().filter(|graph| graph.has(Form::Tracked)) {
        for &(form, _) in graph.forms {
            let who = match form {
                Form::Tracked => "runtime",
                Form::Auto => "compiler, AUTO",
                Form::Manual => "compiler, MANUAL",
                Form::Unrolled => "compiler, unrolled",
            };
            all.push(Entry::new(graph.name, who, graph.tasks, |mut runtime| {
                move || Ok(graph.run(form, &mut runtime)?.1)
            })?);
        }
    }
    Ok(())
}

fn workloads(tasks: usize, all: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    for name in Name::ALL {
        for form in [ours::Form::Auto, ours::Form::Manual] {
            let workload = Workload::new(name, tasks);
            let who = match (form, name) {
                (ours::Form::Auto, _) => "runtime",
                (_, Name::Random) => "programmer",
                _ => "compiler, MANUAL",
            };
            let tasks = workload.tasks.len();
            all.push(Entry::new(name.as_str(), who, tasks, |runtime| {
                let mut ours = Ours::new(workload.clone(), form, 0, runtime);
                move || Ok(ours.run()?.report)
            })?);
        }
    }
    Ok(())
}

/// The five versions of paged attention, with their real kernels, which do not run while tasks are submitted.
fn examples(all: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    let case = attention::Case::small()
        .last()
        .ok_or("there are small cases")?;
    for version in Version::ALL {
        let who = match version {
            Version::Auto => "compiler, AUTO",
            Version::Manual => "compiler, MANUAL",
            Version::Explicit => "programmer, checked",
            Version::UnrollAuto => "compiler, AUTO, unrolled",
            Version::UnrollManual => "compiler, unrolled",
        };
        let problem = || attention::generate(case.geometry, |batch| case.context(batch), 1);
        let name = format!("paged attention {}", case.name);
        let tasks = problem().tasks();
        all.push(Entry::new(name, who, tasks, |mut runtime| {
            let problem = problem();
            let mut out = vec![0.0; case.geometry.query_len()];
            let scopes = version.scopes(&problem, usize::MAX);
            move || Ok(version.run(&mut runtime, &problem, scopes, &mut out)?)
        })?);
    }
    Ok(())
}
