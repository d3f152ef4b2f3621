//! Watches a wait for progress, if the user has set a limit.

use std::time::{Duration, Instant};

/// A wait that may not go on without progress for longer than the limit.
#[derive(Debug)]
pub(crate) struct Stall {
    limit: Option<Duration>,
    /// When progress was last seen, and how far it had come.
    since: Instant,
    progress: u64,
}

impl Stall {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Stall {
            limit,
            since: Instant::now(),
            progress: 0,
        }
    }

    /// Takes note of how far things are. The limit, if nothing has come further for so long.
    pub(crate) fn exceeds(&mut self, progress: u64) -> Option<Duration> {
        let limit = self.limit?;
        if progress != self.progress {
            (self.since, self.progress) = (Instant::now(), progress);
        }
        (self.since.elapsed() >= limit).then_some(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_starts_the_clock_anew() {
        let mut stall = Stall::new(Some(Duration::ZERO));
        assert_eq!(stall.exceeds(0), Some(Duration::ZERO));
        let mut stall = Stall::new(Some(Duration::from_secs(3600)));
        stall.since = Instant::now() - Duration::from_secs(3601);
        assert_eq!(stall.exceeds(1), None, "something has come further");
        stall.since = Instant::now() - Duration::from_secs(3601);
        assert!(stall.exceeds(1).is_some());
        assert_eq!(Stall::new(None).exceeds(0), None);
    }
}
