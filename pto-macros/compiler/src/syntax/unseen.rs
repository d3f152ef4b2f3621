//! What gives code another meaning than its text has: proofs are about the text.
//!
//! A local macro reaches variables that it is not given, an item takes the name of a variable over, a `cfg` removes a
//! statement after it was read. None of this is visible where names are used, so it is refused where it stands.

use super::ast::ItemId;
use super::body::Parser;
use super::jumps::is_plain;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit::{self, Visit};

impl Parser<'_> {
    /// Reports what is refused wherever it stands in user code, whose macros are looked at when they are taken apart.
    pub(super) fn means_what_it_says(&mut self, visit: impl FnOnce(&mut Unseen<'_>)) {
        visit(&mut Unseen {
            errors: self.errors,
        });
    }

    /// The names of a block's items, numbered: in another block the same name may mean something else.
    pub(super) fn numbered_items(&mut self, block: &syn::Block) -> Vec<(Ident, ItemId)> {
        let first = self.items;
        let items: Vec<(Ident, ItemId)> = names(block).into_iter().zip(first..).collect();
        self.items += items.len();
        items
    }

    /// Reports items of a block that take over the name of a variable around it.
    pub(super) fn no_item_is_a_variable(&mut self, block: &syn::Block) {
        for name in items(block) {
            if self.names.is_bound(&name) {
                self.errors.push(taken_over(&name));
            }
        }
    }
}

/// The names that the items of a block have, of values, types and modules.
fn names(block: &syn::Block) -> Vec<Ident> {
    let mut names = items(block);
    for stmt in &block.stmts {
        match stmt {
            syn::Stmt::Item(syn::Item::Enum(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Mod(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Trait(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Type(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Union(item)) => names.push(item.ident.clone()),
            _ => {}
        }
    }
    names
}

/// The mistake of an item that takes over the name of a variable.
pub(super) fn taken_over(name: &Ident) -> Diagnostic {
    let title = format!("this item takes over `{name}`, the name of a variable around it");
    Diagnostic::new(Code::Unsupported, Place::at(name.span()), title)
        .note("in the whole block the name is that of the item, also before it")
        .help("call one of them something else")
}

/// The names that the items of a block have among values.
pub(super) fn items(block: &syn::Block) -> Vec<Ident> {
    let mut names = Vec::new();
    for stmt in &block.stmts {
        match stmt {
            syn::Stmt::Item(syn::Item::Const(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Static(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Fn(item)) => names.push(item.sig.ident.clone()),
            syn::Stmt::Item(syn::Item::Struct(item)) => names.push(item.ident.clone()),
            syn::Stmt::Item(syn::Item::Use(item)) => imported(&item.tree, &mut names),
            _ => {}
        }
    }
    names
}

fn imported(tree: &syn::UseTree, names: &mut Vec<Ident>) {
    match tree {
        syn::UseTree::Path(path) => imported(&path.tree, names),
        syn::UseTree::Name(name) => names.push(name.ident.clone()),
        syn::UseTree::Rename(rename) => names.push(rename.rename.clone()),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, names)),
        // Refused by itself.
        syn::UseTree::Glob(_) => {}
    }
}

/// Looks for what is refused.
pub(super) struct Unseen<'a> {
    errors: &'a mut Diagnostics,
}

impl Unseen<'_> {
    fn refuse(&mut self, place: Place, title: &str, note: &str, help: &str) {
        self.errors.push(
            Diagnostic::new(Code::Unsupported, place, title)
                .note(note)
                .help(help),
        );
    }
}

impl<'ast> Visit<'ast> for Unseen<'_> {
    fn visit_attribute(&mut self, attr: &'ast syn::Attribute) {
        if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
            self.refuse(
                Place::of(attr),
                "conditional compilation inside an orchestration",
                "what it removes is removed only after the orchestration was compiled",
                "write `if cfg!(..) { .. }`, or put it on the whole function",
            );
        }
    }

    fn visit_pat(&mut self, pat: &'ast syn::Pat) {
        if let syn::Pat::Macro(mac) = pat {
            self.refuse(
                Place::of(&mac.mac.path),
                "a macro in the place of a pattern",
                "the compiler does not see which names it binds",
                "write the pattern",
            );
        }
        visit::visit_pat(self, pat);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        // What stands in an item of its own uses no variables.
        match item {
            syn::Item::Macro(item) if item.mac.path.is_ident("macro_rules") => self.refuse(
                Place::of(&item.mac.path),
                "a macro is defined inside an orchestration",
                "it could use tensors and other variables that it is not given, unseen by the compiler",
                "define it outside of the function, and pass what it needs",
            ),
            syn::Item::Use(item) if is_glob(&item.tree) => self.refuse(
                Place::of(item),
                "everything is imported inside an orchestration",
                "an item could take over the name of a variable, unseen by the compiler",
                "import by name, or outside of the function",
            ),
            _ => {}
        }
    }
}

fn is_glob(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Glob(_) => true,
        syn::UseTree::Path(path) => is_glob(&path.tree),
        syn::UseTree::Group(group) => group.items.iter().any(is_glob),
        syn::UseTree::Name(_) | syn::UseTree::Rename(_) => false,
    }
}

/// Makes a macro of the standard library be that, whatever else may be called so. Whether it is one.
pub(super) fn pin(mac: &mut syn::Macro) -> bool {
    if !is_plain(mac) {
        return false;
    }
    if mac.path.leading_colon.is_none()
        && let Some(name) = mac.path.segments.last().map(|last| last.ident.clone())
    {
        let span = name.span();
        mac.path = syn::parse_quote_spanned!(span=> ::std::#name);
    }
    true
}

/// The first identifier among tokens that is `wanted`.
pub(super) fn first_ident(tokens: TokenStream, wanted: &impl Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|tree| match tree {
        TokenTree::Ident(ident) => wanted(&ident).then_some(ident),
        TokenTree::Group(group) => first_ident(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Shadows the tensors in scope around a macro of which nothing is known: whatever names it comes up with, none of them is a
/// tensor. What it declares ends with it, so that the names after it keep the meaning that they have in the text.
pub(super) fn alone(
    mac: &impl ToTokens,
    tensors: impl IntoIterator<Item = Ident>,
    span: Span,
) -> TokenStream {
    let shadows = tensors.into_iter().map(|mut name| {
        name.set_span(span);
        quote_spanned!(span=> #[allow(unused_variables)] let #name = ();)
    });
    quote!({ #(#shadows)* #mac })
}

/// Identifiers as they are usually written: `r#n` is `n`.
pub(crate) fn unraw(tokens: TokenStream) -> TokenStream {
    let mut found = false;
    tokens
        .into_iter()
        .map(|tree| plain(tree, &mut found))
        .collect()
}

/// Sets `found` where there was something to do. A group in which there was not keeps the places of its delimiters.
fn plain(tree: TokenTree, found: &mut bool) -> TokenTree {
    match tree {
        TokenTree::Ident(ident) => {
            let name = ident.to_string();
            // A keyword is a name only if it is written like that.
            let plain = name
                .strip_prefix("r#")
                .filter(|plain| syn::parse_str::<Ident>(plain).is_ok());
            let Some(plain) = plain else {
                return TokenTree::Ident(ident);
            };
            *found = true;
            TokenTree::Ident(Ident::new(plain, ident.span()))
        }
        TokenTree::Group(group) => {
            let mut inside = false;
            let stream = group.stream().into_iter();
            let stream = stream.map(|tree| plain(tree, &mut inside)).collect();
            if !inside {
                return TokenTree::Group(group);
            }
            *found = true;
            let mut rebuilt = proc_macro2::Group::new(group.delimiter(), stream);
            rebuilt.set_span(group.span());
            TokenTree::Group(rebuilt)
        }
        other => other,
    }
}
