//! A loop whose iterations several threads run.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use std::ptr::NonNull;

use super::bounded;
use crate::native::gate::{Gate, Turns};

/// What is lent to the threads: each iteration changes its cell.
struct Loop {
    turns: Turns,
    cells: [UnsafeCell<usize>; COUNT],
}

const COUNT: usize = 3;

// SAFETY: a cell is accessed by who has claimed its iteration, then by who has closed the gate.
unsafe impl Sync for Loop {}

impl Loop {
    fn run(&self) {
        while let Some(range) = self.turns.claim() {
            for at in range {
                // SAFETY: this thread has claimed it.
                self.cells[at].with_mut(|cell| unsafe { *cell += 1 });
            }
        }
    }
}

/// The submitting thread opens a loop, takes part, closes it, and takes it down; twice. Another thread may enter at any time.
#[test]
fn all_iterations_are_over_when_the_gate_is_closed_and_empty() {
    bounded(|| {
        let gate = Arc::new(Gate::<Loop>::new());
        let worker = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                for _ in 0..2 {
                    if let Some(inside) = gate.enter() {
                        inside.run();
                        gate.shut();
                    }
                }
            })
        };
        for _ in 0..2 {
            let of = Box::new(Loop {
                turns: Turns::new(COUNT, 1),
                cells: std::array::from_fn(|_| UnsafeCell::new(0)),
            });
            // SAFETY: it is dropped below, when the gate is closed and empty.
            unsafe { gate.open(NonNull::from(&*of)) };
            of.run();
            gate.close();
            while !gate.is_empty() {
                thread::yield_now();
            }
            for cell in &of.cells {
                // SAFETY: nobody else has access any more.
                assert_eq!(cell.with(|cell| unsafe { *cell }), 1);
            }
            drop(of);
        }
        worker.join().unwrap();
    });
}

/// A loop that is ended leaves the iterations that nobody has taken.
#[test]
fn what_is_taken_and_what_is_left_are_all() {
    bounded(|| {
        let turns = Arc::new(Turns::new(COUNT, 1));
        let other = {
            let turns = Arc::clone(&turns);
            thread::spawn(move || turns.claim().map_or(0, |range| range.len()))
        };
        let own = turns.claim().map_or(0, |range| range.len());
        let taken = turns.stop().unwrap();
        let others = other.join().unwrap();
        assert_eq!(own + others, taken);
        assert!(turns.claim().is_none() && turns.stop().is_none());
    });
}
