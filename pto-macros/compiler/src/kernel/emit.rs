//! Emits a kernel: the function as it is, and beside it a type of the same name.
//!
//! Functions and braced structs live in different namespaces, so one `use`
//! imports both: the function to call directly, the type to submit tasks with.

use super::parse::{Extent, Kernel, Param};
use super::small::is_small;
use crate::diag::Place;
use crate::respan::respan;
use crate::syntax::ast::Mode;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

pub(super) fn kernel(kernel: &Kernel) -> TokenStream {
    let Kernel {
        function,
        core,
        params,
        krate,
        ..
    } = kernel;
    let name = &function.sig.ident;
    let (impl_generics_plain, type_generics, where_clause) = function.sig.generics.split_for_impl();
    let user_params = &function.sig.generics.params;
    let impl_generics = quote!(<'__s, #user_params>);
    let turbofish = type_generics.as_turbofish();
    let core = Ident::new(core, Span::mixed_site());

    let arguments: Vec<Ident> = (0..params.len())
        .map(|index| format_ident!("__arg_{index}", span = Span::mixed_site()))
        .collect();
    let passed = params.iter().zip(&arguments);
    let passed = passed.filter(|(param, _)| !param.is_block);
    let inputs = passed.map(|(param, argument)| {
        let ty = &param.ty;
        match accepted(param, krate) {
            Some(accepted) => quote_spanned!(ty.span()=> #argument: impl #accepted),
            None => quote!(#argument: #ty),
        }
    });
    let descriptions = params.iter().map(|param| description(param, krate));
    let tensors = params
        .iter()
        .zip(&arguments)
        .filter_map(|(param, argument)| {
            let accepted = accepted(param, krate)?;
            Some(quote!(<_ as #accepted>::into_arg(#argument)))
        });
    let scalars = params
        .iter()
        .zip(&arguments)
        .filter(|(param, _)| param.is_scalar());
    let scalars = scalars.map(|(param, argument)| {
        let ty = &param.ty;
        // It may end with a `+`, which cannot stand before `as`.
        let of = match ty {
            syn::Type::TraitObject(_) => quote_spanned!(ty.span()=> (#ty)),
            _ => ty.to_token_stream(),
        };
        quote_spanned!(ty.span()=> <#of as #krate::Scalar>::to_bits(#argument))
    });
    let taken: TokenStream = params
        .iter()
        .zip(&arguments)
        .map(|(param, argument)| {
            let take = take(param);
            quote!(let #argument = __args.#take;)
        })
        .collect();
    let count = params.iter().filter(|param| param.tensor.is_some()).count();
    let values = params.iter().filter(|param| param.is_scalar()).count();
    let (tensor_count, scalar_count) = (
        Literal::usize_unsuffixed(count),
        Literal::usize_unsuffixed(values),
    );
    let on_core = format_ident!("On{core}", span = Span::mixed_site());
    let runs = match kernel.blocks {
        true => quote!(EachBlock),
        false => quote!(Once),
    };
    let made = match kernel.blocks {
        // Whether a task says in how many blocks it runs is seen when it is launched.
        true => quote!(#krate::Call::new(__kernel, __tensors, __scalars)),
        false => quote! {
            // SAFETY: parameters and arguments are of the same types, one by one, and both ways to run it are the same.
            unsafe { #krate::Call::<#tensor_count, #scalar_count, __Run #type_generics>::fitting(__kernel, __tensors, __scalars) }
        },
    };
    let bound = (!kernel.blocks).then(|| bound(kernel, &taken, &arguments));
    let run = match kernel.blocks {
        true => quote!(#krate::ByPointer),
        false => quote!(__Run #type_generics),
    };
    // Of a small kernel the arguments need not even be passed. Who says something about it is heeded; a target feature rules it out.
    let says_so = |attr: &syn::Attribute| {
        let may = attr.path().is_ident("cfg_attr");
        attr.path().is_ident("inline")
            || attr.path().is_ident("target_feature")
            || may && attr.to_token_stream().to_string().contains("inline")
    };
    let inline = match function.attrs.iter().any(says_so) {
        true => TokenStream::new(),
        false if is_small(&function.block) => quote!(#[inline(always)]),
        false => quote!(#[inline]),
    };
    let text = name.to_string();
    let check = contract(params, krate);
    let marker = marker(kernel);
    let root = respan(krate, name.span());
    let location = quote_spanned!(name.span()=> #root::Site::here(#text));
    quote! {
        // `In<T>` is how the language writes a view; its lifetime says nothing.
        #[allow(elided_lifetimes_in_paths)]
        #inline
        #function
        #marker
        #[allow(unused_qualifications)]
        const _: () = {
            // SAFETY: `call` passes its arguments on as they are.
            unsafe impl #krate::IsKernel for #name {
                type Core = #krate::#on_core;
                type Runs = #krate::#runs;
            }
            #bound
            impl #name {
                /// A call of the kernel, to be launched on a scope.
                #[inline]
                #[allow(clippy::too_many_arguments, dead_code)]
                pub fn call #impl_generics (#(#inputs),*) -> #krate::Call<'__s, #tensor_count, #scalar_count, #run>
                #where_clause
                {
                    fn __run #impl_generics_plain (__args: &mut #krate::KernelArgs<'_>) #where_clause {
                        #taken
                        #name(#(#arguments),*);
                    }
                    let __kernel = const {
                        let __site = #location;
                        &#krate::Kernel {
                            name: #text,
                            core: #krate::Core::#core,
                            params: &[#(#descriptions),*],
                            run: __run #turbofish,
                            file: __site.location.file(),
                            line: __site.location.line(),
                            check: #check,
                        }
                    };
                    let (__tensors, __scalars) = ([#(#tensors),*], [#(#scalars),*]);
                    #made
                }
            }
        };
    }
}

/// The kernel's function as a type, by which it is compiled into orchestrations.
fn bound(kernel: &Kernel, taken: &TokenStream, arguments: &[Ident]) -> TokenStream {
    let Kernel {
        function, krate, ..
    } = kernel;
    let name = &function.sig.ident;
    let (impl_generics, type_generics, where_clause) = function.sig.generics.split_for_impl();
    // Without their bounds, which may be less visible.
    let (mut params, mut used) = (Vec::new(), Vec::new());
    for param in &function.sig.generics.params {
        match param {
            syn::GenericParam::Type(param) => {
                let ident = &param.ident;
                params.push(quote!(#ident: ?::core::marker::Sized));
                used.push(quote!(*const #ident));
            }
            syn::GenericParam::Lifetime(param) => {
                let lifetime = &param.lifetime;
                params.push(quote!(#lifetime));
                used.push(quote!(*const & #lifetime ()));
            }
            syn::GenericParam::Const(param) => {
                let (ident, ty) = (&param.ident, &param.ty);
                params.push(quote!(const #ident: #ty));
            }
        }
    }
    quote! {
        #[allow(dead_code, missing_debug_implementations)]
        pub struct __Run<#(#params),*>(::core::marker::PhantomData<(#(#used,)*)>);
        impl #impl_generics #krate::RunKernel for __Run #type_generics #where_clause {
            #[inline(always)]
            fn run(_: &'static #krate::Kernel, __args: &mut #krate::KernelArgs<'_>) {
                #taken
                #name(#(#arguments),*);
            }
        }
    }
}

/// The type that stands for the kernel where tasks are submitted.
pub(super) fn marker(kernel: &Kernel) -> TokenStream {
    let name = &kernel.function.sig.ident;
    let vis = &kernel.function.vis;
    let doc = format!("The kernel [`{name}()`] as something that tasks run.");
    quote! {
        #[doc = #doc]
        #[allow(non_camel_case_types, dead_code)]
        #vis struct #name {}
    }
}

/// The trait of what can be passed for a tensor parameter.
fn accepted(param: &Param, krate: &syn::Path) -> Option<TokenStream> {
    let (mode, elem) = param.tensor.as_ref()?;
    let name = match mode {
        Mode::In => "ReadArg",
        Mode::InOut => "UpdateArg",
        Mode::Out => "OutArg",
    };
    let name = Ident::new(name, Span::mixed_site());
    let span = Place::of(&param.ty).first;
    let lifetime = syn::Lifetime::new("'__s", Span::mixed_site());
    let krate = respan(krate, span);
    Some(quote_spanned!(span=> #krate::#name<#lifetime, #elem>))
}

/// The parameter as data.
fn description(param: &Param, krate: &syn::Path) -> TokenStream {
    let name = param.ident.to_string();
    let ty = &param.ty;
    let split = param.split.map(|(dim, _)| {
        let dim = Literal::usize_unsuffixed(dim);
        quote!(.split(#dim))
    });
    match &param.tensor {
        Some((Mode::In, elem)) => quote!(#krate::Param::read::<#elem>(#name)),
        Some((Mode::InOut, elem)) => quote!(#krate::Param::update::<#elem>(#name) #split),
        Some((Mode::Out, elem)) => quote!(#krate::Param::write::<#elem>(#name) #split),
        None if param.is_block => quote!(#krate::Param::block(#name)),
        None => quote!(#krate::Param::scalar::<#ty>(#name)),
    }
}

/// How the kernel's function gets the argument.
fn take(param: &Param) -> TokenStream {
    let ty = &param.ty;
    match &param.tensor {
        Some((Mode::In, elem)) => quote!(read::<#elem>()),
        Some((Mode::InOut, elem)) => quote!(update::<#elem>()),
        Some((Mode::Out, elem)) => quote!(write::<#elem>()),
        None if param.is_block => quote!(block()),
        None => quote!(scalar::<#ty>()),
    }
}

/// The check of the shapes, if any parameter has a `#[shape(..)]`.
fn contract(params: &[Param], krate: &syn::Path) -> TokenStream {
    let tensors = params.iter().filter(|param| param.tensor.is_some());
    let rules: Vec<TokenStream> = tensors
        .enumerate()
        .filter_map(|(position, param)| {
            let name = param.ident.to_string();
            let position = Literal::usize_unsuffixed(position);
            let extents = param.shape.as_ref()?.iter().map(|extent| match extent {
                Extent::Var(var) => quote!(#krate::shape_contract::Dim::Var(#var)),
                Extent::Lit(lit) => {
                    let lit = Literal::usize_unsuffixed(*lit);
                    quote!(#krate::shape_contract::Dim::Lit(#lit))
                }
            });
            Some(quote!((#name, #position, &[#(#extents),*])))
        })
        .collect();
    if rules.is_empty() {
        return quote!(::core::option::Option::None);
    }
    quote! {
        ::core::option::Option::Some(|__tensors| {
            const { #krate::shape_contract::ShapeContract::new(&[#(#rules),*]) }.check(__tensors)
        })
    }
}
