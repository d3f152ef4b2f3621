//! Arithmetic that proofs rest on: it must not wrap around.

use super::Emitter;
use super::places::Named;
use crate::model::position;
use crate::respan::respan;
use crate::syntax::Op;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

impl Emitter<'_> {
    /// Arithmetic of `usize`, or ranges and arrays of it, computed so that a number that leaves the range of `usize` is an
    /// error of `task`.
    pub(super) fn exact(&self, expr: &syn::Expr, task: &Named<'_>) -> TokenStream {
        if let Some(applied) = Op::of(expr) {
            let left = self.exact(applied.left, task);
            let right = self.exact(applied.right, task);
            let name = Ident::new(applied.op.name(), applied.at);
            let root = respan(self.krate, applied.at);
            let call = quote_spanned!(applied.at=> #root::exact::#name(#left, #right));
            if applied.op.is_total() {
                return call;
            }
            return self.checked(&call, task);
        }
        match expr {
            syn::Expr::Paren(inner) => self.exact(&inner.expr, task),
            syn::Expr::Group(inner) => self.exact(&inner.expr, task),
            syn::Expr::Reference(reference) if reference.mutability.is_none() => {
                let inner = self.exact(&reference.expr, task);
                quote!(&#inner)
            }
            syn::Expr::Array(array) => {
                let elems = array.elems.iter().map(|elem| self.exact(elem, task));
                quote!([#(#elems),*])
            }
            syn::Expr::Range(range) => {
                let (start, end) = (&range.start, &range.end);
                let start = start.as_ref().map(|start| self.exact(start, task));
                let end = end.as_ref().map(|end| self.exact(end, task));
                let limits = &range.limits;
                quote!(#start #limits #end)
            }
            other => other.to_token_stream(),
        }
    }

    /// What names are bound to: what was read is computed exactly.
    pub(super) fn initialiser(&self, expr: &syn::Expr, task: &Named<'_>) -> TokenStream {
        if self.program.exact.contains(&position(expr)) {
            return self.exact(expr, task);
        }
        match expr {
            syn::Expr::Paren(inner) => {
                let inner = self.initialiser(&inner.expr, task);
                quote!((#inner))
            }
            syn::Expr::Tuple(tuple) if !tuple.elems.is_empty() => {
                let elems = tuple.elems.iter().map(|elem| self.initialiser(elem, task));
                quote!((#(#elems,)*))
            }
            other => other.to_token_stream(),
        }
    }

    /// What a loop runs over; bounds and steps that were read are computed exactly.
    pub(super) fn iterated(&self, iter: &syn::Expr, task: &Named<'_>) -> TokenStream {
        let read = |expr: &syn::Expr| {
            if self.program.exact.contains(&position(expr)) {
                self.exact(expr, task)
            } else {
                expr.to_token_stream()
            }
        };
        match iter {
            syn::Expr::Paren(inner) => {
                let inner = self.iterated(&inner.expr, task);
                quote!((#inner))
            }
            syn::Expr::Group(inner) => self.iterated(&inner.expr, task),
            syn::Expr::Range(range) => {
                let start = range.start.as_deref().map(read);
                let end = range.end.as_deref().map(read);
                let limits = &range.limits;
                quote!(#start #limits #end)
            }
            syn::Expr::MethodCall(call) if call.turbofish.is_none() => {
                let receiver = self.iterated(&call.receiver, task);
                let (method, args) = (&call.method, call.args.iter().map(read));
                quote_spanned!(method.span()=> #receiver.#method(#(#args),*))
            }
            other => other.to_token_stream(),
        }
    }
}
