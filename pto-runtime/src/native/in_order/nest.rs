//! The scopes, numbers and memory of tasks that run in the order of their launch.

use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::backend::{Mode, ScopeId};
use crate::error::Error;
use crate::native::exhausted::{Exhausted, Level, Named, Verdict};
use crate::native::launch::bytes_of;
use crate::native::memory::Memory;
use crate::native::ring::{Lack, padded};
use crate::native::scopes::Scopes;
use crate::report::{RINGS, RingUse};
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

/// What a part of a run finds of a ring.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Share {
    /// Task slots, and bytes of the heap.
    pub(crate) slots: Level,
    pub(crate) heap: Level,
    /// The oldest task that uses some, and its scope.
    pub(crate) oldest: Option<(Named, Site)>,
}

/// What a part of a run has been.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// All tasks.
    pub(crate) tasks: u64,
    /// The tasks of the scope around it, which are among them.
    pub(crate) direct: u64,
    /// The most that open scopes held at a time.
    pub(crate) most: [RingUse; RINGS],
}

impl Tally {
    /// Adds what another thread's part of the same scope has been.
    pub(crate) fn add(&mut self, other: &Tally) {
        self.tasks += other.tasks;
        self.direct += other.direct;
        for (most, other) in self.most.iter_mut().zip(&other.most) {
            most.tasks = most.tasks.max(other.tasks);
            most.heap = most.heap.max(other.heap);
        }
    }
}

/// Open scopes, one inside the other, whose tasks are all complete.
///
/// A task is over before the next one is launched, so all there is of it is a number, and the memory of what it creates, which
/// is given back when its scope closes. How many tasks a scope can have is the same as if they were in rings, so that it does
/// not depend on where they run whether a program is accepted.
///
/// Invariant: `scope` and `ring` are those of the innermost scope. Its tasks from `since` to `next` have not been counted. It can
/// have those before `end`, and the first of its tasks has been noted, unless `end == next`.
#[derive(Default)]
pub(crate) struct Nest {
    scopes: Scopes,
    /// One for each open scope.
    marks: Vec<Mark>,
    stacks: [Stack; RINGS],
    pub(super) scope: u32,
    pub(super) ring: u8,
    since: u32,
    pub(super) next: u32,
    pub(super) end: u32,
    tally: Tally,
}

/// What is to be known of an open scope.
struct Mark {
    ring: usize,
    /// Where the heap of its ring ended when it was opened.
    top: usize,
    /// Its first task.
    first: Option<Named>,
}

/// What the tasks of open scopes have of a ring.
///
/// Invariant: the memory has `share.heap.capacity` bytes, if it is there; `..top` of it are in use, and no more than are free.
#[derive(Default)]
struct Stack {
    memory: Option<Memory>,
    share: Share,
    /// Task slots in use, beside those that were before.
    used: usize,
    top: usize,
}

impl Stack {
    fn slots_left(&self) -> usize {
        let Level { used, capacity } = self.share.slots;
        capacity.saturating_sub(used + self.used)
    }

    #[inline(always)]
    fn heap_left(&self) -> usize {
        let Level { used, capacity } = self.share.heap;
        capacity - used - self.top
    }

    /// How much is in use of what is lacking.
    fn level(&self, lack: Lack) -> Level {
        let (level, more) = match lack {
            Lack::Heap => (self.share.heap, self.top),
            _ => (self.share.slots, self.used),
        };
        Level {
            used: level.used + more,
            ..level
        }
    }
}

impl Nest {
    /// Begins a part of a run, in a scope with so many around it. Returns its scope.
    pub(crate) fn begin(
        &mut self,
        (mode, site): (Mode, Site),
        around: usize,
        shares: &[Share; RINGS],
    ) -> ScopeId {
        for (stack, share) in self.stacks.iter_mut().zip(shares) {
            if stack.share.heap.capacity != share.heap.capacity {
                stack.memory = None;
            }
            (stack.share, stack.used, stack.top) = (*share, 0, 0);
        }
        self.tally = Tally::default();
        self.marks.clear();
        let id = self.scopes.open_part(mode, site, around);
        self.mark();
        id
    }

    /// Ends it, and says what it was.
    pub(crate) fn finish(&mut self) -> Tally {
        while self.marks.len() > 1 {
            self.close_innermost();
        }
        self.settle();
        self.tally.direct = self.scopes.top().0 as u64;
        self.scopes.close_all();
        self.tally
    }

    pub(super) fn open(
        &mut self,
        parent: ScopeId,
        mode: Mode,
        site: Site,
    ) -> Result<ScopeId, Error> {
        self.settle();
        let id = self.scopes.open(parent, mode, site)?;
        self.mark();
        Ok(id)
    }

    /// Closes a scope, and those inside it; nothing if it is closed already. The outermost stays.
    pub(super) fn close(&mut self, scope: ScopeId) {
        if !self.scopes.has(scope) {
            return;
        }
        while self.marks.len() > 1 {
            let innermost = self.scopes.top_id();
            self.close_innermost();
            if innermost == Some(scope) {
                return;
            }
        }
    }

    /// Marks where the scope begins that was just opened.
    fn mark(&mut self) {
        let ring = self.scopes.ring();
        let (top, first) = (self.stacks[ring].top, None);
        self.marks.push(Mark { ring, top, first });
        self.enter();
    }

    fn close_innermost(&mut self) {
        self.settle();
        if let (Some(mark), Some(scope)) = (self.marks.pop(), self.scopes.top_id()) {
            let (stack, most) = (&mut self.stacks[mark.ring], &mut self.tally.most[mark.ring]);
            most.heap = most.heap.max(stack.top);
            stack.used -= self.scopes.top().0;
            stack.top = mark.top;
            self.scopes.close(scope);
            self.enter();
        }
    }

    /// Makes the innermost scope that of the next tasks.
    fn enter(&mut self) {
        self.scope = self.scopes.top_id().map_or(0, |scope| scope.0);
        self.ring = self.scopes.ring() as u8;
        self.end = self.next;
    }

    /// How many tasks there were so far.
    pub(crate) fn tasks(&mut self) -> u64 {
        self.settle();
        self.tally.tasks
    }

    /// Counts the tasks of the innermost scope.
    fn settle(&mut self) {
        let count = self.next.wrapping_sub(self.since) as usize;
        self.since = self.next;
        self.scopes.count_tasks(count);
        self.tally.tasks += count as u64;
        let (ring, stack) = (
            usize::from(self.ring),
            &mut self.stacks[usize::from(self.ring)],
        );
        stack.used += count;
        let most = &mut self.tally.most[ring];
        most.tasks = most.tasks.max(stack.used);
    }

    /// Whether the innermost scope can have another task, at that place.
    #[inline(never)]
    pub(super) fn has_number(&mut self, site: Site) -> bool {
        self.settle();
        let ring = usize::from(self.ring);
        let stack = &self.stacks[ring];
        // More than enough are some more at a time: numbers go around.
        let left = stack.slots_left().min(1 << 30);
        self.end = self.next.wrapping_add(left as u32);
        let first = Named(TaskId::new(self.ring, self.next), site);
        if let Some(mark) = self.marks.last_mut().filter(|_| left > 0) {
            mark.first.get_or_insert(first);
        }
        left > 0
    }

    /// Whether a scope is the innermost, and there is a number for a task of it.
    #[inline(always)]
    pub(super) fn has_place(&mut self, scope: ScopeId, site: Site) -> bool {
        self.scope == scope.0 && (self.next != self.end || self.has_number(site))
    }

    /// Takes the next number. It is there.
    #[inline(always)]
    pub(super) fn take_number(&mut self) -> TaskId {
        debug_assert_ne!(self.next, self.end);
        let id = TaskId::new(self.ring, self.next);
        self.next = self.next.wrapping_add(1);
        id
    }

    /// Memory of the innermost scope for so many bytes.
    #[inline(always)]
    pub(super) fn place(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let stack = &mut self.stacks[usize::from(self.ring)];
        let memory = stack.memory.as_ref()?;
        if bytes > stack.heap_left() {
            return None;
        }
        // SAFETY: so many bytes from there on are in the memory, by the invariant of the type.
        let at = unsafe { memory.start().add(stack.top) };
        stack.top += bytes;
        Some(at)
    }

    /// As [`place`](Nest::place), with memory that is there.
    pub(super) fn find_place(&mut self, bytes: usize, site: Site) -> Result<NonNull<u8>, Error> {
        let ring = usize::from(self.ring);
        let stack = &mut self.stacks[ring];
        if stack.memory.is_none() {
            stack.memory = Some(Memory::new(stack.share.heap.capacity)?);
        }
        match self.place(bytes) {
            Some(at) => Ok(at),
            None => Err(self.exhausted(Lack::Heap, bytes, site)),
        }
    }

    /// Binds what a task creates, which is so many bytes, to memory that was taken for it.
    ///
    /// # Safety
    /// `at` was returned for as many bytes.
    pub(super) unsafe fn bind(mut at: NonNull<u8>, tensors: &mut [TensorArg<'_>], id: TaskId) {
        let created = tensors
            .iter_mut()
            .filter(|tensor| tensor.access() == Access::Create);
        for tensor in created {
            // SAFETY: the memory has room for all of them. It was zeroed once, holds elements ever since, and is not used
            // again before the scope is closed, when all tasks that were given the tensor are done.
            unsafe {
                tensor.bind(at, id);
                at = at.add(padded(bytes_of(tensor)));
            }
        }
    }

    /// As [`bind`](Nest::bind), compiled so that what is not created stays out of memory.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub(super) unsafe fn bind_each<const T: usize>(
        mut at: NonNull<u8>,
        tensors: &mut [TensorArg<'_>; T],
        id: TaskId,
    ) {
        straight!(for i in 0..T {
            if tensors[i].access() == Access::Create {
                // SAFETY: as for `bind`.
                unsafe {
                    tensors[i].bind(at, id);
                    at = at.add(padded(bytes_of(&tensors[i])));
                }
            }
        });
    }

    /// The innermost scope, which is `scope`.
    pub(super) fn check_innermost(&mut self, scope: ScopeId) -> Result<(), Error> {
        self.scopes.innermost(scope).map(|_| ())
    }

    /// The answer to a task for which there is no room, and will be none.
    #[cold]
    pub(super) fn exhausted(&mut self, lack: Lack, asks: usize, site: Site) -> Error {
        self.settle();
        let number = usize::from(self.ring);
        let stack = &self.stacks[number];
        let level = stack.level(lack);
        let mut scopes = self.marks.iter().zip(self.scopes.sites());
        let first = |(mark, scope): (&Mark, Site)| match mark.ring == number {
            true => Some((mark.first?, scope)),
            false => None,
        };
        let oldest = stack.share.oldest.or_else(|| scopes.find_map(first));
        let verdict = match oldest {
            Some((head, scope)) if asks <= level.capacity => Verdict::Deadlock { head, scope },
            _ => Verdict::TooLarge,
        };
        let (scope_tasks, scope) = self.scopes.top();
        Exhausted {
            level,
            number,
            lack,
            verdict,
            depth: self.scopes.depth(),
            scope_tasks,
            scope,
            site,
            asks,
        }
        .into_error()
    }
}
