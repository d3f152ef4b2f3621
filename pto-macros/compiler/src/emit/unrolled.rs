//! Unrolled loops.

use super::{Copied, Emitter, Frame, invented};
use crate::syntax::ast::{Block, Loop, Unrolled};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote};

impl Emitter<'_> {
    /// The main loop advances by as many iterations as it has copies of the body;
    /// the remainder runs one by one. If the copies are all iterations, there is neither.
    pub(super) fn unrolled(&mut self, unrolled: &Unrolled) -> TokenStream {
        if let Some(rest) = unrolled.rest.as_ref().filter(|_| self.in_order) {
            return self.not_unrolled(unrolled, rest);
        }
        let number = self.unique();
        let lifetime = |name: String| syn::Lifetime::new(&name, Span::mixed_site());
        let whole = lifetime(format!("'__unrolled_{number}"));
        let (range, at) = (invented("__range"), invented("__at"));
        let factor = Literal::usize_unsuffixed(unrolled.copies.len());
        let iter = self.iterated(&unrolled.iter.lowered, &self.whole());
        let var = &unrolled.var;
        let user_label = unrolled.label.as_ref().map(|label| label.name.to_string());
        let counter = self.count(unrolled.main, &quote!(#at));
        let declarations = self.declarations(Some(unrolled.main));
        let mut copies = TokenStream::new();
        for (index, copy) in unrolled.copies.iter().enumerate() {
            let offset = Literal::usize_unsuffixed(index);
            let value = quote!(let #var = #at + #offset;);
            let copied = Copied {
                here: lifetime(format!("'__copy_{number}_{index}")),
                whole: whole.clone(),
                is_loop: copy.may_jump(),
            };
            copies.extend(self.copy(user_label.clone(), copied, &value, copy));
        }
        let rest = unrolled.rest.as_ref().map(|rest| {
            let copied = Copied {
                here: lifetime(format!("'__rest_{number}")),
                whole: whole.clone(),
                is_loop: rest.body.may_jump(),
            };
            let counter = self.count(rest.id, &variable(var));
            let declarations = self.declarations(Some(rest.id));
            let body = self.copy(user_label, copied, &TokenStream::new(), &rest.body);
            quote! {
                for #var in #at..#range.end {
                    #counter
                    #declarations
                    #body
                }
            }
        });
        let rounds = match unrolled.first {
            Some(_) => quote! {
                let #at = #range.start;
                #copies
            },
            None => quote! {
                let mut #at = #range.start;
                while #at < #range.end && #range.end - #at >= #factor {
                    #counter
                    #declarations
                    #copies
                    #at += #factor;
                }
                #rest
            },
        };
        quote! {
            #[allow(unused_labels)]
            #whole: {
                let #range = #iter;
                #rounds
            }
        }
    }

    /// The loop as it was before: copies know each other's tasks, and where there are no edges that is of no use.
    fn not_unrolled(&mut self, unrolled: &Unrolled, rest: &Loop) -> TokenStream {
        let iter = self.iterated(&unrolled.iter.lowered, &self.whole());
        let (var, label) = (&unrolled.var, &unrolled.label);
        self.frames.push(Frame {
            label: label.as_ref().map(|label| label.name.to_string()),
            unrolled: None,
        });
        let body = self.stmts(&rest.body);
        self.frames.pop();
        quote!(#label for #var in #iter { #body })
    }

    /// One copy of a body, after `value` has bound the loop's variable.
    fn copy(
        &mut self,
        user_label: Option<String>,
        copied: Copied,
        value: &TokenStream,
        body: &Block,
    ) -> TokenStream {
        let (here, whole) = (copied.here.clone(), copied.whole.clone());
        let is_loop = copied.is_loop;
        self.frames.push(Frame {
            label: user_label,
            unrolled: Some(copied),
        });
        let body = self.stmts(body);
        self.frames.pop();
        let turn = invented("__turn");
        if is_loop {
            // The condition is evaluated again after a `continue`, and not after a `break`.
            quote! {
                let mut #turn = 0_u8;
                #[allow(unused_labels)]
                #here: while { #turn += 1; #turn == 1 } { #value #body }
                if #turn == 1 { break #whole; }
            }
        } else {
            quote! {
                #[allow(unused_labels)]
                #here: { #value #body }
            }
        }
    }
}

/// The variable that a loop's pattern binds, where it is a plain name.
pub(super) fn variable(pat: &syn::Pat) -> TokenStream {
    match pat {
        syn::Pat::Type(typed) => variable(&typed.pat),
        syn::Pat::Paren(inner) => variable(&inner.pat),
        syn::Pat::Ident(pat) => pat.ident.to_token_stream(),
        _ => TokenStream::new(),
    }
}
