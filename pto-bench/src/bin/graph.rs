//! One program of the C++ runtime on PTO: `graph NAME FORM REPS`, as in `graph "attention Case1" manual 20`.
//!
//! Prints the smallest and the middle time, in nanoseconds a task: of submitting alone, and until all is done, with one and
//! two threads.

use std::error::Error;
use std::time::Duration;

use pto_bench::graphs::{Form, GRAPHS, Graph};
use pto_bench::machine;
use pto_runtime::{Report, RuntimeBuilder};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, form, reps] = arguments.as_slice() else {
        return Err("usage: graph NAME FORM REPS".into());
    };
    let graph = GRAPHS.iter().find(|graph| graph.name == *name);
    let graph = graph.ok_or_else(|| {
        let names = GRAPHS.map(|graph| graph.name);
        format!("no program is called {name}: there are {names:?}")
    })?;
    let mut forms = graph.forms.iter().map(|&(form, _)| form);
    let known = forms.find(|known| known.as_str() == form);
    let form = known.ok_or_else(|| format!("{name} has no form {form}"))?;
    let reps = reps.parse::<usize>()?.max(1);
    let measure = |machine, time: fn(_, &_) -> _| of_a_task(graph, form, machine, reps, time);
    let roomy = machine::roomy(graph.tasks);
    println!(
        "{name} {form}, {} tasks: submit only {}; 1 thread {}; 2 threads {}",
        graph.tasks,
        measure(machine::submitting(graph.tasks), |_, report| report
            .orchestration)?,
        measure(roomy.clone().workers(1), |elapsed, _| elapsed)?,
        measure(roomy.workers(2), |elapsed, _| elapsed)?,
        form = form.as_str(),
    );
    Ok(())
}

/// The smallest and the middle of some repetitions, in nanoseconds a task.
fn of_a_task(
    graph: &Graph,
    form: Form,
    machine: RuntimeBuilder,
    reps: usize,
    time: fn(Duration, &Report) -> Duration,
) -> Result<String, Box<dyn Error>> {
    let mut runtime = machine.build()?;
    // The first one warms up.
    graph.run(form, &mut runtime)?;
    let mut samples = Vec::new();
    for _ in 0..reps {
        let (elapsed, report) = graph.run(form, &mut runtime)?;
        samples.push(time(elapsed, &report).as_nanos() as f64 / graph.tasks as f64);
    }
    samples.sort_by(f64::total_cmp);
    let (least, middle) = (samples[0], samples[samples.len() / 2]);
    Ok(format!("{least:.1} / {middle:.1}"))
}
