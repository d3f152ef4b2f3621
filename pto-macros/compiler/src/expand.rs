//! Runs the stages.

use crate::analysis::{Analysis, analyse};
use crate::check::{check, warn_of_program, warn_of_source};
use crate::depth::Depth;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::emit;
use crate::explain;
use crate::model::{Program, model};
use crate::syntax::ast::Orchestration;
use crate::syntax::number::number;
use crate::syntax::{self, unroll::unroll};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;

/// What the stages made of an orchestration.
pub struct Compiled {
    /// The normalised source.
    pub source: Orchestration,
    /// The modelled program.
    pub program: Program,
    /// What is known of it.
    pub analysis: Analysis,
    /// All mistakes.
    pub errors: Diagnostics,
    /// What is surely not meant so; empty if there are mistakes.
    pub warnings: Diagnostics,
}

/// Runs all stages but the last on `#[orchestration(attr)] item`.
pub fn compile(attr: TokenStream, item: syn::ItemFn) -> Compiled {
    let depth = Depth::of(quote!(#attr #item));
    depth.run(|| stages(attr, item))
}

fn stages(attr: TokenStream, item: syn::ItemFn) -> Compiled {
    let mut found = Diagnostics::default();
    let mut source = syntax::orchestration(attr, item, &mut found);
    // Copies would repeat what is said of the text.
    let mut warnings = Diagnostics::default();
    warn_of_source(&source, &mut warnings);
    unroll(&mut source.body, &mut found);
    let counts = number(&mut source.body);
    let program = model(&source, counts);
    let analysis = analyse(&program);
    if source.complete {
        check(&source, &program, &analysis, &mut found);
    }
    let (errors, more) = found.split();
    warnings.append(more);
    if errors.is_empty() {
        warn_of_program(&program, &analysis, &mut warnings);
    } else {
        // What follows from a mistake is no news.
        warnings = Diagnostics::default();
    }
    Compiled {
        source,
        program,
        analysis,
        errors,
        warnings,
    }
}

/// Expands `#[orchestration(attr)] item`.
pub fn orchestration(attr: TokenStream, item: TokenStream) -> TokenStream {
    expanded(attr, item, quote!(fatal!("")), expand)
}

/// Runs an expansion on a stack that is large enough. Of an item that is too deep the signature is expanded, so that
/// what uses it is not blamed too: with a body that has no value, and with an error.
pub(crate) fn expanded(
    attr: TokenStream,
    item: TokenStream,
    no_value: TokenStream,
    expand: fn(TokenStream, TokenStream) -> TokenStream,
) -> TokenStream {
    let mut errors = Diagnostics::default();
    let mut attr = attr;
    let mut item = item;
    let mut depth = Depth::of(attr.clone());
    if let Some(refused) = depth.refused() {
        errors.push(refused);
        attr = TokenStream::new();
        depth = Depth::default();
    }
    let mut deepest = Depth::of(item.clone());
    if let Some(refused) = deepest.refused() {
        errors.push(refused);
        item = with_body(item, no_value);
        deepest = Depth::of(item.clone());
        if deepest.refused().is_some() {
            return errors.into_tokens();
        }
    }
    let tokens = depth.deeper(deepest).run(|| expand(attr, item));
    let errors = errors.into_tokens();
    quote!(#tokens #errors)
}

/// A function with another body, of whose unused parameters nothing is said.
fn with_body(item: TokenStream, body: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(old)) = trees.last_mut()
        && old.delimiter() == Delimiter::Brace
    {
        let mut new = Group::new(Delimiter::Brace, body);
        new.set_span(old.span());
        *old = new;
    }
    quote!(#[allow(unused)] #(#trees)*)
}

fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item = syntax::unraw(item);
    let function = match free_function(item, Code::BadOrchestration, "an orchestration") {
        Ok(function) => function,
        Err(refused) => return refused,
    };
    let compiled = stages(attr, function);
    explain::show(&compiled);
    if compiled.errors.is_empty() {
        let warnings = compiled.warnings.into_tokens();
        let tokens = emit::orchestration(
            &compiled.source,
            &compiled.program,
            &compiled.analysis,
            warnings,
        );
        show(&compiled.source.ident, &tokens);
        tokens
    } else {
        let stub = emit::stub(&compiled.source, &compiled.program);
        let errors = compiled.errors.into_tokens();
        quote!(#stub #errors)
    }
}

/// The free function that `item` is; else what stands in for the item, with an error of `code`.
pub(crate) fn free_function(
    item: TokenStream,
    code: Code,
    what: &str,
) -> Result<syn::ItemFn, TokenStream> {
    let mut errors = Diagnostics::default();
    let function = match syn::parse2::<syn::ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let is_function = item
                .clone()
                .into_iter()
                .any(|tree| tree.to_string() == "fn");
            let (place, title) = if is_function {
                (
                    Place::at(error.span()),
                    format!("syntax error in {what}: {error}"),
                )
            } else {
                (Place::of(&item), format!("{what} is a function"))
            };
            errors.push(Diagnostic::new(code, place, title));
            let errors = errors.into_tokens();
            return Err(quote!(#item #errors));
        }
    };
    let Some(receiver) = function.sig.receiver() else {
        return Ok(function);
    };
    let title = format!("{what} is a free function");
    errors.push(
        Diagnostic::new(code, Place::of(receiver), title)
            .help("move it out of the `impl`, and pass what it needs of `self` as parameters"),
    );
    // Only what may stand in an `impl`.
    let errors = errors.into_tokens();
    let syn::ItemFn {
        attrs, vis, sig, ..
    } = &function;
    Err(quote! {
        #(#attrs)*
        #[allow(unused_variables)]
        #vis #sig { ::core::unreachable!() }
        #errors
    })
}

/// Expands a macro of the language that stands outside an orchestration.
pub fn stray(name: &str) -> TokenStream {
    let mut errors = Diagnostics::default();
    let what = format!("`{name}!` stands outside an orchestration");
    errors.push(
        Diagnostic::new(Code::Misplaced, Place::at(Span::call_site()), what)
            .help("use it in the body of a function marked `#[orchestration]`"),
    );
    let errors = errors.into_tokens();
    quote!({ #errors })
}

/// Prints an expansion, formatted, if the environment variable `PTO_EXPAND` names
/// the function or is `*`.
pub(crate) fn show(name: &Ident, tokens: &TokenStream) {
    let wanted = std::env::var("PTO_EXPAND").is_ok_and(|wanted| wanted == "*" || name == &wanted);
    if wanted {
        // It is deeper than what it was made of.
        Depth::of(tokens.clone()).run(|| {
            if let Ok(file) = syn::parse2(tokens.clone()) {
                eprintln!("{}", prettyplease::unparse(&file));
            }
        });
    }
}
