//! One contender of the comparison, in a process of its own: `contender NAME WORKLOAD TASKS TICKS THREADS REPS`.
//!
//! Prints the nanoseconds of each repetition. The first one, which warms up, is not among them. If a result is wrong it
//! fails.

use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use pto_runtime::Runtime;

use crate::ours::{Form, Ours};
use crate::peers::{Job, PEERS};
use crate::workload::{Name, Workload};

/// Runs the contender that the arguments name.
///
/// # Errors
/// The arguments make no sense, the runtime fails, or the result is wrong.
pub fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [name, workload, tasks, ticks, threads, reps] = arguments else {
        return Err("usage: contender NAME WORKLOAD TASKS TICKS THREADS REPS".into());
    };
    let workload = Workload::new(Name::from_str(workload)?, tasks.parse()?);
    let (ticks, threads, reps) = (ticks.parse()?, threads.parse()?, reps.parse()?);
    if let Some(form) = name.strip_prefix("pto-") {
        let runtime = Runtime::builder().workers(threads).build()?;
        let mut ours = Ours::new(workload, Form::from_str(form)?, ticks, runtime);
        return repeat(reps, || Ok(ours.run()?.elapsed));
    }
    let Some(peer) = PEERS.iter().find(|peer| peer.name == name) else {
        return Err(format!("no contender {name:?}").into());
    };
    let job = Arc::new(Job::new(workload, ticks));
    let mut run = (peer.set_up)(job.clone(), threads);
    repeat(reps, || {
        job.reset();
        let elapsed = run();
        match job.is_right() {
            true => Ok(elapsed),
            false => Err("the result is wrong".into()),
        }
    })
}

fn repeat(
    reps: usize,
    mut run: impl FnMut() -> Result<Duration, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    run()?;
    for _ in 0..reps {
        println!("{}", run()?.as_nanos());
    }
    Ok(())
}
