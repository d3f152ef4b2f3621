//! What a task of a batch waits for that the tensor map knows of, see `batched`.
//!
//! The general steps of a submit have a list of all edges (`edges`), for the recorder and the oracle to look at. Here there are only
//! those that the map finds, each once, and nothing to be known of them but who the producer is.

use crate::argument::Argument;
use crate::backend::{Deps, Mode};
use crate::native::edges::is_tracked;
use crate::native::map::Located;
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::Ring;
use crate::report::RINGS;
use crate::task::TaskId;

/// So many tensors of a task need not be located again when they are registered.
const FEW: usize = 16;
/// As if there were too many.
const NOT_ASKED: usize = FEW + 1;

/// What a look-up has found for the task that is being submitted, and how it is registered.
#[derive(Default)]
pub(super) struct Conflicts {
    /// Tasks with conflicting accesses, each once, that it is not given anyway. All that can be waited for: if nothing is run at
    /// once, those that are complete and not retired are among them, see [`Orchestrator::forget`].
    ids: Vec<TaskId>,
    /// How many of them were not complete when they were found.
    pending: usize,
    /// Where the map has the tensors that it is to be told of, and whether the task writes them, unless it was not asked, or they are too
    /// many.
    accesses: [(Located, bool); FEW],
    count: usize,
    /// What is counted if the task is submitted.
    lookups: u64,
    scanned: u64,
}

impl Conflicts {
    #[inline]
    fn clear(&mut self) {
        self.ids.clear();
        self.count = NOT_ASKED;
        (self.pending, self.lookups, self.scanned) = (0, 0, 0);
    }

    pub(super) fn ids(&self) -> &[TaskId] {
        &self.ids
    }

    pub(super) fn pending(&self) -> usize {
        self.pending
    }
}

impl Orchestrator {
    /// Finds the tasks with accesses that conflict with those of a task of an AUTO scope that is given these producers: `deps`, and
    /// `owners`, the creators of its tensors.
    // Not compiled for each number of tensors.
    #[inline(never)]
    pub(super) fn find_conflicts<'s, A: Argument<'s>>(
        &mut self,
        tensors: &[A],
        deps: &Deps<'_>,
        owners: &[TaskId],
    ) {
        self.conflicts.clear();
        if self.map.is_empty() {
            let lookups = tensors
                .iter()
                .filter(|tensor| is_tracked(*tensor, Mode::Auto) && tensor.tracking().lookup);
            self.conflicts.lookups = lookups.count() as u64;
            return;
        }
        self.stamp += 1;
        let leaves_out = self.here.is_enabled();
        let Self {
            rings,
            map,
            conflicts,
            stamp,
            ..
        } = self;
        let stamp = *stamp;
        for list in [deps.proven, deps.explicit, owners] {
            for &id in list {
                // The slot of one that is retired may be another's.
                if let Some(ring) = rings.get_mut(id.ring())
                    && id.local() >= ring.retired
                    && !id.is_over()
                {
                    ring.mark(id.local()).stamp = stamp;
                }
            }
        }
        let Conflicts {
            ids,
            pending,
            accesses,
            count,
            ..
        } = conflicts;
        *count = 0;
        let mut lookups = 0;
        let before = map.counters.scanned;
        let mut add = |id: TaskId| {
            let ring: &mut Ring = &mut rings[id.ring() % RINGS];
            let over = if leaves_out { ring.done } else { ring.retired };
            let (slot, mark) = ring.slot_and_mark(id.local());
            if id.local() < over || mark.stamp == stamp {
                return;
            }
            let is_complete = slot.is_complete();
            if is_complete && leaves_out {
                return;
            }
            mark.stamp = stamp;
            *pending += usize::from(!is_complete);
            ids.push(id);
        };
        for (position, tensor) in tensors.iter().enumerate() {
            if !is_tracked(tensor, Mode::Auto) {
                continue;
            }
            let tracking = tensor.tracking();
            let writes = tensor.access().writes();
            let at = match tracking.register {
                true => {
                    let at = map.locate(tensor, position);
                    if let Some(place) = accesses.get_mut(*count) {
                        *place = (at, writes);
                    }
                    *count = (*count + 1).min(NOT_ASKED);
                    Some(at)
                }
                false => map.find(tensor, position),
            };
            if tracking.lookup {
                lookups += 1;
                if let Some(at) = at {
                    map.conflicts(at, tensor, writes, &mut add);
                }
            }
        }
        conflicts.lookups = lookups;
        conflicts.scanned = map.counters.scanned - before;
        map.counters.scanned = before;
    }

    /// Enters the accesses of a task into the tensor map, the conflicts of which were found last.
    #[inline(never)]
    pub(super) fn enter_accesses<'s, A: Argument<'s>>(&mut self, tensors: &[A], id: TaskId) {
        let Self { map, conflicts, .. } = self;
        map.counters.lookups += conflicts.lookups;
        map.counters.scanned += conflicts.scanned;
        match conflicts.accesses.get(..conflicts.count) {
            Some(accesses) => map.insert(id, accesses),
            None => self.enter_anew(tensors, id),
        }
    }

    /// Enters accesses of tensors that are still to be located.
    #[inline(never)]
    fn enter_anew<'s, A: Argument<'s>>(&mut self, tensors: &[A], id: TaskId) {
        for (position, tensor) in tensors.iter().enumerate() {
            if is_tracked(tensor, Mode::Auto) && tensor.tracking().register {
                let at = self.map.locate(tensor, position);
                self.map.insert(id, &[(at, tensor.access().writes())]);
            }
        }
    }
}
