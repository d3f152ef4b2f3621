//! What threads do that have nothing to do: they look, a little later each time, then sleep until they are woken.

use std::fmt;
use std::time::{Duration, Instant};

use crate::native::worker::Shared;
use crate::sync::{Ordering, spin_loop};

/// How often to look for work before going to sleep: some times as long as waking up takes.
const LOOKS: u32 = if cfg!(shuttle) { 2 } else { 64 };
/// The longest pause between two looks, as a power of two. Looking takes the end of the queue away from the pusher, who
/// then has to fetch it back: better let a few tasks gather.
const LONGEST_PAUSE: u32 = 6;
/// No sleep is longer, so that a wake-up that is lost costs time and not the run.
const NAP: Duration = Duration::from_millis(50);
/// How many ready tasks the submitting thread runs before it looks whether it can go on.
const BATCH: u32 = 32;

impl Shared {
    /// The submitting thread's turn while it cannot go on: runs a task if one is ready, else waits a while for `news`.
    pub(crate) fn help_or_wait(&self, news: impl Fn() -> bool) {
        for look in 0..LOOKS {
            if self.help() {
                // Once at it, make room for more than one submit.
                for _ in 1..BATCH {
                    if !self.help() {
                        break;
                    }
                }
                return;
            }
            if news() {
                return;
            }
            Shared::pause(look);
        }
        self.submitter.sleep(NAP, || self.has_work() || news());
    }

    /// Wakes the submitting thread, if it waits for news that have been made visible.
    pub(super) fn wake_submitter(&self) {
        self.submitter.wake_one();
    }

    /// Wakes so many workers for news that have been made visible.
    pub(super) fn wake_workers(&self, at_most: usize) {
        self.workers.wake_some(at_most);
    }

    /// The submitting thread's turn while only other threads have work. If that takes longer than `limit`, it says on standard error
    /// what it waits for: it cannot go on, as what they do uses memory that is only borrowed until then.
    pub(super) fn wait_until(
        &self,
        limit: Option<Duration>,
        what: impl fmt::Display,
        news: impl Fn() -> bool,
    ) {
        let (start, mut limit) = (Instant::now(), limit);
        let mut look = 0;
        while !news() {
            if look < LOOKS {
                Shared::pause(look);
                look += 1;
                continue;
            }
            self.submitter.sleep(NAP, &news);
            if let Some(exceeded) = limit.filter(|limit| start.elapsed() > *limit) {
                eprintln!("pto-runtime: for {exceeded:?} the run has been waiting for {what}");
                limit = None;
            }
        }
    }

    /// Waits between two looks for work, longer each time.
    pub(super) fn pause(looks: u32) {
        for _ in 0..1 << looks.min(LONGEST_PAUSE) {
            spin_loop();
        }
    }

    /// What a worker thread does until the runtime is dropped.
    pub(crate) fn work(&self) {
        let mut looks = 0;
        while !self.shutdown.load(Ordering::Acquire) {
            if self.help() {
                looks = 0;
            } else if looks < LOOKS {
                Shared::pause(looks);
                looks += 1;
            } else {
                self.workers.sleep(NAP, || {
                    self.has_work() || self.shutdown.load(Ordering::SeqCst)
                });
                looks = 0;
            }
        }
    }

    /// Makes the workers return.
    pub(crate) fn shut_down(&self) {
        self.shutdown.store(true, Ordering::SeqCst);
        self.workers.wake_all();
    }
}
