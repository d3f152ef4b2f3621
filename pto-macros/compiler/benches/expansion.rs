//! How long it takes to expand an orchestration, and how that grows with its size.
//!
//! `cargo bench -p pto-compiler` measures a release build, `cargo bench -p
//! pto-compiler --profile dev` what most builds of a user's crate run.

use proc_macro2::TokenStream;
use std::time::{Duration, Instant};

fn main() {
    println!("{:>8} {:>12} {:>8}", "submits", "expansion", "ratio");
    let mut last: Option<Duration> = None;
    for submits in [25, 50, 100, 200, 400] {
        let time = median(&pto_programs::large(submits));
        let ratio = last.map(|last| time.as_secs_f64() / last.as_secs_f64());
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        println!(
            "{submits:>8} {:>9.2} ms {ratio:>8}",
            time.as_secs_f64() * 1e3
        );
        last = Some(time);
    }
}

/// The median of several runs, within a few seconds.
fn median(source: &str) -> Duration {
    let item: TokenStream = source.parse().expect("the program is tokens");
    let started = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || (times.len() < 21 && started.elapsed() < Duration::from_secs(3)) {
        let start = Instant::now();
        let output = pto_compiler::orchestration(TokenStream::new(), item.clone());
        times.push(start.elapsed());
        assert!(!output.is_empty(), "the program expands");
    }
    times.sort_unstable();
    times[times.len() / 2]
}
