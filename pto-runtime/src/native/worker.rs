//! What all threads share, and how each of them runs tasks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::PoisonError;

use smallvec::SmallVec;

use crate::backend;
use crate::error::{Error, ErrorKind};
use crate::kernel::{Core, Kernel};
use crate::native::idle::Idle;
use crate::native::pace::{By, Paces};
use crate::native::permits::Permits;
use crate::native::ready::ReadyQueue;
use crate::native::slot::{Slot, Work};
use crate::native::spread::Spread;
use crate::native::strand::Strand;
use crate::native::strands::strands;
use crate::native::team::{Part, Team, discard, panicked};
use crate::native::teams::Teams;
use crate::record::{self, KernelArgs};
use crate::site::Site;
use crate::sync::{AtomicBool, Mutex, Ordering, spin_loop};

/// The bytes of a slot.
const STRIDE: usize = size_of::<Slot>();
/// Which of the tasks in the queue is fetched early, when one is popped.
const AHEAD: usize = 1;

/// What the threads of a runtime share.
pub(crate) struct Shared {
    queues: [ReadyQueue<Slot>; 2],
    teams: Teams,
    pub(super) spread: Spread,
    /// Tasks that are run in order.
    pub(super) strands: Box<[Strand]>,
    permits: Permits,
    /// How many threads run tasks, the submitting one included.
    threads: usize,
    /// Where workers sleep.
    pub(super) workers: Idle,
    /// Where the submitting thread sleeps.
    pub(super) submitter: Idle,
    /// Set once a kernel of the run has panicked: the others are skipped.
    failed: AtomicBool,
    /// How long kernels take.
    pub(crate) paces: Paces,
    failure: Mutex<Option<Error>>,
    pub(super) shutdown: AtomicBool,
}

impl Shared {
    /// `capacity` is the most tasks that can be live, `threads` how many threads run them.
    pub(crate) fn new(capacity: usize, permits: Permits, threads: usize) -> Self {
        Shared {
            queues: [ReadyQueue::new(capacity), ReadyQueue::new(capacity)],
            teams: Teams::new(),
            spread: Spread::new(),
            strands: strands(threads),
            permits,
            threads,
            workers: Idle::new(),
            submitter: Idle::new(),
            failed: AtomicBool::new(false),
            paces: Paces::new(),
            failure: Mutex::new(None),
            shutdown: AtomicBool::new(false),
        }
    }

    /// Makes a task that is ready available to all threads.
    ///
    /// # Safety
    /// The task is ready and nobody else has taken it.
    #[inline]
    pub(crate) unsafe fn submit(&self, slot: NonNull<Slot>, work: Work) {
        match work {
            Work::Kernel { kernel, .. } => {
                self.push(slot, kernel.core);
                self.workers.wake_one();
            }
            // SAFETY: as promised.
            Work::Team(team) => unsafe { self.submit_team(team) },
        }
    }

    /// # Safety
    /// As [`submit`](Shared::submit), for the task of the team.
    #[cold]
    unsafe fn submit_team(&self, team: NonNull<Team>) {
        // SAFETY: nobody has a part of it yet.
        let (parts, cohort) = unsafe {
            let team = team.as_ref();
            (
                team.blocks() as usize * team.members() as usize,
                team.is_cohort(),
            )
        };
        // SAFETY: by the contract of this function.
        unsafe { self.teams.push(team) };
        self.workers.wake_some(parts);
        if cohort {
            // It may take all threads.
            self.submitter.wake_one();
        }
    }

    #[inline]
    fn push(&self, slot: NonNull<Slot>, core: Core) {
        // The queue has room for all live tasks; it can only seem full while a slow popper leaves its cell.
        while self.queues[core as usize].push(slot).is_err() {
            spin_loop();
        }
    }

    /// Whether some thread could take a task now.
    pub(super) fn has_work(&self) -> bool {
        let plain = |core| !self.queues[core as usize].is_empty() && self.permits.any(core);
        plain(Core::Aic)
            || plain(Core::Aiv)
            || self.teams.has_work(&self.permits)
            || self.spread.has_work()
            || self.have_strands_work()
    }

    /// Takes a ready task for which a core is free.
    #[inline]
    fn pop(&self) -> Option<(NonNull<Slot>, Core)> {
        for core in [Core::Aic, Core::Aiv] {
            let queue = &self.queues[core as usize];
            if self.permits.limited() && (queue.is_empty() || !self.permits.acquire(core)) {
                continue;
            }
            match queue.pop() {
                Some(slot) => {
                    if let Some(next) = queue.upcoming(AHEAD) {
                        Slot::prefetch(next);
                    }
                    return Some((slot, core));
                }
                None => self.permits.release(core),
            }
        }
        None
    }

    /// Runs a part of a team, then a ready task, then one that it made ready, and so on: teams and plain tasks take turns.
    /// Whether there was anything to run.
    pub(crate) fn help(&self) -> bool {
        let joined = self.teams.is_open() && self.join();
        let Some((mut slot, core)) = self.pop() else {
            return joined || (self.spread.is_open() && self.join_loop()) || self.run_strands();
        };
        loop {
            // SAFETY: taken from the queue, or made ready by the task before: this thread alone has it.
            let next = unsafe { self.run(slot, core) };
            match next {
                Some(next) if !self.teams.is_open() => slot = next,
                // A chain may be long, and a cohort may wait for this thread.
                Some(next) => {
                    self.push(next, core);
                    self.workers.wake_one();
                    break;
                }
                None => break,
            }
        }
        self.permits.release(core);
        self.cores_changed();
        true
    }

    /// Wakes who can run now what has had no core before.
    #[inline]
    fn cores_changed(&self) {
        if self.permits.limited() && self.has_work() {
            self.workers.wake_one();
            if self.teams.is_open() {
                // A cohort may take all threads.
                self.submitter.wake_one();
            }
        }
    }

    /// Completes a task, and those that wait for nothing else then and have nothing to run: barriers, and teams whose
    /// condition does not hold. Calls `ready` for each other task that becomes ready.
    ///
    /// # Safety
    /// The task has run, and this thread alone had it.
    #[inline]
    unsafe fn complete(&self, slot: &Slot, mut ready: impl FnMut(NonNull<Slot>, Work)) {
        let mut idle = SmallVec::<[NonNull<Slot>; 4]>::new();
        let mut next = NonNull::from(slot);
        loop {
            // SAFETY: a task that is not complete stays in place. This one was handed in, or one that `complete`
            // has handed out once.
            unsafe {
                next.as_ref().complete(|slot| {
                    // SAFETY: as above; its job does not change while it is live.
                    match slot.as_ref().job() {
                        Some(job) if job.decide() => ready(slot, job.work),
                        _ => idle.push(slot),
                    }
                });
            }
            match idle.pop() {
                Some(slot) => next = slot,
                None => break,
            }
        }
        self.submitter.wake_one();
    }

    /// Runs a task and completes it. Returns a task that this made ready and that may run on the same core; the others
    /// are queued.
    ///
    /// # Safety
    /// The task is ready, and this thread alone has taken it.
    unsafe fn run(&self, slot: NonNull<Slot>, core: Core) -> Option<NonNull<Slot>> {
        // SAFETY: a live task's slot stays in place.
        let slot = unsafe { slot.as_ref() };
        slot.prefetch_fanout();
        // SAFETY: by the contract of this function.
        if let Some(job) = unsafe { slot.job() }
            && let Work::Kernel { kernel, record } = job.work
        {
            // SAFETY: record and guard were written for this task, which runs now and once; its producers are done, and
            // whoever conflicts with it waits for it.
            unsafe {
                if job.guard.is_none_or(|guard| record::holds(guard)) {
                    let execute = || self.execute(kernel, KernelArgs::new(record), &job.site);
                    match self.paces.nanos(kernel).is_none() || is_timed(slot) {
                        true => _ = self.paces.time(kernel, By::Worker, execute),
                        false => execute(),
                    }
                }
            }
        }
        let mut first = None;
        // SAFETY: it has run, just now, and this thread alone had it.
        unsafe {
            self.complete(slot, |ready, work| match work {
                Work::Kernel { kernel, .. }
                    if first.is_none() && (kernel.core == core || !self.permits.limited()) =>
                {
                    first = Some(ready);
                }
                // SAFETY: `complete` hands out each ready task once.
                work => self.submit(ready, work),
            });
        }
        first
    }

    /// Runs the kernel of a task, unless one has failed.
    ///
    /// # Safety
    /// The arguments are those of a task of that kernel, which runs once; all its producers are complete.
    #[inline]
    pub(crate) unsafe fn execute(
        &self,
        kernel: &'static Kernel,
        mut args: KernelArgs<'_>,
        site: &Site,
    ) {
        if !self.failed.load(Ordering::Relaxed) {
            self.run_caught(kernel, site, || (kernel.run)(&mut args));
        }
    }

    /// Runs a kernel, by what runs it; notes its panic.
    #[inline(always)]
    pub(crate) fn run_caught(&self, kernel: &'static Kernel, site: &Site, run: impl FnOnce()) {
        // A kernel that panics leaves no state of ours behind; its outputs are not read, for later kernels are
        // skipped, and any bytes are valid elements.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.fail(panicked(kernel, *site, None, &*panic));
            discard(panic);
        }
    }

    /// Whether cores are fewer than threads, so that who runs a kernel has to take one first.
    #[inline]
    pub(crate) fn counts_cores(&self) -> bool {
        self.permits.limited()
    }

    /// How many ready tasks wait for a thread, about.
    pub(crate) fn queued(&self) -> usize {
        self.queues.iter().map(ReadyQueue::len).sum()
    }

    /// Runs a part of a team, if there is one that can run now.
    #[cold]
    fn join(&self) -> bool {
        let plain_waits = || self.queues.iter().any(|queue| !queue.is_empty());
        let Some(part) = self.teams.claim(&self.permits, plain_waits) else {
            return false;
        };
        // Cores may have been gathered until now.
        self.cores_changed();
        // SAFETY: this thread has claimed the part.
        unsafe { self.run_part(part) };
        self.cores_changed();
        true
    }

    /// Runs a part of a team, and completes the task if it was the last one.
    ///
    /// # Safety
    /// This thread has claimed the part, and runs it once.
    unsafe fn run_part(&self, part: Part) {
        // SAFETY: the part is not done, so that the team stays in place.
        let team = unsafe { part.team.as_ref() };
        let (core, slot) = (team.core(part), team.slot());
        team.assemble();
        let skip = self.failed.load(Ordering::Relaxed);
        // SAFETY: by the contract of this function; a team that is ready is that of a ready task.
        let last = unsafe {
            team.run(part, skip, |error| self.fail(error));
            team.is_last()
        };
        self.permits.release(core);
        if last {
            // SAFETY: all parts are done, so that nobody uses the team any more; `publish` has boxed it.
            drop(unsafe { Box::from_raw(part.team.as_ptr()) });
            // SAFETY: the task has run, and whoever does the last part completes it.
            unsafe {
                self.complete(slot.as_ref(), |ready, work| {
                    // SAFETY: `complete` hands out each ready task once.
                    self.submit(ready, work);
                });
            }
        }
    }

    /// Refuses a cohort that cannot assemble.
    pub(crate) fn check_width(&self, team: &backend::Team) -> Result<(), Error> {
        if !team.sync_start {
            return Ok(());
        }
        let blocks = team.count();
        let parts = blocks * team.members.len();
        if parts > self.threads {
            let threads = self.threads;
            let lack = format!("{parts} threads at the same time, and the runtime has {threads}");
            let cure = format!("`.workers({parts})`, or set PTO_WORKERS={parts}");
            return Err(too_wide(team, &lack, &cure));
        }
        for (core, each) in [(Core::Aic, 1), (Core::Aiv, 2)] {
            let asks = blocks * team.cores(core);
            if let Some(has) = self.permits.all(core).filter(|&has| asks > has) {
                let name = core.name();
                let lack = format!("{asks} {name} cores at the same time, and there are {has}");
                let cure = format!("`.clusters({})`", asks.div_ceil(each));
                return Err(too_wide(team, &lack, &cure));
            }
        }
        Ok(())
    }

    #[cold]
    fn fail(&self, error: Error) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Whether a kernel of the run has failed, so that the rest need not be submitted.
    #[inline]
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// The first failure of the run, which is over.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.failed.store(false, Ordering::Relaxed);
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// Whether the task of a slot is one of the few that are timed.
#[inline]
fn is_timed(slot: &Slot) -> bool {
    // Addresses are others in each run.
    cfg!(any(loom, shuttle)) || (std::ptr::from_ref(slot).addr() / STRIDE).is_multiple_of(16)
}

#[cold]
fn too_wide(team: &backend::Team, lack: &str, cure: &str) -> Error {
    let what = match team.blocks {
        None => format!("{team} with `sync_start` needs"),
        Some(1) => format!("1 block of {team} with `sync_start` needs"),
        Some(blocks) => format!("{blocks} blocks of {team} with `sync_start` need"),
    };
    let message = format!("{what} {lack}");
    Error::new(ErrorKind::SyncStartTooWide, message).with_help(format!(
        "build the runtime with {cure}; or give the task fewer blocks, or no `sync_start`"
    ))
}
