//! The cores: how many kernels of each kind may run at a time.

use crate::kernel::Core;
use crate::sync::{AtomicUsize, Ordering};

/// One AIC and two AIV cores for each cluster.
pub(crate) struct Permits {
    /// Whether the cores can be fewer than the threads. If not, nothing is counted.
    limited: bool,
    free: [AtomicUsize; 2],
}

impl Permits {
    pub(crate) fn new(clusters: usize, workers: usize) -> Self {
        Permits {
            limited: clusters < workers,
            free: [AtomicUsize::new(clusters), AtomicUsize::new(2 * clusters)],
        }
    }

    #[inline]
    pub(crate) fn limited(&self) -> bool {
        self.limited
    }

    /// Whether a core of that kind is free.
    pub(crate) fn any(&self, core: Core) -> bool {
        !self.limited || self.free[core as usize].load(Ordering::SeqCst) > 0
    }

    /// Takes a core. The order of what the tasks do is none of its business, hence relaxed.
    #[inline]
    pub(crate) fn acquire(&self, core: Core) -> bool {
        let free = &self.free[core as usize];
        !self.limited
            || free
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                    free.checked_sub(1)
                })
                .is_ok()
    }

    /// Returns a core.
    #[inline]
    pub(crate) fn release(&self, core: Core) {
        if self.limited {
            // Sequentially consistent for a sleeper that asks whether there is work it could take.
            self.free[core as usize].fetch_add(1, Ordering::SeqCst);
        }
    }
}
