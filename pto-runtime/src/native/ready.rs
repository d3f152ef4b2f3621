//! The ready queue: bounded, many producers, many consumers, first in first out.
//!
//! Each cell carries a turn number that says whose move it is: at position `p`, turn `p` invites the pusher and turn
//! `p + 1` the popper, who then sets the turn for the next lap. A cell is thus handed over by one store, and neither
//! side ever waits for the other to finish.

use std::ptr::{self, NonNull};

use crossbeam_utils::CachePadded;

use crate::sync::{AtomicPtr, AtomicUsize, Ordering};

/// Invariant: `value` is written by who has moved `tail` past the position, and taken by who has moved `head` past it, each
/// before that side passes the turn on.
struct Cell<T> {
    turn: AtomicUsize,
    value: AtomicPtr<T>,
}

/// A queue of pointers, to what lives elsewhere.
pub(crate) struct ReadyQueue<T> {
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    cells: Box<[Cell<T>]>,
}

impl<T> ReadyQueue<T> {
    /// A queue of at least `capacity` cells.
    pub(crate) fn new(capacity: usize) -> Self {
        let cells = (0..capacity.next_power_of_two())
            .map(|position| Cell {
                turn: AtomicUsize::new(position),
                value: AtomicPtr::new(ptr::null_mut()),
            })
            .collect();
        ReadyQueue {
            head: CachePadded::new(AtomicUsize::new(0)),
            tail: CachePadded::new(AtomicUsize::new(0)),
            cells,
        }
    }

    #[inline]
    fn cell(&self, position: usize) -> &Cell<T> {
        &self.cells[position & (self.cells.len() - 1)]
    }

    /// Appends a value, or gives it back if the queue is full.
    #[inline]
    pub(crate) fn push(&self, value: NonNull<T>) -> Result<(), NonNull<T>> {
        let mut position = self.tail.load(Ordering::Relaxed);
        loop {
            let cell = self.cell(position);
            // Acquire: the previous lap's popper has read the value that is overwritten.
            let turn = cell.turn.load(Ordering::Acquire);
            match turn.wrapping_sub(position) as isize {
                0 => {
                    // Sequentially consistent for a sleeper, who asks `is_empty`, see `idle`.
                    let claim = self.tail.compare_exchange_weak(
                        position,
                        position + 1,
                        Ordering::SeqCst,
                        Ordering::Relaxed,
                    );
                    match claim {
                        Ok(_) => {
                            // Relaxed: released with the turn.
                            cell.value.store(value.as_ptr(), Ordering::Relaxed);
                            cell.turn.store(position + 1, Ordering::Release);
                            return Ok(());
                        }
                        Err(now) => position = now,
                    }
                }
                behind if behind < 0 => return Err(value),
                _ => position = self.tail.load(Ordering::Relaxed),
            }
        }
    }

    /// Takes the oldest value. `None` may also mean that a push is under way.
    #[inline]
    pub(crate) fn pop(&self) -> Option<NonNull<T>> {
        let mut position = self.head.load(Ordering::Relaxed);
        loop {
            let cell = self.cell(position);
            // Acquire: the value, and what its pusher did before.
            let turn = cell.turn.load(Ordering::Acquire);
            match turn.wrapping_sub(position + 1) as isize {
                0 => {
                    let claim = self.head.compare_exchange_weak(
                        position,
                        position + 1,
                        Ordering::SeqCst,
                        Ordering::Relaxed,
                    );
                    match claim {
                        Ok(_) => {
                            // Relaxed: acquired with the turn.
                            let value = cell.value.load(Ordering::Relaxed);
                            cell.turn
                                .store(position + self.cells.len(), Ordering::Release);
                            return NonNull::new(value);
                        }
                        Err(now) => position = now,
                    }
                }
                behind if behind < 0 => return None,
                _ => position = self.head.load(Ordering::Relaxed),
            }
        }
    }

    /// A guess of the value that is popped after `ahead` others, if it is there already.
    #[inline]
    pub(crate) fn upcoming(&self, ahead: usize) -> Option<NonNull<T>> {
        let position = self.head.load(Ordering::Relaxed).wrapping_add(ahead);
        let cell = self.cell(position);
        let is_there = cell.turn.load(Ordering::Relaxed) == position.wrapping_add(1);
        let value = is_there.then(|| cell.value.load(Ordering::Relaxed));
        value.and_then(NonNull::new)
    }

    /// How many values there are, as far as can be said while others push and pop.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        let head = self.head.load(Ordering::Relaxed);
        self.tail
            .load(Ordering::Relaxed)
            .wrapping_sub(head)
            .min(self.cells.len())
    }

    /// Whether there is nothing to pop. A push that has begun counts as something.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        let head = self.head.load(Ordering::SeqCst);
        self.tail.load(Ordering::SeqCst) == head
    }
}

/// Pointers that stand for numbers.
#[cfg(test)]
pub(super) mod numbers {
    use std::num::NonZero;
    use std::ptr::NonNull;

    pub(crate) fn pointer(number: usize) -> NonNull<()> {
        NonNull::without_provenance(NonZero::new(number + 1).unwrap())
    }

    pub(crate) fn number(pointer: NonNull<()>) -> usize {
        pointer.addr().get() - 1
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::numbers::{number, pointer};
    use super::*;

    #[test]
    fn first_in_first_out_over_many_laps() {
        let queue = ReadyQueue::new(4);
        assert!(queue.is_empty() && queue.pop().is_none());
        for lap in 0..10 {
            for i in 0..4 {
                queue.push(pointer(lap * 4 + i)).unwrap();
            }
            assert_eq!(queue.push(pointer(99)), Err(pointer(99)));
            for i in 0..4 {
                assert_eq!(queue.pop().map(number), Some(lap * 4 + i));
            }
            assert!(queue.is_empty());
        }
    }

    #[test]
    fn what_comes_next_is_known_as_far_as_it_is_there() {
        let queue = ReadyQueue::new(4);
        for lap in 0..10 {
            let upcoming = || [0, 1, 2].map(|ahead| queue.upcoming(ahead).map(number));
            assert_eq!(upcoming(), [None; 3]);
            queue.push(pointer(lap)).unwrap();
            queue.push(pointer(lap + 1)).unwrap();
            assert_eq!(upcoming(), [Some(lap), Some(lap + 1), None]);
            queue.pop();
            assert_eq!(upcoming(), [Some(lap + 1), None, None]);
            queue.pop();
        }
    }

    #[test]
    fn nothing_is_lost_or_doubled() {
        const EACH: usize = 5_000;
        let queue = ReadyQueue::new(64);
        let mut seen = std::thread::scope(|scope| {
            let queue = &queue;
            for producer in 0..2 {
                scope.spawn(move || {
                    for i in 0..EACH {
                        while queue.push(pointer(producer * EACH + i)).is_err() {
                            std::thread::yield_now();
                        }
                    }
                });
            }
            let consumers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let mut got = Vec::new();
                        while got.len() < EACH {
                            match queue.pop() {
                                Some(value) => got.push(number(value)),
                                None => std::thread::yield_now(),
                            }
                        }
                        got
                    })
                })
                .collect();
            consumers
                .into_iter()
                .flat_map(|consumer| consumer.join().unwrap())
                .collect::<Vec<_>>()
        });
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..2 * EACH));
    }
}
