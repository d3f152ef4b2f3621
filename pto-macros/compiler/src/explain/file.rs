//! All orchestrations of a source file.

use super::{Explanation, explain};
use crate::depth::Depth;
use crate::expand::compile;
use crate::syntax::unraw;
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use std::fmt;
use syn::visit::Visit;

/// Source text that is no Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// Where, both counted from one.
    pub at: super::Position,
    /// What the parser met.
    pub message: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, message } = self;
        write!(f, "{file}:{}:{}: {message}", at.line, at.column)
    }
}

impl std::error::Error for FileError {}

/// Explains every function of a file that is marked `#[orchestration]`, also in
/// modules, functions and `impl` blocks, in the order of the text.
///
/// What the file's own macros would expand to is not seen.
pub fn file(name: &str, source: &str) -> Result<Vec<Explanation>, FileError> {
    // A first line of `#!` is for the shell.
    let text = match source.starts_with("#!") && !source.starts_with("#![") {
        true => source.find('\n').map_or("", |end| &source[end..]),
        false => source,
    };
    // What is no tokens is no file either, and refused before it is a tree.
    let tokens: TokenStream = text.parse().unwrap_or_default();
    let depth = Depth::of(tokens);
    if let Some(refused) = depth.refused() {
        let start = refused.place.first.start();
        return Err(FileError {
            file: name.to_owned(),
            at: super::Position {
                line: start.line,
                column: start.column + 1,
            },
            message: format!("{}: {}", refused.code, refused.title),
        });
    }
    depth.run(|| explained(name, source))
}

fn explained(name: &str, source: &str) -> Result<Vec<Explanation>, FileError> {
    let parsed = syn::parse_file(source).map_err(|error| FileError {
        file: name.to_owned(),
        at: place(&error, source),
        message: error.to_string(),
    })?;
    let mut finder = Finder::default();
    finder.visit_file(&parsed);
    let compiled = finder.found.into_iter().map(|(attr, item)| {
        // As the attribute does. An item stays one.
        let plain = syn::parse2(unraw(item.to_token_stream()));
        compile(attr, plain.unwrap_or(item))
    });
    Ok(compiled.map(|compiled| explain(&compiled, name)).collect())
}

/// Where an error is. That of a file which ends too early has no place of its own.
fn place(error: &syn::Error, source: &str) -> super::Position {
    let message = error.to_string();
    if message.starts_with("unexpected end of input") {
        let last = source.lines().last().unwrap_or_default();
        return super::Position {
            line: source.lines().count().max(1),
            column: last.chars().count() + 1,
        };
    }
    let start = error.span().start();
    super::Position {
        line: start.line,
        column: start.column + 1,
    }
}

/// The orchestrations, each with the attribute's arguments and without the attribute.
#[derive(Default)]
struct Finder {
    found: Vec<(TokenStream, syn::ItemFn)>,
}

impl Finder {
    fn consider(&mut self, mut item: syn::ItemFn) {
        let marked = |attr: &syn::Attribute| {
            let last = attr.path().segments.last();
            last.is_some_and(|last| last.ident == "orchestration")
        };
        if let Some(index) = item.attrs.iter().position(marked) {
            let arguments = match item.attrs.remove(index).meta {
                syn::Meta::List(list) => list.tokens,
                syn::Meta::Path(_) | syn::Meta::NameValue(_) => TokenStream::new(),
            };
            self.found.push((arguments, item));
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.consider(item.clone());
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        // The macro sees an associated function as it sees any other.
        if let Ok(function) = syn::parse2(quote::quote!(#item)) {
            self.consider(function);
        }
        syn::visit::visit_impl_item_fn(self, item);
    }
}
