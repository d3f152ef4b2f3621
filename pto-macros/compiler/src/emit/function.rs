//! The functions around the body.

use super::entry::{self, Generics};
use super::{Emitter, invented};
use crate::analysis::Analysis;
use crate::model::Program;
use crate::respan::respan;
use crate::syntax::ast::{Mode, Orchestration, ParamKind};
use crate::syntax::host_view;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::visit_mut::VisitMut;

/// The orchestration: a function that returns a program for a runtime to run, and
/// a type by which other orchestrations call it.
/// In the function, `warnings` are subject to the lint levels that it has.
pub(crate) fn orchestration(
    source: &Orchestration,
    program: &Program,
    analysis: &Analysis,
    warnings: TokenStream,
) -> TokenStream {
    let root = crate::syntax::root();
    let mut emitter = Emitter {
        program,
        analysis,
        krate: &source.krate,
        name: source.ident.to_string(),
        scopes: vec![(root.clone(), false)],
        frames: Vec::new(),
        unique: 0,
        in_order: false,
        returns_value: source.value.is_some(),
    };
    let declarations = emitter.declarations(None);
    let body = emitter.body(&source.body, !source.returns.is_empty());
    let frame = invented("__frame");
    let body = quote! {
        #[allow(unused_variables)]
        let #root = #frame.scope();
        #declarations
        #body
    };
    let alone = alone(source, warnings, program_of(source));
    let entry = entry::entry(source, &frame, body);
    quote!(#alone #entry)
}

/// The orchestration's signature with a body that is never reached, beside its errors.
pub(crate) fn stub(source: &Orchestration, program: &Program) -> TokenStream {
    // What is called is named, so that its imports are not called unused.
    let mut called: Vec<String> = Vec::new();
    let callees = program.sites.iter().flat_map(|site| &site.callees);
    let uses = callees.filter_map(|path| {
        let mut path = path.clone();
        path.segments.last_mut()?.arguments = syn::PathArguments::None;
        let text = path.to_token_stream().to_string();
        (!called.contains(&text)).then(|| {
            called.push(text);
            quote!(let _: ::core::option::Option<#path> = ::core::option::Option::None;)
        })
    });
    let uses: TokenStream = uses.collect();
    let body = quote! {
        #uses
        ::core::unreachable!()
    };
    let mut source = source.clone();
    source
        .attrs
        .push(syn::parse_quote!(#[allow(unused_variables, unused_mut, dead_code)]));
    let krate = &source.krate;
    let never = quote! {
        |_: &#krate::Root<'__env, __B>| -> ::core::result::Result<(), #krate::Error> {
            ::core::unreachable!()
        }
    };
    let alone = alone(&source, TokenStream::new(), never);
    let entry = entry::entry(&source, &invented("__frame"), body);
    quote!(#alone #entry)
}

/// The function that makes a program of the orchestration.
fn alone(source: &Orchestration, warnings: TokenStream, program: TokenStream) -> TokenStream {
    let Orchestration {
        vis, ident, krate, ..
    } = source;
    let generics = Generics::of(source);
    let Generics {
        lifetimes,
        others,
        predicates,
        ..
    } = &generics;
    let params = source.params.iter().enumerate().map(|(index, param)| {
        let name = argument(source, index);
        match &param.kind {
            ParamKind::Tensor { mode, elem, .. } => {
                let host = match mode {
                    Mode::In => quote!(Input),
                    Mode::Out | Mode::InOut => quote!(InputOutput),
                };
                quote!(#name: impl ::core::convert::Into<#krate::#host<'__env, #elem>>)
            }
            ParamKind::Host => {
                let mut ty = param.ty.clone();
                NameLifetimes.visit_type_mut(&mut ty);
                quote!(#name: #ty)
            }
        }
    });
    let outlive = source
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            syn::GenericParam::Lifetime(param) => Some(param.lifetime.to_token_stream()),
            syn::GenericParam::Type(param) => Some(param.ident.to_token_stream()),
            syn::GenericParam::Const(_) => None,
        });
    // The name's own span keeps "unused function" and the like on the name.
    let must_use = quote_spanned!(Span::mixed_site()=>
        #[must_use = "an orchestration does nothing until a runtime runs it"]
    );
    let (backend, result, runs, body) = if source.returns.is_empty() {
        (
            Some(quote!(__B: #krate::Backend)),
            quote!(impl ::core::ops::FnOnce(&#krate::Root<'__env, __B>) -> ::core::result::Result<(), #krate::Error> + '__env),
            None,
            program,
        )
    } else {
        // Nobody would own what it returns: a call of the function does not compile.
        let names = (0..source.params.len()).map(|index| argument(source, index));
        let run = quote!(#krate::Run<'__env>);
        (
            None,
            quote!(<#run as #krate::RunsAlone<#ident>>::Program),
            Some(quote!(#run: #krate::RunsAlone<#ident>,)),
            quote! {
                #(let _ = #names;)*
                ::core::unreachable!()
            },
        )
    };
    let attrs = source
        .attrs
        .iter()
        .filter(|attr| !attr.path().is_ident("expect"));
    quote! {
        #(#attrs)*
        // Absolute paths with the user's spans, so that errors show the user's code.
        // Other orchestrations may call it without ever running it by itself.
        #[allow(unused_qualifications, dead_code)]
        #[allow(clippy::too_many_arguments, clippy::multiple_bound_locations)]
        #must_use
        #vis fn #ident<'__env, #(#lifetimes,)* #(#others,)* #backend>(
            #(#params),*
        ) -> #result
        where
            #(#outlive: '__env,)*
            #runs
            #(#predicates,)*
        {
            #warnings
            #body
        }
    }
}

/// The program: makes handles of host memory, and runs the body.
fn program_of(source: &Orchestration) -> TokenStream {
    let Generics { names, .. } = Generics::of(source);
    let krate = &source.krate;
    let ident = &source.ident;
    let (root, frame) = (invented("__root"), invented("__frame"));
    let mut hosts = TokenStream::new();
    let mut args = TokenStream::new();
    for (index, param) in source.params.iter().enumerate() {
        let name = argument(source, index);
        let ParamKind::Tensor { ident, mode, .. } = &param.kind else {
            args.extend(quote!(#name,));
            continue;
        };
        let host = host_view(ident);
        hosts.extend(quote!(let #host = ::core::convert::Into::into(#name);));
        let handle = match mode {
            Mode::In => quote!(#root.input(#host)),
            Mode::Out | Mode::InOut => quote!(#root.inout(#host)),
        };
        args.extend(quote!(#handle,));
        if entry::takes_host(param) {
            args.extend(quote!(::core::convert::Into::into(#host),));
        }
    }
    let windows = source.windows.map(|windows| {
        let (span, name) = (source.ident.span(), source.ident.to_string());
        let path = respan(krate, span);
        let site = quote_spanned!(span=> #path::Site::here(#name));
        let windows = windows.map(Literal::usize_unsuffixed);
        quote!(#root.require_windows([#(#windows),*], const { #site })?;)
    });
    // SAFETY (of the emitted block): the body gets handles of these borrows
    // alone, and Rust sees to it that no two of them alias.
    quote! {
        #hosts
        move |#root: &#krate::Root<'__env, __B>| -> ::core::result::Result<(), #krate::Error> {
            #windows
            let #frame = unsafe { #krate::Frame::alone(#root) };
            #ident::__body::<#(#names,)* __B, false>(#frame, #args)
        }
    }
}

/// The name of a parameter outside of the body: its own, unless it is a pattern.
pub(super) fn argument(source: &Orchestration, index: usize) -> Ident {
    match &source.params[index].pat {
        syn::Pat::Ident(pat) if pat.subpat.is_none() => pat.ident.clone(),
        _ => format_ident!("__arg_{index}", span = Span::mixed_site()),
    }
}

/// Gives references without a lifetime the run's.
struct NameLifetimes;

impl VisitMut for NameLifetimes {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(syn::Lifetime::new("'__env", Span::call_site()));
        }
        syn::visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = syn::Lifetime::new("'__env", Span::call_site());
        }
    }

    // Elided lifetimes of a function type are its own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
}
