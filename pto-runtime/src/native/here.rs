//! Tasks that the submitting thread runs at once, instead of handing them to the others.
//!
//! A task that is queued crosses from one core to another, which takes as long as many a kernel. So the queues are kept
//! long enough for the other threads to find work whenever they look, and what is ready beyond that is run on the spot:
//! its arguments and what its producers wrote are in this core's cache, and no other thread ever hears of it.
//!
//! Nothing else changes by it. Such a task has a slot, edges and a scope like any other, and its slot says "complete"
//! from the start: only this thread could look at it meanwhile, and it runs the kernel.

use std::time::{Duration, Instant};

use crate::backend::{Request, Work};
use crate::native::ORCHESTRATING;
use crate::native::orchestrator::Orchestrator;
use crate::record;

/// How many ready tasks should be queued for each other thread.
const ENOUGH: usize = 32;
/// The words for the arguments of a task that is run here: enough for as many as the language allows.
pub(super) const WORDS: usize = 256;
/// Kernels that take less are not all timed.
const SHORT: Duration = Duration::from_micros(2);
/// Of how many short kernels one is timed.
const TIMED: u32 = 64;

/// Decides which ready tasks are run here.
#[derive(Debug, Default)]
pub(super) struct Here {
    /// Threads beside the submitting one.
    others: usize,
    /// So many tasks are run here, or queued, before the queues are looked at again: that takes their ends away from the
    /// other threads.
    run: usize,
    queue: usize,
    /// How many more kernels are not timed.
    untimed: u32,
}

impl Here {
    pub(super) fn new(others: usize) -> Self {
        Here {
            others,
            ..Self::default()
        }
    }

    /// Whether the next ready task is run here. `queued` counts those that wait for a thread.
    #[inline]
    fn next(&mut self, queued: impl FnOnce() -> usize) -> bool {
        if self.others == 0 {
            return true;
        }
        if self.run > 0 {
            self.run -= 1;
            return true;
        }
        if self.queue > 0 {
            self.queue -= 1;
            return false;
        }
        let (queued, enough) = (queued(), ENOUGH * self.others);
        if queued < enough {
            self.queue = enough - queued - 1;
            return false;
        }
        // Until half of them are taken, if all kernels take the same time.
        self.run = queued / (2 * self.others);
        true
    }
}

impl Orchestrator {
    /// Whether a task that is ready is run here and now.
    #[inline]
    pub(super) fn is_run_here(&mut self, work: Work<'_>, args: usize) -> bool {
        let Self { here, shared, .. } = self;
        matches!(work, Work::Kernel(_))
            && args <= WORDS * size_of::<u64>()
            && !shared.counts_cores()
            && here.next(|| shared.queued())
    }

    /// Runs the kernel of the newest task, all of whose producers are complete.
    #[inline]
    pub(super) fn run_here(&mut self, request: &Request<'_, '_>) {
        let Work::Kernel(kernel) = request.work else {
            return;
        };
        let record = self.record.start().cast();
        // SAFETY: `is_run_here` has compared the record with the memory, which is used for one task at a time, by this
        // thread. The task runs now and once; its producers are done, and whoever conflicts with it is launched later.
        unsafe {
            let end = record::write(record, request.tensors, request.scalars);
            let guard = request
                .predicate
                .map(|predicate| record::write_guard(end, predicate));
            self.timed(|of| of.shared.execute(kernel, record, guard, request.site));
        }
    }

    /// Runs a kernel, and counts its time as none of the orchestration's. Reading the clock takes longer than a small kernel,
    /// so one stands for many as long as they are short.
    #[inline]
    fn timed(&mut self, run: impl FnOnce(&Self)) {
        // A kernel is not the orchestration, even if it runs on the same thread.
        let orchestrating = ORCHESTRATING.replace(false);
        if self.here.untimed > 0 {
            self.here.untimed -= 1;
            run(self);
        } else {
            let start = Instant::now();
            run(self);
            let took = start.elapsed();
            let stands_for = if took < SHORT { TIMED } else { 1 };
            self.here.untimed = stands_for - 1;
            self.away += took * stands_for;
        }
        ORCHESTRATING.set(orchestrating);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn alone_it_runs_everything() {
        let mut here = Here::new(0);
        assert!((0..100).all(|_| here.next(|| unreachable!())));
    }

    #[test]
    fn the_others_come_first() {
        let mut here = Here::new(2);
        let mut queued = 0;
        for _ in 0..2 * ENOUGH {
            assert!(!here.next(|| queued));
            queued += 1;
        }
        // As long as they are busy the rest is run here.
        assert!((0..1000).all(|_| here.next(|| queued)));
        let looks = std::cell::Cell::new(0);
        let run = (0..1000).filter(|_| {
            here.next(|| {
                looks.set(looks.get() + 1);
                queued
            })
        });
        assert_eq!(run.count(), 1000);
        assert!(looks.get() < 100, "{} looks at the queues", looks.get());
        // They have taken some: these are replaced.
        let missing = 10;
        let mut queued = queued - missing;
        let refilled = (0..ENOUGH).filter(|_| {
            let next = here.next(|| queued);
            queued += usize::from(!next);
            !next
        });
        assert_eq!(refilled.count(), missing);
    }
}
