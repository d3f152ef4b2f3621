//! What a task of a batch waits for that the tensor map knows of, see `batched`.
//!
//! The general steps of a submit have a list of all edges (`edges`), for the recorder and the oracle to look at. Here there are only
//! those that the map finds, each once, and nothing to be known of them but who the producer is.

use crate::args::Access;
use crate::argument::Argument;
use crate::backend::Deps;
use crate::native::map::Located;
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Mark, Ring};
use crate::report::RINGS;
use crate::task::TaskId;

/// So many tensors of a task need not be located again when they are registered.
const FIRST: usize = 16;

/// What a look-up has found for the task that is being submitted, and how it is registered.
#[derive(Default)]
pub(super) struct Conflicts {
    /// Tasks with conflicting accesses, each once, that it is not given anyway. All that can be waited for: if nothing is run at
    /// once, those that are complete and not retired are among them, see [`Orchestrator::retire`].
    ids: Vec<TaskId>,
    /// How many of them were not complete when they were found.
    pending: usize,
    /// Where the map has the first of the tensors that it is told of, at their positions, if it was asked at all.
    located: [Located; FIRST],
    are_located: bool,
    /// What is counted if the task is submitted.
    lookups: u64,
    scanned: u64,
}

impl Conflicts {
    #[inline]
    fn clear(&mut self) {
        self.ids.clear();
        self.are_located = false;
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
                .filter(|tensor| is_mapped(*tensor) && tensor.tracking().lookup);
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
        let mark = Mark {
            stamp: *stamp,
            edge: 0,
        };
        for list in [deps.proven, deps.explicit, owners] {
            for &id in list {
                // The slot of one that is retired may be another's.
                if let Some(ring) = rings.get_mut(id.ring())
                    && id.local() >= ring.retired
                    && !id.is_over()
                {
                    *ring.mark(id.local()) = mark;
                }
            }
        }
        let Conflicts {
            ids,
            pending,
            located,
            are_located,
            ..
        } = conflicts;
        *are_located = true;
        let mut lookups = 0;
        let before = map.counters.scanned;
        let mut add = |id: TaskId| {
            let ring: &mut Ring = &mut rings[id.ring() % RINGS];
            let over = if leaves_out { ring.done } else { ring.retired };
            if id.local() < over || ring.mark(id.local()).stamp == mark.stamp {
                return;
            }
            let is_complete = ring.slot(id.local()).is_complete();
            if is_complete && leaves_out {
                return;
            }
            *ring.mark(id.local()) = mark;
            *pending += usize::from(!is_complete);
            ids.push(id);
        };
        for (position, tensor) in tensors.iter().enumerate() {
            if !is_mapped(tensor) {
                continue;
            }
            let tracking = tensor.tracking();
            let at = match tracking.register {
                true => {
                    let at = map.locate(tensor, position);
                    if let Some(place) = located.get_mut(position) {
                        *place = at;
                    }
                    Some(at)
                }
                false => map.find(tensor, position),
            };
            if tracking.lookup {
                lookups += 1;
                if let Some(at) = at {
                    map.conflicts(at, tensor, tensor.access().writes(), &mut add);
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
        for (position, tensor) in tensors.iter().enumerate() {
            if is_mapped(tensor) && tensor.tracking().register {
                let at = match conflicts.located.get(position) {
                    Some(&at) if conflicts.are_located => at,
                    _ => map.locate(tensor, position),
                };
                map.insert(at, id, tensor.access().writes());
            }
        }
    }
}

/// Whether the tensor map is asked for an argument in an AUTO scope, or told of it.
#[inline(always)]
fn is_mapped<'s>(tensor: &impl Argument<'s>) -> bool {
    tensor.access() != Access::Create && tensor.tracking().any() && tensor.len() > 0
}
