//! Tells a wait that will be over some time from one for a kernel that hangs.

use std::time::{Duration, Instant};

/// A wait during which some task is to become complete now and then.
#[derive(Debug)]
pub(crate) struct Stall {
    limit: Duration,
    since: Instant,
    /// How many tasks were not complete at that time. Counting them costs, so it is put off until it matters.
    unfinished: Option<usize>,
}

impl Stall {
    pub(crate) fn new(limit: Duration) -> Self {
        Stall {
            limit,
            since: Instant::now(),
            unfinished: None,
        }
    }

    /// How many tasks are not complete, if as many were not for as long as the limit: that is after one to two times the
    /// limit.
    pub(crate) fn exceeds(&mut self, unfinished: impl FnOnce() -> usize) -> Option<usize> {
        if self.since.elapsed() < self.limit {
            return None;
        }
        let now = unfinished();
        if self.unfinished.is_some_and(|before| now >= before) {
            return Some(now);
        }
        (self.since, self.unfinished) = (Instant::now(), Some(now));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_completes_starts_the_clock_anew() {
        let mut stall = Stall::new(Duration::ZERO);
        assert_eq!(stall.exceeds(|| 7), None, "the first count");
        assert_eq!(stall.exceeds(|| 6), None, "one less");
        assert_eq!(stall.exceeds(|| 6), Some(6));
        let mut patient = Stall::new(Duration::from_secs(3600));
        assert_eq!(patient.exceeds(|| unreachable!("not yet")), None);
    }
}
