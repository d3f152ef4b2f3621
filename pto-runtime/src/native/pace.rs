//! How long kernels take, as far as is known: whether it is worth handing one to another thread.
//!
//! Nothing depends on it but where a task runs. So the figures may be old, and two kernels may share a place in the table,
//! where the last one is remembered.

use std::time::{Duration, Instant};

use crate::args::{Access, TensorArg};
use crate::kernel::Kernel;
use crate::sync::{AtomicU32, AtomicUsize, Ordering};

// What handing a task over takes the submitting thread more than running it, in nanoseconds. Measured where both came to the
// same with two threads, for the workloads of `pto-bench`.

/// A slot, and its lines that come back from the other core.
const HAND_OVER: u32 = 70;
/// Each tensor: it is packed, what the kernel writes is in the other core's cache, and who uses it next has to wait for it.
const TENSOR: u32 = 15;
/// Each edge that the task is given.
const EDGE: u32 = 25;
/// That anything is looked up and registered, because the task is not over when the next one is submitted: those after it
/// have to be looked up as well, until it is.
const TRACKING: u32 = 40;
/// Each argument that is.
const TRACKED: u32 = 25;
/// A kernel that was never timed is taken for a short one if it touches no more bytes.
const FEW_BYTES: usize = 256;
/// A measurement may double what is known of a kernel, or raise it by so many nanoseconds.
const LEAST_RISE: u32 = 16;
/// A power of two.
const PLACES: usize = 64;

/// What makes it expensive to hand over a task: how many tensors it has, how many edges it is given, how many of its arguments
/// are tracked.
#[derive(Clone, Copy)]
pub(crate) struct Costs {
    pub(crate) tensors: usize,
    pub(crate) edges: usize,
    pub(crate) tracked: usize,
}

impl Costs {
    /// The nanoseconds that it takes. A kernel that takes less is done sooner if the submitting thread runs it.
    #[inline]
    pub(crate) fn nanos(self) -> u32 {
        if cfg!(shuttle) {
            // No clock has a say: kernels on one tensor are short.
            return if self.tensors == 1 { u32::MAX } else { 0 };
        }
        let tracking = match self.tracked {
            0 => 0,
            tracked => TRACKING + TRACKED * tracked as u32,
        };
        HAND_OVER + TENSOR * self.tensors as u32 + EDGE * self.edges as u32 + tracking
    }
}

/// Whether a kernel on these tensors is likely to be short.
#[cold]
pub(crate) fn looks_short(tensors: &[TensorArg<'_>]) -> bool {
    let bytes = tensors.iter().map(|tensor| {
        let bytes = tensor.layout().len() * tensor.dtype().size();
        // What is read and written is touched twice.
        bytes << u32::from(tensor.access() == Access::ReadWrite)
    });
    bytes.sum::<usize>() <= FEW_BYTES
}

/// Which thread has run a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The one that submits.
    Submitter,
    /// Another one, which has to fetch everything from there. That takes as long as many a kernel, and is not what the kernel
    /// would take where it is submitted. So if that is known nothing is learnt from it.
    Worker,
}

/// The times of kernels.
pub(crate) struct Paces {
    places: [Pace; PLACES],
    /// What reading the clock twice takes.
    clock: Duration,
}

#[derive(Default)]
struct Pace {
    /// The address of a kernel; 0 if there is none.
    kernel: AtomicUsize,
    nanos: AtomicU32,
}

impl Paces {
    pub(crate) fn new() -> Self {
        let twice = (0..32).map(|_| Instant::now().elapsed());
        Paces {
            places: std::array::from_fn(|_| Pace::default()),
            clock: twice.min().unwrap_or_default(),
        }
    }

    #[inline]
    fn place(&self, kernel: &'static Kernel) -> (&Pace, usize) {
        let address = std::ptr::from_ref(kernel).addr();
        // Kernels are next to each other, and larger than this.
        (&self.places[address / 64 % PLACES], address)
    }

    /// The nanoseconds that a kernel takes. `None` if it was never timed.
    #[inline]
    pub(crate) fn nanos(&self, kernel: &'static Kernel) -> Option<u32> {
        let (pace, address) = self.place(kernel);
        let known = pace.kernel.load(Ordering::Relaxed) == address;
        known.then(|| pace.nanos.load(Ordering::Relaxed))
    }

    /// Runs a kernel, and remembers how long it took.
    #[cold]
    pub(crate) fn time(&self, kernel: &'static Kernel, by: By, run: impl FnOnce()) -> Duration {
        let start = Instant::now();
        run();
        let took = start.elapsed().saturating_sub(self.clock);
        self.learn(kernel, by, took);
        took
    }

    /// Remembers how long a kernel took.
    pub(super) fn learn(&self, kernel: &'static Kernel, by: By, took: Duration) {
        let new = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        let (pace, address) = self.place(kernel);
        let known = pace.kernel.load(Ordering::Relaxed) == address;
        let old = pace.nanos.load(Ordering::Relaxed);
        // Much makes a kernel take longer than it has to, a cold cache first of all, and the system's interrupts most of all;
        // nothing makes it take less.
        let nanos = match known && new > old {
            true if by == By::Worker => old,
            true => old + (new - old).div_ceil(4).min(old.max(LEAST_RISE)),
            false => new,
        };
        pace.nanos.store(nanos, Ordering::Relaxed);
        pace.kernel.store(address, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::args::{OutArg, UpdateArg, create, write};
    use crate::handle::{TensorMut, TensorRef};
    use crate::kernel::Core;
    use crate::layout::Shape;
    use crate::task::TaskId;

    const NOTHING: Kernel = Kernel {
        name: "nothing",
        core: Core::Aiv,
        params: &[],
        run: |_| {},
        file: file!(),
        line: line!(),
        check: None,
    };

    /// One more than there are places.
    static KERNELS: [Kernel; PLACES + 1] = [NOTHING; PLACES + 1];

    fn costs(tensors: usize, edges: usize, tracked: usize) -> u32 {
        let costs = Costs {
            tensors,
            edges,
            tracked,
        };
        costs.nanos()
    }

    /// Whether a kernel is worth no hand-over, as far as is known.
    fn is_short(paces: &Paces, kernel: &'static Kernel) -> Option<bool> {
        paces.nanos(kernel).map(|nanos| nanos < costs(2, 0, 0))
    }

    /// What is known of a kernel after it has taken so many nanoseconds, one time after the other.
    fn after(paces: &Paces, kernel: &'static Kernel, nanos: &[u64]) -> Option<bool> {
        for &nanos in nanos {
            paces.learn(kernel, By::Submitter, Duration::from_nanos(nanos));
        }
        is_short(paces, kernel)
    }

    #[test]
    fn all_that_is_packed_and_wired_costs() {
        for (tensors, edges, tracked) in [(0, 0, 0), (1, 1, 0), (3, 2, 3)] {
            let cost = costs(tensors, edges, tracked);
            assert!(cost < costs(tensors + 1, edges, tracked));
            assert!(cost < costs(tensors, edges + 1, tracked));
            assert!(cost < costs(tensors, edges, tracked + 1));
        }
    }

    #[test]
    fn short_kernels_are_told_from_long_ones() {
        let paces = Paces::new();
        let kernel = &KERNELS[0];
        assert_eq!(is_short(&paces, kernel), None, "never timed");
        assert_eq!(after(&paces, kernel, &[99]), Some(true));
        assert_eq!(after(&Paces::new(), kernel, &[100]), Some(false));
        // More than fits is long as well.
        let hours = Duration::from_secs(7200).as_nanos() as u64;
        assert_eq!(after(&Paces::new(), kernel, &[hours]), Some(false));
    }

    #[test]
    fn an_outlier_is_forgotten_with_the_next_time() {
        let kernel = &KERNELS[0];
        let paces = Paces::new();
        assert_eq!(
            after(&paces, kernel, &[20, 100]),
            Some(true),
            "a little more"
        );
        assert_eq!(after(&paces, kernel, &[1_000_000]), Some(true), "much more");
        assert_eq!(after(&paces, kernel, &[1_000_000; 2]), Some(false));
        assert_eq!(after(&paces, kernel, &[20]), Some(true));
    }

    #[test]
    fn a_kernel_that_has_become_slow_is_long_after_a_while() {
        let kernel = &KERNELS[0];
        let paces = Paces::new();
        assert_eq!(after(&paces, kernel, &[20, 100]), Some(true));
        assert_eq!(after(&paces, kernel, &[150; 8]), Some(false));
    }

    /// Otherwise kernels that were handed over once would be handed over for ever.
    #[test]
    fn what_other_threads_take_longer_is_not_learnt() {
        let kernel = &KERNELS[0];
        let paces = Paces::new();
        let by_worker = |nanos| paces.learn(kernel, By::Worker, Duration::from_nanos(nanos));
        by_worker(500);
        assert_eq!(paces.nanos(kernel), Some(500), "better than nothing");
        by_worker(300);
        by_worker(1000);
        assert_eq!(paces.nanos(kernel), Some(300));
        assert_eq!(after(&paces, kernel, &[20]), Some(true));
        by_worker(1000);
        assert_eq!(paces.nanos(kernel), Some(20));
    }

    #[test]
    fn of_two_kernels_in_one_place_the_last_is_known() {
        let paces = Paces::new();
        let place = |kernel| std::ptr::from_ref(paces.place(kernel).0);
        let pairs = KERNELS.iter().enumerate();
        let mut pairs =
            pairs.flat_map(|(at, one)| KERNELS[..at].iter().map(move |other| (one, other)));
        let (one, other) = pairs
            .find(|&(one, other)| place(one) == place(other))
            .unwrap();
        assert_eq!(after(&paces, one, &[20]), Some(true));
        // The time of the one says nothing of the other.
        assert_eq!(paces.nanos(other), None);
        assert_eq!(after(&paces, other, &[1_000_000]), Some(false));
        assert_eq!(paces.nanos(one), None);
        assert_eq!(after(&paces, one, &[99]), Some(true));
    }

    #[test]
    fn the_time_of_a_kernel_is_that_of_its_run() {
        let paces = Paces::new();
        let mut runs = 0;
        paces.time(&KERNELS[0], By::Submitter, || runs += 1);
        let nap = Duration::from_millis(2);
        let took = paces.time(&KERNELS[1], By::Submitter, || std::thread::sleep(nap));
        assert_eq!(runs, 1);
        assert!(took > nap / 2, "{took:?}");
        assert_eq!(is_short(&paces, &KERNELS[1]), Some(false));
    }

    #[test]
    fn a_kernel_that_was_never_timed_is_guessed_by_its_data() {
        let made = |extent| [OutArg::<u64>::into_arg(create([extent]))];
        assert!(looks_short(&[]) && looks_short(&made(32)));
        assert!(!looks_short(&made(33)));
        let base = std::ptr::NonNull::dangling();
        let layout = Shape::from([17]).layout().unwrap();
        let mut tensor =
            TensorMut::<u64>::new(TensorRef::new(base, 0, layout, TaskId::NONE, false));
        assert!(!looks_short(&[UpdateArg::into_arg(write(&mut tensor))]));
    }
}
