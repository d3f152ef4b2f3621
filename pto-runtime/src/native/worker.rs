//! What all threads share, and how each of them runs tasks.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::PoisonError;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::kernel::Core;
use crate::native::idle::Idle;
use crate::native::permits::Permits;
use crate::native::ready::ReadyQueue;
use crate::native::slot::{Job, Slot};
use crate::record::KernelArgs;
use crate::sync::{AtomicBool, Mutex, Ordering, spin_loop};

/// How often to look for work before going to sleep: some times as long as waking up takes.
const LOOKS: u32 = 64;
/// The longest pause between two looks, as a power of two. Looking takes the end of the queue away from the pusher, who
/// then has to fetch it back: better let a few tasks gather.
const LONGEST_PAUSE: u32 = 6;
/// No sleep is longer, so that a wake-up that is lost costs time and not the run.
const NAP: Duration = Duration::from_millis(50);

/// How many ready tasks the submitting thread runs before it looks whether it can go on.
const BATCH: u32 = 32;

/// A ready task.
#[derive(Clone, Copy)]
struct Ready(NonNull<Slot>);

// SAFETY: slots are `Sync`, and stay in place while their task is live.
unsafe impl Send for Ready {}

/// What the threads of a runtime share.
pub(crate) struct Shared {
    queues: [ReadyQueue<Ready>; 2],
    permits: Permits,
    /// Where workers sleep.
    workers: Idle,
    /// Where the submitting thread sleeps.
    submitter: Idle,
    /// Set once a kernel of the run has panicked: the others are skipped.
    failed: AtomicBool,
    failure: Mutex<Option<Error>>,
    shutdown: AtomicBool,
}

impl Shared {
    /// `capacity` is the most tasks that can be live.
    pub(crate) fn new(capacity: usize, permits: Permits) -> Self {
        Shared {
            queues: [ReadyQueue::new(capacity), ReadyQueue::new(capacity)],
            permits,
            workers: Idle::new(),
            submitter: Idle::new(),
            failed: AtomicBool::new(false),
            failure: Mutex::new(None),
            shutdown: AtomicBool::new(false),
        }
    }

    /// Makes a task that is ready available to all threads.
    ///
    /// # Safety
    /// The task is ready and nobody else has taken it.
    #[inline]
    pub(crate) unsafe fn submit(&self, slot: NonNull<Slot>, core: Core) {
        self.push(slot, core);
        self.workers.wake_one();
    }

    #[inline]
    fn push(&self, slot: NonNull<Slot>, core: Core) {
        // The queue has room for all live tasks; it can only seem full while a slow popper leaves its cell.
        while self.queues[core as usize].push(Ready(slot)).is_err() {
            spin_loop();
        }
    }

    /// Whether some thread could take a task now.
    fn has_work(&self) -> bool {
        [Core::Aic, Core::Aiv]
            .into_iter()
            .any(|core| !self.queues[core as usize].is_empty() && self.permits.any(core))
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
                Some(ready) => return Some((ready.0, core)),
                None => self.permits.release(core),
            }
        }
        None
    }

    /// Runs a ready task, then one that it made ready, and so on. Whether there was one.
    pub(crate) fn help(&self) -> bool {
        let Some((mut slot, core)) = self.pop() else {
            return false;
        };
        loop {
            // SAFETY: taken from the queue, or made ready by the task before: this thread alone has it.
            let next = unsafe { self.run(slot, core) };
            match next {
                Some(next) => slot = next,
                None => break,
            }
        }
        self.permits.release(core);
        if self.permits.limited() && self.has_work() {
            self.workers.wake_one();
        }
        true
    }

    /// Runs a task and completes it. Returns a task that this made ready and that may run on the same core; the others
    /// are queued.
    ///
    /// # Safety
    /// The task is ready, and this thread alone has taken it.
    unsafe fn run(&self, slot: NonNull<Slot>, core: Core) -> Option<NonNull<Slot>> {
        // SAFETY: a live task's slot stays in place.
        let slot = unsafe { slot.as_ref() };
        // SAFETY: by the contract of this function.
        if let Some(job) = unsafe { slot.job() }
            && !self.failed.load(Ordering::Relaxed)
        {
            // SAFETY: the record was written for this task, which runs now and once; its producers are done, and
            // whoever conflicts with it waits for it.
            let mut args = unsafe { KernelArgs::new(job.record) };
            // A kernel that panics leaves no state of ours behind; its outputs are not read, for later kernels are
            // skipped, and any bytes are valid elements.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (job.kernel.run)(&mut args))) {
                self.fail(&job, panic);
            }
        }
        let mut first = None;
        // SAFETY: it has run, just now, and this thread alone had it.
        unsafe {
            slot.complete(|ready| {
                // SAFETY: `complete` hands out each ready task once, and its job does not change while it is live.
                let ready_core = ready.as_ref().job().map_or(core, |job| job.kernel.core);
                if first.is_none() && (ready_core == core || !self.permits.limited()) {
                    first = Some(ready);
                } else {
                    self.submit(ready, ready_core);
                }
            });
        }
        self.submitter.wake_one();
        first
    }

    #[cold]
    fn fail(&self, job: &Job, panic: Box<dyn Any + Send>) {
        let what = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(text), _) => text,
            (_, Some(text)) => text.as_str(),
            _ => "a value that is no text",
        };
        let message = format!("kernel '{}' panicked: {what}", job.kernel.name);
        let help = format!(
            "the kernel is defined at {}:{}; the tasks that had not started were skipped",
            job.kernel.file, job.kernel.line
        );
        let error = Error::new(ErrorKind::KernelPanic, message)
            .in_task(job.site)
            .with_help(help);
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

    /// The submitting thread's turn while it cannot go on: runs a task if one is ready, else waits a while for `news`.
    pub(crate) fn help_or_wait(&self, news: impl Fn() -> bool) {
        for look in 0..LOOKS {
            if self.help() {
                // Once at it, make room for more than one submit.
                for _ in 1..BATCH {
                    if !self.help() {
                        break;
                    }
                }
                return;
            }
            if news() {
                return;
            }
            pause(look);
        }
        self.submitter.sleep(NAP, || self.has_work() || news());
    }

    /// What a worker thread does until the runtime is dropped.
    pub(crate) fn work(&self) {
        let mut looks = 0;
        while !self.shutdown.load(Ordering::Acquire) {
            if self.help() {
                looks = 0;
            } else if looks < LOOKS {
                pause(looks);
                looks += 1;
            } else {
                self.workers.sleep(NAP, || {
                    self.has_work() || self.shutdown.load(Ordering::SeqCst)
                });
                looks = 0;
            }
        }
    }

    /// Makes the workers return.
    pub(crate) fn shut_down(&self) {
        self.shutdown.store(true, Ordering::SeqCst);
        self.workers.wake_all();
    }
}

/// Waits between two looks for work, longer each time.
fn pause(looks: u32) {
    for _ in 0..1 << looks.min(LONGEST_PAUSE) {
        spin_loop();
    }
}
