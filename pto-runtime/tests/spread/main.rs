//! Loops whose iterations several threads run: results, and everything that is said of them, are those of loops whose tasks are
//! submitted one after the other.

mod captures;
mod faults;
mod forms;

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pto_runtime::prelude::*;
use pto_runtime::{Native, Root};

/// Adds a value to each element.
#[kernel(aiv)]
pub fn add(mut x: InOut<u64>, value: u64) {
    for i in 0..x.len() {
        x.set(i, x.get(i) + value);
    }
}

/// Sums a tensor up, and adds the sum to each element of another one.
#[kernel(aiv)]
pub fn fold(x: In<u64>, mut y: InOut<u64>) {
    let sum: u64 = (0..x.len()).map(|i| x.get(i)).sum();
    for i in 0..y.len() {
        y.set(i, y.get(i) * 3 + sum);
    }
}

/// The numbers from one on.
#[kernel(aiv)]
pub fn count_up(mut x: Out<u64>, from: u64) {
    for i in 0..x.len() {
        x.set(i, from + i as u64);
    }
}

/// Iterations that are enough for the threads of the tests.
const COUNT: usize = 64;

/// Runtimes with as many threads as there may be, and one that has all edges found, so that it submits task by task.
fn runtimes() -> Vec<Runtime> {
    let build = |workers| Runtime::builder().workers(workers);
    let mut all = Vec::new();
    for workers in 1..=3 {
        all.push(build(workers).build().unwrap());
    }
    all.push(build(2).run_at_once(false).build().unwrap());
    all.push(build(2).verify(true).build().unwrap());
    all
}

/// Runs a program with each of them, on zeros. Returns what comes out, and how many tasks that takes: the same every time.
fn run_everywhere<P>(
    extent: usize,
    program: impl Fn(&mut Tensor<u64>, &mut Runtime) -> P,
) -> (Vec<u64>, P)
where
    P: PartialEq + std::fmt::Debug,
{
    let mut all = runtimes().into_iter().map(|mut runtime| {
        let mut x = Tensor::zeros([extent]);
        let said = program(&mut x, &mut runtime);
        (x.as_slice().to_vec(), said)
    });
    let first = all.next().unwrap();
    for other in all {
        assert_eq!(other, first);
    }
    first
}

/// Runs a program, which has no mistakes. Returns how many tasks it has.
fn tasks<'env>(
    runtime: &mut Runtime,
    program: impl FnOnce(&Root<'env, Native>) -> Result<(), Error>,
) -> u64 {
    runtime.run(program).unwrap().report.tasks
}

/// The threads that have been somewhere.
#[derive(Default)]
pub struct Seen(Mutex<HashSet<ThreadId>>);

impl Seen {
    fn note(&self) -> usize {
        let mut seen = self.0.lock().unwrap();
        seen.insert(thread::current().id());
        seen.len()
    }

    /// Waits until so many threads have come here. Whether they have, in time.
    pub fn wait_for(&self, threads: usize) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while self.note() < threads {
            if Instant::now() > end {
                return false;
            }
            thread::yield_now();
        }
        true
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}
