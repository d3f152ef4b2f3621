//! Threads that sleep, and who wakes them.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::wiring::{Tasks, job};
use crate::native::idle::Idle;
use crate::native::ready::ReadyQueue;

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
