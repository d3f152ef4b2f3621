//! Loops whose iterations several threads may run, each all the tasks of an iteration in their order.

use super::{Emitter, invented};
use crate::respan::respan;
use crate::syntax::ast::{Captures, Loop, LoopHead};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

impl Emitter<'_> {
    /// The loop twice: as a closure of which the runtime runs as many iterations as it likes, and for the others as it is.
    pub(super) fn spread(&mut self, looped: &Loop, captures: &Captures) -> TokenStream {
        let LoopHead::For { iter, .. } = &looped.head else {
            return self.loop_over(looped, None);
        };
        let krate = self.krate;
        let (outer, manual) = self.scope();
        let outer = outer.clone();
        let range = self.iterated(&iter.lowered, &self.whole());
        let number = self.unique();
        let scope = invented(&format!("__spread_{number}"));
        let kind = match manual {
            true => quote!(on_manual),
            false => quote!(on_auto),
        };
        let (all, part, done) = (invented("__range"), invented("__part"), invented("__done"));
        self.scopes.push((scope.clone(), manual));
        self.in_order = true;
        let numbers = quote!(#krate::spread::part(&#all, #part));
        let in_order = self.loop_over(looped, Some(numbers));
        self.in_order = false;
        self.scopes.pop();
        let rest = quote!(#krate::spread::rest(&#all, #done));
        let rest = self.loop_over(looped, Some(rest));
        let Captures { hosts, tensors } = captures;
        let span = looped.place.first;
        let root = respan(krate, span);
        let here = quote_spanned!(span=> #root::Site::here("parallel_for"));
        // SAFETY (of the emitted blocks): the iterations are proven independent, or an `unsafe` assertion says so, and each
        // submits what conflicts in the order of the program. Nothing that it creates outlives its scopes. The closure refers
        // to host variables that are shareable and not `mut`, so that it can only read them, to handles of which it makes its
        // own, and to what the macro has made.
        quote! {{
            let #all = #range;
            let #done = {
                #[allow(unused_imports)]
                use #krate::spread::{List as _, Other as _, Plain as _};
                let __is_shareable = true
                    #(&& #krate::spread::is_shareable(&#hosts, (&&&#krate::spread::Captured(&#hosts)).__is_shareable()))*;
                let __body = #krate::spread::#kind(|#scope, #part| {
                    #(
                        #[allow(unused_mut, unused_variables)]
                        let mut #tensors = unsafe { #krate::spread::Again::again(&#tensors) };
                    )*
                    #in_order
                    ::core::result::Result::Ok(())
                });
                unsafe { #outer.spread(#krate::spread::count(&#all), __is_shareable, const { &#here }, __body) }?
            };
            #rest
        }}
    }
}
