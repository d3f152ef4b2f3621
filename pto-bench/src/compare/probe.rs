//! The state of the machine: how long news takes from one core to the other, and how fast a core counts.
//!
//! On shared machines both change while one looks. Figures of two runs with different probes are not comparable.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// One line about the machine.
pub(super) fn report(when: &str) -> String {
    let way = match latency() {
        Some(ns) => format!("{ns:.0} ns from one thread to another"),
        None => "one core only".to_owned(),
    };
    format!(
        "machine {when}: {way}, {:.2} ns for each of a chain of products",
        clock()
    )
}

#[repr(align(128))]
struct Line(AtomicU64);

/// Nanoseconds from a store in one thread to its sight in another, the best of many short tries: between two
/// interruptions there is room for one.
fn latency() -> Option<f64> {
    if thread::available_parallelism().map_or(1, usize::from) < 2 {
        return None;
    }
    const TRIPS: u64 = 500;
    let tries = (0..100).map(|_| {
        let line = Line(AtomicU64::new(0));
        // Even numbers belong to one side, odd ones to the other.
        let play = |own: u64| {
            for turn in (own..2 * TRIPS).step_by(2) {
                let mut looks = 0_u32;
                while line.0.load(Ordering::Acquire) != turn {
                    // If both share a core after all, the other one has to get it.
                    looks += 1;
                    match looks % 4096 {
                        0 => thread::yield_now(),
                        _ => spin_loop(),
                    }
                }
                line.0.store(turn + 1, Ordering::Release);
            }
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| play(1));
            let start = Instant::now();
            play(0);
            let elapsed = start.elapsed();
            // Nothing to learn from a panic here: it would end the comparison as well.
            other
                .join()
                .map(|()| elapsed.as_nanos() as f64 / (2 * TRIPS) as f64)
                .unwrap_or(f64::NAN)
        })
    });
    super::sample::least(tries)
}

/// Nanoseconds of a multiplication that waits for the one before.
fn clock() -> f64 {
    const STEPS: u32 = 100_000;
    let tries = (0..5).map(|_| {
        let start = Instant::now();
        let mut value = black_box(3_u64);
        for _ in 0..STEPS {
            value = black_box(value.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        }
        black_box(value);
        start.elapsed().as_nanos() as f64 / f64::from(STEPS)
    });
    super::sample::least(tries).unwrap_or(f64::NAN)
}
