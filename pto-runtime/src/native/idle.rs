//! Where threads sleep that have nothing to do.
//!
//! A sleeper announces itself, looks once more, and sleeps; a waker makes its news visible, then looks for sleepers.
//! All four accesses are sequentially consistent, so one of the two sees the other. Waking takes the sleeper off the
//! count at once: a burst of news wakes each sleeper once, and costs one load where there is none.

use std::time::Duration;

use crate::sync::{AtomicUsize, Condvar, Mutex, Ordering, order_for_model};

pub(crate) struct Idle {
    /// Announced sleepers that nobody has woken yet. Written under the lock, read without it.
    sleepers: AtomicUsize,
    /// Wake-ups that no sleeper has taken yet.
    wakeups: Mutex<usize>,
    changed: Condvar,
}

impl Idle {
    pub(crate) fn new() -> Self {
        Idle {
            sleepers: AtomicUsize::new(0),
            wakeups: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    /// Wakes a sleeper, if there is one. The caller has made its news visible by a sequentially consistent write.
    #[inline]
    pub(crate) fn wake_one(&self) {
        order_for_model();
        if self.sleepers.load(Ordering::SeqCst) != 0 {
            self.wake(1);
        }
    }

    /// Wakes so many sleepers, or all there are. The caller has made its news visible like that of
    /// [`wake_one`](Idle::wake_one).
    pub(crate) fn wake_some(&self, at_most: usize) {
        order_for_model();
        if self.sleepers.load(Ordering::SeqCst) != 0 {
            self.wake(at_most);
        }
    }

    /// Wakes all sleepers.
    pub(crate) fn wake_all(&self) {
        self.wake(usize::MAX);
    }

    #[cold]
    fn wake(&self, at_most: usize) {
        // A panic cannot happen while the lock is held, and the counters would be right even then.
        let mut wakeups = self
            .wakeups
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let woken = self.sleepers.load(Ordering::Relaxed).min(at_most);
        self.sleepers.fetch_sub(woken, Ordering::SeqCst);
        *wakeups += woken;
        for _ in 0..woken {
            self.changed.notify_one();
        }
    }

    /// Sleeps until woken, for `at_most` that long; not at all if there is `news`.
    pub(crate) fn sleep(&self, at_most: Duration, news: impl FnOnce() -> bool) {
        let mut wakeups = self
            .wakeups
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        order_for_model();
        if news() {
            // A wake-up that nobody has taken is that of another sleeper.
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        // A spurious wake-up ends the sleep: the caller looks for work, and comes back.
        #[cfg(not(loom))]
        {
            wakeups = match self
                .changed
                .wait_timeout_while(wakeups, at_most, |wakeups| *wakeups == 0)
            {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        #[cfg(loom)]
        {
            // The model has no time: a wake-up that is lost is a deadlock, and found.
            let _ = at_most;
            while *wakeups == 0 {
                wakeups = self.changed.wait(wakeups).unwrap();
            }
        }
        // Either somebody has taken this sleeper off the count, or it does so itself.
        if *wakeups > 0 {
            *wakeups -= 1;
        } else {
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
