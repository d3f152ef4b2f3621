//! The submitting thread's side: scopes, room, edges, and the retirement of tasks.

use std::ptr::NonNull;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::args::{Access, TensorArg};
use crate::backend::{Deps, Mode, Request, ScopeId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::graph::EdgeKind;
use crate::native::exhausted::Exhausted;
use crate::native::map::{NIL, Part, Target, TensorMap};
use crate::native::recorder::Recorder;
use crate::native::ring::{Lack, Ring, Room, padded};
use crate::native::scopes::Scopes;
use crate::native::slot::{Job, Slot};
use crate::native::validate;
use crate::native::worker::Shared;
use crate::record;
use crate::report::{Edges, RINGS, Report};
use crate::site::Site;
use crate::task::TaskId;

/// An edge of the task that is being submitted.
struct Candidate {
    from: TaskId,
    kind: EdgeKind,
    /// Whether the producer has to be complete first.
    waits: bool,
    /// Whether the producer has to stay alive until the consumer is complete.
    retains: bool,
}

pub(crate) struct Orchestrator {
    shared: Arc<Shared>,
    rings: [Ring; RINGS],
    map: TensorMap,
    scopes: Scopes,
    /// Scratch: the edges of the task that is being submitted.
    edges: Vec<Candidate>,
    /// The number of the current submit, by which its edges are told from those of others.
    stamp: u64,
    tasks: u64,
    counts: Edges,
    recorder: Option<Recorder>,
    /// Time spent on kernels and waiting.
    away: Duration,
}

/// How many submits pass between two looks for tasks that can retire, while there is room.
const RETIRE_EVERY: u64 = 64;

impl Orchestrator {
    pub(crate) fn new(config: &Config, shared: Arc<Shared>) -> Result<Self, Error> {
        let ring = |i: usize| Ring::new(config.windows[i], config.heaps[i], config.dep_pools[i]);
        Ok(Orchestrator {
            shared,
            rings: [ring(0)?, ring(1)?, ring(2)?, ring(3)?],
            map: TensorMap::default(),
            scopes: Scopes::default(),
            edges: Vec::new(),
            stamp: 0,
            tasks: 0,
            counts: Edges::default(),
            recorder: None,
            away: Duration::ZERO,
        })
    }

    /// Begins a run. The previous one has been drained.
    pub(crate) fn begin(&mut self, site: Site, record_graph: bool) -> ScopeId {
        self.rings.iter_mut().for_each(Ring::reset);
        self.map.clear();
        self.tasks = 0;
        self.counts = Edges::default();
        self.away = Duration::ZERO;
        self.recorder = record_graph.then(Recorder::default);
        self.scopes.open_root(site)
    }

    pub(crate) fn open(
        &mut self,
        parent: ScopeId,
        mode: Mode,
        site: Site,
    ) -> Result<ScopeId, Error> {
        self.scopes.open(parent, mode, site)
    }

    pub(crate) fn close(&mut self, scope: ScopeId) {
        self.scopes.close(scope);
    }

    /// Time spent on kernels and waiting so far.
    pub(crate) fn away(&self) -> Duration {
        self.away
    }

    /// Closes all scopes, and returns when all tasks are complete and retired.
    pub(crate) fn drain(&mut self) {
        self.scopes.close_all();
        loop {
            self.retire();
            if self.rings.iter().all(|ring| ring.live() == 0) {
                return;
            }
            self.wait();
        }
    }

    /// What the run did. The times are the caller's.
    pub(crate) fn report(&mut self) -> Report {
        let counters = self.map.counters;
        Report {
            tasks: self.tasks,
            edges: self.counts,
            lookups: counters.lookups,
            inserts: counters.inserts,
            scanned: counters.scanned,
            rings: std::array::from_fn(|i| self.rings[i].most),
            graph: self.recorder.take().map(Recorder::finish),
            ..Report::default()
        }
    }

    pub(crate) fn launch(
        &mut self,
        scope: ScopeId,
        request: Request<'_, '_>,
    ) -> Result<TaskId, Error> {
        let site = request.site;
        let mode = self
            .scopes
            .innermost(scope)
            .map_err(|error| error.in_task(site))?
            .mode;
        validate::request(&request).map_err(|error| error.in_task(site))?;
        self.check_ids(&request.deps)
            .map_err(|error| error.in_task(site))?;
        if self.stamp.is_multiple_of(RETIRE_EVERY) {
            self.retire();
        }
        let number = self.scopes.ring();
        let heap_bytes = heap_bytes(request.tensors);
        let arg_bytes = match request.kernel {
            Some(_) => record::words(request.tensors, request.scalars) * size_of::<u64>(),
            None => 0,
        };
        let room = loop {
            let room = self.secure_room(number, heap_bytes, arg_bytes, site)?;
            self.find_edges(&request, mode);
            if self.secure_deps(number, site)? {
                break room;
            }
        };
        let local = self.rings[number].take(room, heap_bytes, arg_bytes);
        let id = TaskId::new(number as u8, local);
        self.bind_outputs(number, room, request.tensors, id);
        self.describe(number, local, &request, id, mode);
        if mode == Mode::Auto {
            self.register(number, local, request.tensors, id);
        }
        self.publish(number, local, room, &request, id);
        Ok(id)
    }

    /// Refuses ids that no task of this run has.
    #[inline]
    fn check_ids(&self, deps: &Deps<'_>) -> Result<(), Error> {
        for &id in [deps.proven, deps.explicit, deps.keep]
            .into_iter()
            .flatten()
        {
            if !id.is_none()
                && self
                    .rings
                    .get(id.ring())
                    .is_none_or(|ring| id.local() >= ring.next)
            {
                let message = format!("a dependency on {id}, which no task of this run is");
                return Err(Error::new(ErrorKind::InvalidArgument, message)
                    .with_help("name tasks that were submitted before, in the same run"));
            }
        }
        Ok(())
    }

    /// Where the task goes, once there is room for it.
    #[inline]
    fn secure_room(
        &mut self,
        number: usize,
        heap: usize,
        args: usize,
        site: Site,
    ) -> Result<Room, Error> {
        match self.rings[number].room(heap, args) {
            Ok(room) => Ok(room),
            Err(_) => self.make_room(number, heap, args, site),
        }
    }

    #[cold]
    fn make_room(
        &mut self,
        number: usize,
        heap: usize,
        args: usize,
        site: Site,
    ) -> Result<Room, Error> {
        loop {
            self.retire();
            let ring = &self.rings[number];
            let lack = match ring.room(heap, args) {
                Ok(room) => return Ok(room),
                Err(lack) => lack,
            };
            let asks = match lack {
                Lack::Heap => heap,
                Lack::Args => args,
                Lack::Slot | Lack::Deps => 1,
            };
            let too_large = heap > ring.heap.capacity() || args > ring.args.capacity();
            // Tasks of closed scopes retire as soon as launched tasks are complete, and these need nothing more.
            if too_large || ring.live() == 0 || self.scopes.is_open(ring.meta_ref(ring.retired)) {
                return Err(self.exhausted(number, lack, asks, site));
            }
            self.wait();
        }
    }

    /// Whether there are entries of the dependency pool for all edges. If not, tasks have retired meanwhile, and the
    /// edges have to be found anew.
    #[inline]
    fn secure_deps(&mut self, number: usize, site: Site) -> Result<bool, Error> {
        let needed = self.edges.iter().filter(|edge| edge.waits).count();
        if self.rings[number].has_deps(needed) {
            return Ok(true);
        }
        if needed > self.rings[number].dep_capacity() {
            return Err(self.exhausted(number, Lack::Deps, needed, site));
        }
        // Unlike the other resources this one never deadlocks: a producer that is complete needs no entry.
        let pending = self
            .edges
            .iter()
            .filter(|edge| edge.waits && !self.slot(edge.from).is_complete())
            .count();
        if self.rings[number].has_deps(pending) {
            return Ok(true);
        }
        self.wait();
        self.retire();
        Ok(false)
    }

    #[cold]
    fn exhausted(&mut self, number: usize, lack: Lack, asks: usize, site: Site) -> Error {
        let ring = &self.rings[number];
        let head = (ring.live() > 0).then(|| ring.meta_ref(ring.retired).site);
        let depth = self.scopes.depth();
        let (scope_tasks, scope) = self.scopes.top();
        Exhausted {
            ring,
            number,
            lack,
            depth,
            scope_tasks,
            scope,
            site,
            asks,
            head,
        }
        .into_error()
    }

    #[inline]
    fn slot(&self, id: TaskId) -> &Slot {
        self.rings[id.ring()].slot(id.local())
    }

    /// Runs a ready task, or waits for one to complete.
    fn wait(&mut self) {
        let start = Instant::now();
        // A kernel is not the orchestration, even if it runs on the same thread.
        let orchestrating = super::ORCHESTRATING.replace(false);
        self.shared
            .help_or_wait(|| self.rings.iter().any(Ring::has_news));
        super::ORCHESTRATING.set(orchestrating);
        self.away += start.elapsed();
    }

    /// Retires all tasks that may.
    fn retire(&mut self) {
        self.rings.iter_mut().for_each(Ring::observe);
        let done: [u32; RINGS] = std::array::from_fn(|i| self.rings[i].done);
        for ring in &mut self.rings {
            while ring.live() > 0 {
                let meta = ring.meta_ref(ring.retired);
                if self.scopes.is_open(meta) || (0..RINGS).any(|i| meta.needed[i] > done[i]) {
                    break;
                }
                let accesses = ring.retire();
                self.map.remove_task(accesses);
            }
        }
    }

    /// Collects the edges of a task.
    #[inline]
    fn find_edges(&mut self, request: &Request<'_, '_>, mode: Mode) {
        self.stamp += 1;
        self.edges.clear();
        let Self {
            rings,
            edges,
            map,
            stamp,
            ..
        } = self;
        let mut add = |id: TaskId, kind, retains| add_edge(rings, edges, *stamp, id, kind, retains);
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
        if mode == Mode::Manual {
            return;
        }
        for tensor in request
            .tensors
            .iter()
            .filter(|tensor| tensor.access() != Access::Create)
        {
            add(tensor.owner(), EdgeKind::Tracked, true);
            if is_tracked(tensor) {
                let writes = tensor.access().writes();
                map.conflicts(&target(tensor), writes, |id| {
                    add(id, EdgeKind::Tracked, false);
                });
            }
        }
    }

    /// Gives the created tensors their places in the task's block.
    #[inline]
    fn bind_outputs(&self, number: usize, room: Room, tensors: &mut [TensorArg<'_>], id: TaskId) {
        let mut at = room.heap_at;
        for tensor in tensors
            .iter_mut()
            .filter(|tensor| tensor.access() == Access::Create)
        {
            // SAFETY: the block has room for all of them; it was zeroed once, and holds elements ever since. It is not
            // taken again before the task is retired: not before its scope is closed and its consumers are complete.
            unsafe { tensor.bind(self.rings[number].heap_address(at), id) };
            at += padded(bytes_of(tensor));
        }
    }

    #[inline]
    fn describe(
        &mut self,
        number: usize,
        local: u32,
        request: &Request<'_, '_>,
        id: TaskId,
        mode: Mode,
    ) {
        self.tasks += 1;
        let (scope, depth) = self.scopes.count_task();
        let meta = self.rings[number].meta(local);
        (meta.scope, meta.depth, meta.site) = (scope, depth, request.site);
        meta.is_alloc = request.kernel.is_none();
        meta.needed[number] = local + 1;
        if let Some(recorder) = &mut self.recorder {
            recorder.task(id, request.site, request.kernel, mode);
        }
    }

    /// Enters the task's accesses into the tensor map.
    #[inline]
    fn register(&mut self, number: usize, local: u32, tensors: &[TensorArg<'_>], id: TaskId) {
        let mut first = NIL;
        for tensor in tensors.iter().filter(|tensor| is_tracked(tensor)) {
            first = self
                .map
                .insert(&target(tensor), id, tensor.access().writes(), first);
        }
        self.rings[number].meta(local).accesses = first;
    }

    /// Wires the task to its producers, and hands it to the workers if it waits for none.
    #[inline]
    fn publish(
        &mut self,
        number: usize,
        local: u32,
        room: Room,
        request: &Request<'_, '_>,
        id: TaskId,
    ) {
        let edges = std::mem::take(&mut self.edges);
        for edge in &edges {
            self.count(edge, id, number, local);
        }
        match request.kernel {
            // SAFETY: the slot was just taken: its previous task is retired.
            None => unsafe { self.rings[number].slot(local).prepare_complete() },
            Some(kernel) => {
                let record = self.rings[number].args_address(room.args_at);
                let announced = edges.iter().filter(|edge| edge.waits).count() as u32;
                let job = Job {
                    kernel,
                    record,
                    site: request.site,
                };
                // SAFETY: the room is as large as the record, and the previous task of the slot and of the room is
                // retired, so that nothing refers to them.
                unsafe {
                    record::write(record, request.tensors, request.scalars);
                    self.rings[number].slot(local).prepare(job, announced);
                }
                let mut unlinked = 0;
                for edge in edges.iter().filter(|edge| edge.waits) {
                    if self.slot(edge.from).is_complete() {
                        unlinked += 1;
                        continue;
                    }
                    let node = self.rings[number].take_node();
                    let consumer = self.rings[number].slot(local);
                    // SAFETY: the node was just taken, and returns to the pool when the consumer retires.
                    unlinked += u32::from(!unsafe { self.slot(edge.from).link(node, consumer) });
                }
                let slot = self.rings[number].slot(local);
                if unlinked == announced || slot.arm(unlinked) {
                    let slot = NonNull::from(slot);
                    // SAFETY: all producers are complete, and nobody else knows that.
                    unsafe { self.shared.submit(slot, kernel.core) };
                }
            }
        }
        self.edges = edges;
    }

    /// Accounts for an edge of the newest task, and keeps its producer alive if it says so.
    #[inline]
    fn count(&mut self, edge: &Candidate, to: TaskId, number: usize, local: u32) {
        let producer = self.rings[edge.from.ring()].meta(edge.from.local());
        if edge.retains {
            producer.needed[number] = producer.needed[number].max(local + 1);
        }
        match edge.kind {
            EdgeKind::Proven => self.counts.proven += 1,
            EdgeKind::Tracked => self.counts.tracked += 1,
            EdgeKind::Explicit => self.counts.explicit += 1,
            EdgeKind::Lifetime => {
                self.counts.lifetime += u64::from(!std::mem::replace(&mut producer.kept, true));
            }
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.edge(edge.from, to, edge.kind);
        }
    }
}

/// Adds an edge of the current submit, or strengthens the one it has to the same producer.
#[inline]
fn add_edge(
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

/// Whether the tensor map has to know of an argument.
#[inline]
fn is_tracked(tensor: &TensorArg<'_>) -> bool {
    match tensor.access() {
        Access::Create => false,
        Access::Read => !tensor.is_frozen() && !tensor.layout().is_empty(),
        Access::Write | Access::ReadWrite => !tensor.layout().is_empty(),
    }
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

#[inline]
fn bytes_of(tensor: &TensorArg<'_>) -> usize {
    tensor.layout().len() * tensor.dtype().size()
}

/// The bytes of the block that holds what the task creates.
#[inline]
fn heap_bytes(tensors: &[TensorArg<'_>]) -> usize {
    let created = tensors
        .iter()
        .filter(|tensor| tensor.access() == Access::Create);
    created.map(|tensor| padded(bytes_of(tensor))).sum()
}
