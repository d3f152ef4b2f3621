//! One workload on PTO: `ours WORKLOAD TASKS KERNEL_NS THREADS REPS FORM`.
//!
//! Prints the smallest and the middle time, in nanoseconds a task: of submitting alone, and from first submit to all
//! done. For submitting alone the rings hold all tasks, and nothing runs until all are submitted.

use std::error::Error;
use std::str::FromStr;

use pto_bench::ours::{Form, Ours};
use pto_bench::workload::{Name, Workload};
use pto_bench::{clock, machine};
use pto_runtime::Runtime;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, tasks, kernel_ns, threads, reps, form] = arguments.as_slice() else {
        return Err("usage: ours WORKLOAD TASKS KERNEL_NS THREADS REPS FORM".into());
    };
    let (name, form) = (Name::from_str(name)?, Form::from_str(form)?);
    let (kernel_ns, threads, reps) = (kernel_ns.parse()?, threads.parse()?, reps.parse::<usize>()?);
    if !form.has(name) {
        return Err(format!("{name} has no form {form}").into());
    }
    let workload = Workload::new(name, tasks.parse()?);
    let count = workload.tasks.len();

    let mut ours = Ours::new(
        workload.clone(),
        form,
        clock::ticks_of(kernel_ns),
        Runtime::builder().workers(threads).build()?,
    );
    let mut all = Vec::new();
    for rep in 0..=reps {
        let sample = ours.run()?;
        // The first one warms up.
        if rep > 0 {
            all.push(sample.elapsed.as_nanos() as f64 / count as f64);
        }
        if rep == reps {
            println!("{:?}", sample.report);
        }
    }

    let mut ours = Ours::new(workload, form, 0, machine::submitting(count).build()?);
    let mut submit = Vec::new();
    for rep in 0..=reps {
        let report = ours.run()?.report;
        if rep > 0 {
            submit.push(report.orchestration.as_nanos() as f64 / count as f64);
        }
    }
    let line = |samples: &mut Vec<f64>| {
        samples.sort_by(f64::total_cmp);
        format!(
            "min {:.1} median {:.1}",
            samples[0],
            samples[samples.len() / 2]
        )
    };
    println!(
        "{name} {form}, {count} tasks of {kernel_ns} ns, {threads} threads: all done {}; submit only {}",
        line(&mut all),
        line(&mut submit)
    );
    Ok(())
}
