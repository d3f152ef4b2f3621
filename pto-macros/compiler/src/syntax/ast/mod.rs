//! The language's own tree: what parsing makes of the user's Rust.
//!
//! Host code, that is everything that touches no task and no tensor, stays
//! `syn`'s. Everything that the analysis must see has a node of its own.

mod control;
mod task;
mod tensor;

pub use control::{Captures, Cond, Each, Jump, Loop, LoopHead, Scope, ScopeMode, Unroll, Unrolled};
pub use task::{
    Alloc, Arg, ArgKind, Assertion, AssertionKind, Call, Condition, HostAccess, KernelCall, Task,
    TaskOptions,
};
pub use tensor::{Change, ChangeKind, How, Rearrangement, Select, TensorExpr, Vector};

use super::kind::Kind;
use crate::diag::Place;
use proc_macro2::{Ident, TokenStream};

/// Dense number of a loop of the program.
pub type LoopId = usize;

/// Dense number of a task or allocation of the program, in program order.
pub type SiteId = usize;

/// Dense number of an expression that makes an array or a vector.
pub type CollectionId = usize;

/// Dense number of a name of an item inside the orchestration, in source order.
pub type ItemId = usize;

/// Dense number of a scope; 0 is the orchestration's root.
pub type ScopeId = usize;

/// An orchestration function.
#[derive(Clone, Debug)]
pub struct Orchestration {
    /// Attributes other than ours.
    pub attrs: Vec<syn::Attribute>,
    /// Visibility.
    pub vis: syn::Visibility,
    /// Name.
    pub ident: Ident,
    /// The user's generics.
    pub generics: syn::Generics,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Element types of the tensors it returns.
    pub returns: Vec<syn::Type>,
    /// Where the value of the body stands, if it returns tensors and does not end in a `return`.
    pub value: Option<Place>,
    /// Body.
    pub body: Block,
    /// Whether all of the body could be parsed.
    pub complete: bool,
    /// Path of the runtime crate.
    pub krate: syn::Path,
    /// The least task slots of the rings that it runs with, when stated.
    pub windows: Option<Windows>,
}

/// Task slots of the rings, by scope depth.
pub type Windows = [usize; 4];

/// A parameter of an orchestration.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name; a pattern is allowed only for host parameters.
    pub pat: syn::Pat,
    /// Its declared type.
    pub ty: syn::Type,
    /// What it is.
    pub kind: ParamKind,
}

/// What a parameter of an orchestration is.
#[derive(Clone, Debug)]
pub enum ParamKind {
    /// A tensor.
    Tensor {
        /// Its name.
        ident: Ident,
        /// How the orchestration may use it.
        mode: Mode,
        /// Its element type.
        elem: syn::Type,
        /// Whether the host reads elements of it.
        host: HostUse,
    },
    /// An ordinary Rust value.
    Host,
}

/// What the host does with the elements of a tensor parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostUse {
    /// Nothing.
    None,
    /// It passes the parameter on to orchestrations that may read elements.
    Passed,
    /// It reads elements.
    Read,
}

/// Declared mode of a tensor parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `In<T>`.
    In,
    /// `Out<T>`.
    Out,
    /// `InOut<T>`.
    InOut,
}

/// A block of statements.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// The names of its items, each with a number that no other block's has; a copy has the same.
    pub items: Vec<(Ident, ItemId)>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// `let pat = init;`
    Let {
        /// Attributes other than ours.
        attrs: Vec<syn::Attribute>,
        /// Pattern, with its type where one was given.
        pat: syn::Pat,
        /// Initialiser.
        init: Option<Expr>,
        /// `else` branch of a `let else`.
        diverge: Option<Box<Expr>>,
    },
    /// An expression, with a semicolon or as the block's value.
    Expr {
        /// The expression.
        expr: Expr,
        /// Whether a semicolon follows.
        semi: bool,
    },
    /// A nested item, or a macro that is none of ours.
    Item(TokenStream),
    /// A point at which a macro may break out of, or continue, anything around it.
    MayJump,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// Host code.
    Host(Host),
    /// A tensor, several, or a reference to some: a name, a part of something, a view.
    Tensor(TensorExpr, Kind),
    /// `&place`, `&mut place`.
    Borrow {
        /// Where the `&` is.
        at: Place,
        /// Whether it is `&mut`.
        exclusive: bool,
        /// What it refers to.
        of: TensorExpr,
        /// What that is.
        kind: Kind,
    },
    /// A call with tensor arguments.
    Task(Box<Task>),
    /// `alloc!`.
    Alloc(Box<Alloc>),
    /// `call!`.
    Call(Call),
    /// `t.get(i)`, `t.set(i, v)`.
    Access(Box<HostAccess>),
    /// A block.
    Block(Option<syn::Label>, Block),
    /// `scope!` or `manual_scope!`.
    Scope(Scope),
    /// `if`.
    If {
        /// Condition.
        cond: Cond,
        /// Taken branch.
        then: Block,
        /// The other branch: a block or another `if`.
        other: Option<Box<Expr>>,
    },
    /// `match`.
    Match {
        /// Scrutinee.
        on: Host,
        /// Arms.
        arms: Vec<(syn::Pat, Expr)>,
    },
    /// A loop.
    Loop(Box<Loop>),
    /// A loop unrolled in chained copies.
    Unrolled(Box<Unrolled>),
    /// `left = right`.
    Assign {
        /// What gets the value.
        left: Target,
        /// The value.
        right: Box<Expr>,
    },
    /// A tuple that contains tensors.
    Tuple(Vec<Expr>),
    /// An array of tensors.
    Array {
        /// Number, assigned after unrolling.
        id: CollectionId,
        /// The elements.
        elements: Vec<Expr>,
    },
    /// `Vec::new()`, `Vec::with_capacity(n)`, `vec![..]`.
    Vector(Vector),
    /// A change of a vector: `v.push(t)`.
    Change(Box<Change>),
    /// An element that may be there: `v.pop()`, `v.last()`.
    Select(Box<Select>),
    /// `break`, `continue` or `return`.
    Jump {
        /// Which.
        kind: Jump,
        /// Target label.
        label: Option<syn::Lifetime>,
        /// Value of a `break` or `return`.
        value: Option<Box<Expr>>,
        /// Where it is.
        place: Place,
    },
}

impl Expr {
    /// The expressions that a tuple, an array, a vector, or what is pushed to one, is made of.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::Tuple(parts)
            | Self::Array {
                elements: parts, ..
            }
            | Self::Vector(Vector {
                elements: parts, ..
            }) => parts,
            Self::Change(change) => match &change.kind {
                ChangeKind::Push(value) => std::slice::from_ref(value),
                ChangeKind::Clear | ChangeKind::Still(_) => &[],
            },
            _ => &[],
        }
    }

    /// As [`Expr::parts`], to change them.
    pub fn parts_mut(&mut self) -> &mut [Self] {
        match self {
            Self::Tuple(parts)
            | Self::Array {
                elements: parts, ..
            }
            | Self::Vector(Vector {
                elements: parts, ..
            }) => parts,
            Self::Change(change) => match &mut change.kind {
                ChangeKind::Push(value) => std::slice::from_mut(value),
                ChangeKind::Clear | ChangeKind::Still(_) => &mut [],
            },
            _ => &mut [],
        }
    }
}

/// What an assignment gives a value to.
#[derive(Clone, Debug)]
pub enum Target {
    /// A name, `_`, or a host place.
    Host(syn::Expr),
    /// A field or an element of something that holds tensors.
    Part(TensorExpr),
    /// A tuple.
    Tuple(Vec<Target>),
}

/// Host code: as the user wrote it, and with host reads lowered.
#[derive(Clone, Debug)]
pub struct Host {
    /// What the analysis reads.
    pub source: syn::Expr,
    /// What is emitted.
    pub lowered: syn::Expr,
}
