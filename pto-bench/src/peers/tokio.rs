//! tokio, with counters by hand: each task counts down those that wait for it, and spawns those that are ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::Builder;
use tokio::sync::Notify;

use super::{Job, Runner};

struct Graph {
    job: Arc<Job>,
    waiting: Vec<AtomicU32>,
    left: AtomicUsize,
    done: Notify,
}

impl Graph {
    fn spawn(self: &Arc<Self>, task: usize) {
        let graph = self.clone();
        tokio::spawn(async move {
            graph.job.run(task);
            for &consumer in graph.job.edges.consumers(task) {
                if graph.waiting[consumer as usize].fetch_sub(1, Ordering::AcqRel) == 1 {
                    graph.spawn(consumer as usize);
                }
            }
            if graph.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                graph.done.notify_one();
            }
        });
    }
}

pub(super) fn set_up(job: Arc<Job>, threads: usize) -> Runner {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    let runtime = builder
        .worker_threads(threads)
        .build()
        .expect("the system has threads");
    Box::new(move || {
        let job = job.clone();
        let run = async move {
            let start = Instant::now();
            let graph = Arc::new(Graph {
                waiting: job.counters(),
                left: AtomicUsize::new(job.len()),
                done: Notify::new(),
                job,
            });
            graph.job.roots().for_each(|task| graph.spawn(task));
            graph.done.notified().await;
            start.elapsed()
        };
        // In a thread of the pool, as what is spawned there does not cross threads.
        runtime.block_on(async { tokio::spawn(run).await.expect("no task panics") })
    })
}
