//! The user's own spelling of an expression.

use proc_macro2::{Delimiter, Group, LineColumn, TokenStream, TokenTree};
use quote::ToTokens;

/// Tokens as text, with spaces where the source has them.
pub(crate) fn spelling(tokens: &impl ToTokens) -> String {
    let mut text = Text::default();
    text.stream(tokens.to_token_stream());
    text.written
}

#[derive(Default)]
struct Text {
    written: String,
    /// Where the last token ends.
    end: Option<LineColumn>,
}

impl Text {
    fn stream(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Group(group) => self.group(&group),
                tree => {
                    let span = tree.span();
                    self.token(&tree.to_string(), span.start(), span.end());
                }
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::None => return self.stream(group.stream()),
        };
        // Delimiters that were parsed and put together again have but one span, of the whole.
        let (start, end) = (group.span().start(), group.span().end());
        let moved = |at: LineColumn, by: isize| LineColumn {
            column: at.column.saturating_add_signed(by),
            ..at
        };
        self.token(open, start, moved(start, 1));
        self.stream(group.stream());
        self.token(close, moved(end, -1), end);
    }

    fn token(&mut self, token: &str, start: LineColumn, end: LineColumn) {
        if self.end.is_some_and(|end| end != start) {
            self.written.push(' ');
        }
        self.written.push_str(token);
        self.end = Some(end);
    }
}
