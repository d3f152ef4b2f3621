//! Changes to a program's tokens, as a person in the middle of typing makes them.

use proc_macro2::{Group, TokenStream, TokenTree};

/// One change to a token stream, at a position counted through all groups.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Drops a token tree.
    Delete(usize),
    /// Writes a token tree twice.
    Duplicate(usize),
    /// Writes one of [`WORDS`] instead of a token tree.
    Replace(usize, &'static str),
    /// Exchanges two token trees.
    Swap(usize, usize),
}

/// Words of the language, and some that are none.
pub const WORDS: [&str; 41] = [
    "x",
    "y",
    "&",
    "mut",
    "0",
    "..",
    "..=",
    "out",
    "!",
    "alloc",
    "scope",
    "parallel_for",
    "{}",
    "()",
    "[]",
    "|i|",
    "'a",
    "'a:",
    "#",
    "#[task]",
    "#[unroll(64)]",
    "for",
    "let",
    "else",
    "=",
    ";",
    ",",
    "?",
    "break",
    "loop",
    "view",
    ".",
    "self",
    "\"text\"",
    "99999999999999999999",
    "as",
    "return",
    "call",
    "->",
    "mixed",
    "#[task(blocks = 2)]",
];

impl Edit {
    /// The changes that bytes stand for, three bytes each.
    pub fn from_bytes(bytes: &[u8]) -> Vec<Self> {
        let (edits, _) = bytes.as_chunks::<3>();
        let edits = edits.iter().map(|[kind, a, b]| {
            let (at, other) = (usize::from(*a), usize::from(*b));
            // Programs have more tokens than a byte has values.
            let at = at + 256 * usize::from(kind >> 4);
            match kind % 4 {
                0 => Self::Delete(at),
                1 => Self::Duplicate(at),
                2 => Self::Replace(at, WORDS[other % WORDS.len()]),
                _ => Self::Swap(at, at + other),
            }
        });
        edits.collect()
    }

    /// Makes the change; positions past the end count from the start again.
    pub fn apply(&self, stream: TokenStream) -> TokenStream {
        let mut all = Vec::new();
        flatten(stream.clone(), &mut all);
        if all.is_empty() {
            return stream;
        }
        let pick = |at: usize| TokenStream::from(all[at % all.len()].clone());
        let mut position = 0;
        let mut change = |tree: &TokenTree| -> Option<TokenStream> {
            let here = |at: &usize| at % all.len() == position;
            let changed = match self {
                Self::Delete(at) if here(at) => Some(TokenStream::new()),
                Self::Duplicate(at) if here(at) => {
                    Some([tree.clone(), tree.clone()].into_iter().collect())
                }
                Self::Replace(at, word) if here(at) => word.parse().ok(),
                Self::Swap(a, b) if here(a) => Some(pick(*b)),
                Self::Swap(a, b) if here(b) => Some(pick(*a)),
                _ => None,
            };
            position += 1;
            changed
        };
        rebuild(stream, &mut change)
    }
}

fn flatten(stream: TokenStream, out: &mut Vec<TokenTree>) {
    for tree in stream {
        out.push(tree.clone());
        if let TokenTree::Group(group) = tree {
            flatten(group.stream(), out);
        }
    }
}

fn rebuild(
    stream: TokenStream,
    change: &mut impl FnMut(&TokenTree) -> Option<TokenStream>,
) -> TokenStream {
    let mut out = TokenStream::new();
    for tree in stream {
        match (change(&tree), tree) {
            (Some(other), _) => out.extend(other),
            (None, TokenTree::Group(group)) => {
                let inner = rebuild(group.stream(), change);
                let mut rebuilt = Group::new(group.delimiter(), inner);
                rebuilt.set_span(group.span());
                out.extend([TokenTree::Group(rebuilt)]);
            }
            (None, other) => out.extend([other]),
        }
    }
    out
}
