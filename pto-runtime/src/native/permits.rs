//! The cores: how many kernels of each kind may run at a time.

use crate::kernel::Core;
use crate::sync::{AtomicU32, Ordering};

/// One AIC and two AIV cores for each cluster.
///
/// Free cores of both kinds are counted in one word, so that cores of both are taken in one step or not at all.
pub(crate) struct Permits {
    /// Whether the cores can be fewer than the threads. If not, nothing is counted.
    limited: bool,
    clusters: usize,
    free: AtomicU32,
}

/// Cores that are taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cores {
    /// In the form of [`Permits::free`].
    word: u32,
}

/// The count of AIC cores is below this bit, that of AIV cores from it on.
const AIV: u32 = 12;
const COUNT: u32 = (1 << AIV) - 1;
/// Plain tasks leave AIC cores alone, AIV cores alone: somebody gathers them.
const BARRED: [u32; 2] = [1 << 28, 1 << 29];
/// Cores were gathered since a plain task took one last.
const OWED: u32 = 1 << 30;

impl Cores {
    /// So many of each kind: a few.
    pub(crate) fn new(aic: usize, aiv: usize) -> Self {
        Cores {
            word: aic as u32 | (aiv as u32) << AIV,
        }
    }

    pub(crate) fn one(core: Core) -> Self {
        Cores { word: unit(core) }
    }

    /// Whether both ask for cores of one kind.
    pub(crate) fn meets(self, other: Cores) -> bool {
        [Core::Aic, Core::Aiv]
            .into_iter()
            .any(|core| self.count(core) > 0 && other.count(core) > 0)
    }

    #[must_use]
    pub(crate) fn and(self, other: Cores) -> Self {
        Cores {
            word: self.word + other.word,
        }
    }

    fn count(self, core: Core) -> u32 {
        self.word >> (AIV * core as u32) & COUNT
    }

    fn fit(self, free: u32) -> bool {
        let free = Cores { word: free };
        self.count(Core::Aic) <= free.count(Core::Aic)
            && self.count(Core::Aiv) <= free.count(Core::Aiv)
    }
}

fn unit(core: Core) -> u32 {
    1 << (AIV * core as u32)
}

impl Permits {
    pub(crate) fn new(clusters: usize, workers: usize) -> Self {
        Permits {
            limited: clusters < workers,
            clusters,
            free: AtomicU32::new(Cores::new(clusters, 2 * clusters).word),
        }
    }

    #[inline]
    pub(crate) fn limited(&self) -> bool {
        self.limited
    }

    /// How many cores of that kind there are, if they are counted.
    pub(crate) fn all(&self, core: Core) -> Option<usize> {
        let each = match core {
            Core::Aic => 1,
            Core::Aiv => 2,
        };
        self.limited.then_some(each * self.clusters)
    }

    /// Whether a plain task finds a core of that kind.
    pub(crate) fn any(&self, core: Core) -> bool {
        !self.limited || plain(self.free.load(Ordering::SeqCst), core).is_some()
    }

    /// Whether these cores are free.
    pub(crate) fn has(&self, cores: Cores) -> bool {
        !self.limited || cores.fit(self.free.load(Ordering::SeqCst))
    }

    /// Takes a core for a plain task. The order of what the tasks do is none of its business, hence relaxed.
    #[inline]
    pub(crate) fn acquire(&self, core: Core) -> bool {
        !self.limited
            || self
                .free
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                    plain(free, core)
                })
                .is_ok()
    }

    /// Takes all these cores, or none.
    pub(crate) fn acquire_all(&self, cores: Cores) -> bool {
        !self.limited
            || self
                .free
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                    cores.fit(free).then(|| free - cores.word)
                })
                .is_ok()
    }

    /// Keeps plain tasks from cores of these kinds until [`unbar`](Permits::unbar), so that they come together. Not if that
    /// was so a moment ago, and plain tasks wait of which none has had a core since.
    pub(crate) fn bar(&self, cores: Cores, plain_waits: bool) -> bool {
        let bars = [Core::Aic, Core::Aiv]
            .into_iter()
            .filter(|&core| cores.count(core) > 0)
            .fold(0, |bars, core| bars | BARRED[core as usize]);
        self.free
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                (free & OWED == 0 || !plain_waits).then_some(free | bars)
            })
            .is_ok()
    }

    /// Lets plain tasks have cores again, the next one before they can be barred again.
    pub(crate) fn unbar(&self) {
        let update = |free: u32| Some(free & !BARRED[0] & !BARRED[1] | OWED);
        // Sequentially consistent for a sleeper, as below.
        let _ = self
            .free
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, update);
    }

    /// Returns a core.
    #[inline]
    pub(crate) fn release(&self, core: Core) {
        if self.limited {
            // Sequentially consistent for a sleeper that asks whether there is work it could take.
            self.free.fetch_add(unit(core), Ordering::SeqCst);
        }
    }
}

/// What is left when a plain task takes a core.
#[inline]
fn plain(free: u32, core: Core) -> Option<u32> {
    let may = free & BARRED[core as usize] == 0 && Cores { word: free }.count(core) > 0;
    may.then(|| (free - unit(core)) & !OWED)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn cores_are_taken_together_or_not_at_all() {
        let permits = Permits::new(1, 4);
        let cluster = Cores::new(1, 2);
        assert!(permits.acquire(Core::Aiv));
        assert!(!permits.acquire_all(cluster) && permits.has(Cores::new(1, 1)));
        permits.release(Core::Aiv);
        assert!(permits.acquire_all(cluster));
        assert!(!permits.acquire(Core::Aic) && !permits.acquire(Core::Aiv));
        for core in [Core::Aiv, Core::Aic, Core::Aiv] {
            permits.release(core);
        }
        assert!(permits.has(cluster));
        assert_eq!(permits.all(Core::Aiv), Some(2));
    }

    #[test]
    fn gathering_and_plain_tasks_take_turns() {
        let permits = Permits::new(1, 4);
        let both = Cores::new(0, 2);
        assert!(permits.acquire(Core::Aiv) && !permits.acquire_all(both));
        assert!(permits.bar(both, true));
        assert!(!permits.acquire(Core::Aiv) && permits.acquire(Core::Aic));
        permits.release(Core::Aiv);
        assert!(permits.acquire_all(both));
        permits.unbar();
        permits.release(Core::Aiv);
        assert!(!permits.bar(both, true), "a plain task has its turn");
        assert!(permits.bar(both, false), "unless there is none");
        permits.unbar();
        assert!(permits.acquire(Core::Aiv));
        assert!(permits.bar(both, true));
    }

    #[test]
    fn nothing_is_counted_where_cores_are_no_fewer_than_threads() {
        let permits = Permits::new(4, 4);
        assert!((0..100).all(|_| permits.acquire(Core::Aic)));
        assert!(permits.acquire_all(Cores::new(1, 2)) && permits.all(Core::Aic).is_none());
    }
}
