//! Arithmetic that proofs rest on: it must not wrap around.

use crate::diag::Place;
use crate::respan::respan;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// A range, or a sum, difference or product, computed so that what leaves the
/// range of `usize` stays out of it.
pub(super) fn exact(krate: &syn::Path, expr: &syn::Expr) -> TokenStream {
    match expr {
        syn::Expr::Paren(inner) => exact(krate, &inner.expr),
        syn::Expr::Group(inner) => exact(krate, &inner.expr),
        syn::Expr::Range(range) => {
            let (start, end) = (&range.start, &range.end);
            let start = start.as_ref().map(|start| exact(krate, start));
            let end = end.as_ref().map(|end| exact(krate, end));
            let limits = &range.limits;
            quote!(#start #limits #end)
        }
        syn::Expr::Binary(binary) => {
            let name = match binary.op {
                syn::BinOp::Add(_) => "plus",
                syn::BinOp::Sub(_) => "minus",
                syn::BinOp::Mul(_) => "times",
                _ => return expr.to_token_stream(),
            };
            let (left, right) = (exact(krate, &binary.left), exact(krate, &binary.right));
            let span = Place::of(&binary.op).first;
            let name = Ident::new(name, span);
            let root = respan(krate, span);
            quote_spanned!(span=> #root::exact::#name(#left, #right))
        }
        other => other.to_token_stream(),
    }
}
