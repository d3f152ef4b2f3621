//! A task that several threads run: its kernels, as often as it has blocks.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use smallvec::SmallVec;

use crate::args::TensorArg;
use crate::backend::{self, Request};
use crate::block::{Abandoned, Seat};
use crate::error::{Error, ErrorKind};
use crate::kernel::{Core, Kernel};
use crate::meeting::{Broken, Meeting};
use crate::native::permits::Cores;
use crate::native::slot::Slot;
use crate::record::{self, KernelArgs};
use crate::site::Site;
use crate::sync::{AtomicU32, Ordering};

/// A team that was launched.
///
/// Invariant: it stays in place until all its parts are [done](Team::is_last): each part is run once, by who has claimed
/// it, and nobody else touches the team but [`Teams`](super::teams::Teams) as long as it has unclaimed parts. Its records
/// and its slot are those of its task, which is live until then.
pub(crate) struct Team {
    slot: NonNull<Slot>,
    members: SmallVec<[Member; 1]>,
    blocks: u32,
    in_blocks: bool,
    /// Where all parts meet before the first begins, if they are to run at the same time.
    start: Option<Meeting>,
    /// Parts that are not done.
    left: AtomicU32,
    site: Site,
}

struct Member {
    kernel: &'static Kernel,
    record: NonNull<u64>,
    /// Where its blocks meet, if they run at the same time.
    meeting: Option<Meeting>,
}

/// One run of one kernel of a team, claimed and not done.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) team: NonNull<Team>,
    pub(crate) block: u32,
    pub(crate) member: u32,
}

// SAFETY: teams are `Sync`, and stay in place while they have parts that are not done.
unsafe impl Send for Part {}

// SAFETY: what it refers to (kernels, the arguments of a task, its slot) is meant for whichever threads run its parts.
unsafe impl Send for Team {}
// SAFETY: as above. What its threads change is atomic, or behind a lock.
unsafe impl Sync for Team {}

/// The words of the records of all members.
pub(super) fn words(team: &backend::Team, tensors: &[TensorArg<'_>], scalars: &[u64]) -> usize {
    let each = team.arguments(tensors, scalars);
    each.map(|(_, tensors, scalars)| record::words(tensors, scalars.len()))
        .sum()
}

impl Team {
    /// The team of the task in `slot`, and the end of its records.
    ///
    /// # Safety
    /// `records` points to as many writable words as [`words`] says, which nobody else uses until the task is complete.
    /// The request was accepted: arguments fit their kernels.
    pub(super) unsafe fn new(
        team: &backend::Team,
        slot: NonNull<Slot>,
        records: NonNull<u64>,
        request: &Request<'_, '_>,
    ) -> (Box<Self>, NonNull<u64>) {
        let blocks = team.count() as u32;
        let parts = blocks * team.members.len() as u32;
        let meeting = |parties| team.sync_start.then(|| Meeting::new(parties));
        let mut record = records;
        let members =
            team.arguments(request.tensors, request.scalars)
                .map(|(member, tensors, scalars)| {
                    let own = record;
                    // SAFETY: the words of the members follow each other, as many as were counted.
                    unsafe {
                        record = record::write(own, tensors, scalars);
                    }
                    Member {
                        kernel: member.kernel,
                        record: own,
                        meeting: meeting(blocks),
                    }
                });
        let members = members.collect();
        let team = Box::new(Team {
            slot,
            members,
            blocks,
            in_blocks: team.blocks.is_some(),
            start: meeting(parts),
            left: AtomicU32::new(parts),
            site: request.site,
        });
        (team, record)
    }

    /// Without arguments, to test what threads do with parts.
    #[cfg(test)]
    pub(super) fn model(kernels: &[&'static Kernel], blocks: u32, sync_start: bool) -> Box<Self> {
        let parts = blocks * kernels.len() as u32;
        let members = kernels.iter().map(|kernel| Member {
            kernel,
            record: NonNull::dangling(),
            meeting: None,
        });
        Box::new(Team {
            slot: NonNull::dangling(),
            members: members.collect(),
            blocks,
            in_blocks: true,
            start: sync_start.then(|| Meeting::new(parts)),
            left: AtomicU32::new(parts),
            site: Site::here("team"),
        })
    }

    pub(super) fn blocks(&self) -> u32 {
        self.blocks
    }

    pub(super) fn members(&self) -> u32 {
        self.members.len() as u32
    }

    pub(super) fn is_cohort(&self) -> bool {
        self.start.is_some()
    }

    pub(super) fn slot(&self) -> NonNull<Slot> {
        self.slot
    }

    /// The cores of one block.
    pub(super) fn cores(&self) -> Cores {
        let each = self.members.iter();
        each.map(|member| Cores::one(member.kernel.core))
            .fold(Cores::default(), Cores::and)
    }

    /// Where a part runs.
    pub(super) fn core(&self, part: Part) -> Core {
        self.members[part.member as usize].kernel.core
    }

    /// Waits until all parts can run at the same time, if they are to.
    pub(super) fn assemble(&self) {
        if let Some(start) = &self.start {
            // Nobody leaves, and all come for the same.
            let met = start.meet(0);
            debug_assert!(met.is_ok());
        }
    }

    /// Runs a part, unless it is to be skipped. What went wrong is handed to `report`, the cause before its effects.
    ///
    /// # Safety
    /// The caller has claimed the part and runs it once. The task is ready.
    pub(super) unsafe fn run(&self, part: Part, skip: bool, mut report: impl FnMut(Error)) {
        let Member {
            kernel,
            record,
            meeting,
        } = &self.members[part.member as usize];
        let meeting = meeting.as_ref();
        if !skip {
            let run = || {
                if !self.in_blocks {
                    // SAFETY: the record was written for this kernel, which runs now and once; the task's producers are
                    // done, whoever conflicts with it waits for it, and its other kernels touch nothing that this one
                    // writes.
                    let mut args = unsafe { KernelArgs::new(*record) };
                    return (kernel.run)(&mut args);
                }
                // SAFETY: the record was written for this kernel, and dimensions were checked before.
                let mut own =
                    unsafe { record::cut(*record, kernel.params, part.block, self.blocks) };
                let seat = Seat {
                    index: part.block,
                    count: self.blocks,
                    part: NonNull::from(own.as_mut_slice()).cast(),
                    whole: *record,
                    meeting,
                };
                // SAFETY: as above; what the blocks write does not overlap.
                (kernel.run)(&mut unsafe { KernelArgs::of_block(&seat) });
            };
            // A kernel that panics leaves no state of ours behind; its outputs are not read, for later kernels are
            // skipped, and any bytes are valid elements.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(run))
                && !panic.is::<Abandoned>()
            {
                let block = self.in_blocks.then_some((part.block, self.blocks));
                report(panicked(kernel, self.site, block, &*panic));
                discard(panic);
            }
        }
        if let Some(broken) = meeting.and_then(Meeting::leave) {
            report(self.unmet(kernel, broken));
        }
    }

    /// Counts a part as done. Whether it was the last, so that the task can be completed, and the team be freed.
    ///
    /// # Safety
    /// The caller has run a part of it, and calls this once for it. Unless it is the last it does not touch the team again.
    pub(super) unsafe fn is_last(&self) -> bool {
        // Release: who completes the task is to see what this part wrote. Acquire: and what the others wrote.
        self.left.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// The error of blocks that could not exchange a tensor.
    #[cold]
    fn unmet(&self, kernel: &Kernel, broken: Broken) -> Error {
        let tensor = |position: u32| {
            let mut tensors = kernel.params.iter().filter(|param| param.is_tensor());
            tensors
                .nth(position as usize)
                .map_or("a tensor", |param| param.name())
        };
        let (name, what) = (
            kernel.name,
            match broken {
                Broken::Left { topic } => {
                    let tensor = tensor(topic);
                    format!(
                        "a block exchanges '{tensor}', and another one has returned without doing so"
                    )
                }
                Broken::Differ { topics } => {
                    let [one, other] = topics.map(tensor);
                    format!("a block exchanges '{one}', while another one exchanges '{other}'")
                }
            },
        );
        Error::new(ErrorKind::KernelPanic, format!("kernel '{name}': {what}"))
            .in_task(self.site)
            .with_help(format!(
                "all blocks exchange the same tensors in the same order, see {}:{}",
                kernel.file, kernel.line
            ))
    }
}

/// The error of a kernel that panicked, in a block if it runs in several.
#[cold]
pub(super) fn panicked(
    kernel: &Kernel,
    site: Site,
    block: Option<(u32, u32)>,
    panic: &(dyn Any + Send),
) -> Error {
    let what = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "a value that is no text",
    };
    let block = block.map_or(String::new(), |(index, count)| {
        format!(" in block {index} of {count}")
    });
    let message = format!("kernel '{}' panicked{block}: {what}", kernel.name);
    let help = format!(
        "the kernel is defined at {}:{}; the tasks that had not started were skipped",
        kernel.file, kernel.line
    );
    Error::new(ErrorKind::KernelPanic, message)
        .in_task(site)
        .with_help(help)
}

/// Drops what a kernel has panicked with. That may panic in its turn, and a thread that unwound would leave its task
/// incomplete for ever: so what the second panic carries stays where it is.
#[cold]
pub(super) fn discard(panic: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(another);
    }
}
