//! A task, its producers and its consumers.

use std::ptr::NonNull;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::KERNEL;
use crate::native::ready::ReadyQueue;
use crate::native::ready::numbers::{number, pointer};
use crate::native::slot::{Job, Node, Slot, Work};
use crate::site::Site;

pub(super) fn job() -> Job {
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
pub(super) struct Tasks {
    pub(super) slots: Vec<Slot>,
    nodes: Vec<Node>,
    pub(super) value: UnsafeCell<usize>,
    ready: AtomicUsize,
}

// SAFETY: that the accesses to `value` are ordered is what the models check.
unsafe impl Sync for Tasks {}
// SAFETY: as above.
unsafe impl Send for Tasks {}

impl Tasks {
    pub(super) fn new(slots: usize, nodes: usize) -> Arc<Self> {
        Arc::new(Tasks {
            slots: (0..slots).map(|_| Slot::new()).collect(),
            nodes: (0..nodes).map(|_| Node::new()).collect(),
            value: UnsafeCell::new(0),
            ready: AtomicUsize::new(0),
        })
    }

    /// As [`new`](Tasks::new), with a task in the first slot that waits for nothing.
    fn with_producer(slots: usize, nodes: usize) -> Arc<Self> {
        let tasks = Tasks::new(slots, nodes);
        // SAFETY: this thread is the submitting one; the slot is free.
        unsafe { tasks.slots[0].prepare(Some(job()), 0) };
        tasks
    }

    /// Runs the task in `slot`, which changes the value, and completes it. Returns how many tasks that made ready.
    pub(super) fn run(&self, slot: usize) -> usize {
        // SAFETY: the models call this for ready tasks, once.
        unsafe {
            assert!(self.slots[slot].job().is_some());
            self.value.with_mut(|value| *value += 1);
            let mut ready = 0;
            self.slots[slot].complete(|_| ready += 1);
            ready
        }
    }

    /// Completes the task in `slot`, which has nothing to run. Returns how many tasks that made ready.
    fn pass(&self, slot: usize) -> usize {
        // SAFETY: the models call this for ready tasks, once.
        unsafe {
            assert!(self.slots[slot].job().is_none());
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
fn a_consumer_becomes_ready_once_and_sees_its_producer() {
    loom::model(|| {
        let tasks = Tasks::with_producer(2, 1);
        let worker = {
            let tasks = Arc::clone(&tasks);
            thread::spawn(move || {
                if tasks.run(0) == 1 {
                    tasks.ready.fetch_add(1, Ordering::Relaxed);
                    tasks.run(1);
                }
            })
        };
        // SAFETY: this thread is the submitting one; the slot and the node are free.
        unsafe {
            tasks.slots[1].prepare(Some(job()), 1);
            let linked = tasks.slots[0].link(|| tasks.node(0), &tasks.slots[1]);
            if tasks.slots[1].arm(1, u32::from(!linked)) {
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
fn two_producers_make_a_consumer_ready_once() {
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
            let linked = [0, 1].map(|i| tasks.slots[i].link(|| tasks.node(i), &tasks.slots[2]));
            let unlinked = linked.into_iter().filter(|linked| !linked).count() as u32;
            if tasks.slots[2].arm(2, unlinked) {
                tasks.ready.fetch_add(1, Ordering::Relaxed);
            }
        }
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
        assert_eq!(tasks.ready.load(Ordering::Relaxed), 1);
    });
}

/// The first consumer of a list is linked without a node, the others with theirs.
#[test]
fn a_producer_makes_each_of_its_consumers_ready_once() {
    loom::model(|| {
        let tasks = Tasks::with_producer(3, 2);
        let worker = {
            let tasks = Arc::clone(&tasks);
            thread::spawn(move || {
                let ready = tasks.run(0);
                tasks.ready.fetch_add(ready, Ordering::Relaxed);
            })
        };
        for consumer in 1..3 {
            // SAFETY: this thread is the submitting one; the slots and the nodes are free.
            unsafe {
                tasks.slots[consumer].prepare(Some(job()), 1);
                let node = tasks.node(consumer - 1);
                let linked = tasks.slots[0].link(|| node, &tasks.slots[consumer]);
                if tasks.slots[consumer].arm(1, u32::from(!linked)) {
                    tasks.ready.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        worker.join().unwrap();
        assert_eq!(tasks.ready.load(Ordering::Relaxed), 2);
        tasks.value.with(|value| {
            // SAFETY: the producer is done, and the consumers have not run.
            assert_eq!(unsafe { *value }, 1);
        });
    });
}

#[test]
fn a_slot_and_a_node_are_reused_after_completion() {
    loom::model(|| {
        let tasks = Tasks::new(2, 1);
        let queue = Arc::new(ReadyQueue::new(2));
        // Producer in slot 0, consumer in slot 1, wired through the only node.
        // SAFETY: this thread is the submitting one; the slots and the node are free.
        unsafe {
            tasks.slots[0].prepare(Some(job()), 0);
            tasks.slots[1].prepare(Some(job()), 1);
            assert!(tasks.slots[0].link(|| tasks.node(0), &tasks.slots[1]));
            assert!(!tasks.slots[1].arm(1, 0));
        }
        let worker = {
            let (tasks, queue) = (Arc::clone(&tasks), Arc::clone(&queue));
            thread::spawn(move || {
                assert_eq!(tasks.run(0), 1);
                tasks.run(1);
                if let Some(slot) = queue.pop() {
                    tasks.run(number(slot));
                }
            })
        };
        // The consumer is complete: slot 0 and the node serve another pair, with slot 0 as the consumer of nobody.
        if tasks.slots[1].is_complete() {
            // SAFETY: both tasks are complete, so that they can be retired.
            unsafe {
                tasks.slots[0].prepare(Some(job()), 0);
                tasks.slots[1].prepare(Some(job()), 1);
                assert!(tasks.slots[0].link(|| tasks.node(0), &tasks.slots[1]));
            }
            queue.push(pointer(0)).unwrap();
        }
        worker.join().unwrap();
        if let Some(slot) = queue.pop() {
            tasks.run(number(slot));
        }
    });
}

/// A barrier that has one producer, and one consumer: whoever completes the barrier passes on what the producer wrote. There
/// is no queue, and nobody sleeps, so that nothing else orders the threads.
#[test]
fn a_barrier_passes_on_what_is_before_it() {
    loom::model(|| {
        let tasks = Tasks::with_producer(3, 2);
        let worker = {
            let tasks = Arc::clone(&tasks);
            thread::spawn(move || {
                // What has nothing to run is completed at once by who makes it ready.
                if tasks.run(0) == 1 && tasks.pass(1) == 1 {
                    tasks.ready.fetch_add(1, Ordering::Relaxed);
                    tasks.run(2);
                }
            })
        };
        // SAFETY: this thread is the submitting one; the slots and the nodes are free.
        unsafe {
            tasks.slots[1].prepare(None, 1);
            let linked = tasks.slots[0].link(|| tasks.node(0), &tasks.slots[1]);
            if tasks.slots[1].arm(1, u32::from(!linked)) {
                tasks.slots[1].prepare_complete();
            }
            tasks.slots[2].prepare(Some(job()), 1);
            let linked = tasks.slots[1].link(|| tasks.node(1), &tasks.slots[2]);
            if tasks.slots[2].arm(1, u32::from(!linked)) {
                tasks.ready.fetch_add(1, Ordering::Relaxed);
                tasks.run(2);
            }
        }
        worker.join().unwrap();
        assert_eq!(tasks.ready.load(Ordering::Relaxed), 1);
        tasks.value.with(|value| {
            // SAFETY: all tasks are done.
            assert_eq!(unsafe { *value }, 2);
        });
    });
}
