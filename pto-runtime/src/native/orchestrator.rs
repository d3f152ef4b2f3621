//! The submitting thread's side: scopes, room, edges, and the retirement of tasks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::{Mode, ScopeId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::native::conflicts::Conflicts;
use crate::native::edges::Candidates;
use crate::native::here::Here;
use crate::native::lane::Lane;
use crate::native::map::{Located, TensorMap};
use crate::native::recorder::Recorder;
use crate::native::ring::Ring;
use crate::native::scopes::Scopes;
use crate::native::slot::Slot;
use crate::native::stall::Stall;
use crate::native::strands::Strands;
use crate::native::verified::SWEEP_EVERY;
use crate::native::worker::Shared;
use crate::report::{Edges, RINGS, Report};
use crate::site::Site;
use crate::task::TaskId;
use crate::verify::Verifier;

pub(crate) struct Orchestrator {
    pub(super) shared: Arc<Shared>,
    pub(super) rings: [Ring; RINGS],
    pub(super) map: TensorMap,
    pub(super) scopes: Scopes,
    /// Scratch: the edges of the task that is being submitted.
    pub(super) edges: Candidates,
    pub(super) here: Here,
    /// Scratch: where the map has the storages of its mapped arguments.
    pub(super) located: Vec<Option<Located>>,
    /// Scratch: what the map knows of the task that is queued.
    pub(super) conflicts: Conflicts,
    /// The number of the current submit, by which its edges are told from those of others. It goes on from run to run.
    pub(super) stamp: u64,
    pub(super) tasks: u64,
    /// How many tasks there are when the next look is taken for tasks that can retire.
    pub(super) retire_at: u64,
    pub(super) lane: Lane,
    /// Whether the next task is likely to be the first of many that are alike: a scope has just begun.
    pub(super) may_begin: bool,
    pub(super) strands: Strands,
    pub(super) counts: Edges,
    pub(super) recorder: Option<Recorder>,
    /// The oracle, if runs are verified.
    pub(super) verifier: Option<Box<Verifier>>,
    pub(super) verify: bool,
    /// Whether this run is verified or recorded.
    pub(super) is_watched: bool,
    /// How many accesses the tensor map of a verified run is told of before it is looked through.
    pub(super) sweep_at: u64,
    /// How long a wait for room may see no progress.
    pub(super) stall_limit: Option<Duration>,
    /// Time spent on kernels and waiting.
    pub(super) away: Duration,
    /// How long a host access waits while no task is completed.
    pub(super) wait_limit: Duration,
}

/// How many submits pass between two looks for tasks that can retire, while there is room.
const RETIRE_EVERY: u64 = 64;

impl Orchestrator {
    pub(crate) fn new(config: &Config, shared: Arc<Shared>) -> Result<Self, Error> {
        let ring = |i: usize| Ring::new(config.windows[i], config.heaps[i], config.dep_pools[i]);
        // Whoever runs a kernel would have to take a core first, if there are fewer of them than threads.
        let at_once = config.run_at_once && !shared.counts_cores();
        Ok(Orchestrator {
            shared,
            rings: [ring(0)?, ring(1)?, ring(2)?, ring(3)?],
            map: TensorMap::default(),
            scopes: Scopes::default(),
            edges: Candidates::default(),
            here: Here::new(at_once, config.workers - 1),
            located: Vec::new(),
            conflicts: Conflicts::default(),
            stamp: 0,
            tasks: 0,
            retire_at: 0,
            lane: Lane::default(),
            may_begin: false,
            strands: Strands::new(if at_once { config.workers - 1 } else { 0 }),
            counts: Edges::default(),
            recorder: None,
            verifier: None,
            verify: config.verify,
            is_watched: false,
            sweep_at: SWEEP_EVERY,
            stall_limit: config.stall_limit,
            away: Duration::ZERO,
            wait_limit: config.wait_limit,
        })
    }

    /// Begins a run. The previous one has been drained.
    pub(crate) fn begin(&mut self, site: Site, record_graph: bool) -> ScopeId {
        self.rings.iter_mut().for_each(Ring::reset);
        // What a recorded or verified run is told must not depend on which tasks happened to be over.
        self.is_watched = record_graph || self.verify;
        self.map.clear();
        self.edges.begin(record_graph);
        self.sweep_at = SWEEP_EVERY;
        (self.tasks, self.retire_at) = (0, 0);
        self.lane = Lane::default();
        self.may_begin = true;
        self.counts = Edges::default();
        self.away = Duration::ZERO;
        self.recorder = record_graph.then(Recorder::default);
        self.verifier = self.verify.then(Box::default);
        if let Some(verifier) = &mut self.verifier {
            verifier.open();
        }
        self.scopes.open_root(site)
    }

    /// Whether every ring has at least as many slots.
    pub(crate) fn require_windows(&self, least: [usize; RINGS], site: Site) -> Result<(), Error> {
        let windows: [usize; RINGS] = std::array::from_fn(|i| self.rings[i].window());
        match (0..RINGS).find(|&i| windows[i] < least[i]) {
            None => Ok(()),
            Some(ring) => Err(too_small(ring, windows[ring], least, site)),
        }
    }

    pub(crate) fn open(
        &mut self,
        parent: ScopeId,
        mode: Mode,
        site: Site,
    ) -> Result<ScopeId, Error> {
        let scope = self.scopes.open(parent, mode, site)?;
        self.may_begin = true;
        if let Some(verifier) = &mut self.verifier {
            verifier.open();
        }
        Ok(scope)
    }

    pub(crate) fn close(&mut self, scope: ScopeId) {
        self.scopes.close(scope);
        if self.verifier.is_some() {
            self.verify_close();
        }
    }

    /// Time spent on kernels and waiting so far.
    pub(crate) fn away(&self) -> Duration {
        self.away
    }

    /// Closes all scopes, and returns when all tasks are complete and retired.
    pub(crate) fn drain(&mut self) {
        self.scopes.close_all();
        if self.strands.are_pending() {
            self.drain_strands();
        }
        let mut stall = self.stall_limit.map(Stall::new);
        loop {
            self.retire();
            if self.rings.iter().all(|ring| ring.live() == 0) {
                return;
            }
            self.report_stall(&mut stall);
            self.wait();
        }
    }

    /// What the run did. The times are the caller's.
    pub(crate) fn report(&mut self) -> Report {
        let counters = self.map.counters;
        Report {
            tasks: self.tasks,
            edges: self.counts,
            lookups: counters.lookups,
            inserts: counters.inserts,
            scanned: counters.scanned,
            rings: std::array::from_fn(|i| self.rings[i].most),
            graph: self.recorder.take().map(Recorder::finish),
            ..Report::default()
        }
    }

    /// Whether a task of this run is retired.
    #[inline]
    pub(crate) fn is_retired(&self, id: TaskId) -> bool {
        let ring = self.rings.get(id.ring());
        // A run that is watched is told of all edges, also of those to tasks that happen to be over.
        // And what is in a strand looks as if it were over.
        !self.is_watched
            && !self.strands.are_pending()
            && ring.is_some_and(|ring| !ring.is_live(id.local()))
    }

    #[inline]
    pub(super) fn slot(&self, id: TaskId) -> &Slot {
        self.rings[id.ring()].slot(id.local())
    }

    /// Runs a ready task, or waits for one to complete.
    pub(super) fn wait(&mut self) {
        self.wait_for(|orchestrator| orchestrator.rings.iter().any(Ring::has_news));
    }

    /// Runs a ready task, or waits a while for `news`.
    pub(super) fn wait_for(&mut self, news: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        let news = || news(self);
        self.shared.help_or_wait(news);
        self.away += start.elapsed();
    }

    /// Now and then retires tasks, while there is room.
    #[inline]
    pub(super) fn retire_in_time(&mut self) {
        if self.tasks >= self.retire_at {
            self.retire_at = self.tasks + RETIRE_EVERY;
            self.retire();
        }
    }

    /// Tells the map what is over. Nobody waits for what is complete, of each ring the tasks up to such a number, and what is run at
    /// once is in no map anyway. Without that the edges of a task, of which there may be too many, are those of the program,
    /// however fast the kernels are.
    pub(super) fn forget(&mut self, done: [u32; RINGS]) {
        let over = match self.here.is_enabled() {
            true => done,
            false => std::array::from_fn(|i| self.rings[i].retired),
        };
        if !self.is_watched {
            self.map.forget(over);
        }
    }

    /// Retires all tasks that may.
    pub(super) fn retire(&mut self) {
        self.rings.iter_mut().for_each(Ring::observe);
        let done: [u32; RINGS] = std::array::from_fn(|i| self.rings[i].done);
        for ring in &mut self.rings {
            // Most tasks are of the same scope as the one before.
            let mut closed = None;
            while let Some(oldest) = ring.oldest() {
                if closed != Some(oldest.scope) {
                    if self.scopes.is_open(oldest) {
                        break;
                    }
                    closed = Some(oldest.scope);
                }
                let waits = oldest.needed.iter().zip(&done);
                if waits.fold(false, |waits, (needed, done)| waits | (needed > done)) {
                    break;
                }
                ring.retire();
            }
            ring.recycle();
        }
        self.forget(done);
    }
}

/// The answer to a submit after a kernel has failed; the run reports that failure instead.
#[cold]
pub(super) fn stopped() -> Error {
    Error::new(
        ErrorKind::KernelPanic,
        "an earlier kernel of this run panicked",
    )
}

/// The answer to an orchestration that was checked for larger rings.
#[cold]
fn too_small(ring: usize, has: usize, least: [usize; RINGS], site: Site) -> Error {
    let name = site.name;
    let states = least[ring];
    let message =
        format!("ring {ring} has {has} task slots, and `{name}` states that it runs with {states}");
    let (builder, variable) = if least == [least[0]; RINGS] {
        (format!(".window({states})"), states.to_string())
    } else {
        let each = least.map(|slots| slots.to_string()).join(",");
        (format!(".windows({least:?})"), each)
    };
    Error::new(ErrorKind::InvalidConfig, message)
        .at(site.location)
        .with_help(format!(
            "build the runtime with `{builder}`, or set PTO_RING_WINDOW={variable}"
        ))
}
