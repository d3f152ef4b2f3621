//! What compile time settles, and what is left to the runtime's TensorMap.
//!
//! Conflicts with a task of a MANUAL scope are always wired. Between two AUTO
//! tasks the choice is free, and made for each pair of sites and level:
//!
//! * Conflicts with the creation of the storage are *owned*: in AUTO scopes the
//!   runtime draws an edge from the task that owns a tensor to every user.
//! * A certain overlap is *wired*, if the latest instance of the earlier site
//!   stands for all of them. The edge orders whatever else may conflict at that
//!   level, so that nothing of it is looked up.
//! * Everything else is *tracked*: an edge at compile time would order tasks
//!   which, for all the compiler knows, are independent.
//!
//! An access by the host is over when the program goes on: what comes later needs no edge from it.
//!
//! A call of another orchestration is many tasks, none of which has a name here:
//! whatever conflicts with it is tracked, be it in a MANUAL scope.
//!
//! An access looks earlier ones up, and shows itself to later ones, only if a
//! tracked conflict is left for it in that direction.

use super::compared::Compared;
use super::dependence::{Conflict, Dependence, Verdict};
use super::keys::Keyed;
use super::order::Order;
use super::{Analysis, Level};
use crate::model::Program;
use crate::syntax::ast::{ScopeMode, SiteId};

/// Who orders which conflicts.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// Carried by a `parallel_for!`: mistakes.
    pub(super) parallel: Vec<Dependence>,
    /// By edges of the emitted code to the latest instance, or to all instances.
    pub(super) wired: Vec<Dependence>,
    /// By edges of the emitted code to the very instances that conflict.
    pub(super) keyed: Vec<Keyed>,
    /// By edges that are read off the later task's handles: each leads to the one
    /// task that made the storage. They order two instances, and say nothing of others.
    pub(super) held: Vec<Dependence>,
    /// Between AUTO tasks, by the runtime's edge from the owner of the storage.
    pub(super) owned: Vec<Dependence>,
    /// By the TensorMap: between AUTO tasks, and with calls of other orchestrations.
    pub(super) tracked: Vec<Dependence>,
}

impl Split {
    /// Divides all dependences of a program.
    pub(super) fn of(compared: &Compared<'_>, dependences: Vec<Dependence>) -> Self {
        let program = compared.program();
        let mut split = Self::default();
        for dep in dependences {
            split.divide(program, dep);
        }
        split.trace(compared);
        split.leave_what_forms_no_chain(compared);
        split
    }

    /// What an analysis made of it.
    pub(super) fn known(analysis: &Analysis) -> Self {
        Self {
            parallel: analysis.parallel.clone(),
            wired: analysis.wired.clone(),
            keyed: analysis.keyed.clone(),
            held: analysis.held.clone(),
            owned: analysis.owned.clone(),
            tracked: analysis.tracked.clone(),
        }
    }

    fn divide(&mut self, program: &Program, dep: Dependence) {
        let common = program.common_loops(dep.from, dep.to);
        let promised = |level: Level| match level {
            Level::Carried(index) => program.loops[common[index]].parallel,
            Level::Same => false,
        };
        let auto = is_auto(program, &dep);
        let nameless = program.is_call(dep.from) || program.is_call(dep.to);
        let mut parts: [Vec<Conflict>; 4] = Default::default();
        let [parallel, wired, owned, tracked] = &mut parts;
        for level in dep.levels() {
            let at = dep.conflicts.iter().filter(|c| c.level == level).copied();
            if promised(level) {
                parallel.extend(at);
            } else if program.is_host(dep.from) {
                // It is over when the later one is submitted.
            } else if nameless {
                tracked.extend(at);
            } else if !auto {
                wired.extend(at);
            } else {
                let (made, mut other): (Vec<Conflict>, Vec<Conflict>) = at
                    .partition(|conflict| program.sites[dep.from].accesses[conflict.early].creates);
                if made
                    .iter()
                    .any(|conflict| is_certain(program, &dep, conflict))
                {
                    owned.append(&mut other);
                }
                owned.extend(made);
                if other
                    .iter()
                    .any(|conflict| conflict.verdict == Verdict::Overlap)
                {
                    wired.append(&mut other);
                }
                tracked.append(&mut other);
            }
        }
        let [parallel, wired, owned, tracked] = parts;
        for (list, conflicts) in [
            (&mut self.parallel, parallel),
            (&mut self.wired, wired),
            (&mut self.owned, owned),
            (&mut self.tracked, tracked),
        ] {
            if !conflicts.is_empty() {
                list.push(Dependence {
                    conflicts,
                    ..dep.clone()
                });
            }
        }
    }

    /// Moves what is uncertain to the keyed ones, where loop variables tell the
    /// instances that conflict. Edges by hand know the latest instance only.
    fn trace(&mut self, compared: &Compared<'_>) {
        for dep in &mut self.wired {
            // Innermost first: what is left of the same iteration matters to those before.
            for level in dep.levels().into_iter().rev() {
                let mut at = dep.conflicts.iter().filter(|c| c.level == level);
                let uncertain = at.all(|conflict| conflict.verdict != Verdict::Overlap);
                if uncertain || is_of_an_iteration_before(dep, level) {
                    self.keyed.extend(traced(compared, dep, level));
                }
            }
        }
        self.wired.retain(|dep| !dep.conflicts.is_empty());
    }

    /// Moves dependences for which a variable would have to hold more than one id
    /// from the wired ones: to those read off handles where all conflicts are with
    /// the creation of storage, as that of the elements of a vector; to the keyed
    /// ones where loop variables tell the instances; and to the tracked ones between
    /// AUTO tasks. The TensorMap forgets what is over, a variable does not.
    fn leave_what_forms_no_chain(&mut self, compared: &Compared<'_>) {
        let program = compared.program();
        loop {
            let ideal = Order::ideal(program, &self.ordered(program));
            let needs_all = |dep: &Dependence, level: Level| {
                !ideal.implied(dep.from, dep.to, level)
                    && !ideal.is_chain(dep.from, level.depth(dep.common))
            };
            let is_loose = |dep: &Dependence| {
                let levels = dep.levels().into_iter();
                let depth = levels
                    .filter(|level| !ideal.implied(dep.from, dep.to, *level))
                    .map(|level| level.depth(dep.common))
                    .min();
                (is_auto(program, dep) || leads_to_maker(program, dep))
                    && depth.is_some_and(|depth| !ideal.is_chain(dep.from, depth))
            };
            let (loose, kept): (Vec<Dependence>, Vec<Dependence>) = std::mem::take(&mut self.wired)
                .into_iter()
                .partition(is_loose);
            self.wired = kept;
            let count =
                |wired: &[Dependence]| wired.iter().map(|dep| dep.conflicts.len()).sum::<usize>();
            let before = count(&self.wired);
            for dep in &mut self.wired {
                for level in dep.levels() {
                    if needs_all(dep, level) {
                        self.keyed.extend(traced(compared, dep, level));
                    }
                }
            }
            if loose.is_empty() && count(&self.wired) == before {
                return;
            }
            self.wired.retain(|dep| !dep.conflicts.is_empty());
            let (auto, held): (Vec<Dependence>, Vec<Dependence>) =
                loose.into_iter().partition(|dep| is_auto(program, dep));
            self.tracked.extend(auto);
            self.held.extend(held);
        }
    }

    /// The dependences that are certain to be ordered, whoever does it.
    pub(super) fn ordered(&self, program: &Program) -> Vec<Dependence> {
        let owned = self.owned.iter().filter_map(|dep| {
            let all = dep.conflicts.iter().copied();
            let conflicts: Vec<Conflict> = all
                .filter(|conflict| is_certain(program, dep, conflict))
                .collect();
            (!conflicts.is_empty()).then(|| Dependence {
                conflicts,
                ..dep.clone()
            })
        });
        self.wired.iter().cloned().chain(owned).collect()
    }

    /// Drops the keyed, held and tracked conflicts that a path of other edges orders.
    pub(super) fn drop_covered(&mut self, order: &Order) {
        self.keyed
            .retain(|keyed| !order.holds(keyed.from, keyed.to, keyed.level));
        for dep in &mut self.held {
            let (from, to) = (dep.from, dep.to);
            dep.conflicts
                .retain(|conflict| !order.holds(from, to, conflict.level));
        }
        self.held.retain(|dep| !dep.conflicts.is_empty());
        for dep in &mut self.tracked {
            let (from, to) = (dep.from, dep.to);
            dep.conflicts
                .retain(|conflict| !order.holds(from, to, conflict.level));
        }
        self.tracked.retain(|dep| !dep.conflicts.is_empty());
        self.tracked.sort_by_key(|dep| (dep.from, dep.to));
    }
}

/// Whether the latest instance of the earlier site is one too late: that of the same
/// iteration, with which there is no conflict.
fn is_of_an_iteration_before(dep: &Dependence, level: Level) -> bool {
    matches!(level, Level::Carried(_)) && dep.from < dep.to && !dep.levels().contains(&Level::Same)
}

/// Takes the conflicts of one level out of a dependence, if loop variables tell the
/// instances that take part. None do if there are no such instances.
fn traced(compared: &Compared<'_>, dep: &mut Dependence, level: Level) -> Option<Keyed> {
    let program = compared.program();
    if program.mode(dep.to) == ScopeMode::Explicit || is_auto(program, dep) {
        return None;
    }
    let keyed = Keyed::of(compared, dep, level)?;
    dep.conflicts.retain(|conflict| conflict.level != level);
    (!keyed.keys.is_empty()).then_some(keyed)
}

fn is_auto(program: &Program, dep: &Dependence) -> bool {
    !program.mode(dep.from).is_manual() && !program.mode(dep.to).is_manual()
}

/// Whether all that orders two tasks is that one has made the storage which the other uses.
fn leads_to_maker(program: &Program, dep: &Dependence) -> bool {
    let from = &program.sites[dep.from].accesses;
    let mut conflicts = dep.conflicts.iter();
    program.mode(dep.to) != ScopeMode::Explicit
        && conflicts.all(|conflict| from[conflict.early].creates)
}

/// Whether a conflict with the creation of a tensor is certain: the handle can
/// denote nothing else, and there is but one instance to wait for.
fn is_certain(program: &Program, dep: &Dependence, conflict: &Conflict) -> bool {
    conflict.level == Level::Same
        && program.sites[dep.from].depth() == dep.common
        && program.sites[dep.to].accesses[conflict.late].places.len() == 1
}

/// What the runtime has to track of an access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// Whether it is to look up earlier accesses.
    pub lookup: bool,
    /// Whether later accesses have to find it.
    pub register: bool,
}

/// What is to be tracked of each access of each site.
pub(super) fn tracking(program: &Program, tracked: &[Dependence]) -> Vec<Vec<Tracking>> {
    let accesses = |site: usize| program.sites[site].accesses.len();
    let sites: std::ops::Range<SiteId> = 0..program.sites.len();
    let mut tracking: Vec<Vec<Tracking>> = sites
        .map(|site| vec![Tracking::default(); accesses(site)])
        .collect();
    for dep in tracked {
        for conflict in &dep.conflicts {
            tracking[dep.from][conflict.early].register = true;
            tracking[dep.to][conflict.late].lookup = true;
        }
    }
    // What a call has made belongs to a task without a name: in MANUAL scopes too
    // it is the runtime that waits for it, and keeps it.
    for (site, tracking) in program.sites.iter().zip(&mut tracking) {
        for (access, tracking) in site.accesses.iter().zip(tracking) {
            let mut roots = access.places.iter().map(|place| place.root);
            tracking.lookup |= !access.creates && roots.any(|root| program.is_of_call(root));
        }
    }
    tracking
}
