//! Renders diagnostics: `compile_error!` for one place, a failing trait bound for
//! two, the use of something deprecated for warnings.
//!
//! A procedural macro on stable Rust has no labelled, multi-place errors. A
//! private trait with `#[diagnostic::on_unimplemented]` and a bound that fails
//! has all of it: our text as the title, our label under the first place, the
//! second place as a `help`, the notes below. It is emitted on the error path only.

use super::{Code, Diagnostic, Diagnostics, Level, Place, Related};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// Items that make rustc report `found`.
pub(super) fn tokens(mut found: Vec<Diagnostic>) -> TokenStream {
    let hidden = found.len().saturating_sub(Diagnostics::SHOWN);
    found.truncate(Diagnostics::SHOWN);
    let mut out: TokenStream = found.iter().map(one).collect();
    if hidden > 0 {
        let errors = found.iter().any(|d| d.code.level() == Level::Error);
        let here = Place::at(Span::call_site());
        out.extend(if errors {
            let text =
                format!("and {hidden} more mistakes in this orchestration; mend these first");
            compile_error(here, &text)
        } else {
            let text = format!("and {hidden} more warnings in this orchestration");
            deprecated("more_warnings", here, &text)
        });
    }
    out
}

fn one(diagnostic: &Diagnostic) -> TokenStream {
    match (diagnostic.code.level(), &diagnostic.related) {
        (Level::Warning, _) => warning(diagnostic),
        (Level::Error, Some(related)) => trait_shim(diagnostic, related),
        (Level::Error, None) => compile_error(diagnostic.place, &message(diagnostic)),
    }
}

fn warning(diagnostic: &Diagnostic) -> TokenStream {
    let name = match diagnostic.code {
        Code::SuperfluousEdge => "superfluous_edge",
        Code::UnusedOutput => "unused_output",
        Code::UnwrittenRead => "unwritten_read",
        _ => "without_effect",
    };
    deprecated(name, diagnostic.place, &message(diagnostic))
}

/// The use of a deprecated constant: the one warning of its own that a macro can
/// give on stable Rust. Rustc says `name` in front of the text.
fn deprecated(name: &str, place: Place, text: &str) -> TokenStream {
    let name = Ident::new(name, place.first);
    quote! {
        const _: () = {
            #[deprecated(note = #text)]
            #[allow(non_upper_case_globals)]
            const #name: () = ();
            let _ = #name;
        };
    }
}

fn message(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}: {}", diagnostic.code, diagnostic.title);
    for line in notes(diagnostic) {
        text.push('\n');
        text.push_str(&line);
    }
    text
}

fn notes(diagnostic: &Diagnostic) -> impl Iterator<Item = String> {
    let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
    let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
    notes.chain(help)
}

/// `compile_error!` whose underline runs from the first to the last token of `place`.
fn compile_error(place: Place, text: &str) -> TokenStream {
    let body = quote_spanned!(place.last=> { #text });
    quote_spanned!(place.first=> ::core::compile_error! #body)
}

fn trait_shim(diagnostic: &Diagnostic, related: &Related) -> TokenStream {
    let escape = |text: &str| text.replace('{', "{{").replace('}', "}}");

    let title = escape(&format!("{}: {}", diagnostic.code, diagnostic.title));
    let label = escape(&diagnostic.label);
    let notes: Vec<String> = diagnostic
        .notes
        .iter()
        .chain(&diagnostic.help)
        .map(|text| escape(text))
        .collect();
    // Items get the spans of the places they speak of; they live in a block of
    // their own, so names cannot clash.
    let here = diagnostic.place.first;
    let there = related.place.first;
    let lacking = ident(&related.lacks, "a_counterpart", here);
    let subject = ident(&related.name, "other", there);
    let subject_here = ident(&related.name, "other", here);
    let over = ident(&related.over, "storage", here);
    let subject_item = quote_spanned!(there=> struct #subject {});
    let function = quote_spanned!(here=> fn #over<__Subject: #lacking>() {});
    let call = quote_spanned!(here=> #over::<#subject_here>());
    quote! {
        const _: () = {
            #[diagnostic::on_unimplemented(message = #title, label = #label, #(note = #notes),*)]
            #[allow(non_camel_case_types)]
            trait #lacking {}
            #[allow(non_camel_case_types)]
            #subject_item
            #[diagnostic::do_not_recommend]
            impl #lacking for () {}
            #[allow(non_snake_case)]
            #function
            #[allow(unused)]
            fn __relate() { #call }
        };
    }
}

/// `name` as an identifier; `fallback` when it is not one.
fn ident(name: &str, fallback: &str, span: Span) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ident::new(name, span),
        Err(_) => Ident::new(fallback, span),
    }
}

/// One diagnostic as text with line numbers.
pub(super) fn plain(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}: {}", diagnostic.place.line(), message(diagnostic));
    if let Some(related) = &diagnostic.related {
        let line = related.place.line();
        text.push_str(&format!("\n{line}: other place: `{}`", related.name));
    }
    text
}
