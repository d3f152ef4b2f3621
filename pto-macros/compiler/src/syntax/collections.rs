//! Arrays and vectors of tensors: how they are made, changed, and iterated over.

use super::ast::{Change, ChangeKind, Each, Expr, Host, How, Select, TensorExpr, Vector};
use super::body::Parser;
use super::kind::{Kind, VectorId};
use super::names::strip;
use crate::diag::{Code, Diagnostic, Place};
use proc_macro2::Ident;
use syn::punctuated::Punctuated;

/// Methods of a vector that move no element.
const STILL: [&str; 4] = ["truncate", "reserve", "reserve_exact", "shrink_to_fit"];

/// Methods that may give an element, how it is had, and how many arguments they have.
const SELECT: [(&str, How, usize); 7] = [
    ("pop", How::Moved, 0),
    ("first", How::Shared, 0),
    ("first_mut", How::Exclusive, 0),
    ("last", How::Shared, 0),
    ("last_mut", How::Exclusive, 0),
    ("get", How::Shared, 1),
    ("get_mut", How::Exclusive, 1),
];

/// `Vec::new()`, `Vec::with_capacity(n)`, `vec![]`.
pub(super) fn is_empty_vector(expr: &syn::Expr) -> bool {
    match strip(expr) {
        syn::Expr::Call(call) => match strip(&call.func) {
            syn::Expr::Path(path) => {
                let mut names = path.path.segments.iter().rev().map(|part| &part.ident);
                let last = names.next();
                names.next().is_some_and(|name| name == "Vec")
                    && last.is_some_and(|name| name == "new" || name == "with_capacity")
            }
            _ => false,
        },
        syn::Expr::Macro(mac) => is_vec_macro(&mac.mac) && mac.mac.tokens.is_empty(),
        _ => false,
    }
}

fn is_vec_macro(mac: &syn::Macro) -> bool {
    mac.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "vec")
}

/// The elements of `vec![a, b]`.
pub(super) fn vec_elements(mac: &syn::Macro) -> Option<Punctuated<syn::Expr, syn::Token![,]>> {
    if !is_vec_macro(mac) {
        return None;
    }
    mac.parse_body_with(Punctuated::parse_terminated).ok()
}

/// `x` of `x.unwrap()` and `x.expect(..)`.
fn unwrapped(call: &syn::ExprMethodCall) -> Option<&syn::ExprMethodCall> {
    let certain = (call.method == "unwrap" && call.args.is_empty())
        || (call.method == "expect" && call.args.len() == 1);
    match strip(&call.receiver) {
        syn::Expr::MethodCall(inner) if certain => Some(inner),
        _ => None,
    }
}

impl Parser<'_> {
    /// A vector that is empty, for all that is known.
    pub(super) fn empty_vector(&mut self, expr: syn::Expr) -> Vector {
        let source = self.vectors;
        self.vectors += 1;
        Vector {
            id: 0,
            source: Some(source),
            of: self.known_elements(source, 0),
            elements: Vec::new(),
            host: self.host(expr),
        }
    }

    /// What the elements of a vector are that is made empty; they may be such vectors again.
    fn known_elements(&self, source: VectorId, depth: usize) -> Kind {
        const DEEPEST: usize = 8;
        match self.known.get(&source) {
            Some(Kind::Vector(of, Some(inner))) if **of == Kind::Host && depth < DEEPEST => {
                Kind::Vector(
                    Box::new(self.known_elements(*inner, depth + 1)),
                    Some(*inner),
                )
            }
            known => known.cloned().unwrap_or(Kind::Host),
        }
    }

    /// `vec![a, b]` with tensors in it.
    pub(super) fn full_vector(
        &mut self,
        elements: Punctuated<syn::Expr, syn::Token![,]>,
    ) -> Vector {
        let elements: Vec<Expr> = elements.into_iter().map(|elem| self.part(elem)).collect();
        let of = elements
            .first()
            .map_or(Kind::Host, |first| self.kind(first));
        Vector {
            id: 0,
            source: None,
            of,
            elements,
            host: Host::unit(),
        }
    }

    /// Notes that a vector which was made empty gets elements with tensors: the next reading knows.
    pub(super) fn learn(&mut self, vector: &Kind, element: &Kind) {
        if let Kind::Vector(known, Some(source)) = vector
            && **known == Kind::Host
            && (element.has_tensor() || matches!(element, Kind::Vector(_, Some(_))))
        {
            self.learnt.insert(*source, element.clone());
        }
    }

    /// Whether a method call is one of a collection that the language knows.
    pub(super) fn is_collection_call(&self, call: &syn::ExprMethodCall) -> bool {
        if self.selects(call) || unwrapped(call).is_some_and(|call| self.selects(call)) {
            return true;
        }
        let Some(kind) = self.collection(&call.receiver) else {
            return false;
        };
        match call.args.first() {
            Some(value) if call.method == "push" => kind.has_tensor() || self.is_dsl(value),
            None if call.method == "clear" => kind.has_tensor(),
            _ => kind.has_tensor() && STILL.iter().any(|name| call.method == name),
        }
    }

    /// What the collection at a place is, if it is one.
    fn collection(&self, expr: &syn::Expr) -> Option<Kind> {
        let kind = self.names.place(expr)?;
        kind.peeled().is_collection().then(|| kind.peeled().clone())
    }

    /// A method call for which [`Parser::is_collection_call`] holds.
    pub(super) fn collection_call(&mut self, call: syn::ExprMethodCall) -> Expr {
        if let Some(inner) = unwrapped(&call) {
            return Expr::Select(Box::new(self.select(inner.clone(), true)));
        }
        if SELECT.iter().any(|(name, _, _)| call.method == name) {
            return Expr::Select(Box::new(self.select(call, false)));
        }
        let kind = self.collection(&call.receiver).unwrap_or(Kind::Host);
        let of = self.changed(*call.receiver);
        let mut args = call.args.into_iter();
        let change = if call.method == "push" {
            let value = args
                .next()
                .map_or_else(Expr::nothing, |value| self.part(value));
            let element = self.kind(&value);
            self.learn(&kind, &element);
            ChangeKind::Push(Box::new(value))
        } else if call.method == "clear" {
            ChangeKind::Clear
        } else {
            ChangeKind::Still(args.map(|arg| self.host(arg)).collect())
        };
        Expr::Change(Box::new(Change {
            of,
            method: call.method,
            kind: change,
        }))
    }

    /// `let Some(t) = v.pop()` as a condition.
    pub(super) fn optional(&mut self, cond: &syn::Expr) -> Option<(syn::Pat, Select)> {
        let syn::Expr::Let(binding) = strip(cond) else {
            return None;
        };
        match strip(&binding.expr) {
            syn::Expr::MethodCall(call) if self.selects(call) => {
                Some(((*binding.pat).clone(), self.select(call.clone(), false)))
            }
            _ => None,
        }
    }

    /// Whether a method call may give an element of a collection of tensors.
    fn selects(&self, call: &syn::ExprMethodCall) -> bool {
        let known =
            |(name, _, args): &(&str, How, usize)| call.method == name && call.args.len() == *args;
        SELECT.iter().any(known)
            && self
                .collection(&call.receiver)
                .is_some_and(|kind| kind.has_tensor())
    }

    /// A part of a tuple or a collection, or what a variable is to hold: no `Option`.
    pub(super) fn part(&mut self, expr: syn::Expr) -> Expr {
        let place = Place::of(&expr);
        let mut value = self.expr(expr);
        value.bind_to(&Kind::Tensor);
        self.no_option(&value, place);
        value
    }

    /// Reports an `Option` of tensors where it cannot be followed.
    pub(super) fn no_option(&mut self, value: &Expr, place: Place) {
        if let Kind::Optional(_) = self.kind(value) {
            self.errors.push(
                Diagnostic::new(Code::Unsupported, place, "an `Option` of tensors cannot be followed here")
                    .help("take the tensor out: `let t = v.pop().unwrap();`, `let Some(t) = v.pop() else { .. };` or `if let Some(t) = v.last() { .. }`"),
            );
        }
    }

    fn select(&mut self, call: syn::ExprMethodCall, certain: bool) -> Select {
        let found = SELECT.iter().find(|(name, _, _)| call.method == name);
        let how = found.map_or(How::Shared, |(_, how, _)| *how);
        let kind = self.collection(&call.receiver);
        let element = kind
            .and_then(|kind| kind.element().cloned())
            .unwrap_or(Kind::Host);
        let of = match how {
            How::Moved => self.changed(*call.receiver),
            _ => self.through(*call.receiver),
        };
        let kind = had(element, how);
        Select {
            of,
            method: call.method,
            how,
            index: call.args.into_iter().next().map(|index| self.host(index)),
            kind: if certain {
                kind
            } else {
                Kind::Optional(Box::new(kind))
            },
            certain,
        }
    }

    /// A place that a statement changes: not what a reference refers to, of which other names know nothing.
    pub(super) fn changed(&mut self, expr: syn::Expr) -> TensorExpr {
        let place = Place::of(&expr);
        let tensor = self.through(expr);
        if tensor.behind_reference() {
            let what = format!("`{}` is changed through a reference", tensor.shown());
            self.errors.push(
                Diagnostic::new(Code::Unsupported, place, what)
                    .note("the compiler follows which tensors a name holds, not which ones a reference leads to")
                    .help("change it by the name that holds it: in a loop over a vector write `for i in 0..v.len() { v[i] = ..; }`"),
            );
        }
        tensor
    }

    /// What a `for` loop iterates over, and what its items are, if tensors are among them.
    pub(super) fn each(&mut self, expr: &syn::Expr) -> Option<(Each, Kind)> {
        let expr = strip(expr);
        if let syn::Expr::MethodCall(call) = expr {
            let name = call.method.to_string();
            match (name.as_str(), call.args.first()) {
                ("enumerate", None) => {
                    let (each, kind) = self.each(&call.receiver)?;
                    let kind = Kind::Tuple(vec![Kind::Host, kind]);
                    return Some((Each::Counted(Box::new(each)), kind));
                }
                ("zip", Some(other)) => {
                    let (left, a) = self.each(&call.receiver)?;
                    let (right, b) = self.each(other)?;
                    let each = Each::Zipped(Box::new(left), Box::new(right));
                    return Some((each, Kind::Tuple(vec![a, b])));
                }
                ("iter", None) => return self.elements(&call.receiver, How::Shared),
                ("iter_mut", None) => return self.elements(&call.receiver, How::Exclusive),
                ("into_iter", None) => {}
                _ => return None,
            }
            return self.each(&call.receiver);
        }
        if let syn::Expr::Reference(reference) = expr {
            let how = match reference.mutability {
                Some(_) => How::Exclusive,
                None => How::Shared,
            };
            return self.elements(&reference.expr, how);
        }
        let how = match self.names.place(expr)? {
            Kind::Ref {
                exclusive: true, ..
            } => How::Exclusive,
            Kind::Ref { .. } => How::Shared,
            _ => How::Moved,
        };
        self.elements(expr, how)
    }

    /// The elements of the collection at a place.
    fn elements(&mut self, of: &syn::Expr, how: How) -> Option<(Each, Kind)> {
        let kind = self.collection(of).filter(Kind::has_tensor)?;
        let element = kind.element()?.clone();
        let of = self.through(of.clone());
        Some((Each::Elements { of, how }, had(element, how)))
    }
}

/// An element of that kind, had that way.
fn had(element: Kind, how: How) -> Kind {
    match how {
        How::Shared => element.borrowed(false),
        How::Exclusive => element.borrowed(true),
        How::Moved => element,
    }
}

impl TensorExpr {
    /// Whether a reference is on the way to it.
    fn behind_reference(&self) -> bool {
        match self {
            Self::Var(_) => false,
            Self::Deref(_) => true,
            Self::View { base, .. }
            | Self::Rearranged { base, .. }
            | Self::Field { base, .. }
            | Self::Element { base, .. } => base.behind_reference(),
        }
    }
}

/// What to write instead of a method that tensors of a collection cannot be followed through.
pub(super) fn instead_of(method: &Ident, collection: &str) -> String {
    match method.to_string().as_str() {
        "iter" | "iter_mut" | "into_iter" => format!(
            "iterate with `for t in &{collection} {{ .. }}`; to make tensors of tensors, push in the loop: `out.push(kernel(t, out!([n])));`"
        ),
        "swap" | "reverse" | "rotate_left" | "rotate_right" | "sort_by" | "sort_by_key" => format!(
            "leave the tensors where they are and permute indices: `{collection}[order[i]]`"
        ),
        "extend" | "append" | "insert" | "resize" | "resize_with" => {
            format!("push them one by one: `{collection}.push(t);`")
        }
        "remove" | "swap_remove" | "drain" | "retain" | "split_off" | "dedup" | "take" => format!(
            "push the tensors that stay to a new `Vec`, or take the last one off: `{collection}.pop()`"
        ),
        "clone" | "to_vec" | "as_slice" | "as_mut_slice" => {
            format!("use `{collection}` itself, or `&{collection}[i]`")
        }
        _ => format!(
            "what is followed: `{collection}[i]`, `{collection}[i] = t`, `push`, `pop`, `clear`, `first`, `last`, `get`, `len`, and `for` loops over it"
        ),
    }
}
