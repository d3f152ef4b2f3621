//! Diagnostics: one catalogue, one sink, several renderings.

mod catalogue;
mod render;

pub use catalogue::{Code, Level};

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// A range of the user's tokens, from its first to its last token.
///
/// Stable Rust cannot join two spans, so the range keeps both ends.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Span of the first token.
    pub first: Span,
    /// Span of the last token.
    pub last: Span,
}

impl Place {
    /// The range that `tokens` covers; the call site when there are none.
    pub fn of(tokens: &impl ToTokens) -> Self {
        let mut trees = tokens.to_token_stream().into_iter();
        let first = trees
            .next()
            .as_ref()
            .map_or_else(Span::call_site, TokenTree::span);
        let last = trees.last().as_ref().map_or(first, TokenTree::span);
        Self { first, last }
    }

    /// The range of a single span.
    pub fn at(span: Span) -> Self {
        Self {
            first: span,
            last: span,
        }
    }

    /// Line and column of where the range begins: the same for all copies of an unrolled body.
    pub fn start(&self) -> (usize, usize) {
        let start = self.first.start();
        (start.line, start.column)
    }

    /// The one-based source line on which the range begins.
    pub fn line(&self) -> usize {
        self.first.start().line
    }
}

/// A second place that takes part in a mistake, with the words that relate it.
#[derive(Clone, Debug)]
pub struct Related {
    /// Where it is.
    pub place: Place,
    /// The name that stands there: a task, a scope, a tensor.
    pub name: String,
    /// What the place lacks, as a Rust identifier that reads as a noun phrase:
    /// rustc prints "the trait `{lacks}` is not implemented for `{name}`".
    pub lacks: String,
    /// The tensor, loop or scope over which the two places disagree.
    pub over: String,
}

/// One mistake of the user's program.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Catalogue entry.
    pub code: Code,
    /// One sentence without a full stop: what is wrong, in the program's own names.
    pub title: String,
    /// Where it is wrong.
    pub place: Place,
    /// A short text under the marked place; used by errors that relate two places.
    pub label: String,
    /// The other place of the mistake.
    pub related: Option<Related>,
    /// Facts that explain.
    pub notes: Vec<String>,
    /// What to write instead.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic about one place.
    pub fn new(code: Code, place: Place, title: impl Into<String>) -> Self {
        Self {
            code,
            title: title.into(),
            place,
            label: String::new(),
            related: None,
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Adds the text shown under the marked place.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Adds the second place.
    pub fn related(mut self, related: Related) -> Self {
        self.related = Some(related);
        self
    }

    /// Adds an explaining fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a cure.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Line and column.
    fn start(&self) -> (usize, usize) {
        let start = self.place.first.start();
        (start.line, start.column)
    }

    /// The diagnostic as plain text, for tests and tools.
    pub fn plain(&self) -> String {
        render::plain(self)
    }
}

/// Collects the diagnostics of a whole program.
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// At most this many are shown in full; the rest are counted.
    pub const SHOWN: usize = 20;

    /// Records one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Records all that others found.
    pub fn append(&mut self, mut others: Self) {
        self.found.append(&mut others.found);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Errors and warnings.
    pub fn split(self) -> (Self, Self) {
        let is_error = |found: &Diagnostic| found.code.level() == Level::Error;
        let (errors, warnings) = self.found.into_iter().partition(is_error);
        (Self { found: errors }, Self { found: warnings })
    }

    /// All that was found, in source order.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut found: Vec<&Diagnostic> = self.found.iter().collect();
        found.sort_by_key(|diagnostic| diagnostic.start());
        found
    }

    /// All that was found, in source order.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(Diagnostic::start);
        self.found
    }

    /// Items that make rustc report everything that was found. Those of warnings
    /// are silent where the lint `deprecated` is allowed.
    pub fn into_tokens(self) -> TokenStream {
        render::tokens(self.into_sorted())
    }
}
