//! What every expansion owes its user, whatever the tokens were.

use proc_macro2::{TokenStream, TokenTree};

/// Expands an item as an orchestration and as a kernel; says what is wrong with the output.
pub(crate) fn check(attr: &TokenStream, item: &TokenStream) -> Result<(), String> {
    let function = syn::parse2::<syn::ItemFn>(item.clone()).ok();
    let wrong = function.as_ref().is_none_or(|function| {
        let compiled = pto_compiler::compile(attr.clone(), function.clone());
        !compiled.errors.is_empty()
    });
    let orchestration = pto_compiler::orchestration(attr.clone(), item.clone());
    if wrong && !reports(orchestration.clone()) {
        return Err(format!("a mistake is not reported:\n{orchestration}"));
    }
    let kernel = pto_compiler::kernel(attr.clone(), item.clone());
    for output in [orchestration, kernel] {
        match &function {
            Some(function) => survives(function, &output)?,
            // The item itself comes back, with an error.
            None if reports(output.clone()) => {}
            None => return Err(format!("no error for what is no function:\n{output}")),
        }
    }
    Ok(())
}

/// The output is items, and one of them has the user's name.
fn survives(function: &syn::ItemFn, output: &TokenStream) -> Result<(), String> {
    let file =
        syn::parse2::<syn::File>(output.clone()).map_err(|error| format!("{error}:\n{output}"))?;
    let named = file.items.iter().any(|item| match item {
        syn::Item::Fn(item) => item.sig.ident == function.sig.ident,
        syn::Item::Mod(item) => item.ident == function.sig.ident,
        _ => false,
    });
    match named {
        true => Ok(()),
        false => Err(format!("`{}` is gone:\n{output}", function.sig.ident)),
    }
}

/// Whether an expansion contains an error.
fn reports(output: TokenStream) -> bool {
    output.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == "compile_error" || ident == "on_unimplemented",
        TokenTree::Group(group) => reports(group.stream()),
        _ => false,
    })
}
