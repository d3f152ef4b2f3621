//! The function around the body.

use super::{Emitter, invented};
use crate::analysis::Analysis;
use crate::model::Program;
use crate::respan::respan;
use crate::syntax::ast::{Mode, Orchestration, ParamKind};
use crate::syntax::host_view;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::VisitMut;

/// The orchestration as a function that returns a program for a runtime to run.
pub(crate) fn orchestration(
    source: &Orchestration,
    program: &Program,
    analysis: &Analysis,
) -> TokenStream {
    let root = invented("__root");
    let mut emitter = Emitter {
        program,
        analysis,
        krate: &source.krate,
        name: source.ident.to_string(),
        scopes: vec![(root.clone(), false)],
        frames: Vec::new(),
        unique: 0,
    };
    let declarations = emitter.declarations(None);
    let stmts = emitter.stmts(&source.body);
    let krate = &source.krate;
    let windows = source.windows.map(|windows| {
        let (span, name) = (source.ident.span(), source.ident.to_string());
        let path = respan(krate, span);
        let site = quote_spanned!(span=> #path::Site::here(#name));
        let windows = windows.map(Literal::usize_unsuffixed);
        quote!(#root.require_windows([#(#windows),*], const { #site })?;)
    });
    let tensors = source.params.iter().filter_map(|param| match &param.kind {
        ParamKind::Tensor { ident, mode, .. } => Some((ident, *mode)),
        ParamKind::Host => None,
    });
    let mut hosts = TokenStream::new();
    let mut handles = TokenStream::new();
    for (ident, mode) in tensors {
        let host = host_view(ident);
        hosts.extend(quote!(let #host = ::core::convert::Into::into(#ident);));
        handles.extend(match mode {
            Mode::In => quote! {
                #[allow(unused_variables)]
                let #ident = #root.input(#host);
            },
            Mode::Out | Mode::InOut => quote! {
                #[allow(unused_mut, unused_variables)]
                let mut #ident = #root.inout(#host);
            },
        });
    }
    let body = quote! {
        #hosts
        move |#root: &#krate::Root<'__env, __B>| -> ::core::result::Result<(), #krate::Error> {
            #windows
            #handles
            #declarations
            // The body may end in an expression, of the unit type.
            let () = { #stmts };
            ::core::result::Result::Ok(())
        }
    };
    function(source, body)
}

/// The orchestration's signature with a body that is never reached, beside its errors.
pub(crate) fn stub(source: &Orchestration, program: &Program) -> TokenStream {
    let krate = &source.krate;
    // The kernels are named, so that their imports are not called unused.
    let mut kernels: Vec<String> = Vec::new();
    let uses = program.sites.iter().filter_map(|site| {
        let mut path = site.callee.clone()?;
        path.segments.last_mut()?.arguments = syn::PathArguments::None;
        let text = path.to_token_stream().to_string();
        (!kernels.contains(&text)).then(|| {
            kernels.push(text);
            quote!(let _: ::core::option::Option<#path> = ::core::option::Option::None;)
        })
    });
    let uses: TokenStream = uses.collect();
    let body = quote! {
        |_: &#krate::Root<'__env, __B>| -> ::core::result::Result<(), #krate::Error> {
            #uses
            ::core::unreachable!()
        }
    };
    let function = function(source, body);
    quote!(#[allow(unused_variables, unused_mut, dead_code)] #function)
}

fn function(source: &Orchestration, body: TokenStream) -> TokenStream {
    let Orchestration {
        attrs,
        vis,
        ident,
        generics,
        params,
        krate,
        ..
    } = source;
    let params = params.iter().map(|param| match &param.kind {
        ParamKind::Tensor { ident, mode, elem } => {
            let host = match mode {
                Mode::In => quote!(Input),
                Mode::Out | Mode::InOut => quote!(InputOutput),
            };
            quote!(#ident: impl ::core::convert::Into<#krate::#host<'__env, #elem>>)
        }
        ParamKind::Host => {
            let (pat, mut ty) = (&param.pat, param.ty.clone());
            NameLifetimes.visit_type_mut(&mut ty);
            quote!(#pat: #ty)
        }
    });
    let user_lifetimes = generics.lifetimes();
    let user_others = generics
        .params
        .iter()
        .filter(|param| !matches!(param, syn::GenericParam::Lifetime(_)));
    let outlive = generics.params.iter().filter_map(|param| match param {
        syn::GenericParam::Lifetime(param) => Some(param.lifetime.to_token_stream()),
        syn::GenericParam::Type(param) => Some(param.ident.to_token_stream()),
        syn::GenericParam::Const(_) => None,
    });
    let predicates = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    // The name's own span keeps "unused function" and the like on the name.
    let must_use = quote_spanned!(Span::mixed_site()=>
        #[must_use = "an orchestration does nothing until a runtime runs it"]
    );
    quote! {
        #(#attrs)*
        // Absolute paths with the user's spans, so that errors show the user's code.
        #[allow(unused_qualifications)]
        #must_use
        #vis fn #ident<'__env, #(#user_lifetimes,)* #(#user_others,)* __B: #krate::Backend>(
            #(#params),*
        ) -> impl ::core::ops::FnOnce(&#krate::Root<'__env, __B>) -> ::core::result::Result<(), #krate::Error> + '__env
        where
            #(#outlive: '__env,)*
            #(#predicates,)*
        {
            #body
        }
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
