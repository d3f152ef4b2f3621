//! Every edge that a MANUAL version needs is missed by a verified run that lacks it, and no other is.
//!
//! A backend between the orchestration and the runtime leaves out one edge and writes down what was submitted. What the
//! runtime then must say is worked out by brute force: paths by the closure of all edges, conflicts element by element,
//! and storage by playing the rings with a task that is never done.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ptr::NonNull;

use pto_examples::attention::{Geometry, Problem, generate};
use pto_examples::orchestrations;
use pto_runtime::{
    Access, Backend, Deps, Error, ErrorKind, Input, InputOutput, Layout, Mode, Native, RINGS,
    Request, Root, Runtime, ScopeId, Site, TaskId, TensorArg, Transfer, Work,
};

/// A task as it was submitted.
struct Task {
    id: TaskId,
    depth: usize,
    scope: ScopeId,
    /// An allocation is complete at once and touches nothing.
    runs: bool,
    /// Those it waits for, and those it keeps.
    waits: Vec<TaskId>,
    keeps: Vec<TaskId>,
    /// The elements of each of its tensors: the storage's address and owner, the element, and whether it is written.
    touches: BTreeMap<(usize, TaskId, u64), bool>,
}

enum Event {
    Launch(usize),
    /// So many scopes are left.
    Close(usize),
}

#[derive(Default)]
struct Log {
    scopes: Vec<ScopeId>,
    tasks: Vec<Task>,
    events: Vec<Event>,
}

/// Passes everything on, but one edge.
///
/// Invariant: `to` outlives this.
struct Dropping {
    to: NonNull<Native>,
    /// The edge to leave out, and how many there have been.
    drop: usize,
    edges: Cell<usize>,
    log: RefCell<Log>,
}

impl Dropping {
    fn to(&self) -> &Native {
        // SAFETY: by the invariant of the type.
        unsafe { self.to.as_ref() }
    }

    fn without(&self, ids: &[TaskId]) -> Vec<TaskId> {
        let mut left = Vec::new();
        for &id in ids.iter().filter(|id| !id.is_none()) {
            if self.edges.replace(self.edges.get() + 1) != self.drop {
                left.push(id);
            }
        }
        left
    }
}

fn elements(tensor: &TensorArg<'_>) -> Vec<u64> {
    let start = match tensor.access() {
        Access::Create => 0,
        _ => tensor.start(),
    };
    let mut all = vec![start];
    for (&extent, &stride) in tensor
        .layout()
        .shape()
        .iter()
        .zip(tensor.layout().strides())
    {
        let step = |&at: &u64| (0..u64::from(extent)).map(move |i| at + i * u64::from(stride));
        all = all.iter().flat_map(step).collect();
    }
    all
}

// SAFETY: not kept, since an edge is left out. The runtime verifies the run, and waits where it finds an edge missing.
unsafe impl Backend for Dropping {
    fn require_windows(&self, least: [usize; RINGS], site: Site) -> Result<(), Error> {
        self.to().require_windows(least, site)
    }

    fn host_tensor(&self, base: NonNull<u8>, layout: &Layout) {
        self.to().host_tensor(base, layout);
    }

    fn open(&self, parent: ScopeId, mode: Mode, site: Site) -> Result<ScopeId, Error> {
        let scope = self.to().open(parent, mode, site)?;
        self.log.borrow_mut().scopes.push(scope);
        Ok(scope)
    }

    fn close(&self, scope: ScopeId) {
        self.to().close(scope);
        let mut log = self.log.borrow_mut();
        if let Some(depth) = log.scopes.iter().position(|open| *open == scope) {
            log.scopes.truncate(depth);
            log.events.push(Event::Close(depth));
        }
    }

    fn launch(&self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error> {
        let Deps {
            proven,
            explicit,
            keep,
        } = request.deps;
        let [proven, explicit, keep] = [proven, explicit, keep].map(|ids| self.without(ids));
        let runs = !matches!(request.work, Work::Allocation { .. });
        let tensors = request.tensors;
        let passed = Request {
            deps: Deps {
                proven: &proven,
                explicit: &explicit,
                keep: &keep,
            },
            tensors: &mut *tensors,
            ..request
        };
        let id = self.to().launch(scope, passed)?;
        let mut touches = BTreeMap::new();
        for tensor in tensors.iter().filter(|_| runs) {
            let storage = (tensor.base().addr().get(), tensor.owner());
            for element in elements(tensor) {
                *touches.entry((storage.0, storage.1, element)).or_default() |=
                    tensor.access().writes();
            }
        }
        let waits: Vec<TaskId> = [proven, explicit].concat();
        let mut log = self.log.borrow_mut();
        let task = Task {
            id,
            depth: log.scopes.len() - 1,
            scope,
            runs,
            keeps: [&waits[..], &keep].concat(),
            waits,
            touches,
        };
        log.tasks.push(task);
        let at = log.tasks.len() - 1;
        log.events.push(Event::Launch(at));
        Ok(id)
    }

    fn access(
        &self,
        scope: ScopeId,
        request: Request<'_, '_>,
        transfer: Transfer<'_>,
    ) -> Result<(), Error> {
        self.to().access(scope, request, transfer)
    }

    fn clusters(&self) -> usize {
        self.to().clusters()
    }

    fn is_retired(&self, id: TaskId) -> bool {
        self.to().is_retired(id)
    }
}

impl Log {
    fn at(&self, id: TaskId) -> usize {
        let mut tasks = self.tasks.iter();
        tasks
            .position(|task| task.id == id)
            .expect("it was submitted")
    }

    /// Which tasks come after which.
    fn after(&self) -> Vec<BTreeSet<usize>> {
        let mut after: Vec<BTreeSet<usize>> = Vec::new();
        for task in &self.tasks {
            let waits = task.waits.iter().map(|id| self.at(*id));
            let mut all = BTreeSet::new();
            for earlier in waits {
                all.insert(earlier);
                all.extend(&after[earlier]);
            }
            after.push(all);
        }
        after
    }

    fn has_race(&self) -> bool {
        let after = self.after();
        (0..self.tasks.len()).any(|later| {
            (0..later).any(|earlier| {
                let (a, b) = (&self.tasks[earlier].touches, &self.tasks[later].touches);
                let conflict = |(at, writes): (_, &bool)| b.get(at).is_some_and(|w| *writes || *w);
                !after[later].contains(&earlier) && a.iter().any(conflict)
            })
        })
    }

    fn recycles_early(&self) -> bool {
        let after = self.after();
        (0..self.tasks.len()).any(|user| {
            let owners: BTreeSet<TaskId> = self.tasks[user]
                .touches
                .keys()
                .map(|(_, owner, _)| *owner)
                .filter(|owner| !owner.is_none() && *owner != self.tasks[user].id)
                .collect();
            owners
                .iter()
                .any(|owner| self.retires(*owner, user, &after))
        })
    }

    /// Plays the rings while `user`, and what waits for it, is never done: whether `owner` retires.
    fn retires(&self, owner: TaskId, user: usize, after: &[BTreeSet<usize>]) -> bool {
        let mut scopes: Vec<Option<ScopeId>> = Vec::new();
        let mut rings: [Vec<usize>; RINGS] = Default::default();
        let mut retired = [0; RINGS];
        let mut needed: Vec<[usize; RINGS]> = Vec::new();
        for event in &self.events {
            match *event {
                Event::Close(depth) => scopes.truncate(depth),
                Event::Launch(at) => {
                    let task = &self.tasks[at];
                    let ring = task.id.ring();
                    scopes.resize(task.depth + 1, None);
                    scopes[task.depth] = Some(task.scope);
                    rings[ring].push(at);
                    needed.push([0; RINGS]);
                    needed[at][ring] = rings[ring].len();
                    for kept in task.keeps.iter().map(|id| self.at(*id)) {
                        needed[kept][ring] = needed[kept][ring].max(rings[ring].len());
                    }
                }
            }
            let done = |at: &&usize| **at != user && !after[**at].contains(&user);
            let done: Vec<usize> = rings
                .iter()
                .map(|ring| ring.iter().take_while(done).count())
                .collect();
            for ring in 0..RINGS {
                while let Some(&head) = rings[ring].get(retired[ring]) {
                    let task = &self.tasks[head];
                    let open = scopes
                        .get(task.depth)
                        .is_some_and(|open| *open == Some(task.scope));
                    if open || (0..RINGS).any(|i| needed[head][i] > done[i]) {
                        break;
                    }
                    retired[ring] += 1;
                }
            }
            let submitted = needed.len() > user;
            if submitted && (owner.local() as usize) < retired[owner.ring()] {
                return true;
            }
        }
        false
    }
}

/// What the runtime said, what was submitted, and how many edges there were.
type Outcome = (Result<(), Error>, Log, usize);

/// The name of a version, and a run of it without one of its edges.
type Version = (&'static str, fn(&Problem, usize) -> Outcome);

macro_rules! version {
    ($($name:ident)::+) => {
        (stringify!($($name)::+), |problem: &Problem, drop: usize| -> Outcome {
            let mut runtime = Runtime::builder().workers(2).window(64).heap(1 << 16).verify(true).build().unwrap();
            let geometry = problem.geometry;
            let rows = [geometry.rows(), geometry.head_dim];
            let cache = [geometry.blocks * geometry.block_size, geometry.head_dim];
            let mut out = vec![0.0; geometry.query_len()];
            let mut kept = None;
            let program = orchestrations::$($name)::+(
                Input::from_slice(&problem.query, rows).unwrap(),
                Input::from_slice(&problem.key, cache).unwrap(),
                Input::from_slice(&problem.value, cache).unwrap(),
                Input::from_slice(&problem.table, [geometry.batch, geometry.max_blocks]).unwrap(),
                Input::from_slice(&problem.lens, [geometry.batch]).unwrap(),
                InputOutput::from_mut_slice(&mut out, rows).unwrap(),
                problem.scale,
                geometry.heads,
                geometry.tile_rows(),
                geometry.block_size,
            );
            let result = runtime.run(|root| {
                // SAFETY: what the scopes call is passed on; that edges are missing is what the verified run is to find.
                let (to, scope) = unsafe { root.backend() };
                let log = RefCell::new(Log { scopes: vec![scope], ..Log::default() });
                let dropping = Dropping { to: NonNull::from(to), drop, edges: Cell::new(0), log };
                // SAFETY: the backend outlives this root, and the run waits for all tasks.
                let result = program(&unsafe { Root::enter(NonNull::from(&dropping), scope) });
                kept = Some((dropping.log.into_inner(), dropping.edges.get()));
                result
            });
            let (mut log, edges) = kept.expect("it ran");
            // What the root scope made is not recycled before the run is over.
            while matches!(log.events.last(), Some(Event::Close(0))) {
                log.events.pop();
            }
            (result.map(drop_done), log, edges)
        })
    };
}

fn drop_done<T>(_: T) {}

#[test]
fn each_needed_edge_is_missed_and_no_other() {
    let geometry = Geometry {
        batch: 2,
        heads: 4,
        head_dim: 4,
        block_size: 4,
        blocks: 6,
        max_blocks: 3,
    };
    let problem = generate(geometry, |batch| [12, 7][batch], 1);
    let versions: [Version; 6] = [
        version!(inferred),
        version!(explicit),
        version!(unrolled_inferred),
        version!(nested::inferred),
        version!(nested::explicit),
        version!(nested::unrolled_inferred),
    ];
    for (name, run) in versions {
        let (whole, log, edges) = run(&problem, usize::MAX);
        whole.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(log.tasks.iter().filter(|task| task.runs).count() >= 20 && edges >= 19);
        let mut outcomes = [0; 3];
        for drop in 0..edges {
            let (result, log, _) = run(&problem, drop);
            let (race, early) = (log.has_race(), log.recycles_early());
            let right = match &result {
                Ok(()) => !race && !early,
                Err(error) => match error.kind() {
                    ErrorKind::Race => race,
                    ErrorKind::UseAfterFree => early,
                    _ => false,
                },
            };
            assert!(
                right,
                "{name} without edge {drop}: {result:?}, race {race}, recycled {early}"
            );
            outcomes[usize::from(race) + usize::from(!race && early) * 2] += 1;
        }
        // In every version most edges order tasks, and one keeps the scratch of each of the two tiles.
        assert!(
            outcomes[1] > edges / 2 && outcomes[2] >= 2,
            "{name}: {outcomes:?} of {edges}"
        );
    }
}
