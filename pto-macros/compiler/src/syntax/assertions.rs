//! Assertions among a task's options: `unsafe(disjoint(t by i))` and `unsafe(no_dep(t))`.
//!
//! They are no meta items, so they are taken out before the other options are read.

use super::ast::{Assertion, AssertionKind};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;

/// Splits the options into assertions and the rest.
pub(super) fn take(
    options: TokenStream,
    errors: &mut Diagnostics,
) -> (TokenStream, Vec<Assertion>) {
    let mut asserted = Vec::new();
    let mut rest = TokenStream::new();
    for option in options_of(options) {
        match option.as_slice() {
            [TokenTree::Ident(word), TokenTree::Group(inside), ..] if word == "unsafe" => {
                asserted.extend(assertions(inside, errors));
            }
            [TokenTree::Ident(word), TokenTree::Group(inside), ..]
                if word == "disjoint" || word == "no_dep" =>
            {
                let text = format!("`{word}(..)` is an assertion that the compiler cannot check");
                let help = format!("write `unsafe({word}({}))`", inside.stream());
                errors.push(
                    Diagnostic::new(Code::BadOption, Place::at(word.span()), text).help(help),
                );
                // What was meant is clear: nothing else is to follow from it.
                let meant = option.iter().take(2).cloned().collect();
                asserted.extend(Assertion::parse.parse2(meant));
            }
            _ => rest.extend(option),
        }
    }
    (rest, asserted)
}

/// The options, each with the comma after it.
fn options_of(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut options = vec![Vec::new()];
    for tree in tokens {
        let comma = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == ',');
        if let Some(option) = options.last_mut() {
            option.push(tree);
        }
        if comma {
            options.push(Vec::new());
        }
    }
    options
}

fn assertions(inside: &Group, errors: &mut Diagnostics) -> Vec<Assertion> {
    let parse = Punctuated::<Assertion, syn::Token![,]>::parse_terminated;
    match parse.parse2(inside.stream()) {
        Ok(asserted) if !asserted.is_empty() => asserted.into_iter().collect(),
        result => {
            let span = result
                .err()
                .map_or_else(|| inside.span(), |error| error.span());
            errors.push(
                Diagnostic::new(Code::BadOption, Place::at(span), "this is no assertion")
                    .help("write `unsafe(disjoint(t by i))` for a tensor `t` and a loop variable `i`, or `unsafe(no_dep(t))`"),
            );
            Vec::new()
        }
    }
}

impl Parse for Assertion {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        let inside;
        syn::parenthesized!(inside in input);
        let tensor = inside.parse()?;
        let kind = if word == "disjoint" {
            let by: Ident = inside.parse()?;
            if by != "by" {
                return Err(syn::Error::new(by.span(), "expected `by`"));
            }
            AssertionKind::Disjoint {
                by: inside.parse()?,
            }
        } else if word == "no_dep" {
            AssertionKind::NoDep
        } else {
            return Err(syn::Error::new(word.span(), "unknown assertion"));
        };
        if !inside.is_empty() {
            return Err(inside.error("unexpected tokens"));
        }
        Ok(Self { kind, tensor })
    }
}
