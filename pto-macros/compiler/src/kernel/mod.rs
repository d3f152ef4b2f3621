//! `#[kernel]`: a Rust function becomes something that tasks can run.

mod emit;
mod parse;

use crate::diag::{Code, Diagnostics};
use crate::expand::free_function;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Expands `#[kernel(attr)] item`.
pub fn kernel(attr: TokenStream, item: TokenStream) -> TokenStream {
    let function = match free_function(item, Code::BadKernel, "a kernel") {
        Ok(function) => function,
        Err(refused) => return refused,
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
