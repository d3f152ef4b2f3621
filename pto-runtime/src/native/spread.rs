//! Loops whose iterations are independent, run by several threads.
//!
//! Instead of handing over each task, the submitting thread hands over iterations: who takes one runs the orchestration's code
//! for it, and its tasks in the order of their launch (`in_order`). No task crosses from one core to another, and nobody has to
//! be told of it. That needs that everything that was launched before is complete, and it ends when all iterations are.
//!
//! It is worth while if there are enough iterations for all threads, or if there is no other thread. If tasks turn out to be long
//! the loop is ended early: the rest is launched task by task, so that all threads have work until the end.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::backend::{Iterations, Mode, ScopeId};
use crate::error::Error;
use crate::native::gate::{Gate, Turns};
use crate::native::in_order::{InOrder, Nest, Share, Tally};
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Held, Lack, More, Ring};
use crate::native::team::discard;
use crate::native::worker::Shared;
use crate::native::{Native, Orchestrating};
use crate::report::RINGS;
use crate::site::Site;
use crate::sync::Mutex;

/// How many iterations there have to be for each thread.
const ENOUGH: usize = 8;
/// Tasks that take longer are handed over one by one.
const LONG: Duration = Duration::from_micros(10);
/// How often to look whether the tasks of other threads are complete, before a loop is not spread because they are not.
const LOOKS: u32 = 24;

/// Loops that are spread.
pub(crate) struct Spread {
    gate: Gate<Job<'static>>,
    /// What threads need for their parts, and is not in use.
    #[allow(
        clippy::vec_box,
        reason = "they are large, and they are lent by reference"
    )]
    nests: Mutex<Vec<Box<RefCell<Nest>>>>,
}

impl Spread {
    pub(crate) fn new() -> Self {
        Spread {
            gate: Gate::new(),
            nests: Mutex::new(Vec::new()),
        }
    }

    /// Whether there may be iterations for another thread.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.gate.is_inviting()
    }

    /// As [`is_open`](Spread::is_open), for who is about to sleep.
    pub(crate) fn has_work(&self) -> bool {
        self.gate.has_work()
    }

    fn nest(&self) -> Box<RefCell<Nest>> {
        let mut nests = self.nests.lock().unwrap_or_else(PoisonError::into_inner);
        nests.pop().unwrap_or_default()
    }

    fn give_back(&self, nest: Box<RefCell<Nest>>) {
        let mut nests = self.nests.lock().unwrap_or_else(PoisonError::into_inner);
        nests.push(nest);
    }
}

/// A loop that is being run.
struct Job<'j> {
    turns: Turns,
    iterations: &'j Iterations<'j>,
    part: Part,
    outcome: Mutex<Outcome>,
}

/// Where in a run a loop is.
#[derive(Clone, Copy)]
struct Part {
    scope: (Mode, Site),
    /// How many scopes are around that one.
    around: usize,
    shares: [Share; RINGS],
    threads: usize,
    clusters: usize,
    site: Site,
    stall_limit: Option<Duration>,
}

/// What has become of the iterations so far.
#[derive(Default)]
struct Outcome {
    tally: Tally,
    /// The first error and panic.
    error: Option<Error>,
    panic: Option<Box<dyn Any + Send>>,
    /// How many iterations were taken, if the loop was ended early.
    stopped: Option<usize>,
}

impl Job<'_> {
    fn note(&self, change: impl FnOnce(&mut Outcome)) {
        // No panic can happen while the lock is held.
        change(&mut self.outcome.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn stop(&self) {
        if let Some(taken) = self.turns.stop() {
            self.note(|outcome| outcome.stopped = Some(taken));
        }
    }
}

/// Who takes part in a loop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The thread that runs the orchestration, alone or with others. It judges how long tasks are.
    Submitter,
    Worker,
}

impl Shared {
    /// Takes part in a loop that another thread has opened. Whether there was one.
    #[cold]
    pub(crate) fn join_loop(&self) -> bool {
        let Some(job) = self.spread.gate.enter() else {
            return false;
        };
        self.take_part(&job, Who::Worker);
        self.spread.gate.shut();
        drop(job);
        self.wake_submitter();
        true
    }

    /// Runs iterations until none is left.
    fn take_part(&self, job: &Job<'_>, who: Who) {
        let nest = self.spread.nest();
        let Part {
            scope,
            around,
            shares,
            threads,
            clusters,
            ..
        } = &job.part;
        let id = nest.borrow_mut().begin(*scope, *around, shares);
        // Short tasks cannot be told from long ones by a model's clock.
        let judges = who == Who::Submitter && *threads > 1 && !cfg!(any(loom, shuttle));
        let mut begun = judges.then(Instant::now);
        let mut turn = 0;
        let mut claim = || {
            turn += 1;
            if self.has_failed() {
                // The others are left to the orchestration, which is told.
                job.stop();
            }
            if turn == 2
                && let Some(begun) = begun.take()
                && is_long(begun.elapsed(), nest.borrow_mut().tasks())
            {
                job.stop();
            }
            job.turns.claim()
        };
        // SAFETY: what was launched before the loop is complete, and its iterations are independent of each other.
        let in_order = unsafe { InOrder::new(self, *clusters, &nest) };
        let run = || {
            let _orchestrating = Orchestrating::part(&nest);
            job.iterations.run(&in_order, id, &mut claim)
        };
        let ended = catch_unwind(AssertUnwindSafe(run));
        if !matches!(ended, Ok(Ok(()))) {
            job.stop();
        }
        let tally = nest.borrow_mut().finish();
        job.note(|outcome| {
            outcome.tally.add(&tally);
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => _ = outcome.error.get_or_insert(error),
                Err(panic) if outcome.panic.is_some() => discard(panic),
                Err(panic) => outcome.panic = Some(panic),
            }
        });
        self.spread.give_back(nest);
    }

    /// Runs a loop on all threads, and returns when its iterations are over.
    fn run_loop(&self, job: &Job<'_>) {
        let others = job.part.threads - 1;
        let _open = (others > 0).then(|| {
            // SAFETY: the gate is closed and empty when this returns, in whichever way. Until then the job is borrowed, with all
            // its lifetime.
            unsafe { self.spread.gate.open(NonNull::from(job).cast()) };
            self.wake_workers(others);
            Open { shared: self, job }
        });
        self.take_part(job, Who::Submitter);
    }
}

/// A loop that other threads may enter. When dropped, none enters any more, and all have left.
struct Open<'o> {
    shared: &'o Shared,
    job: &'o Job<'o>,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let (gate, part) = (&self.shared.spread.gate, &self.job.part);
        gate.close();
        let what = format_args!("other threads' iterations of the loop {}", part.site);
        self.shared
            .wait_until(part.stall_limit, what, || gate.is_empty());
    }
}

/// Whether so many tasks, with the host code between them, are so long that each is worth handing over.
fn is_long(took: Duration, tasks: u64) -> bool {
    took > LONG * u32::try_from(tasks.max(1)).unwrap_or(u32::MAX)
}

impl Native {
    /// Runs the first iterations of a loop, and says how many: none if it is not worth while.
    pub(super) fn spread_loop(
        &self,
        scope: ScopeId,
        iterations: &Iterations<'_>,
        site: Site,
    ) -> Result<usize, Error> {
        let Some(mut orchestrator) = self.orchestrator() else {
            // A kernel asks for it: it is told so by what it launches.
            return Ok(0);
        };
        let count = iterations.count();
        let machine = (self.threads.len() + 1, self.clusters);
        let Some(part) = orchestrator.part(scope, count, machine, site) else {
            return Ok(0);
        };
        drop(orchestrator);
        let job = Job {
            turns: Turns::new(count, part.threads),
            iterations,
            part,
            outcome: Mutex::new(Outcome::default()),
        };
        let started = Instant::now();
        self.shared.run_loop(&job);
        let mut outcome = Outcome::default();
        job.note(|noted| std::mem::swap(noted, &mut outcome));
        let entered = match self.orchestrator() {
            Some(mut orchestrator) => {
                orchestrator.away += started.elapsed();
                orchestrator.enter_part(&outcome.tally, site)
            }
            None => Ok(()),
        };
        match (outcome.panic, outcome.error) {
            (Some(panic), _) => resume_unwind(panic),
            (None, Some(error)) => Err(error),
            (None, None) => entered.map(|()| outcome.stopped.unwrap_or(count)),
        }
    }
}

impl Orchestrator {
    /// What a loop of so many iterations needs that is worth while to spread.
    fn part(
        &mut self,
        scope: ScopeId,
        count: usize,
        (threads, clusters): (usize, usize),
        site: Site,
    ) -> Option<Part> {
        let is_enough = count > 0 && (threads == 1 || count >= ENOUGH * threads);
        if !is_enough || self.is_watched || !self.here.is_enabled() || self.shared.has_failed() {
            return None;
        }
        let frame = self.scopes.innermost(scope).ok()?;
        let scope = (frame.mode, frame.site);
        if !self.has_calmed() {
            return None;
        }
        Some(Part {
            scope,
            around: self.scopes.depth(),
            shares: std::array::from_fn(|number| self.share(number)),
            threads,
            clusters,
            site,
            stall_limit: self.stall_limit,
        })
    }

    /// Whether everything that was launched is complete, after a moment.
    fn has_calmed(&mut self) -> bool {
        let mut look = 0;
        loop {
            self.retire();
            if self.rings.iter().all(Ring::is_done) {
                return true;
            }
            let start = Instant::now();
            let has_helped = self.shared.help();
            if !has_helped {
                if look == LOOKS {
                    return false;
                }
                look += 1;
                Shared::pause(look);
            }
            self.away += start.elapsed();
        }
    }

    fn share(&self, number: usize) -> Share {
        let ring = &self.rings[number];
        let oldest = ring
            .oldest()
            .and_then(|oldest| self.scopes.open_scope_of(oldest));
        Share {
            slots: ring.level(Lack::Slot),
            heap: ring.level(Lack::Heap),
            oldest: oldest.map(|scope| (self.head(number), scope)),
        }
    }

    /// Enters what the loop has launched. The tasks of the scope around it have numbers, as if it had launched them.
    fn enter_part(&mut self, tally: &Tally, site: Site) -> Result<(), Error> {
        self.tasks += tally.tasks - tally.direct;
        for (ring, most) in self.rings.iter_mut().zip(&tally.most) {
            ring.held(most);
        }
        let number = self.scopes.ring();
        let mut left = tally.direct;
        while left > 0 {
            let room = match self.rings[number].room(0, 0) {
                Ok(room) => room,
                Err(_) => self.make_room(number, 0, 0, site)?,
            };
            let born = self.count_task(site, false);
            let ring = &mut self.rings[number];
            ring.take_complete(number, room, 0, born);
            let count = (left - 1).min(ring.slots_left().into()) as u32;
            left -= 1 + u64::from(count);
            if count > 0 {
                let more = More {
                    count,
                    held: Held::NOTHING,
                    begin: None,
                    are_over: true,
                };
                ring.take_more(number, more);
                self.tasks += u64::from(count);
                self.scopes.count_tasks(count as usize);
            }
        }
        Ok(())
    }
}
