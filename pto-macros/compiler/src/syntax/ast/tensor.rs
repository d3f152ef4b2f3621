//! Tensors: places, what is cut out of them, and collections of them.

use super::{CollectionId, Expr, Host};
use crate::syntax::kind::{Kind, VectorId};
use proc_macro2::Ident;

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
