//! `#[kernel]`: a Rust function becomes something that tasks can run.

mod emit;
mod parse;

use crate::diag::Diagnostics;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Expands `#[kernel(attr)] item`.
pub fn kernel(attr: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<syn::ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.to_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Diagnostics::default();
    let kernel = parse::kernel(attr, function, &mut errors);
    if errors.is_empty() {
        let tokens = emit::kernel(&kernel);
        crate::expand::show(&kernel.function.sig.ident, &tokens);
        tokens
    } else {
        // The function stays, so that nothing else in the user's file turns red.
        let mut function = kernel.function.clone();
        function.sig.asyncness = None;
        let function = function.to_token_stream();
        let marker = emit::marker(&kernel);
        let errors = errors.into_tokens();
        quote!(#function #marker #errors)
    }
}
