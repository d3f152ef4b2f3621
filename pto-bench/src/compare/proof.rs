//! What the proofs of the compiler save at run time: the same programs with and without them.

use std::error::Error;

use pto_examples::vector::{by_hand, with_macros};
use pto_examples::{Version, attention};
use pto_runtime::{Report, Runtime, Tensor};

use super::Bench;
use super::sample::median;
use super::table::{Table, ns};
use crate::graphs::{Form, GRAPHS};
use crate::ours::{self, Ours};
use crate::workload::{Name, Workload};

/// Runs a program once.
type Run<'r> = Box<dyn FnMut() -> Result<Report, Box<dyn Error>> + 'r>;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Table>, Box<dyn Error>> {
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
    let reps = bench.options.rounds() * bench.options.reps();
    for (program, who, mut run) in programs(bench)? {
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

/// The programs, in pairs or more: by the runtime first.
fn programs<'r>(bench: &Bench<'_>) -> Result<Vec<(String, &'static str, Run<'r>)>, Box<dyn Error>> {
    let mut all: Vec<(String, &'static str, Run<'r>)> = Vec::new();
    let (a, b) = (
        Tensor::full([128 * 128], 2.0),
        Tensor::full([128 * 128], 3.0),
    );
    for by_compiler in [false, true] {
        let (a, b, mut runtime) = (a.clone(), b.clone(), machine(16)?);
        let mut f = Tensor::zeros([128 * 128]);
        let run = move || {
            Ok(match by_compiler {
                false => by_hand(&mut runtime, &a, &b, &mut f)?,
                true => runtime.run(with_macros(&a, &b, &mut f))?.report,
            })
        };
        let who = if by_compiler {
            "compiler, AUTO"
        } else {
            "runtime"
        };
        all.push(("vector example".to_owned(), who, Box::new(run)));
    }
    for graph in GRAPHS.iter().filter(|graph| graph.has(Form::Tracked)) {
        for &(form, _) in graph.forms {
            let mut runtime = graph.machine().workers(1).build()?;
            let who = match form {
                Form::Tracked => "runtime",
                Form::Auto => "compiler, AUTO",
                Form::Manual => "compiler, MANUAL",
                Form::Unrolled => "compiler, unrolled",
            };
            let run = move || Ok(graph.run(form, &mut runtime)?.1);
            all.push((graph.name.to_owned(), who, Box::new(run)));
        }
    }
    for name in Name::ALL {
        for form in [ours::Form::Auto, ours::Form::Manual] {
            let workload = Workload::new(name, bench.options.tasks());
            let runtime = machine(workload.tasks.len())?;
            let mut ours = Ours::new(workload, form, 0, runtime);
            let who = match (form, name) {
                (ours::Form::Auto, _) => "runtime",
                (_, Name::Random) => "programmer",
                _ => "compiler, MANUAL",
            };
            all.push((
                name.to_string(),
                who,
                Box::new(move || Ok(ours.run()?.report)),
            ));
        }
    }
    for version in Version::ALL {
        let case = attention::Case::small()
            .last()
            .ok_or("there are small cases")?;
        let problem = attention::generate(case.geometry, |batch| case.context(batch), 1);
        let mut out = vec![0.0; case.geometry.query_len()];
        let mut runtime = machine(problem.tasks())?;
        let scopes = version.scopes(&problem, usize::MAX);
        let name = format!("paged attention {}, {}", case.name, version.name());
        let run = move || Ok(version.run(&mut runtime, &problem, scopes, &mut out)?);
        all.push((name, "as named", Box::new(run)));
    }
    Ok(all)
}

/// One thread, and rings in which so many tasks fit, so that nothing runs until all are submitted.
fn machine(tasks: usize) -> Result<Runtime, pto_runtime::Error> {
    let slots = (tasks + 2).next_power_of_two().max(1024);
    Runtime::builder()
        .workers(1)
        .window(slots)
        .dep_pool(32 * slots)
        .build()
}
