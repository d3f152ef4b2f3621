//! How large the runtime's rings are.

use std::env;

use pto_runtime::{RINGS, Runtime, RuntimeBuilder};

use super::cli::Cli;
use crate::attention::{Problem, Rings};

/// The smallest window, for runs of a few tasks.
const LEAST_WINDOW: usize = 1024;
/// The smallest heap.
const LEAST_HEAP: usize = 4 << 20;
/// More heap than this is not asked for, so that the program stays below 1 GiB. A run that produces more waits for
/// room, which does not count as orchestration time.
const MOST_HEAP: usize = 384 << 20;
/// The smallest dependency pool.
const LEAST_DEP_POOL: usize = 4096;
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

    /// A window with a slot for every task; all slots but one can be in use.
    fn window(self) -> usize {
        LEAST_WINDOW.max((self.tasks + 1).next_power_of_two())
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
    if cli.verify {
        builder = builder.verify(true);
    }
    if let Some(window) = chosen_window(cli, case) {
        builder = builder.window(window);
    } else if is_unset("PTO_RING_WINDOW") {
        builder = builder.windows(inner(LEAST_WINDOW, needs.window()));
    }
    if let Some(heap) = cli.heap.or(case.map(|rings| rings.heap)) {
        builder = builder.heap(heap);
    } else if is_unset("PTO_RING_HEAP") {
        builder = builder.heaps(inner(LEAST_HEAP, needs.heap.clamp(LEAST_HEAP, MOST_HEAP)));
    }
    if is_unset("PTO_RING_DEP_POOL") {
        let entries = LEAST_DEP_POOL.max(EDGES_PER_TASK * needs.tasks);
        builder = builder.dep_pools(inner(LEAST_DEP_POOL, entries));
    }
    builder
}

/// The window of the rings that hold the tasks, as far as the environment does not set it.
pub(super) fn window(cli: &Cli, case: Option<Rings>, needs: Needs) -> usize {
    chosen_window(cli, case).unwrap_or_else(|| needs.window())
}

fn chosen_window(cli: &Cli, case: Option<Rings>) -> Option<usize> {
    cli.window.or(case.map(|rings| rings.window))
}

/// A size for the rings of the scope depths that hold all the tasks: 1 for tiles, 2 for blocks.
fn inner(other: usize, used: usize) -> [usize; RINGS] {
    [other, used, used, other]
}

fn is_unset(variable: &str) -> bool {
    env::var_os(variable).is_none()
}
