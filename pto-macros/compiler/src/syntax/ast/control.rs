//! Scopes, loops, conditions and jumps.

use super::{Block, Host, How, LoopId, ScopeId, Select, TensorExpr};
use crate::diag::Place;
use proc_macro2::Ident;

/// Which jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Jump {
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `return`.
    Return,
}

/// The condition of an `if` or a `while`.
#[derive(Clone, Debug)]
pub enum Cond {
    /// Host code, possibly with a `let`.
    Host(Host),
    /// `let pat = value`: an element that may be there.
    Let {
        /// Pattern.
        pat: syn::Pat,
        /// Value.
        value: Box<Select>,
    },
}

/// A scope.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Number, assigned after unrolling.
    pub id: ScopeId,
    /// How dependencies are found in it.
    pub mode: ScopeMode,
    /// Body.
    pub body: Block,
    /// The macro's name.
    pub place: Place,
}

/// How the dependencies of a scope's tasks are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeMode {
    /// By the runtime's TensorMap.
    Auto,
    /// By this compiler.
    Infer,
    /// By the user, checked by this compiler.
    Explicit,
}

impl ScopeMode {
    /// Whether the runtime opens the scope in MANUAL mode.
    pub fn is_manual(self) -> bool {
        self != Self::Auto
    }
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Number, assigned after unrolling.
    pub id: LoopId,
    /// The user's label.
    pub label: Option<syn::Label>,
    /// What drives it.
    pub head: LoopHead,
    /// Body.
    pub body: Block,
    /// Whether the iterations are promised to be independent (`parallel_for!`).
    pub parallel: bool,
    /// What its iterations refer to, if they can be run by several threads, each all the tasks of an iteration.
    pub spread: Option<Captures>,
    /// Requested unrolling.
    pub unroll: Option<Unroll>,
    /// The loop's keyword or macro name.
    pub place: Place,
}

/// What the body of a loop refers to that is declared outside of it.
#[derive(Clone, Debug, Default)]
pub struct Captures {
    /// Host variables, none of them declared as `mut`.
    pub hosts: Vec<Ident>,
    /// Tensors, which are given no other values.
    pub tensors: Vec<Ident>,
}

/// What drives a loop.
#[derive(Clone, Debug)]
pub enum LoopHead {
    /// `for pat in iter`.
    For {
        /// Pattern.
        pat: syn::Pat,
        /// What is iterated over.
        iter: Host,
    },
    /// `for pat in each`, over the elements of collections of tensors.
    Each {
        /// Pattern.
        pat: syn::Pat,
        /// What is iterated over.
        each: Each,
    },
    /// `while cond`.
    While(Cond),
    /// `loop`.
    Forever,
}

/// An iteration over the elements of collections of tensors.
#[derive(Clone, Debug)]
pub enum Each {
    /// `&v`, `v.iter()`, `&mut v`, `v.iter_mut()`, `v`.
    Elements {
        /// The collection.
        of: TensorExpr,
        /// How its elements are had.
        how: How,
    },
    /// `each.enumerate()`.
    Counted(Box<Each>),
    /// `each.zip(each)`.
    Zipped(Box<Each>, Box<Each>),
}

/// Requested unrolling.
#[derive(Clone, Copy, Debug)]
pub struct Unroll {
    /// Copies of the body; `None` unrolls a loop with literal bounds completely.
    pub factor: Option<usize>,
    /// The attribute's name.
    pub name: Place,
    /// The attribute.
    pub place: Place,
}

/// A loop `for var in start..end` as a main loop of chained copies and a remainder, or as the copies alone.
#[derive(Clone, Debug)]
pub struct Unrolled {
    /// The main loop: `factor` copies of the body a round.
    pub main: LoopId,
    /// The loop variable.
    pub var: syn::Pat,
    /// The range.
    pub iter: Host,
    /// The copies.
    pub copies: Vec<Block>,
    /// The variable's value in the first copy, if the copies are all iterations: then nothing is repeated.
    pub first: Option<usize>,
    /// The iterations that are left; `None` when none can be.
    pub rest: Option<Box<Loop>>,
    /// The user's label.
    pub label: Option<syn::Label>,
}
