//! `#[kernel]`: a Rust function becomes something that tasks can run.

mod blocks;
mod emit;
mod parse;
mod small;

use crate::diag::{Code, Diagnostics};
use crate::expand::{expanded, free_function};
use proc_macro2::TokenStream;
use quote::quote;

/// Expands `#[kernel(attr)] item`.
pub fn kernel(attr: TokenStream, item: TokenStream) -> TokenStream {
    expanded(attr, item, quote!(::core::unreachable!()), expand)
}

fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let function = match free_function(item, Code::BadKernel, "a kernel") {
        Ok(function) => function,
        Err(refused) => return refused,
    };
    let mut errors = Diagnostics::default();
    let kernel = parse::kernel(attr, function, &mut errors);
    if errors.is_empty() {
        let tokens = emit::kernel(&kernel);
        crate::expand::show(&kernel.function.sig.ident, &tokens);
        return tokens;
    }
    // The kernel stays as far as it can, so that what uses it is not blamed too.
    let kept = if kernel.usable {
        emit::kernel(&kernel)
    } else {
        let function = &kernel.function;
        let marker = emit::marker(&kernel);
        quote!(#function #marker)
    };
    let errors = errors.into_tokens();
    quote!(#kept #errors)
}
