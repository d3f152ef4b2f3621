//! Tasks that the submitting thread runs at once, instead of handing them to the others.
//!
//! A task that is queued crosses from one core to another, which takes as long as many a kernel: such kernels are always
//! run on the spot. Otherwise the queues are kept long enough for the other threads to find work whenever they look, and what
//! is ready beyond that is run on the spot: what its producers wrote is in this core's cache, its arguments need not be
//! packed, and no other thread hears of it.
//!
//! Such a task has a slot and a scope like any other, and its slot says "complete" from the start: only this thread could
//! look at it meanwhile, and it runs the kernel. Nobody ever waits for it, so unless the run is recorded or verified it is
//! in no map and has no edges, and what is known of it is kept with others, see `ring`.

use std::time::Duration;

use crate::args::TensorArg;
use crate::backend::Mode;
use crate::kernel::Kernel;
use crate::native::edges::count_tracked;
use crate::native::orchestrator::Orchestrator;
use crate::native::pace::{By, Costs, looks_short};
use crate::record::KernelArgs;
use crate::site::Site;

/// How many ready tasks should be queued for each other thread.
const ENOUGH: usize = 64;
/// Kernels that take less are not all timed.
const SHORT: Duration = Duration::from_micros(if cfg!(shuttle) { 0 } else { 2 });
/// Of how many kernels that are not long one is run here in any case.
const EXPLORED: u32 = 32;
/// Of how many short kernels one is timed.
const TIMED: u32 = 256;

/// Decides which ready tasks are run here.
#[derive(Debug, Default)]
pub(super) struct Here {
    /// Whether any are.
    enabled: bool,
    /// Threads beside the submitting one.
    others: usize,
    /// So many ready tasks are run here, or queued, before the queues are looked at again: that takes their ends away from
    /// the other threads. A run here is half of what is queued, which lasts until about half of it is taken.
    run: usize,
    queue: usize,
    /// How many more kernels are not timed.
    untimed: u32,
    /// How many more of those that might be short are handed over before one is run here, to see.
    unexplored: u32,
}

impl Here {
    pub(super) fn new(enabled: bool, others: usize) -> Self {
        Here {
            enabled,
            others,
            ..Self::default()
        }
    }

    /// Whether the next ready task is run here. `queued` counts those that wait for a thread.
    #[inline]
    fn is_next(&mut self, queued: impl FnOnce() -> usize) -> bool {
        if self.run == 0 && self.queue == 0 {
            let (queued, enough) = (queued(), ENOUGH * self.others);
            match enough.checked_sub(queued) {
                None | Some(0) => self.run = 1 + queued / (2 * self.others),
                Some(missing) => self.queue = missing,
            }
        }
        self.run > 0
    }

    /// A ready task is run here.
    #[inline(always)]
    pub(super) fn ran(&mut self) {
        self.run = self.run.saturating_sub(1);
    }

    /// So many more ready tasks were run here, none of them timed.
    #[inline]
    pub(super) fn ran_untimed(&mut self, count: u32) {
        self.run = self.run.saturating_sub(count as usize);
        self.untimed -= count;
    }

    /// How many more kernels need not be timed.
    #[inline]
    pub(super) fn untimed(&self) -> u32 {
        self.untimed
    }

    /// Whether any ready task is run here.
    #[inline]
    pub(super) fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Whether there are no other threads: what is ready is run here, if anything is.
    #[inline]
    pub(super) fn is_alone(&self) -> bool {
        self.others == 0
    }

    /// A ready task is queued for the other threads.
    #[inline]
    pub(super) fn queued(&mut self) {
        self.queue = self.queue.saturating_sub(1);
    }
}

#[cfg(all(test, not(loom)))]
impl Here {
    /// No kernel is timed, so that no clock has a say.
    pub(super) fn without_clock(enabled: bool, others: usize) -> Self {
        Here {
            untimed: u32::MAX,
            ..Here::new(enabled, others)
        }
    }
}

impl Orchestrator {
    /// Whether a kernel that is ready is run here and now, instead of being handed over. The task is given so many edges, and
    /// its arguments are tracked in this mode, if they are.
    #[inline(always)]
    pub(super) fn is_run_here(
        &mut self,
        kernel: &'static Kernel,
        tensors: &[TensorArg<'_>],
        edges: usize,
        tracked: Option<Mode>,
    ) -> bool {
        if self.here.others == 0 || !self.here.enabled {
            return self.here.enabled;
        }
        let least = Costs {
            tensors: tensors.len(),
            edges: 0,
            tracked: 0,
        };
        self.is_known_short(kernel, least)
            || self.is_not_for_others(kernel, tensors, edges, tracked)
    }

    /// Whether a kernel is known to take less than handing over such a task does.
    #[inline(always)]
    pub(super) fn is_known_short(&self, kernel: &'static Kernel, costs: Costs) -> bool {
        let is_short = |nanos| nanos < costs.nanos();
        self.shared.paces.nanos(kernel).is_some_and(is_short)
    }

    /// Whether it is plain to see that the next task, which is ready, is for the others.
    #[inline(always)]
    pub(super) fn is_next_for_others(&mut self, kernel: &'static Kernel, costs: Costs) -> bool {
        let Self { here, shared, .. } = self;
        if !here.enabled || here.queue == 0 {
            return !here.enabled;
        }
        match shared.paces.nanos(kernel) {
            Some(nanos) if nanos < costs.nanos() => false,
            Some(nanos) if u128::from(nanos) >= SHORT.as_nanos() => true,
            Some(_) if here.unexplored > 0 => {
                here.unexplored -= 1;
                true
            }
            _ => false,
        }
    }

    /// [`is_run_here`](Orchestrator::is_run_here), where there are others and the kernel is not known to be short.
    #[inline(never)]
    fn is_not_for_others(
        &mut self,
        kernel: &'static Kernel,
        tensors: &[TensorArg<'_>],
        edges: usize,
        tracked: Option<Mode>,
    ) -> bool {
        let Self { here, shared, .. } = self;
        let is_short = match shared.paces.nanos(kernel) {
            Some(nanos) => {
                let costs = Costs {
                    tensors: tensors.len(),
                    edges,
                    tracked: tracked.map_or(0, |mode| count_tracked(tensors, mode)),
                };
                let is_short = nanos < costs.nanos();
                if !is_short && u128::from(nanos) < SHORT.as_nanos() {
                    // It may be that short here, where it was never timed.
                    match here.unexplored.checked_sub(1) {
                        Some(left) => here.unexplored = left,
                        None => {
                            (here.unexplored, here.untimed) = (EXPLORED - 1, 0);
                            return true;
                        }
                    }
                }
                is_short
            }
            None => {
                // Whoever runs it is to time it.
                here.untimed = 0;
                looks_short(tensors)
            }
        };
        is_short || here.is_next(|| shared.queued())
    }

    /// Runs the kernel of a task, all of whose producers are complete.
    ///
    /// # Safety
    /// As [`Shared::execute`](super::worker::Shared::execute).
    #[inline(always)]
    pub(super) unsafe fn run_here(
        &mut self,
        kernel: &'static Kernel,
        args: KernelArgs<'_>,
        site: &Site,
    ) {
        // SAFETY: by the contract of this function.
        unsafe {
            match self.here.untimed.checked_sub(1) {
                Some(left) => {
                    self.here.untimed = left;
                    self.shared.execute(kernel, args, site);
                }
                None => self.execute_timed(kernel, args, site),
            }
        }
    }

    /// Runs a kernel, and counts its time as none of the orchestration's. Reading the clock takes longer than a small kernel,
    /// so one stands for many as long as they are short.
    ///
    /// # Safety
    /// As [`Shared::execute`](super::worker::Shared::execute).
    #[cold]
    unsafe fn execute_timed(&mut self, kernel: &'static Kernel, args: KernelArgs<'_>, site: &Site) {
        // SAFETY: by the contract of this function.
        let execute = || unsafe { self.shared.execute(kernel, args, site) };
        let took = self.shared.paces.time(kernel, By::Submitter, execute);
        let is_short = took < SHORT || cfg!(shuttle);
        let stands_for = if is_short { TIMED } else { 1 };
        self.here.untimed = stands_for - 1;
        self.away += took * stands_for;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    impl Here {
        /// Runs a ready task here or queues it.
        fn next(&mut self, queued: impl FnOnce() -> usize) -> bool {
            let is_next = self.is_next(queued);
            match is_next {
                true => self.ran(),
                false => self.queued(),
            }
            is_next
        }
    }

    /// Tasks that are not ready change nothing.
    #[test]
    fn asking_is_free() {
        let mut here = Here::new(true, 1);
        for queued in 0..ENOUGH {
            assert!((0..100).all(|_| !here.is_next(|| queued)));
            assert!(!here.next(|| queued));
        }
        assert!(here.next(|| ENOUGH));
    }

    #[test]
    fn the_others_come_first() {
        let mut here = Here::new(true, 2);
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
