//! The signature of an orchestration.

use super::ast::{Block, HostUse, Mode, Orchestration, Param, ParamKind};
use super::body::Parser;
use super::kind::Kind;
use super::settings::{Settings, settings};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use proc_macro2::TokenStream;
use std::collections::BTreeMap;

/// Most tensors that an orchestration returns: for so many the runtime has a trait.
const MOST_RETURNED: usize = 8;

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
    let returns = match &sig.output {
        syn::ReturnType::Type(_, ty) => returned_types(ty).or_else(|| {
            let help = "return `Tensor<T>` or a tuple of them, or write results to an `Out<T>` or `InOut<T>` parameter";
            reject(Place::of(ty), "an orchestration returns tensors that it made, or nothing", help);
            None
        }),
        syn::ReturnType::Default => Some(Vec::new()),
    };
    if returns
        .as_ref()
        .is_some_and(|returns| returns.len() > MOST_RETURNED)
    {
        let help = "write some of them to `Out<T>` parameters";
        let what = "an orchestration returns at most 8 tensors";
        reject(Place::of(&sig.output), what, help);
    }
    let mut params = Vec::new();
    for (index, input) in sig.inputs.iter().enumerate() {
        // A receiver has ended the expansion before.
        if let syn::FnArg::Typed(typed) = input {
            params.push(param(index, typed, &mut reject));
        }
    }
    let count = returns.as_ref().map(Vec::len);
    let read = body(*item.block, &mut params, &krate, count, errors);
    Orchestration {
        attrs: item.attrs,
        vis: item.vis,
        ident: item.sig.ident,
        generics: item.sig.generics,
        params,
        returns: returns.unwrap_or_default(),
        value: read.value,
        body: read.block,
        complete: read.complete,
        krate,
        windows,
    }
}

/// A body that was read.
struct Body {
    block: Block,
    /// Where its value stands, if it returns tensors.
    value: Option<Place>,
    /// Whether all of it could be read.
    complete: bool,
}

/// Reads the body until nothing new is learnt of vectors that are made empty: what is
/// in them shows further down, where it is pushed. Notes what the host reads of the parameters.
fn body(
    block: syn::Block,
    params: &mut [Param],
    krate: &syn::Path,
    returns: Option<usize>,
    errors: &mut Diagnostics,
) -> Body {
    let mut known = BTreeMap::new();
    loop {
        let mut found = Diagnostics::default();
        let mut parser = Parser::new(&mut found, krate, known.clone());
        parser.returns = returns;
        for param in params.iter() {
            let kind = match param.kind {
                ParamKind::Tensor { mode: Mode::In, .. } => Kind::Input,
                ParamKind::Tensor { .. } => Kind::Tensor,
                ParamKind::Host => Kind::Host,
            };
            parser.bind_param(&param.pat, &kind);
        }
        let (read, value) = parser.body(block.clone());
        // Nothing known is learnt again, so this ends after as many rounds as there are vectors.
        let learnt = std::mem::take(&mut parser.learnt);
        let complete = parser.complete;
        if learnt.is_empty() {
            for param in params {
                if let ParamKind::Tensor { ident, host, .. } = &mut param.kind {
                    *host = parser.names.host_use(ident);
                }
            }
            errors.append(found);
            return Body {
                block: read,
                value,
                complete,
            };
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
            ParamKind::Tensor {
                ident,
                mode,
                elem,
                host: HostUse::None,
            }
        }
        None => ParamKind::Host,
    };
    Param {
        pat: (*typed.pat).clone(),
        ty: (*typed.ty).clone(),
        kind,
    }
}

/// The element types of `Tensor<T>`, or of a tuple of at least two; `()` is none.
fn returned_types(ty: &syn::Type) -> Option<Vec<syn::Type>> {
    match ty {
        syn::Type::Paren(inner) => returned_types(&inner.elem),
        syn::Type::Group(inner) => returned_types(&inner.elem),
        syn::Type::Tuple(tuple) if tuple.elems.len() != 1 => {
            tuple.elems.iter().map(element_of_tensor).collect()
        }
        ty => element_of_tensor(ty).map(|elem| vec![elem]),
    }
}

/// `T` of `Tensor<T>`.
fn element_of_tensor(ty: &syn::Type) -> Option<syn::Type> {
    match element_of(ty)? {
        (name, elem) if name == "Tensor" => Some(elem),
        _ => None,
    }
}

/// `In<T>`, `Out<T>` or `InOut<T>`, also with a path before it or a lifetime within.
pub(crate) fn tensor_type(ty: &syn::Type) -> Option<(Mode, syn::Type)> {
    let (name, elem) = element_of(ty)?;
    let mode = match name.to_string().as_str() {
        "In" => Mode::In,
        "Out" => Mode::Out,
        "InOut" => Mode::InOut,
        _ => return None,
    };
    Some((mode, elem))
}

/// `Name` and `T` of a type `Name<T>`, also with a path before it or a lifetime within.
fn element_of(ty: &syn::Type) -> Option<(&syn::Ident, syn::Type)> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(args) = &last.arguments else {
        return None;
    };
    let mut types = args.args.iter().filter_map(|arg| match arg {
        syn::GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    let elem = types.next()?;
    types.next().is_none().then_some((&last.ident, elem))
}
