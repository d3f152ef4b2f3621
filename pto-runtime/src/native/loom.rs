//! Models of the protocols between threads, checked in every interleaving. See `README.md` for what they promise.

use std::ptr::NonNull;
use std::time::Duration;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::idle::Idle;
use super::permits::{Cores, Permits};
use super::ready::ReadyQueue;
use super::slot::{Job, Node, Slot, Work};
use super::team::Team;
use super::teams::Teams;
use crate::kernel::{Core, Kernel};
use crate::site::Site;

static KERNEL: Kernel = Kernel {
    name: "k",
    core: Core::Aiv,
    params: &[],
    run: |_| {},
    file: "",
    line: 0,
    check: None,
};

fn job() -> Job {
    Job {
        work: Work::Kernel {
            kernel: &KERNEL,
            record: NonNull::dangling(),
        },
        guard: None,
        site: Site::here("k"),
    }
}

/// Slots, nodes, and a value that tasks write one after the other: the model fails if two of them touch it unordered.
struct Tasks {
    slots: Vec<Slot>,
    nodes: Vec<Node>,
    value: UnsafeCell<usize>,
    ready: AtomicUsize,
}

// SAFETY: that the accesses to `value` are ordered is what the models check.
unsafe impl Sync for Tasks {}
// SAFETY: as above.
unsafe impl Send for Tasks {}

impl Tasks {
    fn new(slots: usize, nodes: usize) -> Arc<Self> {
        Arc::new(Tasks {
            slots: (0..slots).map(|_| Slot::new()).collect(),
            nodes: (0..nodes).map(|_| Node::new()).collect(),
            value: UnsafeCell::new(0),
            ready: AtomicUsize::new(0),
        })
    }

    /// Runs the task in `slot`, which changes the value, and completes it. Returns how many tasks that made ready.
    fn run(&self, slot: usize) -> usize {
        // SAFETY: the models call this for ready tasks, once.
        unsafe {
            assert!(self.slots[slot].job().is_some());
            self.value.with_mut(|value| *value += 1);
            let mut ready = 0;
            self.slots[slot].complete(|_| ready += 1);
            ready
        }
    }

    fn node(&self, index: usize) -> NonNull<Node> {
        NonNull::from(&self.nodes[index])
    }
}

#[test]
fn loom_a_consumer_becomes_ready_once_and_sees_its_producer() {
    loom::model(|| {
        let tasks = Tasks::new(2, 1);
        // SAFETY: this thread is the submitting one; the slots and the node are free.
        unsafe { tasks.slots[0].prepare(Some(job()), 0) };
        let worker = {
            let tasks = Arc::clone(&tasks);
            thread::spawn(move || {
                if tasks.run(0) == 1 {
                    tasks.ready.fetch_add(1, Ordering::Relaxed);
                    tasks.run(1);
                }
            })
        };
        // SAFETY: as above.
        unsafe {
            tasks.slots[1].prepare(Some(job()), 1);
            let linked = tasks.slots[0].link(tasks.node(0), &tasks.slots[1]);
            if tasks.slots[1].arm(u32::from(!linked)) {
                tasks.ready.fetch_add(1, Ordering::Relaxed);
                tasks.run(1);
            }
        }
        worker.join().unwrap();
        assert_eq!(tasks.ready.load(Ordering::Relaxed), 1);
        assert!(tasks.slots[1].is_complete());
        tasks.value.with(|value| {
            // SAFETY: both tasks are done.
            assert_eq!(unsafe { *value }, 2);
        });
    });
}

#[test]
fn loom_two_producers_make_a_consumer_ready_once() {
    loom::model(|| {
        let tasks = Tasks::new(3, 2);
        // SAFETY: this thread is the submitting one; the slots and the nodes are free.
        unsafe {
            tasks.slots[0].prepare(Some(job()), 0);
            tasks.slots[1].prepare(Some(job()), 0);
            tasks.slots[2].prepare(Some(job()), 2);
        }
        let workers: Vec<_> = (0..2)
            .map(|producer| {
                let tasks = Arc::clone(&tasks);
                thread::spawn(move || {
                    // SAFETY: each producer is completed by one thread.
                    unsafe {
                        tasks.slots[producer]
                            .complete(|_| _ = tasks.ready.fetch_add(1, Ordering::Relaxed))
                    };
                })
            })
            .collect();
        // SAFETY: as above.
        unsafe {
            let linked = [0, 1].map(|i| tasks.slots[i].link(tasks.node(i), &tasks.slots[2]));
            let unlinked = linked.into_iter().filter(|linked| !linked).count() as u32;
            if tasks.slots[2].arm(unlinked) {
                tasks.ready.fetch_add(1, Ordering::Relaxed);
            }
        }
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
        assert_eq!(tasks.ready.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn loom_a_slot_and_a_node_are_reused_after_completion() {
    loom::model(|| {
        let tasks = Tasks::new(2, 1);
        let queue = Arc::new(ReadyQueue::new(2));
        // Producer in slot 0, consumer in slot 1, wired through the only node.
        // SAFETY: this thread is the submitting one; the slots and the node are free.
        unsafe {
            tasks.slots[0].prepare(Some(job()), 0);
            tasks.slots[1].prepare(Some(job()), 1);
            assert!(tasks.slots[0].link(tasks.node(0), &tasks.slots[1]));
            assert!(!tasks.slots[1].arm(0));
        }
        let worker = {
            let (tasks, queue) = (Arc::clone(&tasks), Arc::clone(&queue));
            thread::spawn(move || {
                assert_eq!(tasks.run(0), 1);
                tasks.run(1);
                if let Some(slot) = queue.pop() {
                    tasks.run(slot);
                }
            })
        };
        // The consumer is complete: slot 0 and the node serve another pair, with slot 0 as the consumer of nobody.
        if tasks.slots[1].is_complete() {
            // SAFETY: both tasks are complete, so that they can be retired.
            unsafe {
                tasks.slots[0].prepare(Some(job()), 0);
                tasks.slots[1].prepare(Some(job()), 1);
                assert!(tasks.slots[0].link(tasks.node(0), &tasks.slots[1]));
            }
            queue.push(0).unwrap();
        }
        worker.join().unwrap();
        if let Some(slot) = queue.pop() {
            tasks.run(slot);
        }
    });
}

#[test]
fn loom_the_ready_queue_hands_each_value_to_one_popper() {
    loom::model(|| {
        let queue = Arc::new(ReadyQueue::new(2));
        let pusher = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || (0..2).for_each(|value| queue.push(value).unwrap()))
        };
        let popper = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.pop())
        };
        let here = queue.pop();
        pusher.join().unwrap();
        let there = popper.join().unwrap();
        let mut all: Vec<usize> = here
            .into_iter()
            .chain(there)
            .chain(std::iter::from_fn(|| queue.pop()))
            .collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1]);
        assert!(queue.is_empty());
    });
}

#[test]
fn loom_the_ready_queue_wraps() {
    loom::model(|| {
        let queue = Arc::new(ReadyQueue::new(2));
        queue.push(0).unwrap();
        queue.push(1).unwrap();
        let popper = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.pop())
        };
        let pushed = queue.push(2).is_ok();
        assert_eq!(popper.join().unwrap(), Some(0));
        let rest: Vec<usize> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, if pushed { vec![1, 2] } else { vec![1] });
    });
}

#[test]
fn loom_a_sleeper_does_not_miss_a_push() {
    loom::model(|| {
        let shared = Arc::new((ReadyQueue::new(2), Idle::new()));
        let sleeper = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (queue, idle) = &*shared;
                loop {
                    if let Some(value) = queue.pop() {
                        return value;
                    }
                    idle.sleep(Duration::MAX, || !queue.is_empty());
                    thread::yield_now();
                }
            })
        };
        shared.0.push(7).unwrap();
        shared.1.wake_one();
        assert_eq!(sleeper.join().unwrap(), 7);
    });
}

#[test]
fn loom_a_sleeper_does_not_miss_a_completion() {
    loom::model(|| {
        let shared = Arc::new((Tasks::new(1, 0), Idle::new()));
        // SAFETY: the slot is free.
        unsafe { shared.0.slots[0].prepare(Some(job()), 0) };
        let worker = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.0.run(0);
                shared.1.wake_one();
            })
        };
        while !shared.0.slots[0].is_complete() {
            shared
                .1
                .sleep(Duration::MAX, || shared.0.slots[0].is_complete());
            thread::yield_now();
        }
        shared.0.value.with(|value| {
            // SAFETY: the task is complete.
            assert_eq!(unsafe { *value }, 1);
        });
        worker.join().unwrap();
    });
}

/// Teams, the cores they need, and what their parts count: each part is run once, and sees the teams as they should be.
struct Crews {
    teams: Teams,
    permits: Permits,
    idle: Idle,
    parts: AtomicUsize,
    freed: AtomicUsize,
}

impl Crews {
    fn new(clusters: usize, threads: usize) -> Arc<Self> {
        Arc::new(Crews {
            teams: Teams::new(),
            permits: Permits::new(clusters, threads),
            idle: Idle::new(),
            parts: AtomicUsize::new(0),
            freed: AtomicUsize::new(0),
        })
    }

    fn push(&self, kernels: &[&'static Kernel], blocks: u32, sync_start: bool) {
        let team = NonNull::from(Box::leak(Team::model(kernels, blocks, sync_start)));
        // SAFETY: it is pushed once, and `run` runs what it claims.
        unsafe { self.teams.push(team) };
        self.idle.wake_some(2);
    }

    /// Runs a part, if there is one that can run now.
    fn run(&self) -> bool {
        let Some(part) = self.teams.claim(&self.permits, || false) else {
            return false;
        };
        // SAFETY: the part is claimed, so that the team stays in place.
        let team = unsafe { part.team.as_ref() };
        team.assemble();
        self.parts.fetch_add(1, Ordering::Relaxed);
        let core = team.core(part);
        // SAFETY: the part has run, and is counted once.
        let last = unsafe { team.is_last() };
        self.permits.release(core);
        self.idle.wake_one();
        if last {
            // SAFETY: all parts are done.
            drop(unsafe { Box::from_raw(part.team.as_ptr()) });
            self.freed.fetch_add(1, Ordering::SeqCst);
            self.idle.wake_some(2);
        }
        true
    }

    /// Runs parts, and sleeps where there are none, until so many teams are complete.
    fn work_until(&self, freed: usize) {
        while self.freed.load(Ordering::SeqCst) < freed {
            if !self.run() {
                self.idle.sleep(Duration::MAX, || {
                    self.teams.has_work(&self.permits) || self.freed.load(Ordering::SeqCst) >= freed
                });
                thread::yield_now();
            }
        }
    }
}

static CUBE: Kernel = Kernel {
    name: "cube",
    core: Core::Aic,
    params: &[],
    run: |_| {},
    file: "",
    line: 0,
    check: None,
};

fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

#[test]
fn loom_blocks_are_run_once_and_the_last_frees_the_team() {
    bounded(|| {
        let crews = Crews::new(2, 2);
        crews.push(&[&KERNEL], 3, false);
        let other = {
            let crews = Arc::clone(&crews);
            thread::spawn(move || crews.work_until(1))
        };
        crews.work_until(1);
        other.join().unwrap();
        assert_eq!(crews.parts.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn loom_two_cohorts_that_take_all_threads_assemble_one_after_the_other() {
    bounded(|| {
        let crews = Crews::new(2, 2);
        let other = {
            let crews = Arc::clone(&crews);
            thread::spawn(move || crews.work_until(2))
        };
        crews.push(&[&KERNEL], 2, true);
        crews.push(&[&KERNEL], 2, true);
        crews.work_until(2);
        other.join().unwrap();
        assert_eq!(crews.parts.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn loom_a_cohort_and_a_mixed_task_share_the_cores_of_a_cluster() {
    bounded(|| {
        let crews = Crews::new(1, 2);
        assert!(crews.permits.limited());
        let other = {
            let crews = Arc::clone(&crews);
            thread::spawn(move || crews.work_until(2))
        };
        // Together they need three AIV cores, and there are two.
        crews.push(&[&CUBE, &KERNEL], 1, false);
        crews.push(&[&KERNEL], 2, true);
        crews.work_until(2);
        other.join().unwrap();
        assert_eq!(crews.parts.load(Ordering::Relaxed), 4);
        assert!(crews.permits.has(Cores::new(1, 2)), "all were returned");
    });
}

#[test]
fn loom_those_that_wait_for_who_left_are_told() {
    use crate::meeting::Meeting;
    loom::model(|| {
        let meeting = Arc::new(Meeting::new(2));
        let other = {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || meeting.leave())
        };
        assert!(meeting.meet(7).is_err());
        let told = other.join().unwrap();
        assert!(told.is_none() || meeting.leave() == told);
    });
}
