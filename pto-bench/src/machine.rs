//! Runtimes to measure with.

use pto_runtime::{Runtime, RuntimeBuilder};

/// The most edges of a task, on average, that there is room for.
const EDGES: usize = 32;

/// Rings that hold so many tasks at a time, so that nothing has to retire.
pub fn roomy(tasks: usize) -> RuntimeBuilder {
    let slots = (tasks + 2).next_power_of_two();
    Runtime::builder().window(slots).dep_pool(EDGES * slots)
}

/// One thread, which runs nothing before all of so many tasks are submitted: what it takes to submit them is in
/// [`Report::orchestration`](pto_runtime::Report::orchestration).
pub fn submitting(tasks: usize) -> RuntimeBuilder {
    roomy(tasks).workers(1).run_at_once(false)
}

/// The same, recorded: its report has all look-ups and edges.
pub fn recording(tasks: usize) -> RuntimeBuilder {
    submitting(tasks).record_graph(true)
}
