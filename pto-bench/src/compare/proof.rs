//! What the proofs of the compiler save at run time: the same programs with and without them.

use std::error::Error;

use pto_examples::vector::{by_hand, with_macros};
use pto_examples::{Version, attention};
use pto_runtime::{Report, Tensor};

use super::sample::median;
use super::table::{Table, ns};
use super::{Bench, Tables};
use crate::graphs::{Form, GRAPHS};
use crate::machine;
use crate::ours::{self, Ours};
use crate::workload::{Name, Workload};

/// A program, who finds its edges, and how to run it once.
struct Entry {
    program: String,
    who: &'static str,
    run: Box<dyn FnMut() -> Result<Report, Box<dyn Error>>>,
}

impl Entry {
    fn new(
        program: impl Into<String>,
        who: &'static str,
        run: impl FnMut() -> Result<Report, Box<dyn Error>> + 'static,
    ) -> Self {
        Self {
            program: program.into(),
            who,
            run: Box::new(run),
        }
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
        mut run,
    } in entries(bench)?
    {
        let mut last = run()?;
        let mut times = Vec::new();
        for _ in 0..reps {
            last = run()?;
            times.push(last.orchestration.as_nanos() as f64 / last.tasks as f64);
        }
        let Report {
            tasks,
            edges,
            lookups,
            inserts,
            scanned,
            ..
        } = last;
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
    let (a, b) = (Tensor::full([LEN], 2.0), Tensor::full([LEN], 3.0));
    let mut f = Tensor::zeros([LEN]);
    let mut runtime = machine::submitting(16).build()?;
    {
        let (a, b, mut f, mut runtime) = (
            a.clone(),
            b.clone(),
            f.clone(),
            machine::submitting(16).build()?,
        );
        let run = move || Ok(by_hand(&mut runtime, &a, &b, &mut f)?);
        all.push(Entry::new("vector example", "runtime", run));
    }
    let run = move || Ok(runtime.run(with_macros(&a, &b, &mut f))?.report);
    all.push(Entry::new("vector example", "compiler, AUTO", run));
    Ok(())
}

fn graphs(all: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    for graph in GRAPHS.iter().filter(|graph| graph.has(Form::Tracked)) {
        for &(form, _) in graph.forms {
            let mut runtime = machine::submitting(graph.tasks).build()?;
            let who = match form {
                Form::Tracked => "runtime",
                Form::Auto => "compiler, AUTO",
                Form::Manual => "compiler, MANUAL",
                Form::Unrolled => "compiler, unrolled",
            };
            let run = move || Ok(graph.run(form, &mut runtime)?.1);
            all.push(Entry::new(graph.name, who, run));
        }
    }
    Ok(())
}

fn workloads(tasks: usize, all: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    for name in Name::ALL {
        for form in [ours::Form::Auto, ours::Form::Manual] {
            let workload = Workload::new(name, tasks);
            let runtime = machine::submitting(workload.tasks.len()).build()?;
            let mut ours = Ours::new(workload, form, 0, runtime);
            let who = match (form, name) {
                (ours::Form::Auto, _) => "runtime",
                (_, Name::Random) => "programmer",
                _ => "compiler, MANUAL",
            };
            all.push(Entry::new(name.as_str(), who, move || {
                Ok(ours.run()?.report)
            }));
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
        let problem = attention::generate(case.geometry, |batch| case.context(batch), 1);
        let mut out = vec![0.0; case.geometry.query_len()];
        let mut runtime = machine::submitting(problem.tasks()).build()?;
        let scopes = version.scopes(&problem, usize::MAX);
        let who = match version {
            Version::Auto => "compiler, AUTO",
            Version::Manual => "compiler, MANUAL",
            Version::Explicit => "programmer, checked",
            Version::UnrollAuto => "compiler, AUTO, unrolled",
            Version::UnrollManual => "compiler, unrolled",
        };
        let run = move || Ok(version.run(&mut runtime, &problem, scopes, &mut out)?);
        all.push(Entry::new(
            format!("paged attention {}", case.name),
            who,
            run,
        ));
    }
    Ok(())
}
