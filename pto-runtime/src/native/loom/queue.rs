//! The queue of ready tasks.

use loom::sync::Arc;
use loom::thread;

use crate::native::ready::ReadyQueue;
use crate::native::ready::numbers::{number, pointer};

#[test]
fn the_ready_queue_hands_each_value_to_one_popper() {
    loom::model(|| {
        let queue = Arc::new(ReadyQueue::new(2));
        let pusher = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || (0..2).for_each(|value| queue.push(pointer(value)).unwrap()))
        };
        let popper = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.pop().map(number))
        };
        let here = queue.pop().map(number);
        pusher.join().unwrap();
        let there = popper.join().unwrap();
        let mut all: Vec<usize> = here
            .into_iter()
            .chain(there)
            .chain(std::iter::from_fn(|| queue.pop().map(number)))
            .collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1]);
        assert!(queue.is_empty());
    });
}

#[test]
fn the_ready_queue_wraps() {
    loom::model(|| {
        let queue = Arc::new(ReadyQueue::new(2));
        queue.push(pointer(0)).unwrap();
        queue.push(pointer(1)).unwrap();
        let popper = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.pop().map(number))
        };
        let pushed = queue.push(pointer(2)).is_ok();
        assert_eq!(popper.join().unwrap(), Some(0));
        let rest: Vec<usize> = std::iter::from_fn(|| queue.pop()).map(number).collect();
        assert_eq!(rest, if pushed { vec![1, 2] } else { vec![1] });
    });
}
