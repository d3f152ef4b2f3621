//! The modelled program: sites, their control flow, and what they access.

use super::RootId;
use super::poly::{Poly, Sym, Symbols};
use super::region::Region;
use crate::diag;
use crate::syntax::ast::{CollectionId, LoopId, ScopeId, ScopeMode, SiteId, TaskOptions};
use std::collections::{BTreeMap, BTreeSet};

/// A part of one root, as a handle of the program denotes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Storage.
    pub root: RootId,
    /// Which part of it.
    pub region: Region,
    /// Loops of whose earlier iterations the storage stems: the handle came
    /// around their back edge. Without an entry the storage is of this iteration.
    pub aged: BTreeSet<LoopId>,
    /// Whether the handle is the one that came with the storage, of which there is no other.
    pub owned: bool,
    /// The arrays and vectors that the storage's own handle was put in, and where.
    pub slots: BTreeMap<CollectionId, Slot>,
}

/// Where in a collection a storage's own handle was put when it came there first.
///
/// That happens once in the life of a storage: two storages that were put at
/// different indices are not the same, whatever became of the collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Where the element still is: at the index by which it will be read.
    Element,
    /// At this index.
    At(Poly),
    /// Somewhere, or not at all.
    Unknown,
}

impl Place {
    /// All of a root.
    pub(super) fn whole(root: RootId, owned: bool) -> Self {
        Self {
            root,
            region: Region::whole(),
            aged: BTreeSet::new(),
            owned,
            slots: BTreeMap::new(),
        }
    }

    /// Whether a symbol occurs in a bound of the region, or in the index of an element.
    pub fn mentions(&self, mut wanted: impl FnMut(Sym) -> bool) -> bool {
        let slots = self.slots.values();
        let mut indices = slots.filter_map(|slot| match slot {
            Slot::At(index) => Some(index),
            Slot::Element | Slot::Unknown => None,
        });
        indices.any(|index| index.symbols().any(&mut wanted)) || self.region.mentions(wanted)
    }
}

/// One access of a task.
#[derive(Clone, Debug)]
pub struct Access {
    /// What is accessed: one of these.
    pub places: Vec<Place>,
    /// Whether it reads.
    pub reads: bool,
    /// Whether it writes.
    pub writes: bool,
    /// Whether it brings the storage into being.
    pub creates: bool,
    /// The tensor, as the user wrote it.
    pub tensor: String,
    /// What its views are of, as the user wrote it.
    pub handle: String,
    /// The argument in the user's code.
    pub at: diag::Place,
    /// Position among the call's arguments.
    pub arg: usize,
    /// The loops by whose variables it is asserted to be apart from every other access.
    pub apart_by: BTreeSet<LoopId>,
    /// Whether it only decides, before the kernel runs, whether that does.
    pub decides: bool,
    /// Whether it is asserted to need no order at all.
    pub no_dep: bool,
}

impl Access {
    /// The variable at the bottom of the tensor's views.
    pub fn variable(&self) -> &str {
        let end = self.tensor.find(['.', '[']);
        end.map_or(&self.tensor, |end| &self.tensor[..end])
    }
}

/// What a site is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteKind {
    /// A task.
    Task,
    /// An allocation: complete as soon as it is submitted.
    Alloc,
    /// A call of another orchestration: as many tasks as that submits, each of
    /// which may use what the call uses. The runtime orders them.
    Call,
    /// An access of an element by the host: over when the program goes on.
    Host,
}

/// A node of control flow around a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Inside a loop.
    Loop(LoopId),
    /// In one of several alternatives.
    Arm {
        /// Which branching.
        branch: usize,
        /// Which alternative.
        arm: usize,
    },
    /// After a point that may have left the enclosing block.
    Past(usize),
}

/// A task or allocation of the program's text.
#[derive(Clone, Debug)]
pub struct Site {
    /// Number, in program order.
    pub id: SiteId,
    /// What it is.
    pub kind: SiteKind,
    /// The name it goes by in messages and graphs.
    pub name: String,
    /// The kernels, or the called orchestration; nothing for an allocation or a barrier.
    pub callees: Vec<syn::Path>,
    /// How many arguments each kernel has, in order.
    pub shares: Vec<usize>,
    /// Options.
    pub options: TaskOptions,
    /// Control flow around it, outermost first.
    pub context: Vec<Context>,
    /// For each unrolled loop around it, the copy of the body that it is in: so much more than the loop's variable is
    /// that of the copy. The loop is no context if the copies are all there is of it.
    pub copies: BTreeMap<LoopId, usize>,
    /// Scopes around it, outermost first; the root scope is implied.
    pub scopes: Vec<ScopeId>,
    /// Accesses, in argument order; creations last.
    pub accesses: Vec<Access>,
    /// Number of tensors in the call.
    pub tensors: usize,
    /// Number of scalars in the call.
    pub scalars: usize,
    /// The call in the user's code.
    pub at: diag::Place,
    /// Words of assertions that mean nothing here: no tensor of the call, no variable of a loop around it.
    pub pointless: Vec<Pointless>,
    /// Whether it is never executed: a condition around it holds in no run, or a jump before it leads elsewhere. Then it
    /// has no accesses.
    pub never: bool,
}

/// A word of an assertion that means nothing where it stands.
#[derive(Clone, Debug)]
pub enum Pointless {
    /// The call has no such tensor.
    Tensor(proc_macro2::Ident),
    /// No loop over a range around the call has such a variable.
    Variable(proc_macro2::Ident),
}

impl Site {
    /// The loops around it, outermost first.
    pub fn loops(&self) -> impl Iterator<Item = LoopId> + '_ {
        self.context.iter().filter_map(|context| match context {
            Context::Loop(id) => Some(*id),
            _ => None,
        })
    }

    /// Which of the task's kernels gets an argument.
    pub fn kernel_of(&self, arg: usize) -> usize {
        let mut end = 0;
        let ends = self.shares.iter().map(|share| {
            end += share;
            end
        });
        ends.take_while(|end| *end <= arg).count()
    }

    /// How many loops are around it.
    pub fn depth(&self) -> usize {
        self.loops().count()
    }

    /// The innermost scope around it.
    pub fn scope(&self) -> ScopeId {
        self.scopes.last().copied().unwrap_or(0)
    }
}

/// What a root is.
#[derive(Clone, Debug)]
pub enum RootKind {
    /// A tensor parameter.
    Param,
    /// Storage made by a site, anew each time the site is executed.
    Made {
        /// The site.
        by: SiteId,
        /// The loops around the site, outermost first.
        loops: Vec<LoopId>,
        /// The scopes around the site, outermost first.
        scopes: Vec<ScopeId>,
    },
}

/// A storage root.
#[derive(Clone, Debug)]
pub struct RootInfo {
    /// The name it goes by in messages.
    pub name: String,
    /// What it is.
    pub kind: RootKind,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct LoopInfo {
    /// Whether its iterations are promised to be independent.
    pub parallel: bool,
    /// Its variable, when it runs over a range.
    pub var: Option<Sym>,
    /// Keyword or macro name.
    pub at: diag::Place,
    /// How many loops are around it.
    pub depth: usize,
    /// How many iterations are certain, unless the body leaves it.
    pub trips: usize,
    /// Whether there is an iteration for each number from the least to the greatest value of its variable, for certain:
    /// the loop is left at its end only.
    pub full: bool,
}

/// A scope.
#[derive(Clone, Debug)]
pub struct ScopeInfo {
    /// How dependencies are found.
    pub mode: ScopeMode,
    /// Scopes around it, outermost first, itself last; empty for the root.
    pub path: Vec<ScopeId>,
    /// Number of loops around it.
    pub depth: usize,
    /// The macro's name.
    pub at: Option<diag::Place>,
}

/// The modelled program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Sites in program order.
    pub sites: Vec<Site>,
    /// Storage roots.
    pub roots: Vec<RootInfo>,
    /// Loops.
    pub loops: Vec<LoopInfo>,
    /// Scopes; 0 is the orchestration's root.
    pub scopes: Vec<ScopeInfo>,
    /// Symbols of the regions.
    pub symbols: Symbols,
    /// Loops whose tensors go around in more ways than were followed.
    pub unsettled: BTreeSet<LoopId>,
    /// What the orchestration returns, by where a body ends or a `return` stands.
    pub returned: BTreeMap<Position, Returned>,
    /// Allocations whose tensors are filled.
    pub filled: BTreeSet<SiteId>,
    /// Where the initialisers stand that proofs read as `usize` arithmetic.
    pub exact: BTreeSet<Position>,
}

/// Tensors that the orchestration returns at one place.
#[derive(Clone, Debug)]
pub struct Returned {
    /// For each of them: one of these.
    pub tensors: Vec<Vec<Place>>,
    /// Where it returns them.
    pub at: diag::Place,
}

/// Where an expression begins and ends: lines and columns.
pub type Position = [usize; 4];

/// The position of an expression.
pub(crate) fn position(expr: &syn::Expr) -> Position {
    position_of(diag::Place::of(expr))
}

/// The position of a place.
pub(crate) fn position_of(place: diag::Place) -> Position {
    let (start, end) = (place.first.start(), place.last.end());
    [start.line, start.column, end.line, end.column]
}

impl Program {
    /// Whether a site is an access by the host, which whatever comes later follows.
    pub fn is_host(&self, site: SiteId) -> bool {
        self.sites[site].kind == SiteKind::Host
    }

    /// Whether a site is a barrier, which touches no element.
    pub fn is_barrier(&self, site: SiteId) -> bool {
        self.sites[site].kind == SiteKind::Task && self.sites[site].callees.is_empty()
    }

    /// Whether a site is a call of another orchestration.
    pub fn is_call(&self, site: SiteId) -> bool {
        self.sites[site].kind == SiteKind::Call
    }

    /// Whether storage stems from a call of another orchestration, whose tasks may still write it.
    pub fn is_of_call(&self, root: RootId) -> bool {
        matches!(self.roots[root].kind, RootKind::Made { by, .. } if self.is_call(by))
    }

    /// Mode of the innermost scope around a site.
    pub fn mode(&self, site: SiteId) -> ScopeMode {
        self.scopes[self.sites[site].scope()].mode
    }

    /// The loops around both sites, outermost first.
    pub fn common_loops(&self, a: SiteId, b: SiteId) -> Vec<LoopId> {
        let pairs = self.sites[a].loops().zip(self.sites[b].loops());
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    }

    /// Whether a loop over a range runs down.
    pub fn is_reversed(&self, of: LoopId) -> bool {
        let var = self.loops[of].var.map(|var| self.symbols.info(var));
        let induction = var.and_then(|info| info.induction.as_ref());
        induction.is_some_and(|induction| induction.reversed)
    }

    /// The innermost scope around both sites.
    pub fn common_scope(&self, a: SiteId, b: SiteId) -> ScopeId {
        let pairs = self.sites[a].scopes.iter().zip(&self.sites[b].scopes);
        pairs
            .take_while(|(a, b)| a == b)
            .last()
            .map_or(0, |(scope, _)| *scope)
    }
}
