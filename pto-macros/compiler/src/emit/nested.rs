//! Calls of other orchestrations.

use super::call::{kernel_path, wrap};
use super::places::{Named, Use};
use super::{Emitter, invented};
use crate::diag::Place;
use crate::respan::respan;
use crate::syntax::ast::{ArgKind, Call, TensorExpr};
use crate::syntax::host_view;
use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

impl Emitter<'_> {
    /// Enters the called orchestration, whose tasks become tasks of the present scope.
    pub(super) fn call(&mut self, call: &Call) -> TokenStream {
        let krate = self.krate;
        let name = call.name();
        let last = call.callee.segments.last();
        let named = Named {
            name: &name,
            span: last.map_or(call.place.first, |last| last.ident.span()),
        };
        let args: Vec<TokenStream> = call
            .args
            .iter()
            .enumerate()
            .map(|(index, arg)| match &arg.kind {
                ArgKind::Read(tensor) => {
                    self.lent(tensor, arg.place, call.inputs.contains(&index), &named)
                }
                ArgKind::Write(tensor) => {
                    let tensor = self.place(tensor, &named, Use::Exclusive);
                    let tensor = quote_spanned!(arg.place.first=> &mut #tensor);
                    wrap(krate, "lend_mut", arg.place, tensor)
                }
                ArgKind::Scalar(host) | ArgKind::Out(host) => {
                    wrap(krate, "give", arg.place, host.lowered.to_token_stream())
                }
            })
            .collect();
        // The user's arguments are evaluated between these two.
        let (caller, returned) = (invented("__caller"), invented("__returned"));
        let frozen = self.frozen(call, &caller);
        let scope = self.scope().0.clone();
        let root = respan(krate, named.span);
        let here = quote_spanned!(named.span=> #root::Site::here(#name));
        let callee = kernel_path(&call.callee);
        let enter = quote_spanned!(named.span=> enter::<__Orchestration>);
        let method = method(&call.callee, named.span);
        let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#args),*));
        group.set_span(call.place.last);
        let value = match call.outs {
            0 => quote!(let _ = #returned;),
            outs => {
                let outs = Literal::usize_unsuffixed(outs);
                quote_spanned!(named.span=> #root::returned::<#outs, _>(#returned))
            }
        };
        quote! {{
            type __Orchestration = #callee;
            let #caller = #scope.caller(const { #here });
            #frozen
            let #returned = #caller.#enter().#method #group?;
            #value
        }}
    }

    /// A tensor that the called orchestration reads.
    fn lent(
        &mut self,
        tensor: &TensorExpr,
        place: Place,
        input: bool,
        named: &Named<'_>,
    ) -> TokenStream {
        let krate = self.krate;
        let host = host_view(tensor.variable());
        let tensor = self.place(tensor, named, Use::Shared);
        let tensor = quote_spanned!(place.first=> &#tensor);
        if input {
            wrap(krate, "lend_input", place, quote!(#tensor, #host))
        } else {
            wrap(krate, "lend", place, tensor)
        }
    }

    /// Tells the called orchestration which tensors are never written any more.
    fn frozen(&self, call: &Call, caller: &Ident) -> TokenStream {
        let (mut always, mut alone) = (Vec::new(), Vec::new());
        let tensors = call.args.iter().enumerate();
        let tensors = tensors.filter(|(_, arg)| !matches!(arg.kind, ArgKind::Scalar(_)));
        for (position, (index, _)) in tensors.enumerate() {
            if !self.analysis.is_frozen(self.program, call.site, index) {
                continue;
            }
            let exposed = self.analysis.is_exposed(self.program, call.site, index);
            let list = if exposed { &mut alone } else { &mut always };
            list.push(Literal::usize_unsuffixed(position));
        }
        // SAFETY (of the emitted blocks): no task of the orchestration writes the
        // storage of these arguments after its creation, nor does any that it
        // calls, and what callers may write is not among them.
        let frozen = |positions: &[Literal]| {
            (!positions.is_empty())
                .then(|| quote!(let #caller = unsafe { #caller.frozen([#(#positions),*]) };))
        };
        let always = frozen(&always);
        let alone = frozen(&alone)
            .map(|alone| quote!(let #caller = if __NESTED { #caller } else { #alone #caller };));
        quote!(#always #alone)
    }
}

/// `call::<T>` of the orchestration `path::layer::<T>`.
fn method(callee: &syn::Path, span: proc_macro2::Span) -> TokenStream {
    let call = Ident::new("call", span);
    let mut arguments = callee
        .segments
        .last()
        .map_or(syn::PathArguments::None, |last| last.arguments.clone());
    if let syn::PathArguments::AngleBracketed(generics) = &mut arguments
        && generics.colon2_token.is_none()
    {
        generics.colon2_token = Some(syn::Token![::](span));
    }
    quote!(#call #arguments)
}
