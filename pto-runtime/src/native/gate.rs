//! What one thread opens to others for a while, and the turns that they take.
//!
//! The thread that opens a gate lends what is behind it, until it has closed the gate and all others have left. Entering and
//! closing exclude each other by a lock, so that nobody enters later; who leaves gives up its part in one step, which makes visible
//! to the thread that closes whatever was done inside.

use std::ops::{Deref, Range};
use std::ptr::NonNull;
use std::sync::PoisonError;

use crate::sync::{AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering};

/// A gate to a `T`.
///
/// Invariant: `inside` counts the [`Inside`]s. While it is not zero, or `open` holds something, that `T` stays in place.
pub(crate) struct Gate<T> {
    /// Whether it is worth while to enter. Written under the lock, read without it.
    inviting: AtomicBool,
    inside: AtomicUsize,
    open: Mutex<Option<NonNull<T>>>,
}

// SAFETY: it gives others shared access to a `T`.
unsafe impl<T: Sync> Send for Gate<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Gate<T> {}

impl<T> Gate<T> {
    pub(crate) fn new() -> Self {
        Gate {
            inviting: AtomicBool::new(false),
            inside: AtomicUsize::new(0),
            open: Mutex::new(None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<NonNull<T>>> {
        // No panic can happen while the lock is held.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the gate, which is closed.
    ///
    /// # Safety
    /// `to` stays in place until the gate is [closed](Gate::close) and [empty](Gate::is_empty).
    pub(crate) unsafe fn open(&self, to: NonNull<T>) {
        let mut open = self.lock();
        *open = Some(to);
        // News for sleepers, see `idle`.
        self.inviting.store(true, Ordering::SeqCst);
    }

    /// Says that it is not worth while to enter any more.
    pub(crate) fn shut(&self) {
        let _open = self.lock();
        self.inviting.store(false, Ordering::SeqCst);
    }

    /// Closes the gate: nobody enters from now on.
    pub(crate) fn close(&self) {
        let mut open = self.lock();
        *open = None;
        self.inviting.store(false, Ordering::SeqCst);
    }

    /// Whether it may be worth while to enter.
    #[inline]
    pub(crate) fn is_inviting(&self) -> bool {
        self.inviting.load(Ordering::Relaxed)
    }

    /// As [`is_inviting`](Gate::is_inviting), for who is about to sleep.
    pub(crate) fn has_work(&self) -> bool {
        self.inviting.load(Ordering::SeqCst)
    }

    /// Whether nobody is inside. Then what was done inside is visible, if the gate is closed.
    pub(crate) fn is_empty(&self) -> bool {
        self.inside.load(Ordering::SeqCst) == 0
    }

    /// Enters, if it is open and worth while.
    pub(crate) fn enter(&self) -> Option<Inside<'_, T>> {
        let open = self.lock();
        let to = (*open).filter(|_| self.inviting.load(Ordering::Relaxed))?;
        // Under the lock: who closes sees it.
        self.inside.fetch_add(1, Ordering::Relaxed);
        Some(Inside { gate: self, to })
    }
}

/// Being inside a gate, until dropped.
pub(crate) struct Inside<'g, T> {
    gate: &'g Gate<T>,
    to: NonNull<T>,
}

impl<T> Deref for Inside<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it stays in place as long as this is counted.
        unsafe { self.to.as_ref() }
    }
}

impl<T> Drop for Inside<'_, T> {
    fn drop(&mut self) {
        // Releases what was done inside; news for the thread that waits.
        self.gate.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The iterations of a loop, which threads take in turns: a few at first, as it is not known how long they are, then as many as
/// leave enough for the others, one at a time in the end.
pub(crate) struct Turns {
    next: AtomicUsize,
    count: usize,
    threads: usize,
}

/// Into how many turns each thread's part of what is left is divided.
const FINENESS: usize = 8;

impl Turns {
    pub(crate) fn new(count: usize, threads: usize) -> Self {
        Turns {
            next: AtomicUsize::new(0),
            count,
            threads,
        }
    }

    /// Takes the next iterations, if there are any.
    pub(crate) fn claim(&self) -> Option<Range<usize>> {
        let mut at = self.next.load(Ordering::Relaxed);
        loop {
            let left = self.count.checked_sub(at).filter(|&left| left > 0)?;
            let end = at + (left / (FINENESS * self.threads)).clamp(1, at + 1);
            // What is done by whom needs no order: iterations are independent.
            let taken =
                self.next
                    .compare_exchange_weak(at, end, Ordering::Relaxed, Ordering::Relaxed);
            match taken {
                Ok(_) => return Some(at..end),
                Err(now) => at = now,
            }
        }
    }

    /// Ends the loop where it is. Returns how many iterations were taken, if it has not been ended before.
    pub(crate) fn stop(&self) -> Option<usize> {
        let taken = self.next.swap(usize::MAX, Ordering::Relaxed);
        (taken != usize::MAX).then_some(taken)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn all(turns: &Turns) -> Vec<Range<usize>> {
        std::iter::from_fn(|| turns.claim()).collect()
    }

    #[test]
    fn every_iteration_has_its_turn_once() {
        for (count, threads) in [(0, 1), (1, 4), (7, 2), (307, 2), (10_000, 3)] {
            let taken = all(&Turns::new(count, threads));
            let each: Vec<usize> = taken.iter().cloned().flatten().collect();
            assert_eq!(each, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn turns_grow_from_one_and_end_with_one() {
        let taken = all(&Turns::new(10_000, 2));
        let sizes: Vec<usize> = taken.iter().map(Range::len).collect();
        assert_eq!(sizes[..4], [1, 2, 4, 8]);
        assert_eq!(sizes[sizes.len() - 10..], [1; 10]);
        let largest = sizes.iter().max().copied().unwrap();
        assert!(largest <= 10_000 / 16, "{largest}");
        assert!(sizes.len() < 200, "{} turns", sizes.len());
    }

    #[test]
    fn what_is_ended_has_no_more_turns() {
        let turns = Turns::new(100, 2);
        turns.claim();
        assert_eq!(turns.claim(), Some(1..3));
        assert_eq!(turns.stop(), Some(3));
        assert_eq!((turns.claim(), turns.stop()), (None, None));
    }
}
