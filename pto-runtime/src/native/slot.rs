//! Task slots: how a task learns that its producers are done. The protocol is explained in `README.md`.

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::kernel::Kernel;
use crate::native::prefetch;
use crate::native::team::Team;
use crate::record;
use crate::site::Site;
use crate::sync::{AtomicPtr, AtomicU32, Ordering, UnsafeCell};

/// What a worker needs to run a task.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) work: Work,
    /// The condition under which it is run, in the form that [`crate::record`] writes.
    pub(crate) guard: Option<NonNull<u64>>,
    pub(crate) site: Site,
}

impl Job {
    /// Evaluates the condition of a team. If it does not hold the team is freed, and the task has nothing to run. That of
    /// a kernel is evaluated by whoever runs it.
    ///
    /// # Safety
    /// The task is ready, the caller alone has taken it, and calls this once.
    #[inline]
    pub(crate) unsafe fn decide(&self) -> bool {
        match (self.work, self.guard) {
            // SAFETY: as promised.
            (Work::Team(team), Some(guard)) => unsafe { Job::decide_team(team, guard) },
            _ => true,
        }
    }

    /// # Safety
    /// As [`decide`](Job::decide).
    #[cold]
    unsafe fn decide_team(team: NonNull<Team>, guard: NonNull<u64>) -> bool {
        // SAFETY: the guard was written for this task; all that writes its element before is complete, and what writes it
        // later waits for the task.
        let holds = unsafe { record::holds(guard) };
        if !holds {
            // SAFETY: it was boxed, and nobody has a part of it: they are handed out afterwards.
            drop(unsafe { Box::from_raw(team.as_ptr()) });
        }
        holds
    }
}

/// What a task runs.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// A kernel, once.
    Kernel {
        kernel: &'static Kernel,
        /// The arguments, in the form that [`crate::record`] writes.
        record: NonNull<u64>,
    },
    /// What several threads run. It frees itself when the task is complete.
    Team(NonNull<Team>),
}

/// An entry of a producer's fan-out list. It lives in the dependency pool of the consumer's ring.
pub(crate) struct Node(UnsafeCell<Link>);

#[derive(Clone, Copy)]
struct Link {
    next: *mut Node,
    consumer: *const Slot,
}

impl Node {
    pub(crate) fn new() -> Self {
        Node(UnsafeCell::new(Link {
            next: ptr::null_mut(),
            consumer: ptr::null(),
        }))
    }
}

/// The head of the fan-out list of a task that is complete.
fn closed() -> *mut Node {
    ptr::without_provenance_mut(align_of::<Node>())
}

/// What marks a consumer in the place of a node. Nodes and slots are aligned to more.
const DIRECT: usize = 1;

/// The first consumer of a task needs no node: its slot, marked, ends the list.
fn direct(consumer: &Slot) -> *mut Node {
    ptr::from_ref(consumer)
        .map_addr(|address| address | DIRECT)
        .cast::<Node>()
        .cast_mut()
}

/// An entry of a fan-out list.
enum Entry {
    Consumer(NonNull<Slot>),
    Node(NonNull<Node>),
}

/// What a pointer in a list that is not closed refers to, if it is not the end.
#[inline]
fn entry(pointer: *mut Node) -> Option<Entry> {
    let pointer = NonNull::new(pointer)?;
    match pointer.addr().get() & DIRECT {
        0 => Some(Entry::Node(pointer)),
        _ => NonNull::new(pointer.as_ptr().map_addr(|address| address & !DIRECT))
            .map(|consumer| Entry::Consumer(consumer.cast())),
    }
}

/// So many words of arguments are kept beside the slot: five matrices and a few scalars.
const SLOT_WORDS: usize = 24;
/// As many bytes.
pub(crate) const SLOT_ARGS: usize = SLOT_WORDS * size_of::<u64>();
/// The bytes of a cache line.
const LINE: usize = 64;
/// Of those lines so many are fetched early: few tasks have more arguments.
const EARLY: usize = 2;

/// One task, from its submit to its retirement. One cache line, and those of its arguments, unless these are larger.
///
/// Invariant: `job`, `args`, and the links of the nodes in the pools, are written by the submitting thread alone, and only
/// while no worker can reach them: a slot is reachable from when it is linked or queued until it is complete, a node from when it
/// is linked until its producer, which walks to it, has counted its consumer down.
#[repr(C, align(64))]
pub(crate) struct Slot {
    /// Consumers to count down when this task is complete; [`closed`] once it is.
    fanout: AtomicPtr<Node>,
    /// Producers that are not done yet, as far as is known: those that were done before they were linked are taken off by `arm`.
    remaining: AtomicU32,
    job: UnsafeCell<Option<Job>>,
    args: UnsafeCell<MaybeUninit<[u64; SLOT_WORDS]>>,
}

#[cfg(not(any(loom, shuttle)))]
const _: () =
    assert!(std::mem::offset_of!(Slot, args) == LINE && size_of::<Slot>() == LINE + SLOT_ARGS);

// SAFETY: by the invariant of the type, the cell is only written while no other thread reads it. What it refers to (a
// kernel, the arguments of a task) is meant for whichever thread runs the task.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}
// SAFETY: as above, for the link.
unsafe impl Send for Node {}
// SAFETY: as above, for the link.
unsafe impl Sync for Node {}

impl Slot {
    /// A slot whose task is complete, so that it can be reused.
    pub(crate) fn new() -> Self {
        Slot {
            fanout: AtomicPtr::new(closed()),
            remaining: AtomicU32::new(0),
            job: UnsafeCell::new(None),
            args: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Fetches what a thread needs first that is going to run the task of a slot.
    #[inline(always)]
    pub(crate) fn prefetch(slot: NonNull<Slot>) {
        let slot = slot.as_ptr().cast_const().cast::<u8>();
        prefetch::to_write(slot);
        for line in 1..=EARLY {
            prefetch::to_read(slot.wrapping_add(line * LINE));
        }
    }

    /// Fetches what is going to be written of a task with so many words of arguments, which is a constant.
    #[inline(always)]
    pub(crate) fn prefetch_to_fill(slot: NonNull<Slot>, words: usize) {
        let slot = slot.as_ptr().cast_const().cast::<u8>();
        prefetch::to_write(slot);
        for line in 0..EARLY {
            if line * LINE < words * size_of::<u64>() {
                prefetch::to_write(slot.wrapping_add((1 + line) * LINE));
            }
        }
    }

    /// Fetches what the completion of the task needs, as far as that is known now.
    #[inline]
    pub(crate) fn prefetch_fanout(&self) {
        // Relaxed: nothing is read through it.
        let head = self.fanout.load(Ordering::Relaxed);
        match entry(head) {
            Some(Entry::Consumer(consumer)) => Slot::prefetch(consumer),
            Some(Entry::Node(node)) => prefetch::to_read(node.as_ptr()),
            None => {}
        }
    }

    /// Where the arguments of the task are, if they take no more than [`SLOT_ARGS`] bytes.
    #[inline]
    pub(crate) fn args(&self) -> NonNull<u64> {
        // SAFETY: inside of the slot.
        self.args
            .with_mut(|words| unsafe { NonNull::new_unchecked(words) }.cast())
    }

    /// Makes the slot that of a new task with `fan_in` producers, each of which is to be linked. Without a job it does
    /// nothing when they are complete.
    ///
    /// # Safety
    /// The previous task of the slot is complete, nothing links to it any more, and the caller is the submitting thread.
    #[inline]
    pub(crate) unsafe fn prepare(&self, job: Option<Job>, fan_in: u32) {
        // SAFETY: no worker can reach the slot.
        self.job.with_mut(|cell| unsafe { *cell = job });
        // Relaxed: a worker reaches the slot through a link or a queue, and both are released later.
        self.remaining.store(fan_in, Ordering::Relaxed);
        self.fanout.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// Makes the slot that of a task that is complete from the start.
    ///
    /// # Safety
    /// As [`prepare`](Slot::prepare).
    #[inline]
    pub(crate) unsafe fn prepare_complete(&self) {
        self.fanout.store(closed(), Ordering::Relaxed);
    }

    /// Whether the task is complete; if so, what it wrote is visible.
    #[inline]
    pub(crate) fn is_complete(&self) -> bool {
        // Sequentially consistent for the sake of a sleeper that looks once more before it sleeps, see `idle`. The load
        // costs what an acquiring one does.
        self.fanout.load(Ordering::SeqCst) == closed()
    }

    /// Makes `consumer` wait for this task, unless this task is complete: then the answer is `false`.
    ///
    /// # Safety
    /// The caller is the submitting thread, what `node` returns is free, and it and `consumer` stay in place until `consumer` is
    /// complete.
    #[inline]
    pub(crate) unsafe fn link(
        &self,
        node: impl FnOnce() -> NonNull<Node>,
        consumer: &Slot,
    ) -> bool {
        // Acquire: if the task is complete, the consumer is to see what it wrote.
        let head = self.fanout.load(Ordering::Acquire);
        if head == closed() {
            return false;
        }
        let new = if head.is_null() {
            direct(consumer)
        } else {
            let node = node();
            // SAFETY: the node is free, so no worker can reach it.
            unsafe { node.as_ref() }.0.with_mut(|link| unsafe {
                *link = Link {
                    next: head,
                    consumer,
                }
            });
            node.as_ptr()
        };
        // Nobody else links, so an exchange fails because the list was closed. Release: the completer is to see the link and
        // the consumer's slot.
        self.fanout
            .compare_exchange(head, new, Ordering::Release, Ordering::Acquire)
            .is_ok()
    }

    /// Ends the wiring: `unlinked` of the `fan_in` producers were complete. Whether the task is ready to run, so that the
    /// caller alone has it. If not, it may have run already.
    #[inline]
    pub(crate) fn arm(&self, fan_in: u32, unlinked: u32) -> bool {
        // While some are to be taken off, no producer can bring the count to zero; if none are, the last producer does.
        match unlinked {
            all if all == fan_in => true,
            0 => false,
            some => self.remaining.fetch_sub(some, Ordering::AcqRel) == some,
        }
    }

    /// The task to run.
    ///
    /// # Safety
    /// The task is ready, and the caller alone has taken it.
    #[inline]
    pub(crate) unsafe fn job(&self) -> Option<Job> {
        // SAFETY: the submitting thread wrote the job before the task could become ready.
        self.job.with(|cell| unsafe { *cell })
    }

    /// Where the task is in the source, if it has a job and is not complete.
    ///
    /// # Safety
    /// The caller is the submitting thread.
    #[cold]
    pub(crate) unsafe fn site(&self) -> Option<Site> {
        if self.is_complete() {
            return None;
        }
        // SAFETY: the submitting thread alone writes it.
        let job = self.job.with(|cell| unsafe { *cell });
        job.map(|job| job.site)
    }

    /// Declares the task complete and calls `ready` for each task that waited for this one last. From the first line on
    /// the slot may belong to another task.
    ///
    /// # Safety
    /// The caller has run the task, and completes it once.
    #[inline]
    pub(crate) unsafe fn complete(&self, mut ready: impl FnMut(NonNull<Slot>)) {
        // Acquire for the links, release for what the task wrote; sequentially consistent for a sleeper, see `idle`.
        let mut next = self.fanout.swap(closed(), Ordering::SeqCst);
        while let Some(entry) = entry(next) {
            // Linked nodes and their consumers stay in place until the consumer is complete, and that takes the count-down
            // below. The link is read before it, for afterwards the node may be reused.
            let consumer = match entry {
                Entry::Consumer(consumer) => {
                    next = ptr::null_mut();
                    consumer
                }
                Entry::Node(node) => {
                    // SAFETY: as above.
                    let link = unsafe { node.as_ref() }.0.with(|link| unsafe { *link });
                    next = link.next;
                    // SAFETY: consumers are never null in a linked node.
                    unsafe { NonNull::new_unchecked(link.consumer.cast_mut()) }
                }
            };
            // Release: whoever runs the consumer is to see what this task wrote. Acquire: and what the others wrote.
            // SAFETY: as above.
            if unsafe { consumer.as_ref() }
                .remaining
                .fetch_sub(1, Ordering::AcqRel)
                == 1
            {
                ready(consumer);
            }
        }
    }
}
