//! Which names are tensors, and where.

use super::ast::HostUse;
use super::host::{is_exclusive, is_view_method};
use super::kind::Kind;
use std::cell::RefCell;
use std::collections::BTreeMap;
use syn::visit::Visit;

/// The names in scope, innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    bound: Vec<Bound>,
    /// What the host does with the elements of `In` parameters.
    host: BTreeMap<String, HostUse>,
    /// What has been looked up since it was watched last.
    watched: RefCell<Watched>,
}

/// A name that is bound.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) ident: syn::Ident,
    pub(super) kind: Kind,
    /// Whether it is declared as `mut`.
    pub(super) is_mut: bool,
}

/// What some code refers to.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Positions of names among those bound, and whether they are given another value.
    names: BTreeMap<usize, bool>,
    /// Whether it has a macro that is none of ours, which may refer to more.
    has_macro: bool,
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

    /// Begins to watch what is looked up. Returns what it was before, for [`Names::watched`].
    pub(super) fn watch(&self) -> Watched {
        self.watched.take()
    }

    /// What was looked up since `before` was returned: the names that had been bound before `mark`, and whether they are
    /// given another value. `None` if there is a macro that may refer to others.
    pub(super) fn watched(&self, before: Watched, mark: usize) -> Option<Vec<(&Bound, bool)>> {
        let watched = self.watched.replace(before);
        let all = &mut self.watched.borrow_mut();
        all.has_macro |= watched.has_macro;
        let names = watched.names.range(..mark);
        let found = names
            .clone()
            .filter_map(|(at, changed)| Some((self.bound.get(*at)?, *changed)));
        let found = found.collect();
        for (at, changed) in names.clone() {
            *all.names.entry(*at).or_default() |= changed;
        }
        let is_known = names.clone().all(|(at, _)| !self.is_ambiguous(*at, mark));
        (is_known && !watched.has_macro).then_some(found)
    }

    /// Whether another variable before `mark` has the same name as the one at that position, and only hygiene tells which of
    /// them is meant: one of them comes from a macro's definition.
    fn is_ambiguous(&self, at: usize, mark: usize) -> bool {
        let Some(this) = self.bound.get(at).map(|bound| &bound.ident) else {
            return false;
        };
        let others = self.bound.iter().take(mark).map(|bound| &bound.ident);
        let mut others = others.filter(|other| *other == this);
        others.any(|other| context(other) != context(this))
    }

    /// Notes that there is a macro that is none of ours, or what comes from the definition of one.
    pub(super) fn note_macro(&self) {
        self.watched.borrow_mut().has_macro = true;
    }

    /// Notes that a name is given another value.
    pub(super) fn note_change(&self, name: &syn::Ident) {
        if let Some(at) = self.position(name) {
            self.watched.borrow_mut().names.insert(at, true);
        }
    }

    /// Binds a name.
    fn bind(&mut self, ident: syn::Ident, kind: Kind, is_mut: bool) {
        let of_name = self.bound.iter().filter(|bound| bound.ident == ident);
        if of_name
            .map(|bound| context(&bound.ident))
            .any(|other| other != context(&ident))
        {
            // Which of them is meant the text does not say.
            self.note_macro();
        }
        self.bound.push(Bound {
            ident,
            kind,
            is_mut,
        });
    }

    /// Where a name is among those bound.
    fn position(&self, name: &syn::Ident) -> Option<usize> {
        self.bound.iter().rposition(|bound| bound.ident == *name)
    }

    /// Changes what a name bound earlier stands for.
    pub(super) fn rebind(&mut self, name: &syn::Ident, kind: Kind) {
        if let Some(at) = self.position(name) {
            self.bound[at].kind = kind;
        }
    }

    /// Whether a variable has that name.
    pub(super) fn is_bound(&self, name: &syn::Ident) -> bool {
        self.position(name).is_some()
    }

    /// The names of tensors, and of what holds some.
    pub(super) fn tensors(&self) -> impl Iterator<Item = syn::Ident> {
        // The last that was bound by a name is what it means.
        let meanings: BTreeMap<&syn::Ident, &Kind> = self
            .bound
            .iter()
            .map(|bound| (&bound.ident, &bound.kind))
            .collect();
        let tensors = meanings.into_iter().filter(|(_, kind)| may_hold(kind));
        tensors.map(|(name, _)| name.clone())
    }

    /// What `name` stands for.
    pub(super) fn get(&self, name: &syn::Ident) -> &Kind {
        let Some(at) = self.position(name) else {
            return &Kind::Host;
        };
        self.watched.borrow_mut().names.entry(at).or_default();
        &self.bound[at].kind
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
                self.bind(ident.ident.clone(), kind.clone(), is_mut(ident));
            }
            (_, Some(parts)) => {
                for (pat, kind) in parts {
                    self.bind_pat(pat, &kind);
                }
            }
            _ => {
                let mut idents = PatIdents(Vec::new());
                idents.visit_pat(pat);
                for (ident, is_mut) in idents.0 {
                    self.bind(ident, Kind::Host, is_mut);
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

/// What tells the hygiene of a name, as far as it can be told: the part of its span's text before the position.
fn context(name: &syn::Ident) -> String {
    let span = format!("{:?}", name.span());
    let before = span.split_once(' ');
    before.map_or_else(String::new, |(context, _)| context.to_owned())
}

/// Whether what a pattern binds can be changed by means of its name.
fn is_mut(pat: &syn::PatIdent) -> bool {
    pat.mutability.is_some() || pat.by_ref.is_some()
}

/// The names of a pattern, and whether what they stand for can be changed by means of them.
struct PatIdents(Vec<(syn::Ident, bool)>);

impl<'ast> Visit<'ast> for PatIdents {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.push((pat.ident.clone(), is_mut(pat)));
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
