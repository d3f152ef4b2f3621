//! The language's own tree: what parsing makes of the user's Rust.
//!
//! Host code, that is everything that touches no task and no tensor, stays
//! `syn`'s. Everything that the analysis must see has a node of its own.

use super::kind::{Kind, VectorId};
use crate::diag::Place;
use proc_macro2::{Ident, TokenStream};

/// Dense number of a loop of the program.
pub type LoopId = usize;
/// Dense number of a task or allocation of the program, in program order.
pub type SiteId = usize;
/// Dense number of an expression that makes an array or a vector.
pub type CollectionId = usize;
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
    Task(Task),
    /// `alloc!`.
    Alloc(Alloc),
    /// `call!`.
    Call(Call),
    /// `t.get(i)`, `t.set(i, v)`.
    Access(HostAccess),
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
    Loop(Loop),
    /// A loop unrolled in chained copies.
    Unrolled(Unrolled),
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
    Change(Change),
    /// An element that may be there: `v.pop()`, `v.last()`.
    Select(Select),
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
            Self::Change(Change {
                kind: ChangeKind::Push(value),
                ..
            }) => std::slice::from_ref(value),
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
            Self::Change(Change {
                kind: ChangeKind::Push(value),
                ..
            }) => std::slice::from_mut(value),
            _ => &mut [],
        }
    }
}

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
        value: Select,
    },
}

/// An expression that makes a vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Number, assigned after unrolling.
    pub id: CollectionId,
    /// Its number among those that make empty vectors, in source order.
    pub source: Option<VectorId>,
    /// What its elements are.
    pub of: Kind,
    /// What is in it from the beginning.
    pub elements: Vec<Expr>,
    /// The expression, for an empty vector.
    pub host: Host,
}

/// A change of a vector.
#[derive(Clone, Debug)]
pub struct Change {
    /// The vector.
    pub of: TensorExpr,
    /// The method, with the user's span.
    pub method: Ident,
    /// Which change.
    pub kind: ChangeKind,
}

/// Which change of a vector.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// `push(value)`.
    Push(Box<Expr>),
    /// `clear()`.
    Clear,
    /// A method that moves no element: `truncate(n)`, `reserve(n)`.
    Still(Vec<Host>),
}

/// An element of a collection that may be there.
#[derive(Clone, Debug)]
pub struct Select {
    /// The collection.
    pub of: TensorExpr,
    /// The method, with the user's span.
    pub method: Ident,
    /// How the element is had.
    pub how: How,
    /// Its argument, if it has one.
    pub index: Option<Host>,
    /// What it is.
    pub kind: Kind,
    /// Whether `.unwrap()` or `.expect(..)` follows.
    pub certain: bool,
}

/// How elements are had of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As `&t`.
    Shared,
    /// As `&mut t`.
    Exclusive,
    /// As `t`.
    Moved,
}

/// Host code: as the user wrote it, and with host reads lowered.
#[derive(Clone, Debug)]
pub struct Host {
    /// What the analysis reads.
    pub source: syn::Expr,
    /// What is emitted.
    pub lowered: syn::Expr,
}

/// A tensor-valued expression.
#[derive(Clone, Debug)]
pub enum TensorExpr {
    /// A name.
    Var(Ident),
    /// `base.view(region)` and `base.view_mut(region)`.
    View {
        /// What is viewed.
        base: Box<TensorExpr>,
        /// The method's name, with the user's span.
        method: Ident,
        /// Ranges, one a dimension; `None` when the argument is not an array of ranges.
        region: Option<Vec<Host>>,
        /// The whole argument, for regions that are not arrays.
        argument: Host,
    },
    /// `base.0`.
    Field {
        /// The tuple.
        base: Box<TensorExpr>,
        /// Which part.
        index: syn::Index,
    },
    /// `base[index]`.
    Element {
        /// The array or vector.
        base: Box<TensorExpr>,
        /// Which element.
        index: Host,
        /// The index, if it is a literal and `base` an array.
        literal: Option<usize>,
    },
    /// `*base`, also where Rust lets one leave out the star.
    Deref(Box<TensorExpr>),
    /// `base.transpose(a, b)` and its like.
    Rearranged {
        /// What is rearranged.
        base: Box<TensorExpr>,
        /// How.
        how: Rearrangement,
        /// The method's name, with the user's span.
        method: Ident,
        /// The arguments.
        args: Vec<Host>,
    },
}

/// Another way to show the elements of a tensor, or those of a part along one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rearrangement {
    /// `transpose(a, b)`: two dimensions change places.
    Transpose,
    /// `permute([2, 0, 1])`: all dimensions do.
    Permute,
    /// `reshape([rows, columns])`: other extents.
    Reshape,
    /// `slice(dim, range)`.
    Slice,
}

impl Rearrangement {
    /// The method's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transpose => "transpose",
            Self::Permute => "permute",
            Self::Reshape => "reshape",
            Self::Slice => "slice",
        }
    }

    /// What a tensor's method does.
    pub fn of(method: &Ident) -> Option<Self> {
        let method = method.to_string();
        let method = method.strip_suffix("_mut").unwrap_or(&method);
        let all = [Self::Transpose, Self::Permute, Self::Reshape, Self::Slice];
        all.into_iter().find(|how| how.name() == method)
    }
}

/// A task: a call with tensor arguments, several that are one task, or a `barrier!`.
#[derive(Clone, Debug)]
pub struct Task {
    /// Number, assigned after unrolling.
    pub site: SiteId,
    /// The called kernels; more than one only in `mixed!`, none in a `barrier!`.
    pub kernels: Vec<KernelCall>,
    /// Arguments in order, those of the first kernel first.
    pub args: Vec<Arg>,
    /// The condition under which its kernels run.
    pub condition: Option<Condition>,
    /// Options of the statement.
    pub options: TaskOptions,
    /// The whole call.
    pub place: Place,
}

/// A kernel that a task calls.
#[derive(Clone, Debug)]
pub struct KernelCall {
    /// The kernel.
    pub callee: syn::Path,
    /// How many arguments of the task are its own.
    pub args: usize,
    /// The call.
    pub place: Place,
}

/// `t[i] > value`: a condition of a task.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The tensor.
    pub tensor: TensorExpr,
    /// The index of its element: one number a dimension.
    pub index: Vec<Host>,
    /// How the element is compared: a variant of the runtime's `Compare`, with the user's span.
    pub compare: Ident,
    /// What it is compared with.
    pub value: Host,
    /// All of it.
    pub place: Place,
}

/// An argument of a task.
#[derive(Clone, Debug)]
pub struct Arg {
    /// What it is.
    pub kind: ArgKind,
    /// Where it is.
    pub place: Place,
}

/// What an argument is.
#[derive(Clone, Debug)]
pub enum ArgKind {
    /// `&t`.
    Read(TensorExpr),
    /// `&mut t`.
    Write(TensorExpr),
    /// `out!(shape)`.
    Out(Host),
    /// Anything else.
    Scalar(Host),
}

/// `alloc!`.
#[derive(Clone, Debug)]
pub struct Alloc {
    /// Number, assigned after unrolling.
    pub site: SiteId,
    /// Element type, when given.
    pub elem: Option<syn::Type>,
    /// What they are filled with, when given.
    pub fill: Option<Host>,
    /// One shape a tensor.
    pub shapes: Vec<Host>,
    /// Options of the statement.
    pub options: TaskOptions,
    /// The macro's name.
    pub place: Place,
}

/// `call!`: a call of another orchestration.
#[derive(Clone, Debug)]
pub struct Call {
    /// Number, assigned after unrolling.
    pub site: SiteId,
    /// The called orchestration.
    pub callee: syn::Path,
    /// Arguments in order.
    pub args: Vec<Arg>,
    /// Positions of those that are `In<T>` parameters of the caller, as they are.
    pub inputs: Vec<usize>,
    /// How many tensors its value is bound to.
    pub outs: usize,
    /// The whole call, without the macro around it.
    pub place: Place,
}

/// `t.get([i, j])` and `t.set([i, j], value)`: the host accesses an element.
#[derive(Clone, Debug)]
pub struct HostAccess {
    /// Number, assigned after unrolling.
    pub site: SiteId,
    /// The tensor.
    pub tensor: TensorExpr,
    /// The method, with the user's span.
    pub method: Ident,
    /// The index: one number a dimension.
    pub index: Vec<Host>,
    /// What is written; `None` reads.
    pub value: Option<Host>,
    /// Options of the statement.
    pub options: TaskOptions,
    /// The whole call.
    pub place: Place,
}

/// Options of a task statement.
#[derive(Clone, Debug, Default)]
pub struct TaskOptions {
    /// `name = x`.
    pub name: Option<Ident>,
    /// `after = [..]`.
    pub after: Vec<Ident>,
    /// `unsafe(..)`.
    pub asserted: Vec<Assertion>,
    /// `blocks = n`.
    pub blocks: Option<Host>,
    /// `sync_start`, and where.
    pub sync_start: Option<Place>,
    /// `when = t[i] > value`.
    pub when: Option<syn::Expr>,
}

/// What a user asserts of a task's access to a tensor.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// What is asserted.
    pub kind: AssertionKind,
    /// The tensor variable, as it stands in the call.
    pub tensor: Ident,
}

/// What is asserted.
#[derive(Clone, Debug)]
pub enum AssertionKind {
    /// `disjoint(t by i)`: no task with another value of the loop variable touches an element that this one touches.
    Disjoint {
        /// The loop variable.
        by: Ident,
    },
    /// `no_dep(t)`: nothing needs to be ordered with this access.
    NoDep,
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
    /// Requested unrolling.
    pub unroll: Option<Unroll>,
    /// The loop's keyword or macro name.
    pub place: Place,
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

/// A loop `for var in start..end` as a main loop of chained copies and a remainder.
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
    /// The iterations that are left; `None` when none can be.
    pub rest: Option<Box<Loop>>,
    /// The user's label.
    pub label: Option<syn::Label>,
}
