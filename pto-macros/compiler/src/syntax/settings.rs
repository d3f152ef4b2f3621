//! Options of the orchestration itself: `#[orchestration(window = 64, crate = path)]`.

use super::ast::Windows;
use super::options::mistakes;
use crate::diag::{Code, Diagnostic, Diagnostics};
use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::TokenStream;
use syn::spanned::Spanned;

/// What the attribute says.
pub(super) struct Settings {
    /// Path of the runtime crate.
    pub(super) krate: syn::Path,
    /// Task slots of the rings.
    pub(super) windows: Option<Windows>,
}

#[derive(Debug, Default, FromMeta)]
struct Meta {
    #[darling(default, rename = "crate")]
    krate: Option<syn::Path>,
    #[darling(default)]
    window: Option<One>,
    #[darling(default)]
    windows: Option<Each>,
}

/// The same for all rings.
#[derive(Debug)]
struct One(usize);

impl FromMeta for One {
    fn from_expr(expr: &syn::Expr) -> darling::Result<Self> {
        slots(expr).map(Self)
    }
}

/// One for each ring.
#[derive(Debug)]
struct Each(Windows);

impl FromMeta for Each {
    fn from_expr(expr: &syn::Expr) -> darling::Result<Self> {
        let four = match expr {
            syn::Expr::Array(array) => <[&syn::Expr; 4]>::try_from(Vec::from_iter(&array.elems)),
            _ => Err(Vec::new()),
        };
        let Ok(four) = four else {
            let what = "`windows` takes four numbers, for scope depths 0, 1, 2, and 3 or more";
            return Err(darling::Error::custom(what).with_span(expr));
        };
        let mut errors = darling::Error::accumulator();
        let windows = four.map(|expr| errors.handle(slots(expr)).unwrap_or_default());
        errors.finish_with(Self(windows))
    }
}

/// A number of slots that a ring can have.
fn slots(expr: &syn::Expr) -> darling::Result<usize> {
    if let syn::Expr::Lit(syn::ExprLit {
        lit: syn::Lit::Int(lit),
        ..
    }) = expr
        && let Ok(slots) = lit.base10_parse::<usize>()
        && slots.is_power_of_two()
        && (4..=LARGEST_WINDOW).contains(&slots)
    {
        return Ok(slots);
    }
    let what = "a ring has a power of two of slots, from 4 to 2^24";
    Err(darling::Error::custom(what).with_span(expr))
}

/// Most slots of a ring.
pub(crate) const LARGEST_WINDOW: usize = 1 << 24;

/// Reads the options of an orchestration.
pub(super) fn settings(attr: TokenStream, errors: &mut Diagnostics) -> Settings {
    let span = attr.span();
    let parsed = NestedMeta::parse_meta_list(attr)
        .map_err(darling::Error::from)
        .and_then(|metas| Meta::from_list(&metas))
        .and_then(|meta| match (&meta.window, &meta.windows) {
            (Some(_), Some(_)) => {
                let what = "`window` is for all rings, `windows` for each: write one of them";
                Err(darling::Error::custom(what).with_span(&span))
            }
            _ => Ok(meta),
        });
    let meta = parsed.unwrap_or_else(|error| {
        for (place, what) in mistakes(error) {
            errors.push(
                Diagnostic::new(Code::BadOption, place, what)
                    .help("the options are `window = 64` or `windows = [64, 64, 128, 128]`, and `crate = path`"),
            );
        }
        Meta::default()
    });
    let windows = match (meta.window, meta.windows) {
        (Some(One(slots)), _) => Some([slots; 4]),
        (None, each) => each.map(|Each(windows)| windows),
    };
    Settings {
        krate: meta
            .krate
            .unwrap_or_else(|| syn::parse_quote!(::pto_runtime)),
        windows,
    }
}
