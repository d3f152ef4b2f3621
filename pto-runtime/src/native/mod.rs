//! The native backend: runs tasks on threads of this process. How the parts work together is told in `README.md`.

mod allocate;
mod batched;
mod bump;
mod conflicts;
mod connect;
mod edges;
mod exhausted;
mod gate;
mod here;
mod host;
mod idle;
pub(crate) mod in_order;
mod lane;
mod launch;
#[cfg(all(test, loom))]
mod loom;
mod map;
mod memory;
mod orchestrator;
mod pace;
mod permits;
mod plain;
pub(crate) mod prefetch;
mod publish;
mod ready;
mod recorder;
mod ring;
mod room;
mod scopes;
mod slot;
mod spread;
mod stall;
mod strand;
mod strands;
mod suited;
mod team;
mod teams;
pub(crate) mod validate;
mod verified;
mod wait;
mod worker;

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::hint;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Instant;

use crate::args::TensorArg;
use crate::backend::{Backend, Deps, Fill, Iterations, Mode, Request, ScopeId, Transfer};
use crate::call::{Call, PackedCall, RunKernel};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::layout::Layout;
use crate::report::{Done, RINGS, Report};
use crate::runtime::out_of_resources;
use crate::scope::Root;
use crate::site::Site;
use crate::sync::thread;
use crate::task::TaskId;

use orchestrator::Orchestrator;
use permits::Permits;
use suited::Suited;
use worker::Shared;

thread_local! {
    /// The orchestration that this thread runs. Another run inside it could be given this one's tensors.
    ///
    /// Invariant: it is borrowed by an [`Orchestrating`] further up this thread's stack.
    static ORCHESTRATED: Cell<Option<Orchestrated>> = const { Cell::new(None) };
}

/// Runs tasks on threads of this process.
pub struct Native {
    shared: Arc<Shared>,
    /// A cell that is checked: a kernel may run on the submitting thread while this is borrowed.
    orchestrator: RefCell<Orchestrator>,
    threads: Vec<thread::JoinHandle<()>>,
    record_graph: bool,
    clusters: usize,
    report: Report,
}

impl Native {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let capacity = config.windows.iter().sum();
        let shared = Arc::new(Shared::new(
            capacity,
            Permits::new(config.clusters, config.workers),
            config.workers,
        ));
        let orchestrator = Orchestrator::new(config, Arc::clone(&shared))?;
        // Built before the threads: should one not start, dropping this stops the others.
        let mut native = Native {
            shared,
            orchestrator: RefCell::new(orchestrator),
            threads: Vec::with_capacity(config.workers - 1),
            record_graph: config.record_graph,
            clusters: config.clusters,
            report: Report::default(),
        };
        for number in 1..config.workers {
            let shared = Arc::clone(&native.shared);
            let thread = thread::Builder::new().name(format!("pto-worker-{number}"));
            let thread = thread.spawn(move || shared.work()).map_err(|error| {
                out_of_resources(format_args!(
                    "worker thread {number} did not start: {error}"
                ))
            })?;
            native.threads.push(thread);
        }
        Ok(native)
    }

    #[track_caller]
    pub(crate) fn run<'env, R>(
        &mut self,
        orchestration: impl FnOnce(&Root<'env, Native>) -> Result<R, Error>,
    ) -> Result<Done<R>, Error> {
        let _guard = Orchestrating::enter(&self.orchestrator)?;
        let root_scope = self
            .orchestrator
            .borrow_mut()
            .begin(Site::here("root"), self.record_graph);
        let started = Instant::now();
        // SAFETY: `self` is borrowed until the tasks are drained below, and the root does not leave this function.
        let root = unsafe { Root::enter(NonNull::from(&*self), root_scope) };
        let outcome = catch_unwind(AssertUnwindSafe(|| orchestration(&root)));
        let orchestrated = started.elapsed();
        drop(root);

        // Even if the orchestration failed: its tasks use memory that is only borrowed until this function returns.
        // Borrowed as such, as kernels run meanwhile.
        let mut orchestrator = self.orchestrator.borrow_mut();
        orchestrator.settle();
        let away = orchestrator.away();
        orchestrator.drain();
        let verdict = orchestrator.verdict();
        let failure = self.shared.take_failure();
        self.report = Report {
            orchestration: orchestrated.saturating_sub(away),
            elapsed: started.elapsed(),
            ..orchestrator.report()
        };
        drop(orchestrator);
        let outcome = outcome.unwrap_or_else(|panic| resume_unwind(panic));
        // A kernel's failure comes first: it stops the orchestration, which then fails too. A race explains both.
        match verdict.or(failure) {
            Some(error) => Err(error),
            None => outcome.map(|value| Done {
                value,
                report: self.report.clone(),
            }),
        }
    }

    /// The submitting thread's side, settled, with all that there is to know; `None` if a kernel is being run by it.
    #[inline]
    fn orchestrator(&self) -> Option<RefMut<'_, Orchestrator>> {
        let mut orchestrator = self.beside_strands()?;
        if orchestrator.strands.are_pending() {
            orchestrator.drain_strands();
            orchestrator.strands.interrupted();
        }
        Some(orchestrator)
    }

    /// As [`orchestrator`](Native::orchestrator), for what has nothing to do with tasks: some may be in strands.
    #[inline]
    fn beside_strands(&self) -> Option<RefMut<'_, Orchestrator>> {
        let mut orchestrator = self.orchestrator.try_borrow_mut().ok()?;
        orchestrator.settle();
        Some(orchestrator)
    }

    /// As [`orchestrator`](Native::orchestrator); it is a mistake if a kernel asks for it.
    #[inline]
    fn settled(&self) -> Result<RefMut<'_, Orchestrator>, Error> {
        self.orchestrator().ok_or_else(from_a_kernel)
    }

    pub(crate) fn last_report(&self) -> &Report {
        &self.report
    }
}

// SAFETY:
// * Order: the tensor map holds every access of an AUTO task that is not complete, and `launch` waits for the conflicting
//   ones; accesses that it leaves out are of tasks that were run at once, of nothing, of storage that nobody writes, or
//   settled by their submitter (`Call::untracked`).
// * Host accesses: the submitting thread waits for the tasks that a launch would wait for, and goes on afterwards.
// * Memory: a task's block is taken again only after it retired, that is, after its scope was closed and all tasks that
//   named it were complete; in AUTO scopes using a tensor names its owner.
// * `run` drains all tasks before it returns, also if the orchestration fails or panics.
unsafe impl Backend for Native {
    fn require_windows(&self, least: [usize; RINGS], site: Site) -> Result<(), Error> {
        self.settled()
            .map_err(|error| error.at(site.location))?
            .require_windows(least, site)
    }

    fn host_tensor(&self, base: NonNull<u8>, layout: &Layout) {
        if let Some(mut orchestrator) = self.beside_strands() {
            orchestrator.host_tensor(base, layout);
        }
    }

    fn open(&self, parent: ScopeId, mode: Mode, site: Site) -> Result<ScopeId, Error> {
        self.beside_strands()
            .ok_or_else(|| from_a_kernel().at(site.location))?
            .open(parent, mode, site)
    }

    fn close(&self, scope: ScopeId) {
        // A scope that is dropped inside a kernel stays open until the one around it closes.
        if let Some(mut orchestrator) = self.beside_strands() {
            orchestrator.close(scope);
        }
    }

    fn clusters(&self) -> usize {
        self.clusters
    }

    #[inline]
    fn is_retired(&self, id: TaskId) -> bool {
        let orchestrator = self.beside_strands();
        orchestrator.is_some_and(|orchestrator| orchestrator.is_retired(id))
    }

    #[inline(always)]
    fn launch_now<const T: usize, const S: usize, K: RunKernel>(
        &self,
        scope: ScopeId,
        call: &mut Call<'_, T, S, K>,
        site: &Site,
        deps: Option<&Deps<'_>>,
    ) -> Option<TaskId> {
        let (Ok(mut orchestrator), Some(call)) =
            (self.orchestrator.try_borrow_mut(), Suited::of(call))
        else {
            hint::cold_path();
            return None;
        };
        match deps {
            None => orchestrator.run_in_lane(scope, call, site),
            Some(deps) => orchestrator.launch_in_lane(scope, call, site, deps),
        }
    }

    #[inline(always)]
    fn launch_packed<const T: usize, const S: usize>(
        &self,
        scope: ScopeId,
        call: &mut PackedCall<'_, T, S>,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let mut orchestrator = self.orchestrator.try_borrow_mut().ok()?;
        orchestrator.launch_in_lane(scope, Suited::of_packed(call)?, site, deps)
    }

    #[inline(always)]
    fn allocate_now<const T: usize>(
        &self,
        scope: ScopeId,
        tensors: &mut [TensorArg<'_>; T],
        value: Option<Fill>,
        site: &Site,
    ) -> Option<TaskId> {
        let mut orchestrator = self.orchestrator.try_borrow_mut().ok()?;
        orchestrator.allocate_in_lane(scope, tensors, value, site)
    }

    #[inline]
    fn launch_plain<const T: usize, const S: usize>(
        &self,
        scope: ScopeId,
        call: &mut Call<'_, T, S>,
        site: Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        self.orchestrator()?.launch_plain(scope, call, site, deps)
    }

    #[inline]
    fn launch(&self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error> {
        self.settled()
            .map_err(|error| error.in_task(request.site))?
            .launch(scope, request)
    }

    fn spread(
        &self,
        scope: ScopeId,
        iterations: &Iterations<'_>,
        site: Site,
    ) -> Result<usize, Error> {
        self.spread_loop(scope, iterations, site)
    }

    fn access(
        &self,
        scope: ScopeId,
        request: Request<'_, '_>,
        transfer: Transfer<'_>,
    ) -> Result<(), Error> {
        self.settled()
            .map_err(|error| error.in_task(request.site))?
            .access(scope, request, transfer)
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.shared.shut_down();
        for thread in self.threads.drain(..) {
            // A worker does not panic: kernels that do are caught.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native")
            .field("threads", &(self.threads.len() + 1))
            .finish_non_exhaustive()
    }
}

/// Marks this thread as running an orchestration, until dropped.
struct Orchestrating<'a> {
    /// What it ran before: a kernel may have a runtime of its own.
    outer: Option<Orchestrated>,
    marker: PhantomData<&'a ()>,
}

/// An orchestration that is run.
#[derive(Clone, Copy)]
struct Orchestrated {
    /// A cell that is borrowed while a kernel runs, and whether it is.
    cell: NonNull<()>,
    runs_kernel: unsafe fn(NonNull<()>) -> bool,
}

impl Orchestrated {
    fn new<T>(cell: &RefCell<T>) -> Self {
        Orchestrated {
            cell: NonNull::from(cell).cast(),
            runs_kernel: |cell| {
                // SAFETY: the cell is there, whoever calls it says.
                let cell = unsafe { cell.cast::<RefCell<T>>().as_ref() };
                cell.try_borrow().is_err()
            },
        }
    }
}

impl<'a> Orchestrating<'a> {
    #[track_caller]
    fn enter(orchestrator: &'a RefCell<Orchestrator>) -> Result<Self, Error> {
        let outer = ORCHESTRATED.get();
        // A kernel is not the orchestration, even if it runs on the same thread: then the runtime that runs it is borrowed.
        // SAFETY: it is there, by the invariant of the variable.
        if outer.is_some_and(|outer| !unsafe { (outer.runs_kernel)(outer.cell) }) {
            return Err(
                Error::new(ErrorKind::InvalidArgument, "a run inside an orchestration")
                    .at(std::panic::Location::caller())
                    .with_help("open a scope in the orchestration instead"),
            );
        }
        ORCHESTRATED.set(Some(Orchestrated::new(orchestrator)));
        Ok(Orchestrating {
            outer,
            marker: PhantomData,
        })
    }

    /// Marks this thread as running a part of an orchestration.
    fn part<T>(cell: &'a RefCell<T>) -> Self {
        Orchestrating {
            outer: ORCHESTRATED.replace(Some(Orchestrated::new(cell))),
            marker: PhantomData,
        }
    }
}

impl Drop for Orchestrating<'_> {
    fn drop(&mut self) {
        ORCHESTRATED.set(self.outer);
    }
}

#[cold]
pub(super) fn from_a_kernel() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "a kernel used a scope of the orchestration that submitted it",
    )
    .with_help("only the orchestration submits tasks")
}
