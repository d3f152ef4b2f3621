//! Until when storage is certain to be kept.
//!
//! A ring takes back the storage of its tasks in order. A task's storage can be taken back once its scope is closed, every
//! task that keeps it is complete, together with all older tasks of that task's ring, and the same holds for all older tasks
//! of its own ring. Kept for certain are therefore the tasks that are younger than one of an open scope of their ring, or
//! are one: an edge that keeps another task may come too late.

use std::collections::VecDeque;

use crate::report::RINGS;
use crate::task::TaskId;
use crate::verify::order::{History, Seq};
use crate::verify::shadow::Use;

/// For each ring, how many of its tasks must be complete.
type Needed = [u32; RINGS];

/// A task whose storage is kept for certain.
#[derive(Clone, Debug, Default)]
struct Held {
    /// What must be complete before it can be taken back, apart from older tasks' needs.
    needed: Needed,
    /// Who accesses what it created.
    users: Vec<Use>,
}

#[derive(Debug, Default)]
struct Ring {
    /// The tasks before this one may have been taken back.
    free: u32,
    /// The tasks from there on.
    held: VecDeque<Held>,
    /// What must be complete before the tasks that may be taken back are.
    needed: Needed,
}

/// An open scope: its ring, and the first task that it submitted.
#[derive(Clone, Copy, Debug)]
struct Scope {
    ring: usize,
    first: Option<u32>,
}

/// A use of storage that may be taken back before the task is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortLived {
    pub(super) owner: TaskId,
    pub(super) by: Use,
}

/// What keeps the storage of a run.
#[derive(Debug, Default)]
pub(super) struct Lifetimes {
    rings: [Ring; RINGS],
    scopes: Vec<Scope>,
}

impl Lifetimes {
    pub(super) fn open(&mut self) {
        let ring = self.scopes.len().min(RINGS - 1);
        self.scopes.push(Scope { ring, first: None });
    }

    /// Whether the storage of `owner` is kept at this moment.
    pub(super) fn is_held(&self, owner: TaskId) -> bool {
        let ring = self.rings.get(owner.ring());
        ring.is_some_and(|ring| owner.local() >= ring.free)
    }

    /// Adds a task of the innermost scope.
    pub(super) fn submit(&mut self, id: TaskId) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.first.get_or_insert(id.local());
        }
        let mut held = Held::default();
        held.needed[id.ring()] = id.local() + 1;
        self.rings[id.ring()].held.push_back(held);
    }

    /// An edge by which `by` keeps `kept`.
    pub(super) fn keep(&mut self, kept: TaskId, by: TaskId) {
        if let Some(held) = self.held(kept) {
            let needed = &mut held.needed[by.ring()];
            *needed = (*needed).max(by.local() + 1);
        }
    }

    /// A use of what `owner` created.
    pub(super) fn access(&mut self, owner: TaskId, by: Use) {
        if let Some(held) = self.held(owner) {
            held.users.push(by);
        }
    }

    fn held(&mut self, id: TaskId) -> Option<&mut Held> {
        let ring = self.rings.get_mut(id.ring())?;
        let at = id.local().checked_sub(ring.free)?;
        ring.held.get_mut(at as usize)
    }

    /// Closes all scopes but the outermost `depth`. Calls `freed` for each task whose storage may now be taken back.
    /// Returns the uses that this does not wait for.
    pub(super) fn close(
        &mut self,
        depth: usize,
        history: &mut History,
        mut freed: impl FnMut(TaskId),
    ) -> Vec<ShortLived> {
        self.scopes.truncate(depth);
        let mut found = Vec::new();
        for number in 0..RINGS {
            let open = self.scopes.iter().filter(|scope| scope.ring == number);
            let first = open.filter_map(|scope| scope.first).min();
            let ring = &mut self.rings[number];
            let end = first.unwrap_or(ring.free + ring.held.len() as u32);
            while ring.free < end
                && let Some(held) = ring.held.pop_front()
            {
                for (all, own) in ring.needed.iter_mut().zip(held.needed) {
                    *all = own.max(*all);
                }
                let owner = TaskId::new(number as u8, ring.free);
                ring.free += 1;
                freed(owner);
                let uncovered = uncovered(&held.users, &ring.needed, history);
                found.extend(uncovered.map(|by| ShortLived { owner, by }));
            }
        }
        found
    }
}

/// The users that may be running still when everything needed is complete.
fn uncovered<'a>(
    users: &'a [Use],
    needed: &Needed,
    history: &mut History,
) -> impl Iterator<Item = Use> + 'a {
    let outside = |by: &Use| {
        let id = history.task(by.task).id;
        id.local() >= needed[id.ring()]
    };
    let mut targets: Vec<Seq> = users
        .iter()
        .filter(|by| outside(by))
        .map(|by| by.task)
        .collect();
    targets.sort_unstable();
    targets.dedup();
    // They are complete as well if a task that is needed comes after them.
    if let Some(&oldest) = targets.first() {
        let mut sources = Vec::new();
        for (ring, &needed) in needed.iter().enumerate() {
            let tasks = history.on_ring(ring);
            let tasks = tasks[..(needed as usize).min(tasks.len())].iter().rev();
            sources.extend(tasks.take_while(|&&task| task > oldest));
        }
        sources.sort_unstable();
        history.retain_unordered(&sources, &mut targets);
    }
    users
        .iter()
        .copied()
        .filter(move |by| targets.contains(&by.task))
}
