//! Arrays and vectors: made, changed, and iterated over.

use super::Emitter;
use super::places::{Named, Use};
use crate::respan::respan;
use crate::syntax::Kind;
use crate::syntax::ast::{Change, ChangeKind, Cond, Each, How, Select, Target, TensorExpr, Vector};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

impl Emitter<'_> {
    pub(super) fn vector(&mut self, vector: &Vector) -> TokenStream {
        let krate = self.krate;
        if !vector.elements.is_empty() {
            let elements: Vec<TokenStream> = vector
                .elements
                .iter()
                .map(|element| self.expr(element))
                .collect();
            return quote!(#krate::vector([#(#elements),*].into()));
        }
        let made = &vector.host.lowered;
        if vector.of.has_tensor() {
            // What is proven rests on it that this is the `Vec` everyone knows. Its elements
            // may be used further up than where one is pushed, so their type is named.
            let of = self.type_of(&vector.of);
            quote!(#krate::vector::<#of>(#made))
        } else {
            made.to_token_stream()
        }
    }

    /// The type of a value, as far as it is known.
    fn type_of(&self, kind: &Kind) -> TokenStream {
        let krate = self.krate;
        match kind {
            Kind::Tensor => quote!(#krate::TensorMut<'_, _>),
            Kind::View | Kind::Input => quote!(#krate::TensorRef<'_, _>),
            Kind::Tuple(parts) => {
                let parts: Vec<TokenStream> = parts.iter().map(|part| self.type_of(part)).collect();
                quote!((#(#parts,)*))
            }
            Kind::Array(of, len) => {
                let of = self.type_of(of);
                quote!([#of; #len])
            }
            Kind::Vector(of, _) => {
                let of = self.type_of(of);
                quote!(::std::vec::Vec<#of>)
            }
            Kind::Ref { exclusive, of } => {
                let of = self.type_of(of);
                if *exclusive {
                    quote!(&mut #of)
                } else {
                    quote!(&#of)
                }
            }
            Kind::Optional(_) | Kind::Host => quote!(_),
        }
    }

    pub(super) fn change(&mut self, change: &Change) -> TokenStream {
        let of = self.receiver(&change.of, Use::Exclusive);
        let method = &change.method;
        let args = match &change.kind {
            ChangeKind::Push(value) => self.expr(value),
            ChangeKind::Clear => TokenStream::new(),
            ChangeKind::Still(args) => {
                let args = args.iter().map(|arg| &arg.lowered);
                quote!(#(#args),*)
            }
        };
        quote_spanned!(method.span()=> #of.#method(#args))
    }

    pub(super) fn select(&mut self, select: &Select) -> TokenStream {
        let used = match select.how {
            How::Shared => Use::Shared,
            How::Exclusive | How::Moved => Use::Exclusive,
        };
        let of = self.receiver(&select.of, used);
        let (method, span) = (&select.method, select.method.span());
        let task = Named {
            name: &self.name.clone(),
            span,
        };
        let index = select
            .index
            .as_ref()
            .map(|index| self.exact(&index.lowered, &task));
        let found = quote_spanned!(span=> #of.#method(#index));
        if !select.certain {
            return found;
        }
        let (krate, name) = (respan(self.krate, span), method.to_string());
        let there = quote_spanned!(span=> #krate::present(#found, #name));
        self.checked(&there, &task)
    }

    pub(super) fn each(&mut self, each: &Each) -> TokenStream {
        match each {
            Each::Elements { of, how } => {
                let used = match how {
                    How::Exclusive => Use::Exclusive,
                    How::Shared | How::Moved => Use::Shared,
                };
                let of = self.receiver(of, used);
                match how {
                    How::Shared => quote!(#of.iter()),
                    How::Exclusive => quote!(#of.iter_mut()),
                    How::Moved => quote!(#of.into_iter()),
                }
            }
            Each::Counted(each) => {
                let each = self.each(each);
                quote!(#each.enumerate())
            }
            Each::Zipped(left, right) => {
                let (left, right) = (self.each(left), self.each(right));
                quote!(#left.zip(#right))
            }
        }
    }

    pub(super) fn cond(&mut self, cond: &Cond) -> TokenStream {
        match cond {
            Cond::Host(cond) => cond.lowered.to_token_stream(),
            Cond::Let { pat, value } => {
                let value = self.select(value);
                quote!(let #pat = #value)
            }
        }
    }

    pub(super) fn target(&mut self, target: &Target) -> TokenStream {
        match target {
            Target::Host(left) => left.to_token_stream(),
            Target::Part(part) => self.place_here(part, Use::Exclusive),
            Target::Tuple(parts) => {
                let parts: Vec<TokenStream> = parts.iter().map(|part| self.target(part)).collect();
                quote!((#(#parts,)*))
            }
        }
    }

    /// A collection before the dot of a method.
    fn receiver(&mut self, of: &TensorExpr, used: Use) -> TokenStream {
        let place = self.place_here(of, used);
        match of {
            TensorExpr::Var(_) | TensorExpr::Field { .. } => place,
            _ => quote!((#place)),
        }
    }
}
