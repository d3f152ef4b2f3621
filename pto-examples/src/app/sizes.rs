//! How large the runtime's rings are.

use std::env;

use pto_runtime::{Runtime, RuntimeBuilder};

use super::cli::Cli;
use crate::attention::{Problem, Rings};

/// The runtime's own default window; asking for less would gain nothing.
const LEAST_WINDOW: usize = 16384;
/// The runtime's own default heap.
const LEAST_HEAP: usize = 256 << 20;
/// The runtime's own default dependency pool.
const LEAST_DEP_POOL: usize = 65536;
/// Edges of a task, on average and rounded up generously.
const EDGES_PER_TASK: usize = 3;

/// What a run needs so that submission never waits for room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    tasks: usize,
    heap: usize,
}

impl Needs {
    /// The needs of a run of any version on `problem`.
    pub(super) fn of(problem: &Problem) -> Self {
        Self {
            tasks: problem.tasks(),
            heap: problem.heap_bytes(),
        }
    }

    /// The needs of something small.
    pub(super) const SMALL: Needs = Needs { tasks: 0, heap: 0 };
}

/// A builder with the sizes of the command line; else those of the case; else those of the environment, which the
/// builder reads itself; else what the run needs.
pub(super) fn builder(cli: &Cli, case: Option<Rings>, needs: Needs) -> RuntimeBuilder {
    let mut builder = Runtime::builder();
    if let Some(workers) = cli.workers {
        builder = builder.workers(workers.get());
    }
    let window = cli.window.or(case.map(|rings| rings.window));
    // All slots but one can be in use.
    if let Some(window) = window.or_else(|| {
        unless(
            "PTO_RING_WINDOW",
            LEAST_WINDOW.max((needs.tasks + 1).next_power_of_two()),
        )
    }) {
        builder = builder.window(window);
    }
    let heap = cli.heap.or(case.map(|rings| rings.heap));
    if let Some(heap) = heap.or_else(|| unless("PTO_RING_HEAP", LEAST_HEAP.max(needs.heap))) {
        builder = builder.heap(heap);
    }
    if let Some(entries) = unless(
        "PTO_RING_DEP_POOL",
        LEAST_DEP_POOL.max(EDGES_PER_TASK * needs.tasks),
    ) {
        builder = builder.dep_pool(entries);
    }
    builder
}

/// The size, unless the variable is set.
fn unless(variable: &str, size: usize) -> Option<usize> {
    env::var_os(variable).is_none().then_some(size)
}
