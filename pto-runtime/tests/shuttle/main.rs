//! Whole orchestrations, their threads run in random order: results are those of running one task after the other, and no
//! wake-up is lost, for nobody wakes up by himself.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test -p pto-runtime --release --test shuttle`. `PTO_SHUTTLE_RUNS` says how many orders
//! of each kind are tried of each orchestration.
#![cfg(shuttle)]

#[path = "../programs/calls.rs"]
mod calls;
#[macro_use]
#[path = "../common/mod.rs"]
mod common;
#[path = "../programs/model.rs"]
mod model;
mod orchestrations;
#[path = "../programs/submit.rs"]
mod submit;

use shuttle::scheduler::{
    PctScheduler, RandomScheduler, Scheduler, UncontrolledNondeterminismCheckScheduler,
};
use shuttle::{Config, Runner};

/// How often a thread is stopped for others at most, where it is not stopped at random.
const CHANGES: usize = 3;

/// Runs `scenario` in many orders of its threads.
fn check(scenario: fn()) {
    let runs = std::env::var("PTO_SHUTTLE_RUNS").map_or(1000, |runs| runs.parse().unwrap());
    run(RandomScheduler::new(runs), scenario);
    run(PctScheduler::new(CHANGES, runs), scenario);
    // The same order again: nothing else has a say, or a failure could not be had again.
    let twice = UncontrolledNondeterminismCheckScheduler::new(RandomScheduler::new(runs / 10));
    run(twice, scenario);
}

fn run(scheduler: impl Scheduler + 'static, scenario: fn()) {
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    Runner::new(scheduler, config).run(scenario);
}

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(orchestrations::$name);
        })*
    };
}

scenarios!(
    a_diamond,
    a_chain_in_which_slots_and_memory_are_reused,
    more_ready_tasks_than_threads,
    elements_on_the_host,
    teams_and_cohorts,
    cores_that_are_fewer_than_threads,
    a_kernel_that_panics,
    a_block_that_panics_while_others_wait,
    iterations_of_loops,
    random_programs,
    random_calls,
);
