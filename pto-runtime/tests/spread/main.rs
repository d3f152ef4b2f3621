//! Loops whose iterations several threads run: results, and everything that is said of them, are those of loops whose tasks are
//! submitted one after the other.

mod captures;
mod faults;
mod forms;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
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

/// The threads that have been somewhere, by an address of their own, and how often. (No lock: sanitizers do not see those of the
/// standard library.)
#[derive(Default)]
pub struct Seen([(AtomicUsize, AtomicUsize); 8]);

thread_local! {
    static OWN: u8 = const { 0 };
}

/// A number that other threads do not have.
fn this_thread() -> usize {
    OWN.with(|own| std::ptr::from_ref(own).addr())
}

impl Seen {
    /// Notes that this thread is here. Returns how many have been.
    fn note(&self) -> usize {
        let own = this_thread();
        for (thread, visits) in &self.0 {
            let known = thread.compare_exchange(0, own, Ordering::SeqCst, Ordering::SeqCst);
            if known.is_ok() || known == Err(own) {
                visits.fetch_add(1, Ordering::SeqCst);
                return self.count();
            }
        }
        panic!("more threads than there should be")
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

    /// Notes that this thread is here, and if it is the first gives others some time to come too. No test fails if they do not.
    pub fn give_others_time(&self) {
        let end = Instant::now() + Duration::from_millis(100);
        while self.note() == 1 && self.visits().1 < 10_000 && Instant::now() < end {
            thread::yield_now();
        }
    }

    fn count(&self) -> usize {
        let seen = |(thread, _): &&(AtomicUsize, AtomicUsize)| thread.load(Ordering::SeqCst) != 0;
        self.0.iter().filter(seen).count()
    }

    /// How often this thread has been here, and all of them.
    fn visits(&self) -> (usize, usize) {
        let visits = |own: bool| {
            let threads = self
                .0
                .iter()
                .filter(|(thread, _)| !own || thread.load(Ordering::SeqCst) == this_thread());
            threads
                .map(|(_, visits)| visits.load(Ordering::SeqCst))
                .sum()
        };
        (visits(true), visits(false))
    }
}
