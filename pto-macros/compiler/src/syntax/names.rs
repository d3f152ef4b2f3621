//! Which names are tensors, and where.

use super::ast::HostUse;
use super::host::{is_exclusive, is_view_method};
use super::kind::Kind;
use std::collections::BTreeMap;
use syn::visit::Visit;

/// The names in scope, innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    bound: Vec<(String, Kind)>,
    /// What the host does with the elements of `In` parameters.
    host: BTreeMap<String, HostUse>,
}

impl Names {
    /// Marks the present extent, for [`Names::leave`].
    pub(super) fn enter(&self) -> usize {
        self.bound.len()
    }

    /// Forgets all names bound since `mark`.
    pub(super) fn leave(&mut self, mark: usize) {
        self.bound.truncate(mark);
    }

    /// Notes what the host does with the elements of an `In` parameter.
    pub(super) fn note(&mut self, param: &syn::Ident, what: HostUse) {
        let known = self.host.entry(param.to_string()).or_insert(HostUse::None);
        *known = what.max(*known);
    }

    /// What the host does with the elements of a parameter.
    pub(super) fn host_use(&self, param: &syn::Ident) -> HostUse {
        let known = self.host.get(&param.to_string());
        known.copied().unwrap_or(HostUse::None)
    }

    /// Binds a name.
    pub(super) fn bind(&mut self, name: &syn::Ident, kind: Kind) {
        self.bound.push((name.to_string(), kind));
    }

    /// Changes what a name bound earlier stands for.
    pub(super) fn rebind(&mut self, name: &syn::Ident, kind: Kind) {
        if let Some((_, bound)) = self.bound.iter_mut().rev().find(|(bound, _)| name == bound) {
            *bound = kind;
        }
    }

    /// Whether a variable has that name.
    pub(super) fn is_bound(&self, name: &syn::Ident) -> bool {
        self.bound.iter().any(|(bound, _)| name == bound)
    }

    /// The names of tensors, and of what holds some.
    pub(super) fn tensors(&self) -> impl Iterator<Item = &str> {
        // The last that was bound by a name is what it means.
        let meanings: BTreeMap<&str, &Kind> = self
            .bound
            .iter()
            .map(|(name, kind)| (name.as_str(), kind))
            .collect();
        let tensors = meanings.into_iter().filter(|(_, kind)| may_hold(kind));
        tensors.map(|(name, _)| name)
    }

    /// What `name` stands for.
    pub(super) fn get(&self, name: &syn::Ident) -> &Kind {
        let found = self.bound.iter().rev().find(|(bound, _)| name == bound);
        found.map_or(&Kind::Host, |(_, kind)| kind)
    }

    /// What a path expression stands for.
    pub(super) fn of_expr(&self, expr: &syn::Expr) -> Option<(syn::Ident, &Kind)> {
        let syn::Expr::Path(path) = strip(expr) else {
            return None;
        };
        let ident = path.path.get_ident()?;
        Some((ident.clone(), self.get(ident)))
    }

    /// What a place stands for: a name, a field, an element, what a reference refers
    /// to, a view. `None` if no tensor is in it, and it is no vector that may get some.
    pub(super) fn place(&self, expr: &syn::Expr) -> Option<Kind> {
        self.part(expr).filter(may_hold)
    }

    /// What a place stands for, also a host value, if tensors are in what it is a part of.
    pub(super) fn part(&self, expr: &syn::Expr) -> Option<Kind> {
        let kind = match strip(expr) {
            syn::Expr::Path(path) => {
                let kind = self.get(path.path.get_ident()?);
                return may_hold(kind).then(|| kind.clone());
            }
            syn::Expr::Field(field) => {
                let syn::Member::Unnamed(index) = &field.member else {
                    return None;
                };
                match self.place(&field.base)?.peeled() {
                    Kind::Tuple(parts) => parts.get(usize::try_from(index.index).ok()?)?.clone(),
                    _ => return None,
                }
            }
            syn::Expr::Index(index) if !matches!(strip(&index.index), syn::Expr::Range(_)) => {
                let base = self.place(&index.expr)?;
                let element = base.peeled().element()?.clone();
                // An element of a host value is nothing special.
                return (base.has_tensor() || may_hold(&element)).then_some(element);
            }
            syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
                match self.place(&unary.expr)? {
                    Kind::Ref { of, .. } => *of,
                    _ => return None,
                }
            }
            syn::Expr::MethodCall(call)
                if is_view_method(&call.method)
                    && self.place(&call.receiver)?.peeled().is_tensor() =>
            {
                if is_exclusive(&call.method) {
                    Kind::Tensor
                } else {
                    Kind::View
                }
            }
            _ => return None,
        };
        Some(kind)
    }

    /// Binds the names of a pattern to what `kind` gives them.
    pub(super) fn bind_pat(&mut self, pat: &syn::Pat, kind: &Kind) {
        match (pat, taken_apart(pat, kind)) {
            (syn::Pat::Type(typed), _) => self.bind_pat(&typed.pat, kind),
            (syn::Pat::Paren(inner), _) => self.bind_pat(&inner.pat, kind),
            (syn::Pat::Ident(ident), _) if ident.subpat.is_none() => {
                self.bind(&ident.ident, kind.clone());
            }
            (_, Some(parts)) => {
                for (pat, kind) in parts {
                    self.bind_pat(pat, &kind);
                }
            }
            _ => {
                let mut idents = PatIdents(Vec::new());
                idents.visit_pat(pat);
                for ident in idents.0 {
                    self.bind(&ident, Kind::Host);
                }
            }
        }
    }
}

/// Whether tensors are in a value of that kind, or may get into it.
fn may_hold(kind: &Kind) -> bool {
    kind.has_tensor() || matches!(kind, Kind::Vector(..))
}

/// The patterns inside a tuple, slice or `Some(..)` pattern, and what each gets of a `kind` with tensors.
fn taken_apart<'a>(pat: &'a syn::Pat, kind: &Kind) -> Option<Vec<(&'a syn::Pat, Kind)>> {
    let zip = |elems: &'a Elems, slice| {
        let parts = kind.parts(elems.len(), slice)?;
        Some(elems.iter().zip(parts).collect())
    };
    match (pat, kind) {
        (syn::Pat::Tuple(tuple), _) => zip(&tuple.elems, false),
        (syn::Pat::Slice(slice), _) => zip(&slice.elems, true),
        (syn::Pat::TupleStruct(some), Kind::Optional(of)) if is_some(some) => {
            Some(vec![(&some.elems[0], (**of).clone())])
        }
        _ => None,
    }
}

type Elems = syn::punctuated::Punctuated<syn::Pat, syn::Token![,]>;

/// Whether a pattern is `Some(x)`.
pub(crate) fn is_some(pat: &syn::PatTupleStruct) -> bool {
    let last = pat.path.segments.last();
    last.is_some_and(|last| last.ident == "Some") && pat.elems.len() == 1
}

/// The patterns that a condition binds: of `if let`, `while let`, and chains of them.
pub(crate) fn bound_in(cond: &syn::Expr) -> Vec<&syn::Pat> {
    match cond {
        syn::Expr::Let(binding) => vec![&binding.pat],
        syn::Expr::Binary(binary) => {
            let mut bound = bound_in(&binary.left);
            bound.extend(bound_in(&binary.right));
            bound
        }
        syn::Expr::Paren(inner) => bound_in(&inner.expr),
        syn::Expr::Group(inner) => bound_in(&inner.expr),
        _ => Vec::new(),
    }
}

struct PatIdents(Vec<syn::Ident>);

impl<'ast> Visit<'ast> for PatIdents {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.push(pat.ident.clone());
        syn::visit::visit_pat_ident(self, pat);
    }
}

/// `expr` without parentheses and invisible groups.
pub(super) fn strip(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Paren(inner) => strip(&inner.expr),
        syn::Expr::Group(inner) => strip(&inner.expr),
        _ => expr,
    }
}

/// Whether a pattern binds tensors to plain names.
pub(super) fn binds_simply(pat: &syn::Pat, kind: &Kind) -> bool {
    if !kind.has_tensor() {
        return true;
    }
    match pat {
        syn::Pat::Type(typed) => binds_simply(&typed.pat, kind),
        syn::Pat::Paren(inner) => binds_simply(&inner.pat, kind),
        syn::Pat::Ident(ident) => ident.by_ref.is_none() && ident.subpat.is_none(),
        syn::Pat::Wild(_) => true,
        pat => taken_apart(pat, kind)
            .is_some_and(|parts| parts.iter().all(|(pat, kind)| binds_simply(pat, kind))),
    }
}
