//! The signature of an orchestration.

use super::ast::{Block, Mode, Orchestration, Param, ParamKind};
use super::body::Parser;
use super::kind::Kind;
use super::settings::{Settings, settings};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use proc_macro2::TokenStream;
use std::collections::BTreeMap;

/// Parses an orchestration, collecting mistakes.
pub fn orchestration(
    attr: TokenStream,
    item: syn::ItemFn,
    errors: &mut Diagnostics,
) -> Orchestration {
    let Settings { krate, windows } = settings(attr, errors);
    let sig = &item.sig;
    let mut reject = |place: Place, what: &str, help: &str| {
        errors.push(Diagnostic::new(Code::BadOrchestration, place, what).help(help));
    };
    if let Some(token) = &sig.asyncness {
        let help = "remove `async`: tasks run in the background anyway";
        reject(Place::of(token), "an orchestration is not `async`", help);
    }
    if let Some(token) = &sig.constness {
        reject(
            Place::of(token),
            "an orchestration is not `const`",
            "remove `const`",
        );
    }
    if let Some(abi) = &sig.abi {
        reject(
            Place::of(abi),
            "an orchestration has no ABI",
            "remove `extern`",
        );
    }
    if let syn::ReturnType::Type(_, ty) = &sig.output {
        let help = "write results to an `Out<T>` or `InOut<T>` parameter";
        reject(Place::of(ty), "an orchestration returns nothing", help);
    }
    let mut params = Vec::new();
    for (index, input) in sig.inputs.iter().enumerate() {
        // A receiver has ended the expansion before.
        if let syn::FnArg::Typed(typed) = input {
            params.push(param(index, typed, &mut reject));
        }
    }
    let returns = !matches!(sig.output, syn::ReturnType::Default);
    let (body, complete) = body(*item.block, &params, &krate, returns, errors);
    Orchestration {
        attrs: item.attrs,
        vis: item.vis,
        ident: item.sig.ident,
        generics: item.sig.generics,
        params,
        body,
        complete,
        krate,
        windows,
    }
}

/// Reads the body until nothing new is learnt of vectors that are made empty: what is
/// in them shows further down, where it is pushed.
///
/// Also says whether all of it could be read.
fn body(
    block: syn::Block,
    params: &[Param],
    krate: &syn::Path,
    returns: bool,
    errors: &mut Diagnostics,
) -> (Block, bool) {
    let mut known = BTreeMap::new();
    loop {
        let mut found = Diagnostics::default();
        let mut parser = Parser::new(&mut found, krate, known.clone());
        parser.returns = returns;
        for param in params {
            let kind = match param.kind {
                ParamKind::Tensor { mode: Mode::In, .. } => Kind::Input,
                ParamKind::Tensor { .. } => Kind::Tensor,
                ParamKind::Host => Kind::Host,
            };
            parser.bind_param(&param.pat, &kind);
        }
        let body = parser.block(block.clone());
        // Nothing known is learnt again, so this ends after as many rounds as there are vectors.
        let learnt = std::mem::take(&mut parser.learnt);
        let complete = parser.complete;
        if learnt.is_empty() {
            errors.append(found);
            return (body, complete);
        }
        known.extend(learnt);
    }
}

/// A parameter. One that is refused stays one, so that calls of the orchestration stay right.
fn param(index: usize, typed: &syn::PatType, reject: &mut impl FnMut(Place, &str, &str)) -> Param {
    if let syn::Type::ImplTrait(ty) = &*typed.ty {
        reject(
            Place::of(ty),
            "a parameter of an orchestration has a named type",
            "write a generic parameter instead of `impl Trait`",
        );
    }
    let kind = match tensor_type(&typed.ty) {
        Some((mode, elem)) => {
            let ident = match &*typed.pat {
                syn::Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                    pat.ident.clone()
                }
                pat => {
                    reject(
                        Place::of(pat),
                        "a tensor parameter has a plain name",
                        "write `name: In<T>`",
                    );
                    quote::format_ident!("tensor_{index}")
                }
            };
            ParamKind::Tensor { ident, mode, elem }
        }
        None => ParamKind::Host,
    };
    Param {
        pat: (*typed.pat).clone(),
        ty: (*typed.ty).clone(),
        kind,
    }
}

/// `In<T>`, `Out<T>` or `InOut<T>`, also with a path before it or a lifetime within.
pub(crate) fn tensor_type(ty: &syn::Type) -> Option<(Mode, syn::Type)> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let mode = match last.ident.to_string().as_str() {
        "In" => Mode::In,
        "Out" => Mode::Out,
        "InOut" => Mode::InOut,
        _ => return None,
    };
    let syn::PathArguments::AngleBracketed(args) = &last.arguments else {
        return None;
    };
    let mut types = args.args.iter().filter_map(|arg| match arg {
        syn::GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    let elem = types.next()?;
    types.next().is_none().then_some((mode, elem))
}
