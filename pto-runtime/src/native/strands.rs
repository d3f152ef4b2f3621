//! Tasks of AUTO scopes that other threads run in order, many for one hand-over.
//!
//! To find out of every task which others it waits for, to wire it and to queue it, costs more than many a kernel takes. So short
//! kernels are run where they are submitted, and other threads have nothing to do. *Strands* give them whole stretches of the
//! program: tasks that follow each other go to one strand (`strand`), and one thread runs them in their order, which needs no
//! edges. All that is to be known of a strand is which parts of which storages its tasks touch, all in all. A task that touches none
//! of these can be run at once; one that does, goes to the same strand, behind the tasks that it conflicts with.
//!
//! Nobody else hears of strands: whatever is not such a task first waits until they are empty, and helps. So for
//! everything but them a task in a strand is one that was run at once. It can be one only if
//! * it is plain, in an AUTO scope, and the runtime alone finds its edges: it is given none, and whoever needs an edge to it
//!   either looks at the strands too, or names it, and then waits for them;
//! * all its tensors are host memory, which no scope takes back.
//!
//! It is worth while only if the program has more than one thing to do. If too many tasks conflict with what is in the strands, it
//! is left alone for a while, longer each time.

use std::ptr::NonNull;
use std::time::Instant;

use smallvec::SmallVec;

use crate::args::TensorArg;
use crate::backend::{Deps, ScopeId};
use crate::call::RunKernel;
use crate::kernel::Kernel;
use crate::native::orchestrator::Orchestrator;
use crate::native::pace::By;
use crate::native::ring::Ring;
use crate::native::strand::{Strand, Writer};
use crate::native::suited::Whole;
use crate::native::worker::Shared;
use crate::record::{self, KernelArgs};
use crate::site::Site;
use crate::task::TaskId;

/// The most strands: a task is compared with each.
const MOST: usize = 4;
/// The words of a strand.
const WORDS: usize = if cfg!(any(loom, shuttle)) { 128 } else { 8192 };
/// So many words are published at a time.
const PUBLISHED: usize = if cfg!(any(loom, shuttle)) { 16 } else { 96 };
/// A strand with less to do gets another stretch of tasks, of so many or, if kernels take long, as many as take so many nanoseconds: in
/// the end somebody waits for a stretch or two.
const LITTLE: usize = WORDS / 4;
const STRETCH: u32 = if cfg!(shuttle) { 4 } else { 128 };
const STRETCH_NANOS: u32 = 25_000;
const SHORTEST: u32 = STRETCH / 8;
/// Kernels that take less, in nanoseconds, are done sooner than they are written.
const LEAST: u32 = if cfg!(shuttle) { 0 } else { 80 };
/// Kernels that take as long, in nanoseconds, are worth being looked up, wired and queued. With two threads, for the workloads of
/// `pto-bench`, strands were better with kernels of 800, and with such of 1500 it made no difference.
const LONG: u32 = 1000;
/// Of how many kernels in a strand one is timed: of others each time, where some take turns.
const TIMED: u32 = 17;
/// The most parts of storages that are kept apart.
const PARTS: usize = 8;
/// Of so many tasks that are compared with strands not more than half may conflict.
const JUDGED: u32 = 64;
/// For how many tasks strands are left alone if they do, at first and at most.
const PAUSE: u32 = 1 << 10;
const LONGEST_PAUSE: u32 = 1 << 16;

/// The submitting thread's side of all strands.
#[derive(Debug)]
pub(super) struct Strands {
    sides: Vec<Side>,
    /// Whether there may be tasks in a strand.
    pending: bool,
    /// The scope of the last task that might have gone to one.
    scope: Option<ScopeId>,
    /// The strand that the next tasks go to, and how many more.
    current: usize,
    left: u32,
    /// How many more tasks are run here before it is looked for another one.
    rest: u32,
    /// Of the tasks compared since the last judgement, how many did not conflict, and did.
    apart: u32,
    conflicting: u32,
    /// For how many tasks strands are left alone next time.
    pause: u32,
}

/// The submitting thread's side of one strand.
#[derive(Debug, Default)]
struct Side {
    writer: Writer,
    /// What its tasks touch, since it was empty.
    parts: SmallVec<[Touched; PARTS]>,
}

/// A part of a storage that tasks touch, in bytes from its first: a hull of what each of them does.
#[derive(Clone, Copy, Debug)]
struct Touched {
    base: NonNull<u8>,
    from: u64,
    to: u64,
    writes: bool,
}

// SAFETY: addresses are compared, and nothing is accessed by means of them.
unsafe impl Send for Touched {}

impl Touched {
    /// What a task touches of a tensor: nothing that matters, if the runtime does not track it.
    #[inline(always)]
    fn of(tensor: &TensorArg<'_>) -> Self {
        let size = tensor.dtype().size() as u64;
        let from = tensor.start() * size;
        let span = match tensor.layout().dense_vector() {
            _ if !tensor.tracking().any() => 0,
            Some(length) => length,
            None => tensor.layout().span(),
        };
        Touched {
            base: tensor.base(),
            from,
            to: from + span * size,
            writes: tensor.access().writes(),
        }
    }

    fn is_nothing(&self) -> bool {
        self.from == self.to
    }

    #[inline]
    fn conflicts(&self, other: &Touched) -> bool {
        self.base == other.base
            && (self.writes || other.writes)
            && self.from < other.to
            && other.from < self.to
            && !self.is_nothing()
            && !other.is_nothing()
    }
}

impl Side {
    #[inline]
    fn conflicts(&self, touched: &[Touched]) -> bool {
        let mut own = self.parts.iter();
        own.any(|own| touched.iter().any(|other| own.conflicts(other)))
    }

    /// Adds what a task touches.
    fn touch(&mut self, touched: &[Touched]) {
        for new in touched.iter().filter(|new| !new.is_nothing()) {
            let is_same = |own: &&mut Touched| own.base == new.base && own.writes == new.writes;
            match self.parts.iter_mut().find(is_same) {
                Some(own) => (own.from, own.to) = (own.from.min(new.from), own.to.max(new.to)),
                None => self.parts.push(*new),
            }
        }
    }

    /// Whether there is room for what a task touches.
    fn has_parts_for(&self, count: usize) -> bool {
        self.parts.len() + count <= PARTS
    }
}

/// Where a task goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Here,
    Strand(usize),
}

impl Strands {
    /// Strands for so many other threads.
    pub(super) fn new(others: usize) -> Self {
        Strands {
            sides: (0..count(others)).map(|_| Side::default()).collect(),
            pending: false,
            scope: None,
            current: 0,
            left: 0,
            rest: 0,
            apart: 0,
            conflicting: 0,
            pause: PAUSE,
        }
    }

    /// Whether there may be tasks in a strand.
    #[inline]
    pub(super) fn are_pending(&self) -> bool {
        self.pending
    }

    /// Kernels that take less, in nanoseconds, are for no strand now.
    #[inline]
    pub(super) fn least(&self) -> u32 {
        match self.rest == 0 && !self.sides.is_empty() {
            true => LEAST,
            false => u32::MAX,
        }
    }

    /// So many tasks of the lane were run. If strands were looked at meanwhile, they are counted.
    #[inline]
    pub(super) fn passed(&mut self, tasks: u32) {
        if !self.pending {
            self.rest = self.rest.saturating_sub(tasks);
        }
    }

    /// Somebody had to wait for strands, who had better not.
    pub(super) fn interrupted(&mut self) {
        self.judge(STRETCH / 2);
    }

    /// A task of that scope comes. If it is the first, that is a good place to begin a stretch.
    fn enter_scope(&mut self, scope: ScopeId) {
        if self.scope.replace(scope) == Some(scope) {
            return;
        }
        self.left = 0;
        if self.pending {
            self.rest = 0;
        }
    }

    /// Decides where a task goes whose kernel takes so long, and that takes so many words; `None` if strands have to be left alone.
    fn way(
        &mut self,
        shared: &Shared,
        nanos: u32,
        words: usize,
        touched: &[Touched],
    ) -> Option<Way> {
        let mut conflicting = None;
        for (index, side) in self.sides.iter().enumerate() {
            if side.conflicts(touched) && conflicting.replace(index).is_some() {
                self.judge(STRETCH / 2);
                return None;
            }
        }
        self.apart += u32::from(conflicting.is_none());
        match conflicting {
            Some(index) if self.left > 0 && index == self.current => {}
            Some(index) => return self.judge(1).then_some(Way::Strand(index)),
            None if nanos < LEAST => return Some(Way::Here),
            None if self.left == 0 => {
                if self.rest > 0 {
                    self.rest -= 1;
                    return Some(Way::Here);
                }
                let stretch = stretch(nanos);
                let little = LITTLE.min(2 * stretch as usize * words);
                let Some(idle) = self.look(shared, little) else {
                    self.rest = stretch;
                    return Some(Way::Here);
                };
                (self.current, self.left) = (idle, stretch);
            }
            None => {}
        }
        self.left -= 1;
        Some(Way::Strand(self.current))
    }

    /// Looks how far strands are, and for one that has little to do: less than so many words.
    fn look(&mut self, shared: &Shared, little: usize) -> Option<usize> {
        for (side, strand) in self.sides.iter_mut().zip(&shared.strands) {
            side.writer.look(strand);
            if side.writer.backlog() == 0 {
                side.parts.clear();
            }
        }
        let has_little = |side: &Side| side.writer.backlog() < little;
        self.sides.iter().position(has_little)
    }

    /// So many more tasks conflict with what is in strands. If these are too many, strands are left alone for a while, and this is
    /// `false`.
    fn judge(&mut self, conflicting: u32) -> bool {
        self.conflicting += conflicting;
        if self.apart + self.conflicting < JUDGED {
            return true;
        }
        let too_many = self.conflicting > self.apart;
        (self.apart, self.conflicting) = (0, 0);
        match too_many {
            true => {
                (self.left, self.rest) = (0, self.pause);
                self.pause = (2 * self.pause).min(LONGEST_PAUSE);
            }
            false => self.pause = PAUSE,
        }
        !too_many
    }

    /// Whether all are empty. Then what their tasks did is visible.
    fn are_empty(&self, shared: &Shared) -> bool {
        let mut all = self.sides.iter().zip(&shared.strands);
        all.all(|(side, strand)| side.writer.is_empty(strand))
    }
}

impl Orchestrator {
    /// Launches a call of an AUTO scope, as the lane would, while there are tasks in strands or there may be soon: runs it, or writes
    /// it to a strand. `None` if it has to wait until strands are empty, or is no task for them; nothing was done then.
    #[inline(never)]
    pub(super) fn launch_in_strands<const T: usize, const S: usize, K: RunKernel>(
        &mut self,
        scope: ScopeId,
        call: &Whole<'_, T, S>,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let kernel = call.kernel;
        // Where no clock has a say the model of costs has.
        let limit = match cfg!(shuttle) {
            true => self.costs_in_lane(T, 0).nanos(),
            false => LONG,
        };
        let nanos = self.shared.paces.nanos(kernel)?;
        let is_calm = self.lane.queued == 0 && self.rings.iter().all(Ring::is_done);
        if !(deps.is_empty() && is_for_strands(&call.tensors)) {
            self.decline_strands();
            return None;
        }
        // That may be otherwise soon.
        if !(nanos < limit && is_calm && self.map.is_empty()) {
            return None;
        }
        let touched: [Touched; T] = std::array::from_fn(|index| Touched::of(&call.tensors[index]));
        self.strands.enter_scope(scope);
        let words = HEADER + record::words(&call.tensors, S);
        let way = self.strands.way(&self.shared, nanos, words, &touched)?;
        if let Way::Strand(index) = way {
            let side = &mut self.strands.sides[index];
            let strand = &self.shared.strands[index];
            if !side.has_parts_for(touched.len()) || !side.writer.has_room(strand, words) {
                return None;
            }
        }
        let id = self.enter_in_lane(scope, *site)?;
        match way {
            Way::Strand(index) => {
                let side = &mut self.strands.sides[index];
                side.touch(&touched);
                let place = side.writer.place(&self.shared.strands[index], words);
                // SAFETY: the place has so many words, and nobody reads them before they are published.
                unsafe { write_entry(place, call, *site) };
                let keeps_many = side.writer.keeps(PUBLISHED);
                self.strands.pending = true;
                self.lane.close_for_strands();
                if keeps_many {
                    self.publish_strand(index);
                }
            }
            // SAFETY: it runs now and once. What was launched before and is not in a strand is complete, and it does not
            // conflict with what is.
            Way::Here => unsafe {
                match self.here.untimed() {
                    0 => {
                        let args = KernelArgs::of_call(&call.tensors, &call.scalars);
                        self.run_here(kernel, args, site);
                    }
                    _ => {
                        let (tensors, scalars) = (&call.tensors, &call.scalars);
                        self.shared
                            .run_fitting::<_, T, S, K>(kernel, tensors, scalars, site);
                    }
                }
            },
        }
        Some(id)
    }

    /// A task is not for strands. If there are too many of these it is not worth while to ask.
    #[cold]
    fn decline_strands(&mut self) {
        if !self.strands.judge(1) {
            self.lane.below = u32::MAX;
        }
    }

    fn publish_strand(&mut self, index: usize) {
        let writer = &mut self.strands.sides[index].writer;
        if writer.publish(&self.shared.strands[index]) {
            self.shared.wake_workers(1);
        }
    }

    /// Returns when no task is in a strand any more, and helps.
    #[cold]
    pub(super) fn drain_strands(&mut self) {
        let start = Instant::now();
        for index in 0..self.strands.sides.len() {
            self.publish_strand(index);
        }
        let Self {
            shared, strands, ..
        } = &*self;
        while !strands.are_empty(shared) {
            if !shared.run_strands() {
                let news = || strands.are_empty(shared) || shared.have_strands_work();
                shared.wait_until(
                    self.stall_limit,
                    "tasks that another thread runs in order",
                    news,
                );
            }
        }
        for side in &mut self.strands.sides {
            side.parts.clear();
        }
        self.strands.pending = false;
        self.away += start.elapsed();
    }
}

/// Whether a task on these tensors can be in a strand: the runtime alone knows what it does with them, as far as they are
/// written at all, and they are host memory.
#[inline(always)]
fn is_for_strands<const T: usize>(tensors: &[TensorArg<'_>; T]) -> bool {
    let mut all = T <= PARTS;
    for tensor in tensors {
        let tracking = tensor.tracking();
        all &= tensor.owner().is_none() && tracking.lookup == tracking.register;
    }
    all
}

/// The words of an entry before its record.
const HEADER: usize = (size_of::<&Kernel>() + size_of::<Site>()) / size_of::<u64>();

/// Writes an entry.
///
/// # Safety
/// `to` points to as many words as [`HEADER`] and the record take, and nobody else uses them meanwhile.
#[inline(always)]
unsafe fn write_entry<const T: usize, const S: usize>(
    to: NonNull<u64>,
    call: &Whole<'_, T, S>,
    site: Site,
) {
    // SAFETY: by the contract of this function; both are as large as whole words, and aligned as such.
    unsafe {
        to.cast::<&'static Kernel>().write(call.kernel);
        to.add(1).cast::<Site>().write(site);
        record::write(to.add(HEADER), &call.tensors, &call.scalars);
    }
}

impl Shared {
    /// Runs what is in strands, unless other threads do. Whether there was anything.
    pub(super) fn run_strands(&self) -> bool {
        let mut has_run = false;
        for strand in self.strands.iter().filter(|strand| strand.is_inviting()) {
            let mut untimed = 0;
            let run = |entry: NonNull<u64>| {
                // SAFETY: an entry was written as it is read here. Its task runs now and once: this thread has taken the strand, so
                // the tasks before it in the strand are done, and it conflicts with no others that are not.
                unsafe {
                    let kernel = entry.cast::<&'static Kernel>().read();
                    let site = entry.add(1).cast::<Site>().read();
                    let execute =
                        || self.execute(kernel, KernelArgs::new(entry.add(HEADER)), &site);
                    untimed += 1;
                    // A kernel that seemed long by mistake is for strands ever after, and judged by nobody else.
                    match untimed % TIMED {
                        1 => _ = self.paces.time(kernel, By::Worker, execute),
                        _ => execute(),
                    }
                }
            };
            // SAFETY: a record is there.
            let soon = |entry: NonNull<u64>| unsafe { record::prefetch(entry.add(HEADER)) };
            has_run |= strand.run(run, soon);
        }
        if has_run {
            self.wake_submitter();
        }
        has_run
    }

    /// Whether there is something in strands that nobody runs. Sequentially consistent for a sleeper, see `idle`.
    pub(super) fn have_strands_work(&self) -> bool {
        self.strands.iter().any(Strand::has_work)
    }
}

/// How many tasks whose kernels take so many nanoseconds go to a strand, one after the other.
fn stretch(nanos: u32) -> u32 {
    let many = STRETCH_NANOS / nanos.max(1);
    many.clamp(SHORTEST.max(1), STRETCH)
}

/// How many strands there are for so many other threads.
pub(super) fn count(others: usize) -> usize {
    others.min(MOST)
}

/// As many strands as there should be for so many threads.
pub(super) fn strands(threads: usize) -> Box<[Strand]> {
    (0..count(threads - 1))
        .map(|_| Strand::new(WORDS))
        .collect()
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
