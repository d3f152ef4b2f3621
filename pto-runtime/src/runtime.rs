//! Building a runtime and running orchestrations on it.

use std::fmt;
use std::time::Duration;

use crate::config::{Config, Wishes};
use crate::error::{Error, ErrorKind};
use crate::native::Native;
use crate::report::{Done, RINGS, Report};
use crate::scope::Root;

/// Worker threads, rings, and the memory of the tasks. Reusable: a run that fails leaves it as good as new.
pub struct Runtime {
    native: Native,
    config: Config,
}

impl Runtime {
    /// A runtime of the default sizes, or those in the environment.
    ///
    /// # Errors
    /// An environment variable is not acceptable, or the operating system refuses memory or a thread.
    pub fn new() -> Result<Self, Error> {
        Runtime::builder().build()
    }

    /// A runtime of other sizes.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// Runs an orchestration and returns when all its tasks are done, whether it succeeds or not.
    ///
    /// # Errors
    /// What the orchestration returns, or the first failure of a task.
    ///
    /// # Panics
    /// If the orchestration panics, once its tasks are done.
    #[track_caller]
    pub fn run<'env, R>(
        &mut self,
        orchestration: impl FnOnce(&Root<'env, Native>) -> Result<R, Error>,
    ) -> Result<Done<R>, Error> {
        self.native.run(orchestration)
    }

    /// What the last run did, also if it failed.
    pub fn last_report(&self) -> &Report {
        self.native.last_report()
    }

    /// How many threads run kernels, the one that calls [`run`](Runtime::run) included.
    pub fn workers(&self) -> usize {
        self.config.workers
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The sizes of a runtime. What is not given comes from the environment, or is the default.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is built until `build`"]
pub struct RuntimeBuilder(Wishes);

impl RuntimeBuilder {
    /// How many threads run kernels, the one that calls [`Runtime::run`] included. `PTO_WORKERS`; the number of cores
    /// by default.
    pub fn workers(mut self, workers: usize) -> Self {
        self.0.workers = Some(workers);
        self
    }

    /// The task slots of each ring, a power of two; all but one can be in use. `PTO_RING_WINDOW`; 16384 by default.
    pub fn window(self, slots: usize) -> Self {
        self.windows([slots; RINGS])
    }

    /// The task slots of the rings, for scope depths 0, 1, 2, and 3 or more.
    pub fn windows(mut self, slots: [usize; RINGS]) -> Self {
        self.0.windows = Some(slots);
        self
    }

    /// The bytes of each ring's heap, which holds what tasks create. `PTO_RING_HEAP`; 256 MiB by default, of which only
    /// what is touched takes memory.
    pub fn heap(self, bytes: usize) -> Self {
        self.heaps([bytes; RINGS])
    }

    /// The bytes of the rings' heaps, for scope depths 0, 1, 2, and 3 or more.
    pub fn heaps(mut self, bytes: [usize; RINGS]) -> Self {
        self.0.heaps = Some(bytes);
        self
    }

    /// The entries of each ring's dependency pool, one for each edge to a task that is not done yet.
    /// `PTO_RING_DEP_POOL`; 65536 by default.
    pub fn dep_pool(self, entries: usize) -> Self {
        self.dep_pools([entries; RINGS])
    }

    /// The entries of the rings' dependency pools, for scope depths 0, 1, 2, and 3 or more.
    pub fn dep_pools(mut self, entries: [usize; RINGS]) -> Self {
        self.0.dep_pools = Some(entries);
        self
    }

    /// The clusters of cores: each allows one AIC and two AIV kernels to run at a time. As many as workers by default,
    /// which never limits.
    pub fn clusters(mut self, clusters: usize) -> Self {
        self.0.clusters = Some(clusters);
        self
    }

    /// How long the host waits to [access](crate::AutoScope::access) an element while no task of the run is completed. Then
    /// the wait is an error of the run; the run itself still returns only when all tasks are done, as they use memory that
    /// it borrows. Whole milliseconds. `PTO_WAIT_LIMIT_MS`, in milliseconds; 15 seconds by default.
    pub fn wait_limit(mut self, limit: Duration) -> Self {
        self.0.wait_limit = Some(limit);
        self
    }

    /// Whether runs record their task graph, see [`Report::graph`], with all edges, also those to tasks
    /// that are over. Off by default: it takes time and memory for each task and edge.
    pub fn record_graph(mut self, record: bool) -> Self {
        self.0.record_graph = record;
        self
    }

    /// Whether runs are verified: whether any two tasks that access an element, one of them writing, are ordered by
    /// edges, and all storage is kept until its users are done. A run that is not ends with [`ErrorKind::Race`] or
    /// [`ErrorKind::UseAfterFree`], whether or not anything went wrong this time. `PTO_VERIFY=1`; off by default, since it
    /// costs memory and time for each task.
    pub fn verify(mut self, verify: bool) -> Self {
        self.0.verify = Some(verify);
        self
    }

    /// Whether the thread that runs the orchestration runs tasks between two submits: short ones that are ready, and others
    /// while enough are queued for the other threads. `PTO_RUN_AT_ONCE=0`; on by default, since a short task takes less time
    /// than handing it to another thread. Without it that thread runs tasks only while it waits, tasks are handed over one by
    /// one and not in stretches of the program, no kernel holds the
    /// orchestration up, and limits of waits also find a kernel that hangs where it would have been run at once.
    pub fn run_at_once(mut self, at_once: bool) -> Self {
        self.0.run_at_once = Some(at_once);
        self
    }

    /// How long a submit that waits for room may see no task become complete. Then the run fails with
    /// [`ErrorKind::NoProgress`]. `PTO_STALL_LIMIT_MS`; unlimited by default.
    ///
    /// What can never go on is an error at once, without any limit. What is left are kernels that take long, and only you
    /// know how long they may.
    pub fn stall_limit(mut self, limit: Duration) -> Self {
        self.0.stall_limit = Some(limit);
        self
    }

    /// Builds the runtime and starts its threads.
    ///
    /// # Errors
    /// A value or an environment variable is not acceptable, or the operating system refuses memory or a thread.
    pub fn build(self) -> Result<Runtime, Error> {
        let config = self.0.resolve(&|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })?;
        let native = Native::new(&config)?;
        Ok(Runtime { native, config })
    }
}

/// A refusal by the operating system.
pub(crate) fn out_of_resources(what: fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::OutOfResources, what.to_string())
        .with_help("ask for fewer workers or smaller rings")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_can_move_to_another_thread() {
        fn check<T: Send>() {}
        check::<Runtime>();
    }

    #[test]
    fn an_idle_runtime_is_dropped_at_once() {
        let start = std::time::Instant::now();
        drop(Runtime::builder().workers(4).window(4).heap(1024).build());
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
