//! A schedule made by hand and no runtime: the limit. Each thread runs its tasks in the order of the program, and waits
//! for tasks of the other thread by counting how many of them it has done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use super::{Job, Runner};

/// A task, and how many tasks of the other thread have to be done before.
#[derive(Clone, Copy)]
struct Item {
    task: u32,
    needs: u32,
}

/// A number in lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Line<T>(T);

/// What both threads share.
struct Shared {
    job: Arc<Job>,
    items: [Vec<Item>; 2],
    done: [Line<AtomicU32>; 2],
    /// The run that has begun, and the last one that the second thread has finished; the end of all is `u64::MAX`.
    begun: Line<AtomicU64>,
    finished: Line<AtomicU64>,
}

impl Shared {
    fn work(&self, side: usize) {
        let mut seen = 0;
        for (count, item) in (1..).zip(&self.items[side]) {
            while seen < item.needs {
                seen = self.done[1 - side].0.load(Ordering::Acquire);
            }
            self.job.run(item.task as usize);
            self.done[side].0.store(count, Ordering::Release);
        }
    }

    fn wait(line: &Line<AtomicU64>, run: u64) -> u64 {
        loop {
            match line.0.load(Ordering::Acquire) {
                now if now >= run => return now,
                _ => std::hint::spin_loop(),
            }
        }
    }
}

/// Ends the second thread.
struct Second {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Second {
    fn drop(&mut self) {
        self.shared.begun.0.store(u64::MAX, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It runs kernels, which do not panic.
            let _ = thread.join();
        }
    }
}

pub(super) fn set_up(job: Arc<Job>, threads: usize) -> Runner {
    let shared = Arc::new(Shared {
        items: schedule(&job, threads),
        job,
        done: Default::default(),
        begun: Line::default(),
        finished: Line::default(),
    });
    let second = Second {
        thread: (threads > 1).then(|| {
            let shared = shared.clone();
            thread::spawn(move || {
                let mut run = 1;
                while Shared::wait(&shared.begun, run) != u64::MAX {
                    shared.work(1);
                    shared.finished.0.store(run, Ordering::Release);
                    run += 1;
                }
            })
        }),
        shared,
    };
    let mut run = 0;
    Box::new(move || {
        let Second { shared, thread } = &second;
        run += 1;
        for done in &shared.done {
            done.0.store(0, Ordering::Relaxed);
        }
        let start = Instant::now();
        shared.begun.0.store(run, Ordering::Release);
        shared.work(0);
        if thread.is_some() {
            Shared::wait(&shared.finished, run);
        }
        start.elapsed()
    })
}

/// Whose task is which, and what it waits for.
fn schedule(job: &Job, threads: usize) -> [Vec<Item>; 2] {
    let mut items = [Vec::new(), Vec::new()];
    let mut places = vec![0; job.len()];
    for task in 0..job.len() {
        let side = if threads > 1 { job.side(task) } else { 0 };
        let others = job
            .edges
            .producers(task)
            .iter()
            .map(|&producer| producer as usize);
        let others = others.filter(|&producer| threads > 1 && job.side(producer) != side);
        let needs = others.map(|producer| places[producer]).max().unwrap_or(0);
        items[side].push(Item {
            task: task as u32,
            needs,
        });
        places[task] = items[side].len() as u32;
    }
    items
}
