//! Places of tensors: names, parts of tuples and collections, views.

use super::Emitter;
use crate::respan::respan;
use crate::syntax::ast::TensorExpr;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// What an error at run time is said to have happened in.
pub(super) struct Named<'a> {
    /// The task's name, or the orchestration's.
    pub(super) name: &'a str,
    /// Where that stands.
    pub(super) span: Span,
}

/// What becomes of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is read, copied or moved.
    Shared,
    /// It is changed, or borrowed as `&mut`.
    Exclusive,
}

impl Emitter<'_> {
    /// A place outside of a task: errors name the orchestration.
    pub(super) fn place_here(&mut self, tensor: &TensorExpr, used: Use) -> TokenStream {
        let named = Named {
            name: &self.name.clone(),
            span: tensor.variable().span(),
        };
        self.place(tensor, &named, used)
    }

    /// A place. A view or an element that is out of bounds is an error of `task`.
    pub(super) fn place(
        &mut self,
        tensor: &TensorExpr,
        task: &Named<'_>,
        used: Use,
    ) -> TokenStream {
        match tensor {
            TensorExpr::Var(ident) => ident.to_token_stream(),
            TensorExpr::Deref(base) => {
                let base = self.place(base, task, used);
                quote!(*#base)
            }
            TensorExpr::Field { base, index } => {
                let base = self.base(base, task, used);
                quote!(#base.#index)
            }
            TensorExpr::Element {
                base,
                index,
                literal: Some(_),
            } => {
                // An index that the array does not have is refused.
                let base = self.base(base, task, used);
                let index = &index.lowered;
                quote!(#base[#index])
            }
            TensorExpr::Element { base, index, .. } => {
                let span = crate::diag::Place::of(&index.lowered).first;
                let base = self.place(base, task, used);
                let index = self.exact(&index.lowered, task);
                let krate = respan(self.krate, span);
                let element = match used {
                    Use::Shared => quote_spanned!(span=> #krate::element(&#base, #index)),
                    Use::Exclusive => {
                        quote_spanned!(span=> #krate::element_mut(&mut #base, #index))
                    }
                };
                let checked = self.checked(&element, task);
                quote!(*#checked)
            }
            TensorExpr::View {
                base,
                method,
                region,
                argument,
            } => {
                let base = self.base(base, task, viewed(method));
                // The call carries the method's span, so that an error at run
                // time names the line on which the view stands.
                let arguments = match region {
                    Some(ranges) => {
                        let ranges = ranges.iter().map(|range| self.exact(&range.lowered, task));
                        let ranges: Vec<TokenStream> = ranges.collect();
                        quote!((#(#ranges,)*))
                    }
                    None => argument.lowered.to_token_stream(),
                };
                let view = quote_spanned!(method.span()=> #base.#method(#arguments));
                self.checked(&view, task)
            }
            TensorExpr::Rearranged {
                base, method, args, ..
            } => {
                let base = self.base(base, task, viewed(method));
                let args = args.iter().map(|arg| self.exact(&arg.lowered, task));
                let view = quote_spanned!(method.span()=> #base.#method(#(#args),*));
                self.checked(&view, task)
            }
        }
    }

    /// A place before a dot or a bracket.
    fn base(&mut self, base: &TensorExpr, task: &Named<'_>, used: Use) -> TokenStream {
        let place = self.place(base, task, used);
        match base {
            TensorExpr::Deref(_) | TensorExpr::Element { literal: None, .. } => quote!((#place)),
            _ => place,
        }
    }

    /// The value of a `Result`, or an error of `task`.
    pub(super) fn checked(&self, result: &TokenStream, task: &Named<'_>) -> TokenStream {
        let root = respan(self.krate, task.span);
        let name = task.name;
        let site = quote_spanned!(task.span=> #root::Site::here(#name));
        // As `?`, which does not say what is likely: a kernel is compiled into what is, where it is run.
        quote! {
            match #result {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__error) => {
                    ::core::hint::cold_path();
                    return ::core::result::Result::Err(__error.in_task(const { #site }));
                }
            }
        }
    }
}

/// What a view's method does with what it views.
fn viewed(method: &proc_macro2::Ident) -> Use {
    if method.to_string().ends_with("_mut") {
        Use::Exclusive
    } else {
        Use::Shared
    }
}
