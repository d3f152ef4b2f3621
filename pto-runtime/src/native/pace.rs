//! How long kernels take, as far as is known: whether it is worth handing one to another thread.
//!
//! Nothing depends on it but where a task runs. So the figures may be old, and two kernels may share a place in the table,
//! where the last one is remembered.

use std::time::{Duration, Instant};

use crate::args::{Access, TensorArg};
use crate::kernel::Kernel;
use crate::sync::{AtomicU32, AtomicUsize, Ordering};

/// A kernel that takes less is done about when another core would begin it: a task is several cache lines, each of which
/// takes tens of nanoseconds from core to core.
const HAND_OVER: Duration = Duration::from_nanos(if cfg!(shuttle) { 0 } else { 100 });
/// A kernel that was never timed is taken for a short one if it touches no more bytes.
const FEW_BYTES: usize = 256;
/// A power of two.
const PLACES: usize = 64;

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

    /// Whether a kernel takes less time than handing it to another thread. `None` if it was never timed.
    #[inline]
    pub(crate) fn is_short(&self, kernel: &'static Kernel) -> Option<bool> {
        let (pace, address) = self.place(kernel);
        let known = pace.kernel.load(Ordering::Relaxed) == address;
        known.then(|| pace.nanos.load(Ordering::Relaxed) < HAND_OVER.as_nanos() as u32)
    }

    /// Runs a kernel, and remembers how long it took.
    #[cold]
    pub(crate) fn time(&self, kernel: &'static Kernel, run: impl FnOnce()) -> Duration {
        let start = Instant::now();
        run();
        let took = start.elapsed().saturating_sub(self.clock);
        let new = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        let (pace, address) = self.place(kernel);
        let known = pace.kernel.load(Ordering::Relaxed) == address;
        let old = pace.nanos.load(Ordering::Relaxed);
        // Much makes a kernel take longer than it has to, a cold cache first of all; nothing makes it take less.
        let nanos = match known && new > old {
            true => old + (new - old).div_ceil(4),
            false => new,
        };
        pace.nanos.store(nanos, Ordering::Relaxed);
        pace.kernel.store(address, Ordering::Relaxed);
        took
    }
}
