//! Elements that the host accesses.

use super::call::owner;
use super::places::{Named, Use};
use super::{Emitter, invented};
use crate::respan::respan;
use crate::syntax::ast::{HostAccess, TensorExpr};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// A statement, and a reference to a handle, whether that may be written or not: from a variable of its own rustc sees
/// which it is.
pub(super) fn readable(of: &TensorExpr, handle: TokenStream) -> (TokenStream, TokenStream) {
    match of {
        TensorExpr::View { .. } | TensorExpr::Rearranged { .. } => {
            let name = invented("__handle");
            (quote!(let #name = #handle;), quote!(&#name))
        }
        _ => (TokenStream::new(), quote!(&#handle)),
    }
}

impl Emitter<'_> {
    /// Waits for the tasks that the access conflicts with, then makes it. A read has the element for its value.
    pub(super) fn access(&mut self, access: &HostAccess) -> TokenStream {
        let krate = self.krate;
        let name = access.method.to_string();
        let span = access.method.span();
        let named = Named { name: &name, span };
        let used = match access.value {
            Some(_) => Use::Exclusive,
            None => Use::Shared,
        };
        let tensor = self.place(&access.tensor, &named, used);
        let index = access.index.iter();
        let index: Vec<TokenStream> = index.map(|at| self.exact(&at.lowered, &named)).collect();
        let method = &access.method;
        let root = respan(krate, span);
        let mut handle = TokenStream::new();
        let found = match &access.value {
            None => {
                let read;
                (handle, read) = readable(&access.tensor, tensor);
                quote_spanned!(span=> #root::HostAccess::#method(#read, [#(#index),*]))
            }
            Some(value) => {
                let value = value.lowered.to_token_stream();
                quote_spanned!(span=> #root::HostAccess::#method(&mut #tensor, [#(#index),*], #value))
            }
        };
        let found = self.checked(&found, &named);
        let at = invented("__access");
        let tracking = self.host_tracking(access, &at);
        let wiring = &self.analysis.plan.sites[access.site];
        let owners: TokenStream = wiring
            .owners
            .iter()
            .filter(|_| !self.in_order)
            .map(|arg| {
                let owner = owner(*arg);
                quote!(let #owner = #at.owner();)
            })
            .collect();
        let deps = self.deps(access.site);
        let (scope, manual) = self.scope();
        let here = quote_spanned!(span=> #root::Site::here(#name));
        let done = quote!(#scope.access(#at, const { #here }, #deps));
        // SAFETY (of the emitted block): the dependence analysis has named every task that the access conflicts with.
        let done = if manual {
            quote!(unsafe { #done })
        } else {
            done
        };
        // What is written is known: only a read has a value.
        let end = access.value.as_ref().map(|_| quote!(;));
        quote! {{
            #handle
            let #at = #found;
            #tracking
            #owners
            #done? #end
        }}
    }

    /// As [`Emitter::tracking`], of the one element.
    fn host_tracking(&self, access: &HostAccess, at: &Ident) -> TokenStream {
        if self.in_order {
            return TokenStream::new();
        }
        let left = self.analysis.tracking_of(self.program, access.site, 0);
        let exposed = self.analysis.is_exposed(self.program, access.site, 0);
        let tracked = quote!(#at.tracked());
        // SAFETY (of the emitted block): edges of the emitted code, or those to the owners of storage, order all
        // conflicts, and what tasks of other orchestrations may access is not left out.
        let untracked = quote!(unsafe { #at.untracked() });
        match (self.scope().1, left.lookup, exposed) {
            (true, true, _) => quote!(let #at = #tracked;),
            (true, false, true) => quote!(let #at = if __NESTED { #tracked } else { #at };),
            (true, false, false) | (false, true, _) => TokenStream::new(),
            (false, false, true) => {
                quote!(let #at = if __NESTED { #at } else { #untracked };)
            }
            (false, false, false) => quote!(let #at = #untracked;),
        }
    }
}
