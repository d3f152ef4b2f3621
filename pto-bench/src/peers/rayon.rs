//! rayon, with counters by hand: each task counts down those that wait for it, and starts those that are ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

use super::{Job, Runner};
use crate::workload::Lists;

/// One run: who still waits for how many.
struct Graph<'j, const IN_PLACE: bool> {
    job: &'j Job,
    waiting: &'j [AtomicU32],
    consumers: &'j Lists,
}

impl<'j, const IN_PLACE: bool> Graph<'j, IN_PLACE> {
    fn new(job: &'j Job, waiting: &'j [AtomicU32], consumers: &'j Lists) -> Self {
        Self {
            job,
            waiting,
            consumers,
        }
    }

    fn run_all(&self, pool: &ThreadPool) {
        pool.scope(|scope| {
            for task in self.job.roots() {
                scope.spawn(move |scope| self.run(scope, task));
            }
        });
    }

    /// Runs a task, and if `IN_PLACE` one that it makes ready as well, and so on. Others that become ready are spawned.
    fn run<'s>(&'s self, scope: &Scope<'s>, mut task: usize) {
        loop {
            self.job.run(task);
            let mut next = None;
            for &consumer in self.consumers.of(task) {
                let consumer = consumer as usize;
                if self.waiting[consumer].fetch_sub(1, Ordering::AcqRel) == 1 {
                    if IN_PLACE && next.is_none() {
                        next = Some(consumer);
                    } else {
                        scope.spawn(move |scope| self.run(scope, consumer));
                    }
                }
            }
            match next {
                Some(ready) => task = ready,
                None => return,
            }
        }
    }
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("the system has threads")
}

/// Every ready task is spawned.
pub(super) fn set_up_spawn(job: Arc<Job>, threads: usize) -> Runner {
    building::<false>(job, threads)
}

/// A ready successor runs at once, in the same thread.
pub(super) fn set_up_inline(job: Arc<Job>, threads: usize) -> Runner {
    building::<true>(job, threads)
}

/// Times what a program has to do that knows for whom each task waits: counting, and listing who waits for a task.
fn building<const IN_PLACE: bool>(job: Arc<Job>, threads: usize) -> Runner {
    let pool = pool(threads);
    Box::new(move || {
        let start = Instant::now();
        let consumers = job.edges.list_consumers();
        Graph::<IN_PLACE>::new(&job, &job.counters(), &consumers).run_all(&pool);
        start.elapsed()
    })
}

/// The same graph again: lists and counters are there before the time begins.
pub(super) fn set_up_rerun(job: Arc<Job>, threads: usize) -> Runner {
    let pool = pool(threads);
    Box::new(move || {
        let waiting = job.counters();
        let [_, consumers] = job.edges.lists();
        let graph = Graph::<true>::new(&job, &waiting, consumers);
        let start = Instant::now();
        graph.run_all(&pool);
        start.elapsed()
    })
}
