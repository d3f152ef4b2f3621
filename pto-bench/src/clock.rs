//! Time that a kernel spends, counted by the core itself: reading a clock of the system takes longer than short kernels.

use std::time::{Duration, Instant};

/// Ticks of the core's clock since some moment.
#[inline]
fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: every x86-64 processor has the instruction, and it has no precondition.
        unsafe { core::arch::x86_64::_rdtsc() }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        use std::sync::OnceLock;
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
}

/// Passes that many ticks.
#[inline]
pub fn spin(count: u64) {
    if count > 0 {
        let start = ticks();
        while ticks().wrapping_sub(start) < count {}
    }
}

/// How many ticks pass in a nanosecond, measured.
pub fn ticks_per_ns() -> f64 {
    let one = || {
        let (start, first) = (Instant::now(), ticks());
        while start.elapsed() < Duration::from_millis(10) {}
        (ticks() - first) as f64 / start.elapsed().as_nanos() as f64
    };
    // An interruption makes one of them wrong, not the middle one.
    let mut rates = [one(), one(), one()];
    rates.sort_by(f64::total_cmp);
    rates[1]
}

/// The ticks of a kernel that takes `ns` nanoseconds.
pub fn ticks_of(ns: u64) -> u64 {
    match ns {
        0 => 0,
        ns => (ns as f64 * ticks_per_ns()) as u64,
    }
}
