//! Reads a kernel's options and signature.

use super::blocks;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::syntax::ast::Mode;
use crate::syntax::{mistakes, tensor_type};
use darling::FromMeta;
use darling::ast::NestedMeta;
use darling::util::Flag;
use proc_macro2::{Ident, TokenStream};

/// A kernel.
pub(super) struct Kernel {
    /// The user's function, without our attributes.
    pub(super) function: syn::ItemFn,
    /// `Aic` or `Aiv`.
    pub(super) core: &'static str,
    /// Whether it runs in blocks.
    pub(super) blocks: bool,
    /// Parameters in order.
    pub(super) params: Vec<Param>,
    /// Whether tasks could call it, mistakes aside.
    pub(super) usable: bool,
    /// Path of the runtime crate.
    pub(super) krate: syn::Path,
}

/// A parameter of a kernel.
pub(super) struct Param {
    /// Its name.
    pub(super) ident: Ident,
    /// Its type as written.
    pub(super) ty: syn::Type,
    /// For a tensor: its mode and element type.
    pub(super) tensor: Option<(Mode, syn::Type)>,
    /// `#[shape(..)]`.
    pub(super) shape: Option<Vec<Extent>>,
    /// `#[split(dim)]`, and where.
    pub(super) split: Option<(usize, Place)>,
    /// Whether it is the block that is run.
    pub(super) is_block: bool,
}

impl Param {
    /// Whether a task passes it by value.
    pub(super) fn is_scalar(&self) -> bool {
        self.tensor.is_none() && !self.is_block
    }
}

/// One extent of a shape contract.
pub(super) enum Extent {
    /// A name: equal names, equal extents.
    Var(String),
    /// A number.
    Lit(usize),
}

/// `#[kernel(aic)]`, `#[kernel(aiv, blocks, crate = path)]`.
#[derive(Default, FromMeta)]
struct KernelMeta {
    aic: Flag,
    aiv: Flag,
    blocks: Flag,
    #[darling(default, rename = "crate")]
    krate: Option<syn::Path>,
}

pub(super) fn kernel(
    attr: TokenStream,
    mut function: syn::ItemFn,
    errors: &mut Diagnostics,
) -> Kernel {
    let meta = options(attr, errors);
    let core =
        match (meta.aic.is_present(), meta.aiv.is_present()) {
            (true, false) => "Aic",
            (false, true) => "Aiv",
            (both, _) => {
                let name = &function.sig.ident;
                let (span, what) = if both {
                    let what = format!("the kernel `{name}` runs on two kinds of core");
                    (meta.aiv.span(), what)
                } else {
                    let what = format!("the kernel `{name}` does not say on which core it runs");
                    (name.span(), what)
                };
                errors.push(Diagnostic::new(Code::BadKernel, Place::at(span), what).help(
                "write `#[kernel(aic)]` for a cube core or `#[kernel(aiv)]` for a vector core",
            ));
                "Aiv"
            }
        };
    signature(&mut function.sig, errors);
    let mut params = Vec::new();
    for (index, input) in function.sig.inputs.iter_mut().enumerate() {
        if let syn::FnArg::Typed(typed) = input {
            params.push(param(index, typed, errors));
        }
    }
    if params.iter().all(|param| param.tensor.is_none()) {
        errors.push(
            Diagnostic::new(
                Code::BadKernel,
                Place::of(&function.sig.ident),
                "a kernel has at least one tensor",
            )
            .note("tasks are ordered by the tensors they touch, and a call without any is no task")
            .help("call the function as it is, without `#[kernel]`"),
        );
    }
    blocks::check(
        meta.blocks.is_present(),
        &function.sig.ident,
        &params,
        errors,
    );
    let is_named = |param: &Param| !matches!(param.ty, syn::Type::ImplTrait(_));
    let usable = params.iter().all(is_named)
        && params.iter().any(|param| param.tensor.is_some())
        && function.sig.generics.lifetimes().next().is_none();
    Kernel {
        function,
        core,
        // Who takes a block means to run in some.
        blocks: params.iter().any(|param| param.is_block),
        params,
        usable,
        krate: meta
            .krate
            .unwrap_or_else(|| syn::parse_quote!(::pto_runtime)),
    }
}

fn options(attr: TokenStream, errors: &mut Diagnostics) -> KernelMeta {
    let parsed = NestedMeta::parse_meta_list(attr)
        .map_err(darling::Error::from)
        .and_then(|metas| KernelMeta::from_list(&metas));
    parsed.unwrap_or_else(|error| {
        for (place, what) in mistakes(error) {
            errors.push(
                Diagnostic::new(Code::BadOption, place, what)
                    .help("the options are `aic` or `aiv`, `blocks`, and `crate = path`"),
            );
        }
        KernelMeta {
            aiv: Flag::present(),
            ..KernelMeta::default()
        }
    })
}

/// Reports what a kernel cannot be, and takes it away where the rest makes sense without.
fn signature(sig: &mut syn::Signature, errors: &mut Diagnostics) {
    let mut reject = |place: Place, what: &str, help: &str| {
        errors.push(Diagnostic::new(Code::BadKernel, place, what).help(help));
    };
    if let Some(token) = sig.asyncness.take() {
        reject(
            Place::of(&token),
            "a kernel is not `async`",
            "remove `async`",
        );
    }
    if let Some(abi) = sig.abi.take() {
        reject(Place::of(&abi), "a kernel has no ABI", "remove `extern`");
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        let help = "make it safe, with `unsafe` blocks inside where needed";
        reject(Place::of(token), "a kernel is a safe function", help);
        sig.safety = syn::Safety::Default;
    }
    if let syn::ReturnType::Type(_, ty) = &sig.output {
        let help =
            "write results to an `Out<T>` or `InOut<T>` parameter, and panic on what cannot be";
        reject(Place::of(ty), "a kernel returns nothing", help);
    }
    for param in &sig.generics.params {
        if let syn::GenericParam::Lifetime(lifetime) = param {
            let help = "leave the lifetimes of `In`, `Out` and `InOut` out";
            reject(
                Place::of(lifetime),
                "a kernel has no lifetime parameters",
                help,
            );
        }
    }
}

fn param(index: usize, typed: &mut syn::PatType, errors: &mut Diagnostics) -> Param {
    let (mut shape, mut split) = (None, None);
    typed.attrs.retain(|attr| {
        if attr.path().is_ident("split") {
            split = blocks::dimension(attr, errors).map(|dim| (dim, Place::of(attr)));
            return false;
        }
        if !attr.path().is_ident("shape") {
            return true;
        }
        shape = Some(extents(attr, errors));
        false
    });
    let tensor = tensor_type(&typed.ty);
    if let (Some(_), None) = (&shape, &tensor) {
        errors.push(
            Diagnostic::new(
                Code::BadKernel,
                Place::of(&typed.ty),
                "only a tensor has a shape",
            )
            .help("remove `#[shape(..)]` from this scalar"),
        );
    }
    if let syn::Type::ImplTrait(ty) = &*typed.ty {
        errors.push(
            Diagnostic::new(
                Code::BadKernel,
                Place::of(ty),
                "a parameter of a kernel has a named type",
            )
            .help("write a generic parameter instead of `impl Trait`"),
        );
    }
    let ident = match &*typed.pat {
        syn::Pat::Ident(pat) => pat.ident.clone(),
        _ => quote::format_ident!("arg{index}"),
    };
    Param {
        ident,
        ty: (*typed.ty).clone(),
        tensor,
        shape,
        split,
        is_block: blocks::is_block(&typed.ty),
    }
}

/// Most dimensions of a tensor.
pub(super) const MOST_DIMENSIONS: usize = 5;

fn extents(attr: &syn::Attribute, errors: &mut Diagnostics) -> Vec<Extent> {
    let parse = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let help = "write one name or number for each dimension: `#[shape(m, 128)]`";
    let exprs = match attr.parse_args_with(parse) {
        Ok(exprs) if exprs.len() <= MOST_DIMENSIONS => exprs,
        _ => {
            errors.push(
                Diagnostic::new(
                    Code::BadOption,
                    Place::of(attr),
                    "a shape has one to five dimensions",
                )
                .help(help),
            );
            return Vec::new();
        }
    };
    let mut extents = Vec::new();
    for expr in &exprs {
        match extent(expr) {
            Some(extent) => extents.push(extent),
            None => errors.push(
                Diagnostic::new(
                    Code::BadOption,
                    Place::of(expr),
                    "this is neither a name nor a number",
                )
                .help(help),
            ),
        }
    }
    extents
}

fn extent(expr: &syn::Expr) -> Option<Extent> {
    match expr {
        syn::Expr::Path(path) => path
            .path
            .get_ident()
            .map(|ident| Extent::Var(ident.to_string())),
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(lit),
            ..
        }) => lit.base10_parse().ok().map(Extent::Lit),
        _ => None,
    }
}
