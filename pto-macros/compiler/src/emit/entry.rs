//! The body of an orchestration, and the way other orchestrations enter it.
//!
//! Functions and braced structs live in different namespaces, so one `use` imports
//! both: the function to run, the type to call.

use super::function::argument;
use super::invented;
use crate::diag::Place;
use crate::respan::respan;
use crate::syntax::ast::{HostUse, Mode, Orchestration, Param, ParamKind};
use crate::syntax::host_view;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// The user's generics, taken apart.
pub(super) struct Generics {
    pub(super) lifetimes: Vec<TokenStream>,
    /// Types and constants, as they are declared.
    pub(super) others: Vec<TokenStream>,
    pub(super) predicates: Vec<TokenStream>,
    /// The names of types and constants, as arguments.
    pub(super) names: Vec<TokenStream>,
}

impl Generics {
    pub(super) fn of(source: &Orchestration) -> Self {
        let generics = &source.generics;
        let clause = generics.where_clause.iter();
        let mut parts = Self {
            lifetimes: generics
                .lifetimes()
                .map(ToTokens::to_token_stream)
                .collect(),
            others: Vec::new(),
            predicates: clause
                .flat_map(|clause| &clause.predicates)
                .map(ToTokens::to_token_stream)
                .collect(),
            names: Vec::new(),
        };
        for param in &generics.params {
            let name = match param {
                syn::GenericParam::Lifetime(_) => continue,
                syn::GenericParam::Type(param) => &param.ident,
                syn::GenericParam::Const(param) => &param.ident,
            };
            parts.names.push(name.to_token_stream());
            parts.others.push(param.to_token_stream());
        }
        parts
    }
}

/// Whether the body gets the host's view of a parameter.
pub(super) fn takes_host(param: &Param) -> bool {
    matches!(&param.kind, ParamKind::Tensor { mode: Mode::In, host, .. } if *host != HostUse::None)
}

/// The orchestration as a type: its body, and what a `call!` calls.
pub(super) fn entry(source: &Orchestration, frame: &Ident, body: TokenStream) -> TokenStream {
    let Orchestration {
        vis, ident, krate, ..
    } = source;
    let Generics {
        lifetimes,
        others,
        predicates,
        names,
    } = &Generics::of(source);
    let result = result(source);
    let params = source.params.iter().map(|param| body_param(source, param));
    let lints = source.attrs.iter().filter(|attr| {
        let is = |name: &&str| attr.path().is_ident(name);
        ["allow", "warn", "deny", "forbid", "expect"].iter().any(is)
    });
    let takes = source.params.iter().enumerate().map(|(index, param)| {
        let (name, ty) = (argument(source, index), &param.ty);
        match accepted(param, krate) {
            Some(accepted) => quote_spanned!(Place::of(ty).first=> #name: impl #accepted),
            None => quote!(#name: #krate::Given<#ty>),
        }
    });
    let caller = invented("__caller");
    let (mut taken, mut shown, mut passed) =
        (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for (index, param) in source.params.iter().enumerate() {
        let argument = argument(source, index);
        let ParamKind::Tensor {
            ident, mode, host, ..
        } = &param.kind
        else {
            passed.extend(quote!(#argument.0,));
            continue;
        };
        let text = ident.to_string();
        let view = host_view(ident);
        let accepted = accepted(param, krate);
        match (mode, host) {
            (Mode::In, HostUse::Read) => taken.extend(quote! {
                let (#argument, #view) = <_ as #accepted>::read_on_host(#argument, #text)
                    .map_err(|__error| #caller.blame(__error))?;
            }),
            (Mode::In, HostUse::Passed) => {
                taken.extend(quote!(let (#argument, #view) = <_ as #accepted>::take(#argument);));
            }
            (Mode::In, HostUse::None) => {
                taken.extend(quote!(let (#argument, _) = <_ as #accepted>::take(#argument);));
            }
            (Mode::Out | Mode::InOut, _) => {
                taken.extend(quote!(let mut #argument = <_ as #accepted>::take(#argument);));
            }
        }
        if *mode == Mode::In {
            let position = source.params[..index]
                .iter()
                .filter(|param| matches!(param.kind, ParamKind::Tensor { .. }))
                .count();
            let position = proc_macro2::Literal::usize_unsuffixed(position);
            // SAFETY (of the emitted block): the caller has said so.
            taken.extend(quote! {
                let #argument = if #caller.is_frozen(#position) {
                    unsafe { #argument.frozen() }
                } else {
                    #argument
                };
            });
            shown.extend(quote!(#krate::ReadArg::into_arg(#krate::read(&#argument)),));
        } else {
            shown.extend(quote!(#krate::UpdateArg::into_arg(#krate::write(&mut #argument)),));
        }
        passed.extend(quote!(#argument,));
        if takes_host(param) {
            passed.extend(quote!(#view,));
        }
    }
    let ignored = source
        .params
        .iter()
        .map(|_| quote!(_: impl ::core::marker::Sized));
    let doc = format!("The orchestration [`{ident}()`] as something that others call.");
    // SAFETY (of the emitted code): the compiler has checked that the tensors
    // which the body returns are made in it, no two of one storage; the frame is
    // made of the very tensors that the body gets.
    quote! {
        #[doc = #doc]
        #[allow(non_camel_case_types, dead_code)]
        #vis struct #ident {}
        // `In<T>` is how the language writes a tensor; its lifetime says nothing.
        #[allow(unused_qualifications, elided_lifetimes_in_paths)]
        const _: () = {
            impl #ident {
                #(#lints)*
                #[allow(dead_code, clippy::too_many_arguments)]
                fn __body<'__s, #(#lifetimes,)* #(#others,)* __B: #krate::Backend, const __NESTED: bool>(
                    #[allow(unused_variables)]
                    #frame: #krate::Frame<'__s, __B, __NESTED>,
                    #(#params),*
                ) -> #result
                where
                    #(#predicates,)*
                {
                    #body
                }

                // Submitted as a task it is no kernel, which `is_kernel` says: there is no need to say more.
                #[doc(hidden)]
                #[allow(dead_code, clippy::too_many_arguments)]
                #vis fn call<#(#others),*>(#(#ignored),*) -> #krate::Call<'static, 0, 0>
                where
                    #(#predicates,)*
                {
                    ::core::unreachable!()
                }
            }
            #[allow(dead_code, missing_debug_implementations)]
            pub struct __Entry<'__s, __B: #krate::Backend>(#krate::Caller<'__s, __B>);
            unsafe impl #krate::IsOrchestration for #ident {
                type Entry<'__s, __B: #krate::Backend + '__s> = __Entry<'__s, __B>;
                #[inline]
                fn entry<'__s, __B: #krate::Backend>(
                    caller: #krate::Caller<'__s, __B>,
                ) -> __Entry<'__s, __B> {
                    __Entry(caller)
                }
            }
            impl<'__s, __B: #krate::Backend> __Entry<'__s, __B> {
                #[allow(dead_code, clippy::too_many_arguments)]
                #vis fn call<#(#lifetimes,)* #(#others),*>(self, #(#takes),*) -> #result
                where
                    #(#predicates,)*
                {
                    let #caller = self.0;
                    #taken
                    let #frame = unsafe { #caller.frame(&[#shown]) }?;
                    #ident::__body::<#(#names,)* __B, true>(#frame, #passed)
                }
            }
        };
    }
}

/// What the body returns: handles of the tensors that the orchestration returns.
fn result(source: &Orchestration) -> TokenStream {
    let krate = &source.krate;
    let tensors = source
        .returns
        .iter()
        .map(|elem| quote!(#krate::TensorMut<'__s, #elem>));
    let tensors: Vec<TokenStream> = tensors.collect();
    let value = match tensors.as_slice() {
        [one] => one.clone(),
        _ => quote!((#(#tensors),*)),
    };
    quote!(::core::result::Result<#value, #krate::Error>)
}

/// A parameter of the body: a handle, after it the host's view if the body uses it.
fn body_param(source: &Orchestration, param: &Param) -> TokenStream {
    let krate = &source.krate;
    let ParamKind::Tensor {
        ident,
        mode,
        elem,
        host,
    } = &param.kind
    else {
        let (pat, ty) = (&param.pat, &param.ty);
        return quote!(#pat: #ty);
    };
    let view = host_view(ident);
    let view = match (mode, host) {
        (Mode::In, HostUse::Read) => quote!(, #view: #krate::Input<'__s, #elem>),
        (Mode::In, HostUse::Passed) => {
            quote!(, #view: ::core::option::Option<#krate::Input<'__s, #elem>>)
        }
        _ => TokenStream::new(),
    };
    match mode {
        Mode::In => quote! {
            #[allow(unused_variables)]
            #ident: #krate::TensorRef<'__s, #elem>
            #view
        },
        Mode::Out | Mode::InOut => quote! {
            #[allow(unused_mut, unused_variables)]
            mut #ident: #krate::TensorMut<'__s, #elem>
        },
    }
}

/// The trait of what can be passed for a tensor parameter.
fn accepted(param: &Param, krate: &syn::Path) -> Option<TokenStream> {
    let ParamKind::Tensor {
        mode, elem, host, ..
    } = &param.kind
    else {
        return None;
    };
    let name = match (mode, host) {
        (Mode::In, HostUse::Read) => "HostParam",
        (Mode::In, _) => "InParam",
        (Mode::InOut, _) => "InOutParam",
        (Mode::Out, _) => "OutParam",
    };
    let name = Ident::new(name, Span::mixed_site());
    let span = Place::of(&param.ty).first;
    let lifetime = syn::Lifetime::new("'__s", Span::mixed_site());
    let krate = respan(krate, span);
    Some(quote_spanned!(span=> #krate::#name<#lifetime, #elem>))
}
