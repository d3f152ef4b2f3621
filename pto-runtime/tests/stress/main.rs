//! Random programs on tiny rings, with delays and panics in their kernels: results are those of running one task after the
//! other, memory stays as it is, and nothing hangs.
//!
//! `PTO_STRESS_TASKS=5000000 cargo test --release -p pto-runtime --test stress` runs for longer. `PTO_STRESS_SEED` starts
//! with other programs.

#[path = "../common/mod.rs"]
mod common;
mod kernels;
mod memory;
mod program;
mod run;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use memory::live_bytes;
use program::{Program, Rng};
use pto_runtime::{ErrorKind, Runtime};
use run::{Watchdog, run};

/// Memory is counted for all threads of the process, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// How many tasks are submitted in all, more or less.
fn tasks() -> u64 {
    number("PTO_STRESS_TASKS").unwrap_or(60_000)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
    )
}

/// A runtime with little room, and what it is.
fn small(rng: &mut Rng) -> (Runtime, String) {
    let workers = 1 + rng.below(8);
    let window = [8, 16, 64][rng.below(3)];
    let heap = [4096, 8192, 1 << 16][rng.below(3)];
    // As many as one task can wait for: all tasks of the four rings.
    let dep_pool = 4 * window;
    let clusters = if rng.below(3) == 0 { 1 } else { workers };
    let builder = Runtime::builder()
        .workers(workers)
        .window(window)
        .heap(heap);
    let builder = builder.dep_pool(dep_pool).clusters(clusters);
    // Whether a run is verified has no influence on what it does.
    let verify = rng.below(4) == 0;
    // What the submitting thread runs at once no other thread hears of.
    let at_once = rng.below(3) == 0;
    let what = format!(
        "workers {workers}, window {window}, heap {heap}, dep_pool {dep_pool}, clusters {clusters}, verify {verify}, \
         at once {at_once}"
    );
    let builder = builder.verify(verify).run_at_once(at_once);
    (builder.build().unwrap(), what)
}

#[test]
fn random_programs_under_stress() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let seed = number("PTO_STRESS_SEED").unwrap_or(1);
    let mut rng = Rng::new(seed);
    let watchdog = Watchdog::start(Duration::from_secs(120));
    let (mut submitted, mut panics, mut runtimes) = (0, 0, 0);
    while submitted < tasks() {
        runtimes += 1;
        let (mut runtime, what) = small(&mut rng);
        let programs: Vec<Program> = (0..4).map(|_| Program::random(&mut rng)).collect();
        // Where vectors have grown as far as these programs make them.
        let mut warm = 0;
        for round in 0..8 {
            for (at, program) in programs.iter().enumerate() {
                let context = format!(
                    "seed {seed}, runtime {runtimes} ({what}), program {at}, round {round}"
                );
                watchdog.feed(&context);
                let bomb = (round % 2 == 1).then(|| rng.below(program.len()));
                let outcome = run(&mut runtime, program, bomb);
                submitted += runtime.last_report().tasks;
                match (bomb, outcome) {
                    (None, Ok(right)) => assert!(right, "{context}: another result"),
                    (Some(_), Err(error)) if error.kind() == ErrorKind::KernelPanic => panics += 1,
                    (_, outcome) => panic!("{context}: {outcome:?}, bomb {bomb:?}"),
                }
            }
            match round {
                0..4 => warm = warm.max(live_bytes()),
                _ => assert!(
                    live_bytes() <= warm + (64 << 10),
                    "memory grows: {} bytes, then {warm}",
                    live_bytes()
                ),
            }
        }
    }
    assert!(panics > 0 && submitted >= tasks());
    println!("{submitted} tasks, {runtimes} runtimes, {panics} panics");
}

/// A program of many tasks on one runtime: what is kept of tasks that are over is used again.
#[test]
fn one_long_run_keeps_its_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let watchdog = Watchdog::start(Duration::from_secs(300));
    watchdog.feed("the long run");
    let mut runtime = Runtime::builder()
        .workers(4)
        .window(16)
        .heap(8192)
        .dep_pool(32)
        .verify(false)
        .run_at_once(false)
        .build()
        .unwrap();
    let program = Program::random(&mut Rng::new(7));
    let rounds = tasks().div_ceil(2 * program.tasks()) as usize;
    let samples = run::repeated(&mut runtime, &program, rounds.max(20)).unwrap();
    let (early, late) = samples.split_at(samples.len() / 2);
    let (early, late) = (early.iter().max().unwrap(), late.iter().max().unwrap());
    assert!(
        *late <= early + (64 << 10),
        "memory grows: {early} bytes, then {late}"
    );
    let report = runtime.last_report();
    assert!(
        report
            .rings
            .iter()
            .all(|ring| ring.tasks < 16 && ring.heap <= 8192 && ring.deps <= 32)
    );
}
