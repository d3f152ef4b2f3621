//! What names are bound to while the program is walked.

use super::poly::Poly;
use crate::syntax::ast::{ItemId, LoopId};
use proc_macro2::Ident;

/// Dense number of a binding.
pub(super) type BindingId = usize;

/// What is known of a host value's type. Much of what looks like arithmetic may be
/// anything for other types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is a `usize`.
    Usize,
    /// It is an integer, made of literals: of the type of what it is used with.
    Integer,
    /// It is made of constants and literals: beside a `usize` it is one, else of a type that is not known.
    Constant,
    /// It is a shared reference: its fields do not change.
    Shared,
    /// Nothing.
    Nothing,
}

impl Known {
    /// Whether it is a number that is what it reads as: what makes it an index makes it a `usize`.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Usize | Self::Integer | Self::Constant)
    }

    /// What is known of the type that a number shares with another.
    pub(super) fn beside(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing | Self::Shared, _) | (_, Self::Nothing | Self::Shared) => Self::Nothing,
            (Self::Usize, _) | (_, Self::Usize) => Self::Usize,
            (Self::Constant, _) | (_, Self::Constant) => Self::Constant,
            (Self::Integer, Self::Integer) => Self::Integer,
        }
    }
}

/// What a name is bound to.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// A host value that does not change while the binding lives.
    Value {
        /// Number of the binding.
        id: BindingId,
        /// Its value, if it is a `usize`.
        poly: Poly,
        /// The loops whose iterations may change it.
        varies: Vec<LoopId>,
        /// What is known of its type.
        known: Known,
        /// The loop of which only copies are left, if it is the variable of one: then it has a number for a value.
        of: Option<LoopId>,
    },
    /// A host value that may change.
    Mutable,
    /// A tensor, or a tuple of them; its value is part of the flow state.
    Tensor {
        /// Number of the binding.
        id: BindingId,
        /// The loops whose iterations may bind it to another tensor; `None` if assignments may.
        varies: Option<Vec<LoopId>>,
    },
}

/// The names in scope, innermost last.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    bound: Vec<(String, Binding)>,
    /// Items, by name.
    items: Vec<(String, ItemId)>,
    next: BindingId,
}

/// How many names there were at some point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    bound: usize,
    items: usize,
}

impl Env {
    /// Marks the present extent, for [`Env::leave`].
    pub(super) fn enter(&self) -> Mark {
        Mark {
            bound: self.bound.len(),
            items: self.items.len(),
        }
    }

    /// Forgets all names bound since `mark`.
    pub(super) fn leave(&mut self, mark: Mark) {
        self.bound.truncate(mark.bound);
        self.items.truncate(mark.items);
    }

    /// Puts the items of a block in scope.
    pub(super) fn declare(&mut self, items: &[(Ident, ItemId)]) {
        let items = items.iter().map(|(name, id)| (name.to_string(), *id));
        self.items.extend(items);
    }

    /// The item of the orchestration's own that a name means, if it means one.
    pub(super) fn item(&self, name: &Ident) -> Option<ItemId> {
        let found = self.items.iter().rev().find(|(item, _)| name == item);
        found.map(|(_, id)| *id)
    }

    /// A number for a new binding.
    pub(super) fn number(&mut self) -> BindingId {
        self.next += 1;
        self.next - 1
    }

    /// Numbers bindings from `next` on, as when that was walked which is walked again.
    pub(super) fn renumber(&mut self, next: BindingId) {
        self.next = next;
    }

    /// Binds a name.
    pub(super) fn bind(&mut self, name: &Ident, binding: Binding) {
        self.bound.push((name.to_string(), binding));
    }

    /// What a name is bound to; `None` if it is no local name.
    pub(super) fn get(&self, name: &Ident) -> Option<&Binding> {
        let found = self.bound.iter().rev().find(|(bound, _)| name == bound);
        found.map(|(_, binding)| binding)
    }

    /// Adds what is known of a host value's type.
    pub(super) fn learn(&mut self, name: &Ident, what: Known) {
        let found = self.bound.iter_mut().rev().find(|(bound, _)| name == bound);
        if let Some((_, Binding::Value { known, .. })) = found {
            *known = what;
        }
    }

    /// Makes a host value the variable of a loop of which only copies are left.
    pub(super) fn attribute(&mut self, name: &Ident, to: LoopId) {
        let found = self.bound.iter_mut().rev().find(|(bound, _)| name == bound);
        if let Some((_, Binding::Value { of, .. })) = found {
            *of = Some(to);
        }
    }

    /// Changes what a name bound earlier is bound to.
    pub(super) fn rebind(&mut self, name: &Ident, binding: Binding) {
        if let Some((_, bound)) = self.bound.iter_mut().rev().find(|(bound, _)| name == bound) {
            *bound = binding;
        }
    }
}
