//! Keeps expansion within its stack.
//!
//! Parsing, every walk over a tree and even its end call themselves for what is inside, and a user's tokens may be
//! nested as deep as they like. So it is found out first, without recursion, how deep they are: an expansion gets a
//! stack that is large enough, and what no stack would hold is refused.

use crate::diag::{Code, Diagnostic, Place};
use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// Stack for a unit of depth: more than any syntax takes of unoptimised code. What is not used is never there.
const UNIT: usize = 64 << 10;
/// Stack for what does not depend on the tokens.
const BASE: usize = 2 << 20;
/// Units of a pair of brackets: a block is more than a token, to us and to `syn`.
const BRACKETS: usize = 4;
/// Most units. What is deeper, rustc itself can hardly hold.
const MOST: usize = 4096;

/// How deep tokens are, whatever syntax they may be.
///
/// A token leads at most one level further into the syntax of its statement, as in `!!!!x`, and so do the tokens of
/// what is around it; an operator after an operand does, as in `x + x + x + x`. So a statement is at most as deep as
/// it has tokens, together with the deepest of its brackets.
#[derive(Clone, Copy, Default)]
pub(crate) struct Depth {
    units: usize,
    /// Pairs of brackets on the deepest path, and where the innermost opens.
    brackets: usize,
    innermost: Option<Span>,
    /// Tokens of the longest statement on that path, and where it stands.
    longest: usize,
    statement: Option<Place>,
}

impl Depth {
    /// That of tokens.
    pub(crate) fn of(tokens: TokenStream) -> Self {
        let mut around: Vec<(Level, Span)> = Vec::new();
        let mut level = Level::new(tokens);
        loop {
            match level.rest.next() {
                Some(tree) => {
                    level.step(&tree);
                    if let TokenTree::Group(group) = tree {
                        let outer = std::mem::replace(&mut level, Level::new(group.stream()));
                        around.push((outer, group.span_open()));
                    }
                }
                None => {
                    level.end_statement();
                    let Some((outer, open)) = around.pop() else {
                        return level.deepest;
                    };
                    let inside = std::mem::replace(&mut level, outer).deepest;
                    level.inside = level.inside.deeper(inside.in_brackets(open));
                }
            }
        }
    }

    /// Runs `work` on a stack for trees of this depth.
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        // What is left of the present stack is not asked: rustc may have left the one that its thread began with.
        stacker::grow(BASE + self.units * UNIT, work)
    }

    /// What is wrong if this is too deep.
    pub(crate) fn refused(self) -> Option<Diagnostic> {
        if self.units <= MOST {
            return None;
        }
        let long = self.longest * 2 > self.units;
        let (place, title, help) = if long {
            (
                self.statement,
                format!(
                    "a statement of {} tokens is too long to expand",
                    self.longest
                ),
                "take it apart: bind parts of it with `let`, or move them into a function",
            )
        } else {
            (
                self.innermost.map(Place::at),
                format!(
                    "brackets are nested {} deep, too deep to expand",
                    self.brackets
                ),
                "move what is inside into a function of its own",
            )
        };
        let place = place.unwrap_or(Place::at(Span::call_site()));
        Some(Diagnostic::new(Code::OverLimit, place, title).help(help))
    }

    /// The deeper of two.
    pub(crate) fn deeper(self, other: Self) -> Self {
        match self.units < other.units {
            true => other,
            false => self,
        }
    }

    fn in_brackets(self, open: Span) -> Self {
        Self {
            units: self.units + BRACKETS,
            brackets: self.brackets + 1,
            innermost: self.innermost.or(Some(open)),
            ..self
        }
    }
}

/// The tokens between two brackets, up to a point.
struct Level {
    rest: IntoIter,
    /// The deepest statement that has ended.
    deepest: Depth,
    /// Tokens of the present one, the first and the last of them, and the deepest of its brackets.
    tokens: usize,
    place: Option<Place>,
    inside: Depth,
    /// How many `<` are open, which may be generics.
    angles: usize,
    /// Whether there was a `|`: a comma may stand between the parameters of a closure.
    bars: bool,
    last: Last,
}

/// The token before.
#[derive(Clone, Copy)]
enum Last {
    Punct(char),
    Braces,
    Other,
}

impl Level {
    fn new(tokens: TokenStream) -> Self {
        Self {
            rest: tokens.into_iter(),
            deepest: Depth::default(),
            tokens: 0,
            place: None,
            inside: Depth::default(),
            angles: 0,
            bars: false,
            last: Last::Other,
        }
    }

    fn step(&mut self, tree: &TokenTree) {
        if matches!(self.last, Last::Braces) && begins_statement(tree) {
            self.end_statement();
        }
        self.tokens += 1;
        let span = tree.span();
        let first = self.place.map_or(span, |place| place.first);
        self.place = Some(Place { first, last: span });
        let last = match tree {
            TokenTree::Punct(punct) => Last::Punct(punct.as_char()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Last::Braces,
            _ => Last::Other,
        };
        match (self.last, last) {
            (_, Last::Punct(';')) | (Last::Punct('='), Last::Punct('>')) => self.end_statement(),
            (_, Last::Punct(',')) if self.angles == 0 && !self.bars => self.end_statement(),
            (_, Last::Punct('|')) => self.bars = true,
            (_, Last::Punct('<')) => self.angles += 1,
            (Last::Punct('-'), Last::Punct('>')) => {}
            (_, Last::Punct('>')) => self.angles = self.angles.saturating_sub(1),
            _ => {}
        }
        self.last = last;
    }

    /// What comes next is no deeper for what came before: statements, items, arms and arguments are in a list.
    fn end_statement(&mut self) {
        let mut ended = std::mem::take(&mut self.inside);
        ended.units += self.tokens;
        if self.tokens > ended.longest {
            ended.longest = self.tokens;
            ended.statement = self.place;
        }
        self.deepest = self.deepest.deeper(ended);
        self.tokens = 0;
        self.place = None;
        self.angles = 0;
        self.bars = false;
    }
}

/// Whether a token after a block is the first of a statement, an item or an arm.
fn begins_statement(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Ident(ident) => ["else", "as", "in"].iter().all(|word| ident != word),
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}
