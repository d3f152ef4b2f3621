//! Tasks, and what else is submitted or asks for an order: allocations, calls, accesses of the host.

use super::{Host, SiteId, TensorExpr};
use crate::diag::Place;
use proc_macro2::Ident;

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
    /// How the element is compared.
    pub op: syn::BinOp,
    /// The same as a variant of the runtime's `Compare`, with the user's span.
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
