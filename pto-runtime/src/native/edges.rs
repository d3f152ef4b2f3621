//! Which tasks a new task depends on.

use crate::args::{Access, TensorArg};
use crate::argument::Argument;
use crate::backend::{Deps, Mode, Request};
use crate::error::{Error, ErrorKind};
use crate::graph::EdgeKind;
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Mark, Ring};
use crate::report::RINGS;
use crate::task::TaskId;

/// An edge of the task that is being submitted.
pub(super) struct Candidate {
    pub(super) from: TaskId,
    pub(super) kind: EdgeKind,
    /// Whether the producer has to be complete first, and whether it was not when it was found.
    pub(super) orders: bool,
    pub(super) waits: bool,
    /// Whether the producer has to stay alive until the consumer is complete.
    pub(super) retains: bool,
}

/// All of them.
#[derive(Default)]
pub(super) struct Candidates {
    pub(super) list: Vec<Candidate>,
    /// How many of them a task can wait for at all, and for how many it does.
    pub(super) announced: usize,
    pub(super) pending: usize,
    /// Edges to tasks that are retired, of which nothing else is known any more, if they are to be recorded.
    pub(super) retired: Option<Vec<(TaskId, EdgeKind)>>,
}

impl Candidates {
    /// For a new run; `recorded` if it has edges to tasks that are retired as well.
    pub(super) fn begin(&mut self, recorded: bool) {
        self.retired = recorded.then(Vec::new);
    }

    #[inline]
    fn clear(&mut self) {
        self.list.clear();
        (self.announced, self.pending) = (0, 0);
        if let Some(retired) = &mut self.retired {
            retired.clear();
        }
    }

    /// Whether the task has none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.retired.as_ref().is_none_or(Vec::is_empty)
    }

    #[cold]
    fn add_retired(&mut self, from: TaskId, kind: EdgeKind) {
        let Some(retired) = &mut self.retired else {
            return;
        };
        match retired.iter_mut().find(|(known, _)| *known == from) {
            Some((_, known)) => *known = (*known).max(kind),
            None => retired.push((from, kind)),
        }
    }

    /// Adds an edge of the current submit, or strengthens the one it has to the same producer.
    // The one step of a submit that is taken for each edge, and not worth a call.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        rings: &mut [Ring; RINGS],
        stamp: u64,
        from: TaskId,
        kind: EdgeKind,
        retains: bool,
    ) {
        if from.is_none() {
            return;
        }
        if !rings[from.ring()].is_live(from.local()) {
            return self.add_retired(from, kind);
        }
        let (slot, meta) = rings[from.ring()].both(from.local());
        // An allocation is complete from the start: it can only be kept.
        let is_alloc = meta.is_alloc || from.is_allocation();
        let kind = if is_alloc && kind != EdgeKind::Tracked {
            EdgeKind::Lifetime
        } else {
            kind
        };
        let orders = !is_alloc && kind != EdgeKind::Lifetime;
        let waits = orders && !slot.is_complete();
        let mark = rings[from.ring()].mark(from.local());
        if mark.stamp != stamp {
            let edge = self.list.len() as u32;
            *mark = Mark { stamp, edge };
            self.list.push(Candidate {
                from,
                kind,
                orders,
                waits,
                retains,
            });
            self.announced += usize::from(orders);
            self.pending += usize::from(waits);
            return;
        }
        let edge = &mut self.list[mark.edge as usize];
        edge.kind = edge.kind.max(kind);
        edge.retains |= retains;
        if orders && !edge.orders {
            (edge.orders, edge.waits) = (true, waits);
            self.announced += 1;
            self.pending += usize::from(waits);
        }
    }
}

impl Orchestrator {
    /// Collects the edges of a task.
    ///
    /// # Errors
    /// It names a task that is none of this run.
    #[inline]
    pub(super) fn find_edges(
        &mut self,
        request: &Request<'_, '_>,
        mode: Mode,
    ) -> Result<(), Error> {
        self.find_and_name_edges(request, mode, |_, _, _| {})
    }

    /// Collects the edges of a task. Calls `named` for each, also if its producer is over: with its kind, and whether it
    /// keeps the producer.
    ///
    /// # Errors
    /// It names a task that is none of this run.
    #[inline]
    pub(super) fn find_and_name_edges(
        &mut self,
        request: &Request<'_, '_>,
        mode: Mode,
        mut named: impl FnMut(TaskId, EdgeKind, bool),
    ) -> Result<(), Error> {
        self.begin_edges();
        if let Err(id) = self.name_edges(&request.deps, &mut named) {
            return Err(foreign(id));
        }
        if mode == Mode::Auto || request.always {
            let condition = request.predicate.map(|predicate| &predicate.tensor);
            self.track(request.tensors, condition, mode, named);
        }
        Ok(())
    }

    /// Begins a task's list of edges.
    #[inline]
    pub(super) fn begin_edges(&mut self) {
        self.stamp += 1;
        self.edges.clear();
        self.located.clear();
    }

    /// Adds the edges that a task is given. The error is a task that is none of this run.
    #[inline(always)]
    pub(super) fn name_edges(
        &mut self,
        deps: &Deps<'_>,
        mut named: impl FnMut(TaskId, EdgeKind, bool),
    ) -> Result<(), TaskId> {
        let Self {
            rings,
            edges,
            stamp,
            ..
        } = self;
        let mut name = |list: &[TaskId], kind| {
            for &id in list {
                if !is_known(rings, id) {
                    return Err(id);
                }
                named(id, kind, true);
                edges.add(rings, *stamp, id, kind, true);
            }
            Ok(())
        };
        // Mostly there is one list, if any.
        if !deps.proven.is_empty() {
            name(deps.proven, EdgeKind::Proven)?;
        }
        if !deps.explicit.is_empty() {
            name(deps.explicit, EdgeKind::Explicit)?;
        }
        if !deps.keep.is_empty() {
            name(deps.keep, EdgeKind::Lifetime)?;
        }
        Ok(())
    }

    /// Adds the edges that are found by looking: to the creators of the tensors, and to tasks with conflicting accesses.
    #[inline(never)]
    pub(super) fn track(
        &mut self,
        tensors: &[TensorArg<'_>],
        condition: Option<&TensorArg<'_>>,
        mode: Mode,
        mut named: impl FnMut(TaskId, EdgeKind, bool),
    ) {
        // What is over is nobody's edge, unless edges are to be those of the program.
        let leaves_out = !self.is_watched && self.here.is_enabled();
        let Self {
            rings,
            edges,
            located,
            map,
            stamp,
            ..
        } = self;
        let done: [u32; RINGS] = std::array::from_fn(|i| rings[i].done);
        let mut add = |id: TaskId, retains| {
            named(id, EdgeKind::Tracked, retains);
            edges.add(rings, *stamp, id, EdgeKind::Tracked, retains);
        };
        for (position, tensor) in tensors.iter().chain(condition).enumerate() {
            if !is_watched(tensor, mode) {
                continue;
            }
            if !tensor.owner().is_none() {
                add(tensor.owner(), true);
            }
            if is_mapped(tensor) {
                // One entry for each mapped tensor, in their order.
                let at = match tensor.tracking().register {
                    true => Some(map.locate(tensor, position)),
                    false => map.find(tensor, position),
                };
                located.push(at);
                if !tensor.tracking().lookup {
                    continue;
                }
                map.counters.lookups += 1;
                if let Some(at) = at {
                    let writes = tensor.access().writes();
                    map.conflicts(at, tensor, writes, |id| {
                        if !leaves_out || id.local() >= done[id.ring() % RINGS] {
                            add(id, false);
                        }
                    });
                }
            }
        }
    }

    /// Whether [`track`](Orchestrator::track) would find a task that is not complete. If so, it is to look itself, and this look
    /// does not count.
    #[inline(always)]
    pub(super) fn has_pending_conflict(&mut self, tensors: &[TensorArg<'_>], mode: Mode) -> bool {
        let Self { rings, map, .. } = self;
        let counters = map.counters;
        let is_complete = |id: TaskId| id.is_none() || rings[id.ring()].is_complete(id.local());
        let is_empty = map.is_empty();
        // A loop over a known number of tensors, as the caller's are.
        for (position, tensor) in tensors.iter().enumerate() {
            if is_watched(tensor, mode)
                && (!is_complete(tensor.owner())
                    || (!is_empty
                        && is_mapped(tensor)
                        && tensor.tracking().lookup
                        && !map.has_only(tensor, position, tensor.access().writes(), is_complete)))
            {
                map.counters = counters;
                return true;
            }
        }
        false
    }

    /// Enters the task's accesses into the tensor map, which has forgotten nothing since their storages were located.
    #[inline(never)]
    pub(super) fn register(
        &mut self,
        tensors: &[TensorArg<'_>],
        condition: Option<&TensorArg<'_>>,
        mode: Mode,
        id: TaskId,
    ) {
        let Self { map, located, .. } = self;
        let mut located = located.iter();
        for tensor in tensors.iter().chain(condition) {
            if is_tracked(tensor, mode)
                && let Some(&Some(at)) = located.next()
                && tensor.tracking().register
            {
                map.insert(id, &[(at, tensor.access().writes())]);
            }
        }
    }
}

/// Whether the run has had such a task, or it is none.
#[inline]
pub(super) fn is_known(rings: &[Ring; RINGS], id: TaskId) -> bool {
    id.is_none()
        || rings
            .get(id.ring())
            .is_some_and(|ring| id.local() < ring.next)
}

#[cold]
fn foreign(id: TaskId) -> Error {
    let message = format!("a dependency on {id}, which no task of this run is");
    Error::new(ErrorKind::InvalidArgument, message)
        .with_help("name tasks that were submitted before, in the same run")
}

/// Whether the runtime orders an argument's uses at all, and keeps its storage.
#[inline]
fn is_watched<'s>(tensor: &impl Argument<'s>, mode: Mode) -> bool {
    tensor.access() != Access::Create && (mode == Mode::Auto || tensor.tracking().always)
}

/// Whether there is anything to ask the tensor map for, or to tell it, of such an argument.
#[inline]
fn is_mapped<'s>(tensor: &impl Argument<'s>) -> bool {
    tensor.tracking().any() && tensor.len() > 0
}

/// Whether the tensor map is asked for an argument in a scope of that mode, or told of it.
#[inline]
pub(super) fn is_tracked<'s>(tensor: &impl Argument<'s>, mode: Mode) -> bool {
    is_watched(tensor, mode) && is_mapped(tensor)
}

/// How many of the arguments are looked up or registered in a scope of that mode.
#[inline]
pub(super) fn count_tracked(tensors: &[TensorArg<'_>], mode: Mode) -> usize {
    let tracked = tensors.iter().filter(|tensor| is_tracked(*tensor, mode));
    tracked.count()
}
