//! Verifying mode: an oracle that is told what a run submits, and finds out by itself whether it races.
//!
//! A backend feeds it plain facts: scopes that open and close, tasks with what they access, and the edges that were named
//! for them, whether or not the producer happened to be complete. What ran when, it does not know. Of any two accesses of
//! one element, one of them writing, a path of edges must lead from the task that was submitted first to the other; and
//! storage must be kept until its users are done. How much that costs is told in `docs/verify.md`.
//!
//! It shares no code with the tensor map: [`runs`] lists the elements of a region, [`shadow`] knows who accessed each of
//! them last, [`order`] searches for paths, and [`lifetime`] knows what keeps what.

mod indices;
mod lifetime;
mod order;
mod report;
mod runs;
mod shadow;

use std::collections::HashSet;
use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::error::Error;
use crate::hash::KeyMap;
use crate::layout::Layout;
use crate::site::Site;
use crate::task::TaskId;

use indices::Elements;
use lifetime::{Lifetimes, ShortLived};
use order::{History, Seq};
use runs::Run;
use shadow::{Shadow, Use};

/// How two accesses of an element conflict: the later one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hazard {
    /// Reads what was written.
    Raw,
    /// Writes what was read.
    War,
    /// Writes what was written.
    Waw,
}

impl Hazard {
    fn of(later: Access, earlier_writes: bool) -> Self {
        match (earlier_writes, later) {
            (false, _) => Hazard::War,
            (true, Access::Read | Access::ReadWrite) => Hazard::Raw,
            (true, Access::Write | Access::Create) => Hazard::Waw,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Hazard::Raw => "RAW",
            Hazard::War => "WAR",
            Hazard::Waw => "WAW",
        }
    }
}

/// A task that is being submitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a, 's> {
    /// [`TaskId::NONE`] for the host.
    pub(crate) id: TaskId,
    pub(crate) site: Site,
    /// Whether it accesses its tensors; an allocation does not.
    pub(crate) runs: bool,
    pub(crate) tensors: &'a [TensorArg<'s>],
    /// The element that decides whether its kernels run. It may be one that they write.
    pub(crate) condition: Option<&'a TensorArg<'s>>,
    /// What each of all these is called.
    pub(crate) names: &'a [&'static str],
}

impl<'a, 's> Task<'a, 's> {
    /// All that it accesses.
    fn accesses(&self) -> impl Iterator<Item = &'a TensorArg<'s>> {
        self.tensors.iter().chain(self.condition)
    }
}

/// A storage: the address of its first element, and the task that owns it. An address may be used again by another.
type StorageId = (usize, TaskId);

#[derive(Debug, Default)]
struct Storage {
    shadow: Shadow,
    shape: Option<Layout>,
}

/// The oracle of one run.
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    history: History,
    lifetimes: Lifetimes,
    storages: KeyMap<StorageId, Storage>,
    /// The storages of each task that has created some.
    created: KeyMap<TaskId, Vec<usize>>,
    /// Of the task that is being submitted: the tasks it waits for, sorted once it is checked; those that tracking found;
    /// those whose storage it keeps; the elements of each tensor.
    waits: Vec<Seq>,
    found: Vec<Seq>,
    keeps: Vec<TaskId>,
    runs: Vec<Vec<Run>>,
    /// And the tasks that it races with.
    unordered: Vec<Seq>,
    /// The last access of the host. It was over when what follows was submitted.
    host: Option<Seq>,
    /// The failure of the task that was submitted first, and how many there are.
    first: Option<(Seq, Error)>,
    failures: u64,
}

impl Verifier {
    /// The shape of host memory, by which its elements are named.
    pub(crate) fn host_tensor(&mut self, base: NonNull<u8>, layout: &Layout) {
        let id = (base.addr().get(), TaskId::NONE);
        self.storages.entry(id).or_default().shape = Some(*layout);
    }

    /// A scope opens inside the innermost.
    pub(crate) fn open(&mut self) {
        self.lifetimes.open();
    }

    /// All scopes but the outermost `depth` are closed. Returns tasks that use storage which this may free under them.
    pub(crate) fn close(&mut self, depth: usize) -> Vec<TaskId> {
        let (storages, created) = (&mut self.storages, &mut self.created);
        let found = self.lifetimes.close(depth, &mut self.history, |owner| {
            for base in created.remove(&owner).into_iter().flatten() {
                storages.remove(&(base, owner));
            }
        });
        for found in &found {
            let ShortLived { by, .. } = *found;
            let error = || report::short_lived(&self.history, found);
            note(&mut self.first, &mut self.failures, by.task, error);
        }
        let users = found.iter();
        users
            .map(|found| self.history.task(found.by.task).id)
            .collect()
    }

    /// Begins a task.
    pub(crate) fn begin_task(&mut self) {
        self.waits.clear();
        self.found.clear();
        self.keeps.clear();
        self.runs.clear();
    }

    /// An edge that was named for the task: whether it waits for `from`, and whether it keeps its storage.
    pub(crate) fn edge(&mut self, from: TaskId, waits: bool, keeps: bool) {
        if waits && let Some(from) = self.history.seq(from) {
            self.waits.push(from);
        }
        // Whoever only waits keeps what there is of the task: an edge to one that has created nothing keeps nothing.
        if keeps && (!waits || self.created.contains_key(&from)) {
            self.keeps.push(from);
        }
    }

    /// A task that tracking found, which it does by what tasks access.
    pub(crate) fn found(&mut self, from: TaskId) {
        self.found.extend(self.history.seq(from));
    }

    /// Who accessed some element last: the storage, by address and owner, and the task. Tracking need not find others,
    /// for who conflicts with them conflicts with one of these.
    pub(crate) fn last_uses(&self) -> HashSet<(usize, TaskId, TaskId)> {
        let mut all = HashSet::new();
        for (&(base, owner), storage) in &self.storages {
            let task = |by: Use| self.history.task(by.task).id;
            all.extend(storage.shadow.uses().map(|by| (base, owner, task(by))));
        }
        all
    }

    /// Checks the task, of which all edges are known. Returns the tasks that it races with, which are reported once it is
    /// submitted: until then it may be begun anew.
    ///
    /// # Errors
    /// It uses storage that may belong to another tensor by now.
    pub(crate) fn check(&mut self, task: &Task<'_, '_>) -> Result<Vec<TaskId>, Error> {
        let mut earlier: Vec<Seq> = Vec::new();
        for (position, tensor) in task.accesses().enumerate() {
            if tensor.access() == Access::Create {
                self.runs.push(Vec::new());
                continue;
            }
            let owner = tensor.owner();
            if !owner.is_none() && !self.lifetimes.is_held(owner) {
                let error = report::too_late(&self.history, task, position);
                return Err(error);
            }
            self.runs.push(runs::runs(tensor.start(), tensor.layout()));
            if let Some(storage) = self.storages.get(&storage_of(tensor)) {
                for run in &self.runs[position] {
                    storage
                        .shadow
                        .conflicts(run, tensor.access().writes(), |_, by, _| {
                            if earlier.last() != Some(&by.task) {
                                earlier.push(by.task);
                            }
                        });
                }
            }
        }
        earlier.sort_unstable();
        earlier.dedup();
        // How many others tracking finds depends on what it has forgotten, and the verdict must not.
        let last = self.found.iter();
        let last = last.filter(|task| earlier.binary_search(task).is_ok());
        self.waits.extend(last);
        self.waits.extend(self.host);
        self.waits.sort_unstable();
        self.waits.dedup();
        let mut unordered = std::mem::take(&mut self.unordered);
        unordered.clone_from(&earlier);
        self.history.retain_unordered(&self.waits, &mut unordered);
        // What a path was found to is as good as an edge, and shortens the next search.
        self.waits
            .extend(earlier.iter().filter(|task| !unordered.contains(task)));
        self.waits.sort_unstable();
        self.waits.dedup();
        let ids = unordered.iter().map(|&task| self.history.task(task).id);
        let ids = ids.collect();
        self.unordered = unordered;
        Ok(ids)
    }

    /// Enters the task, which was checked and is certain to run. What it creates is bound.
    pub(crate) fn submit(&mut self, task: &Task<'_, '_>) {
        self.report_aliases(task);
        if !self.unordered.is_empty() {
            self.report_races(task);
        }
        let id = task.id;
        let seq = self.history.push(id, task.site, task.names, &self.waits);
        self.lifetimes.submit(id);
        for &kept in &self.keeps {
            self.lifetimes.keep(kept, id);
        }
        for (position, tensor) in task.accesses().enumerate() {
            let by = Use {
                task: seq,
                position: position as u32,
            };
            if tensor.access() == Access::Create {
                let storage = self.storages.entry(storage_of(tensor)).or_default();
                storage.shape = Some(*tensor.layout());
                let bases = self.created.entry(id).or_default();
                bases.push(tensor.base().addr().get());
                if task.runs {
                    self.runs[position] = runs::runs(0, tensor.layout());
                }
            } else {
                self.lifetimes.access(tensor.owner(), by);
            }
            self.enter(tensor, by);
        }
    }

    /// Enters an access of the host, which was checked and is over: it is a task without an id, which everything that
    /// follows comes after.
    pub(crate) fn host(&mut self, task: &Task<'_, '_>) {
        if !self.unordered.is_empty() {
            self.report_races(task);
        }
        let seq = self
            .history
            .push(task.id, task.site, task.names, &self.waits);
        for (position, tensor) in task.accesses().enumerate() {
            let by = Use {
                task: seq,
                position: position as u32,
            };
            self.enter(tensor, by);
        }
        self.host = Some(seq);
    }

    /// Enters the elements of one tensor of the task.
    fn enter(&mut self, tensor: &TensorArg<'_>, by: Use) {
        let storage = self.storages.entry(storage_of(tensor)).or_default();
        let follows = |earlier| self.waits.binary_search(&earlier).is_ok();
        for run in &self.runs[by.position as usize] {
            let writes = tensor.access().writes();
            storage.shadow.enter(run, by, writes, follows);
        }
    }

    /// The first failure in the order of submission, with the number of others.
    pub(crate) fn finish(self) -> Option<Error> {
        let (_, error) = self.first?;
        let others = self.failures - 1;
        Some(match others {
            0 => error,
            1 => error.and_also("1 more such conflict in this run"),
            _ => error.and_also(&format!("{others} more such conflicts in this run")),
        })
    }

    /// Reports arguments of the task that overlap each other.
    fn report_aliases(&mut self, task: &Task<'_, '_>) {
        for (second, b) in task.tensors.iter().enumerate() {
            for (first, a) in task.tensors[..second].iter().enumerate() {
                let writes = a.access().writes() || b.access().writes();
                if !writes || storage_of(a) != storage_of(b) || is_created(a) || is_created(b) {
                    continue;
                }
                let common = runs::common(&self.runs[first], &self.runs[second]);
                if !common.is_empty() {
                    let elements = elements(&self.storages, a, &common);
                    let error = || report::alias(task, [first, second], &elements);
                    let seq = self.history.len() as Seq;
                    note(&mut self.first, &mut self.failures, seq, error);
                }
            }
        }
    }

    /// Reports the conflicts of the task with tasks that it is not ordered after: each pair of arguments once.
    #[cold]
    fn report_races(&mut self, task: &Task<'_, '_>) {
        let mut races: Vec<(usize, Use, bool, Vec<Run>)> = Vec::new();
        for (position, tensor) in task.accesses().enumerate() {
            let Some(storage) = self.storages.get(&storage_of(tensor)) else {
                continue;
            };
            for run in &self.runs[position] {
                let writes = tensor.access().writes();
                storage.shadow.conflicts(run, writes, |common, by, wrote| {
                    if self.unordered.binary_search(&by.task).is_err() {
                        return;
                    }
                    let mut known = races.iter_mut();
                    let same = known.find(|(at, other, ..)| (*at, *other) == (position, by));
                    match same {
                        Some((_, _, has_written, runs)) => {
                            *has_written |= wrote;
                            runs.push(common);
                        }
                        None => races.push((position, by, wrote, vec![common])),
                    }
                });
            }
        }
        races.sort_by_key(|&(position, by, ..)| (position, by));
        let seq = self.history.len() as Seq;
        for (position, by, wrote, runs) in races {
            let Some(tensor) = task.accesses().nth(position) else {
                continue;
            };
            let elements = elements(&self.storages, tensor, &runs);
            let hazard = Hazard::of(tensor.access(), wrote);
            let error = || report::race(&self.history, task, position, by, hazard, &elements);
            note(&mut self.first, &mut self.failures, seq, error);
        }
    }
}

fn storage_of(tensor: &TensorArg<'_>) -> StorageId {
    (tensor.base().addr().get(), tensor.owner())
}

fn is_created(tensor: &TensorArg<'_>) -> bool {
    tensor.access() == Access::Create
}

fn elements<'a>(
    storages: &'a KeyMap<StorageId, Storage>,
    tensor: &TensorArg<'_>,
    runs: &'a [Run],
) -> Elements<'a> {
    let storage = storages.get(&storage_of(tensor));
    let shape = storage.and_then(|storage| storage.shape.as_ref());
    Elements { runs, shape }
}

/// Counts a failure of a task, and remembers it if no earlier task has one.
fn note(
    first: &mut Option<(Seq, Error)>,
    failures: &mut u64,
    seq: Seq,
    error: impl FnOnce() -> Error,
) {
    *failures += 1;
    if first.as_ref().is_none_or(|(other, _)| seq < *other) {
        *first = Some((seq, error()));
    }
}
