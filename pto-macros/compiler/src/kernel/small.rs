//! Kernels that are compiled into each place that launches them.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

/// Whether a kernel does so little that its code is less than what it takes to call it, or hardly more: a few statements, without
/// a loop. (A compiler that is only told `inline` counts the bounds checks as well, which are gone once it is compiled in.)
pub(super) fn is_small(body: &syn::Block) -> bool {
    const MOST: usize = 120;
    /// How many tokens there are. `None` if there are too many, or such as stand for who knows how much.
    fn count(tokens: TokenStream) -> Option<usize> {
        let (mut sum, mut after_name) = (0, false);
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let is_name = matches!(token, TokenTree::Ident(_));
            sum += match token {
                TokenTree::Group(group) => 2 + count(group.stream())?,
                TokenTree::Ident(ident) if LOOPS.iter().any(|word| ident == word) => return None,
                // That of a macro, most likely.
                TokenTree::Punct(mark)
                    if after_name
                        && mark.as_char() == '!'
                        && matches!(tokens.peek(), Some(TokenTree::Group(_))) =>
                {
                    return None;
                }
                _ => 1,
            };
            after_name = is_name;
        }
        (sum <= MOST).then_some(sum)
    }
    const LOOPS: [&str; 3] = ["for", "while", "loop"];
    count(body.to_token_stream()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_statements_are_small() {
        assert!(is_small(&syn::parse_quote!({})));
        assert!(is_small(&syn::parse_quote!({
            let mean = (left.get(0) + right.get(0)) / 2.0;
            if !mean.is_nan() && mean != -1.0 {
                out.set(0, mean.max(out.get(0)));
            }
        })));
    }

    #[test]
    fn what_may_be_any_amount_of_code_is_not() {
        assert!(!is_small(&syn::parse_quote!({
            for i in 0..8 {
                out.set(i, 0.0);
            }
        })));
        assert!(!is_small(&syn::parse_quote!({ while step(&mut out) {} })));
        assert!(!is_small(&syn::parse_quote!({
            if x.get(0) > 0.0 {
                fill!(out)
            }
        })));
        let mut body: syn::Block = syn::parse_quote!({});
        let statement: syn::Stmt = syn::parse_quote!(out.set(0, x.get(0)););
        body.stmts.extend(std::iter::repeat_n(statement, 20));
        assert!(!is_small(&body));
    }
}
