//! Host code that ends the run, or asks what it runs on: `fatal!`, `?`, `cores!`, `clusters!`.

use crate::diag::Place;
use crate::respan::respan;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// A macro of the language whose value is one of the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HostMacro {
    /// `fatal!("..", ..)`
    Fatal,
    /// `cores!(aiv)`
    Cores,
    /// `clusters!()`
    Clusters,
}

impl HostMacro {
    /// Which of them a macro is.
    pub(super) fn of(mac: &syn::Macro) -> Option<Self> {
        let last = mac.path.segments.last()?;
        match last.ident.to_string().as_str() {
            "fatal" => Some(Self::Fatal),
            "cores" => Some(Self::Cores),
            "clusters" => Some(Self::Clusters),
            _ => None,
        }
    }
}

/// `fatal!(..)` as a way out of the orchestration.
pub(super) fn fatal(mac: &syn::Macro, krate: &syn::Path) -> TokenStream {
    let span = Place::of(mac).first;
    let krate = respan(krate, span);
    let message = &mac.tokens;
    quote_spanned!(span=> return ::core::result::Result::Err(#krate::fatal(::core::format_args!(#message))))
}

/// The value of a host computation's `Result`, as a `Result` with an error of the run.
pub(super) fn host_result(of: &syn::Expr, krate: &syn::Path) -> TokenStream {
    let span = Place::of(of).first;
    let krate = respan(krate, span);
    quote_spanned!(span=> #krate::host_result(#of))
}

/// `cores!(kind)`; `None` if it names no kind of core.
pub(super) fn cores(mac: &syn::Macro, krate: &syn::Path) -> Option<TokenStream> {
    let kind: Ident = mac.parse_body().ok()?;
    let variant = match kind.to_string().as_str() {
        "aic" => "Aic",
        "aiv" => "Aiv",
        _ => return None,
    };
    let span = kind.span();
    let (krate, variant) = (respan(krate, span), Ident::new(variant, span));
    let root = root();
    Some(quote_spanned!(span=> #root.cores(#krate::Core::#variant)))
}

/// `clusters!()`; `None` if something is in the parentheses.
pub(super) fn clusters(mac: &syn::Macro) -> Option<TokenStream> {
    let span = Place::of(mac).first;
    let root = root().into_token_stream();
    mac.tokens
        .is_empty()
        .then(|| quote_spanned!(span=> #root.clusters()))
}

/// The variable of the orchestration's root scope, as emission names it.
pub(crate) fn root() -> Ident {
    Ident::new("__root", Span::mixed_site())
}
