//! The whole comparison in one command; `--help` says what it can do.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        // The comparison starts itself again, so that every measurement has a process of its own.
        Some((first, rest)) if first == "contender" => pto_bench::contender::run(rest),
        _ => pto_bench::compare::run(),
    }
}
