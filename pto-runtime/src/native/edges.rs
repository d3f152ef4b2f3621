//! Which tasks a new task depends on.

use crate::args::{Access, TensorArg};
use crate::backend::{Deps, Mode, Request};
use crate::error::{Error, ErrorKind};
use crate::graph::EdgeKind;
use crate::native::exhausted::Verdict;
use crate::native::map::{Located, NIL, Part, Target};
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Lack, Ring};
use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;

/// An edge of the task that is being submitted.
pub(super) struct Candidate {
    pub(super) from: TaskId,
    pub(super) kind: EdgeKind,
    /// Whether the producer has to be complete first.
    pub(super) waits: bool,
    /// Whether the producer has to stay alive until the consumer is complete.
    pub(super) retains: bool,
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
        self.check_ids(&request.deps)?;
        self.stamp += 1;
        self.edges.clear();
        self.located.clear();
        let Self {
            rings,
            edges,
            located,
            map,
            stamp,
            ..
        } = self;
        let mut add = |id: TaskId, kind, retains| {
            named(id, kind, retains);
            add_edge(rings, edges, *stamp, id, kind, retains);
        };
        let Deps {
            proven,
            explicit,
            keep,
        } = request.deps;
        proven
            .iter()
            .for_each(|&id| add(id, EdgeKind::Proven, true));
        explicit
            .iter()
            .for_each(|&id| add(id, EdgeKind::Explicit, true));
        keep.iter()
            .for_each(|&id| add(id, EdgeKind::Lifetime, true));
        if mode == Mode::Manual && !request.always {
            return Ok(());
        }
        let mut watch = |tensor: &TensorArg<'_>| {
            if !is_watched(tensor, mode) {
                return;
            }
            add(tensor.owner(), EdgeKind::Tracked, true);
            if is_mapped(tensor) {
                let target = target(tensor);
                let at = match tensor.tracking().register {
                    true => Some(map.locate(&target)),
                    false => map.find(&target),
                };
                // One entry for each mapped tensor, in their order.
                located.push(at);
                if !tensor.tracking().lookup {
                    return;
                }
                map.counters.lookups += 1;
                if let Some(at) = at {
                    let writes = tensor.access().writes();
                    map.conflicts(at, &target, writes, |id| {
                        add(id, EdgeKind::Tracked, false);
                    });
                }
            }
        };
        request.tensors.iter().for_each(&mut watch);
        if let Some(predicate) = request.predicate {
            watch(&predicate.tensor);
        }
        Ok(())
    }

    /// Refuses ids that no task of this run has.
    #[inline]
    fn check_ids(&self, deps: &Deps<'_>) -> Result<(), Error> {
        for list in [deps.proven, deps.explicit, deps.keep] {
            for &id in list {
                let rings = &self.rings;
                if !id.is_none()
                    && rings
                        .get(id.ring())
                        .is_none_or(|ring| id.local() >= ring.next)
                {
                    return Err(foreign(id));
                }
            }
        }
        Ok(())
    }

    /// Finds out which of the edges still wait: how many.
    ///
    /// # Errors
    /// There are more than the dependency pool has entries.
    #[inline]
    pub(super) fn settle(&mut self, number: usize, site: Site) -> Result<usize, Error> {
        let Self { rings, edges, .. } = self;
        let (mut announced, mut pending) = (0, 0);
        for edge in edges.iter_mut().filter(|edge| edge.waits) {
            announced += 1;
            edge.waits = !rings[edge.from.ring()]
                .slot(edge.from.local())
                .is_complete();
            pending += usize::from(edge.waits);
        }
        // Whether they are is left out of account, so that it does not depend on how fast the kernels are.
        if announced > rings[number].dep_capacity() {
            return Err(self.exhausted(number, Lack::Deps, announced, site, Verdict::TooLarge));
        }
        Ok(pending)
    }

    /// Enters the task's accesses into the tensor map. No task has retired since their storages were located.
    #[inline]
    pub(super) fn register(
        &mut self,
        number: usize,
        local: u32,
        request: &Request<'_, '_>,
        mode: Mode,
        id: TaskId,
    ) {
        let mut first = NIL;
        let is_located = |tensor: &&TensorArg<'_>| is_watched(tensor, mode) && is_mapped(tensor);
        let Self { map, located, .. } = self;
        let mut insert = |tensor: &TensorArg<'_>, at: Option<Located>| {
            if let Some(at) = at.filter(|_| tensor.tracking().register) {
                let writes = tensor.access().writes();
                first = map.insert(at, &target(tensor), id, writes, first);
            }
        };
        let mapped = request.tensors.iter().filter(is_located);
        for (tensor, &at) in mapped.zip(&*located) {
            insert(tensor, at);
        }
        if let Some(predicate) = request.predicate
            && is_located(&&predicate.tensor)
        {
            // The last that was located.
            insert(&predicate.tensor, located.last().copied().flatten());
        }
        self.rings[number].meta(local).accesses = first;
    }

    /// Accounts for the edges of the newest task, and keeps the producers alive that they say.
    #[inline]
    pub(super) fn count_edges(&mut self, to: TaskId, number: usize, local: u32) {
        let Self {
            rings,
            edges,
            counts,
            recorder,
            ..
        } = self;
        for edge in &*edges {
            let producer = rings[edge.from.ring()].meta(edge.from.local());
            if edge.retains {
                producer.needed[number] = producer.needed[number].max(local + 1);
            }
            match edge.kind {
                EdgeKind::Proven => counts.proven += 1,
                EdgeKind::Tracked => counts.tracked += 1,
                EdgeKind::Explicit => counts.explicit += 1,
                EdgeKind::Lifetime => {
                    counts.lifetime += u64::from(!std::mem::replace(&mut producer.kept, true));
                }
            }
            if let Some(recorder) = recorder {
                recorder.edge(edge.from, to, edge.kind);
            }
        }
    }
}

/// Adds an edge of the current submit, or strengthens the one it has to the same producer.
// The one step of a submit that is taken for each edge, and not worth a call.
#[inline(always)]
pub(super) fn add_edge(
    rings: &mut [Ring; RINGS],
    edges: &mut Vec<Candidate>,
    stamp: u64,
    from: TaskId,
    kind: EdgeKind,
    retains: bool,
) {
    if from.is_none() || !rings[from.ring()].is_live(from.local()) {
        return;
    }
    let meta = rings[from.ring()].meta(from.local());
    // An allocation is complete from the start: it can only be kept.
    let kind = if meta.is_alloc && kind != EdgeKind::Tracked {
        EdgeKind::Lifetime
    } else {
        kind
    };
    let waits = !meta.is_alloc && kind != EdgeKind::Lifetime;
    if meta.stamp == stamp {
        let edge = &mut edges[meta.stamp_edge as usize];
        edge.kind = edge.kind.max(kind);
        edge.waits |= waits;
        edge.retains |= retains;
    } else {
        (meta.stamp, meta.stamp_edge) = (stamp, edges.len() as u32);
        edges.push(Candidate {
            from,
            kind,
            waits,
            retains,
        });
    }
}

#[cold]
fn foreign(id: TaskId) -> Error {
    let message = format!("a dependency on {id}, which no task of this run is");
    Error::new(ErrorKind::InvalidArgument, message)
        .with_help("name tasks that were submitted before, in the same run")
}

/// Whether the runtime orders an argument's uses at all, and keeps its storage.
#[inline]
fn is_watched(tensor: &TensorArg<'_>, mode: Mode) -> bool {
    tensor.access() != Access::Create && (mode == Mode::Auto || tensor.tracking().always)
}

/// Whether the tensor map is asked for, or told of, such an argument.
#[inline]
fn is_mapped(tensor: &TensorArg<'_>) -> bool {
    tensor.tracking().any() && !tensor.layout().is_empty()
}

#[inline]
fn target(tensor: &TensorArg<'_>) -> Target {
    let part = Part {
        start: tensor.start(),
        layout: *tensor.layout(),
    };
    Target {
        base: tensor.base().addr().get(),
        owner: tensor.owner(),
        part,
    }
}
