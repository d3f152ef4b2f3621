//! `std::mem::swap` and its like, given tensors.
//!
//! A call that is given tensors is a task, but for these: they are functions, no kernels. Two names that are swapped are
//! two names that are assigned, which is followed.

use super::ast::Expr;
use super::body::Parser;
use super::names::strip;
use super::spelling::spelling;
use crate::diag::{Code, Diagnostic, Place};
use syn::parse_quote_spanned;

/// A function of `std::mem` that moves what a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moving {
    Swap,
    Replace,
    Take,
}

impl Moving {
    /// Which of them a call is of: `swap` behind `mem`, that of the standard library as far as the path tells.
    fn of(call: &syn::ExprCall) -> Option<Self> {
        let syn::Expr::Path(path) = strip(&call.func) else {
            return None;
        };
        let mut names = path.path.segments.iter().map(|part| part.ident.to_string());
        let mut next = names.next()?;
        if next == "std" || next == "core" {
            next = names.next()?;
        }
        match (next.as_str(), names.next()?.as_str(), names.next()) {
            ("mem", "swap", None) => Some(Self::Swap),
            ("mem", "replace", None) => Some(Self::Replace),
            ("mem", "take", None) => Some(Self::Take),
            _ => None,
        }
    }
}

impl Parser<'_> {
    /// Whether a call moves tensors from one place to another.
    pub(super) fn moves_tensors(&self, call: &syn::ExprCall) -> bool {
        let holds = |arg: &syn::Expr| match strip(arg) {
            syn::Expr::Reference(reference) => self.has_tensors(&reference.expr),
            other => self.has_tensors(other),
        };
        Moving::of(call).is_some() && call.args.iter().any(holds)
    }

    /// Swaps two places, or says what to write instead.
    pub(super) fn moving(&mut self, call: &syn::ExprCall) -> Expr {
        let args: Vec<Option<&syn::Expr>> = call.args.iter().map(referred).collect();
        let first = args.first().copied().flatten().or(call.args.first());
        let (path, shown) = (&call.func, first.map_or_else(String::new, spelling));
        let (what, help) = match (Moving::of(call), args.as_slice()) {
            (Some(Moving::Swap), [Some(a), Some(b)]) if is_owned(a) && is_owned(b) => {
                let span = Place::of(call).first;
                // A function of another type is none of the standard library's.
                let block = parse_quote_spanned! {span=> {
                    const _: fn(&mut (), &mut ()) = #path;
                    (#a, #b) = (#b, #a);
                }};
                return self.expr(block);
            }
            (Some(Moving::Swap), _) => (
                "swaps tensors where the compiler cannot follow it".to_owned(),
                "swap names, or parts of tuples: `std::mem::swap(&mut a, &mut b)`, or `(a, b) = (b, a)`; leave the elements of \
                 a collection where they are, and permute indices: `v[order[i]]`"
                    .to_owned(),
            ),
            (Some(Moving::Take), _) => (
                "would leave an empty tensor behind, and there is none".to_owned(),
                format!("move it: `let taken = {shown};`, and give `{shown}` another value before it is used again"),
            ),
            _ => (
                "moves a tensor where the compiler cannot follow it".to_owned(),
                format!("write the two moves: `let old = {shown};` and `{shown} = new;`"),
            ),
        };
        let what = format!("`{}` {what}", spelling(path));
        self.errors
            .push(Diagnostic::new(Code::Unsupported, Place::of(call), what).help(help));
        Expr::nothing()
    }
}

/// The place in `&mut place`.
fn referred(arg: &syn::Expr) -> Option<&syn::Expr> {
    match strip(arg) {
        syn::Expr::Reference(reference) if reference.mutability.is_some() => {
            Some(strip(&reference.expr))
        }
        _ => None,
    }
}

/// Whether a place is a name, or a part of what one is bound to: values can be moved out of it.
fn is_owned(place: &syn::Expr) -> bool {
    match place {
        syn::Expr::Path(path) => path.path.get_ident().is_some(),
        syn::Expr::Field(field) => is_owned(strip(&field.base)),
        _ => false,
    }
}
