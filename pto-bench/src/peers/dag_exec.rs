//! `dag_exec`, a crate for graphs of tasks: names, edges, and a pool that runs them.

use std::sync::Arc;
use std::time::Instant;

use dag_exec::{DagBuilder, Executor, ExecutorConfig};

use super::{Job, Runner};

pub(super) fn set_up(job: Arc<Job>, threads: usize) -> Runner {
    let config = ExecutorConfig {
        max_workers: threads,
        // More than its default, with which workers wait for the thread that feeds them.
        max_in_flight: 64 * threads,
        worker_queue_cap: 64,
    };
    let executor = Executor::new(config);
    Box::new(move || {
        let start = Instant::now();
        let mut builder = DagBuilder::<u32, (), ()>::new();
        for task in 0..job.len() {
            let run = {
                let job = job.clone();
                move |_: &[Arc<()>]| {
                    job.run(task);
                    Ok(())
                }
            };
            let producers = job.edges.producers(task).to_vec();
            builder
                .add_task(task as u32, producers, run)
                .expect("every task has a number of its own");
        }
        let graph = builder.build().expect("producers come first");
        let last = (0..job.len()).filter(|&task| job.edges.consumers(task).is_empty());
        let ran = executor.run_parallel(&graph, last.map(|task| task as u32));
        let elapsed = start.elapsed();
        assert!(ran.is_ok(), "no task fails");
        elapsed
    })
}
