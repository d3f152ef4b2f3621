//! The programs that the C++ runtime was measured with: submitting alone, and until all is done.

use std::error::Error;
use std::time::Duration;

use pto_runtime::{Report, RuntimeBuilder};

use super::sample::{least, median};
use super::table::{Table, ns};
use super::{Bench, Tables};
use crate::graphs::{Form, GRAPHS, Graph};
use crate::machine;

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let reps = bench.options.effort().total();
    let title = format!(
        "Kernels that do nothing, nanoseconds a task: least / median of {reps} repetitions; \"C++\" are the medians of the C++ runtime, measured once on a machine of this kind"
    );
    let header = [
        "program",
        "form",
        "tasks",
        "edges",
        "look-ups",
        "inserts",
        "submit only",
        "C++",
        "goal",
        "1 thread",
        "C++",
        "2 threads",
        "C++",
    ];
    let mut table = Table::new(title, header);
    for graph in &GRAPHS {
        for &(form, reference) in graph.forms {
            let roomy = machine::roomy(graph.tasks);
            let submitting = Runs::of(graph, form, machine::submitting(graph.tasks), reps)?;
            let one = Runs::of(graph, form, roomy.clone().workers(1), reps)?;
            let two = Runs::of(graph, form, roomy.workers(2), reps)?;
            let of = |at: usize| reference.map_or("–".to_owned(), |all| ns(all[at]));
            let mut recording = machine::recording(graph.tasks).build()?;
            let Report {
                edges,
                lookups,
                inserts,
                ..
            } = graph.run(form, &mut recording)?.1;
            table.row([
                graph.name.to_owned(),
                form.as_str().to_owned(),
                graph.tasks.to_string(),
                edges.total().to_string(),
                lookups.to_string(),
                inserts.to_string(),
                least_and_median(submitting.submit.clone()),
                of(0),
                reference.map_or("–".to_owned(), |all| {
                    goal(form, all[0], submitting.submit)
                }),
                least_and_median(one.elapsed),
                of(1),
                least_and_median(two.elapsed),
                of(2),
            ]);
        }
    }
    Ok(vec![table])
}

/// Repeated runs of a graph.
struct Runs {
    /// Nanoseconds a task of submitting.
    submit: Vec<f64>,
    /// Nanoseconds a task until all is done.
    elapsed: Vec<f64>,
}

impl Runs {
    fn of(
        graph: &Graph,
        form: Form,
        machine: RuntimeBuilder,
        reps: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let mut runtime = machine.build()?;
        // Memory that was never touched is slow.
        graph.run(form, &mut runtime)?;
        let (mut submit, mut elapsed) = (Vec::new(), Vec::new());
        for _ in 0..reps {
            let (time, report) = graph.run(form, &mut runtime)?;
            let of_a_task = |time: Duration| time.as_nanos() as f64 / graph.tasks as f64;
            elapsed.push(of_a_task(time));
            submit.push(of_a_task(report.orchestration));
        }
        Ok(Self { submit, elapsed })
    }
}

/// What submitting is to take at most, given what the C++ runtime takes, and whether it does.
fn goal(form: Form, reference: f64, mut samples: Vec<f64>) -> String {
    let goal = match form {
        Form::Tracked | Form::Auto => reference / 4.0,
        Form::Manual | Form::Unrolled => reference / 6.0,
    };
    match median(&mut samples) {
        Some(middle) if middle <= goal => format!("{}, met", ns(goal)),
        _ => ns(goal),
    }
}

fn least_and_median(mut samples: Vec<f64>) -> String {
    let (least, middle) = (least(samples.iter().copied()), median(&mut samples));
    format!(
        "{} / {}",
        ns(least.unwrap_or(f64::NAN)),
        ns(middle.unwrap_or(f64::NAN))
    )
}
