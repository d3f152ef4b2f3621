//! Threads that sleep, and who wakes them.

use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::bounded;
use super::wiring::{Tasks, job};
use crate::native::idle::Idle;
use crate::native::ready::ReadyQueue;
use crate::native::ready::numbers::{number, pointer};

#[test]
fn a_sleeper_does_not_miss_a_push() {
    loom::model(|| {
        let shared = Arc::new((ReadyQueue::new(2), Idle::new()));
        let sleeper = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (queue, idle) = &*shared;
                loop {
                    if let Some(value) = queue.pop() {
                        return number(value);
                    }
                    idle.sleep(Duration::MAX, || !queue.is_empty());
                    thread::yield_now();
                }
            })
        };
        shared.0.push(pointer(7)).unwrap();
        shared.1.wake_one();
        assert_eq!(sleeper.join().unwrap(), 7);
    });
}

#[test]
fn a_sleeper_does_not_miss_a_completion() {
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

/// A thread that is about to sleep when it hears the news must not use up the wake-up of one that sleeps.
#[test]
fn all_sleepers_hear_that_it_is_over() {
    bounded(|| {
        let shared = Arc::new((AtomicBool::new(false), Idle::new()));
        let sleepers = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (over, idle) = &*shared;
                while !over.load(Ordering::Acquire) {
                    idle.sleep(Duration::MAX, || over.load(Ordering::SeqCst));
                }
            })
        });
        shared.0.store(true, Ordering::SeqCst);
        shared.1.wake_all();
        for sleeper in sleepers {
            sleeper.join().unwrap();
        }
    });
}
