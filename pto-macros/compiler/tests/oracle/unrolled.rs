//! A loop that is unrolled completely is what a person would write without it: the same mistakes, edges and verdicts.

use crate::config;
use proc_macro2::{Span, TokenStream};
use proptest::prelude::*;
use pto_compiler::{compile, dump};
use pto_programs::Generator;
use syn::parse::Parser;
use syn::visit_mut::{self, VisitMut};

type Args = syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>;

/// Visits what is in a macro that has blocks of the program, if it is one of `names`.
fn in_macro(names: &[&str], mac: &mut syn::Macro, visitor: &mut impl VisitMut) {
    if names.iter().any(|name| mac.path.is_ident(name)) {
        let mut args = Args::parse_terminated
            .parse2(mac.tokens.clone())
            .expect("the generator writes expressions");
        args.iter_mut().for_each(|arg| visitor.visit_expr_mut(arg));
        mac.tokens = quote::quote!(#args);
    }
}

fn label(name: &str) -> syn::Lifetime {
    syn::Lifetime::new(name, Span::call_site())
}

/// Writes the copies of `#[unroll]` loops.
#[derive(Default)]
struct ByHand {
    unrolled: usize,
}

impl ByHand {
    fn copies(&mut self, mut looped: syn::ExprForLoop) -> syn::Expr {
        self.visit_block_mut(&mut looped.body);
        let number = self.unrolled;
        self.unrolled += 1;
        let own = looped.label.as_ref().map(|label| label.name.clone());
        let whole = own.clone().unwrap_or(label(&format!("'whole{number}")));
        let syn::Expr::Range(range) = &*looped.expr else {
            panic!("only ranges are unrolled");
        };
        let end = |end: &Option<Box<syn::Expr>>| -> usize {
            let text = quote::quote!(#end).to_string();
            text.parse().expect("the ends are literals")
        };
        let copies = (end(&range.start)..end(&range.end)).map(|value| {
            let here = label(&format!("'copy{number}_{value}"));
            let mut body = looped.body.clone();
            let mut jumps = Jumps {
                own: own.clone(),
                here: here.clone(),
                whole: whole.clone(),
                inside: 0,
            };
            jumps.visit_block_mut(&mut body);
            let (pat, stmts) = (&looped.pat, &body.stmts);
            let value = proc_macro2::Literal::usize_unsuffixed(value);
            quote::quote!(#here: { let #pat = #value; #(#stmts)* })
        });
        let copies: Vec<TokenStream> = copies.collect();
        syn::parse_quote!(#whole: { #(#copies)* })
    }
}

impl VisitMut for ByHand {
    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        let complete = |attr: &syn::Attribute| matches!(&attr.meta, syn::Meta::Path(path) if path.is_ident("unroll"));
        match expr {
            syn::Expr::ForLoop(looped) if looped.attrs.iter().any(complete) => {
                *expr = self.copies(looped.clone());
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        in_macro(&["scope", "manual_scope", "parallel_for"], mac, self);
    }
}

/// Has the jumps of a body lead out of its copy, or of all copies.
struct Jumps {
    own: Option<syn::Lifetime>,
    here: syn::Lifetime,
    whole: syn::Lifetime,
    /// How many loops are around the present point, inside of the body.
    inside: usize,
}

impl Jumps {
    fn means_own(&self, to: Option<&syn::Lifetime>) -> bool {
        to.map_or(self.inside == 0, |to| Some(to) == self.own.as_ref())
    }
}

impl VisitMut for Jumps {
    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        match expr {
            syn::Expr::Continue(jump) if self.means_own(jump.label.as_ref()) => {
                let here = &self.here;
                *expr = syn::parse_quote!(break #here);
            }
            syn::Expr::Break(jump) if self.means_own(jump.label.as_ref()) => {
                let whole = &self.whole;
                *expr = syn::parse_quote!(break #whole);
            }
            syn::Expr::ForLoop(_) | syn::Expr::While(_) | syn::Expr::Loop(_) => {
                self.inside += 1;
                visit_mut::visit_expr_mut(self, expr);
                self.inside -= 1;
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    /// Jumps in a `parallel_for!` do not lead out of it.
    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        in_macro(&["scope", "manual_scope"], mac, self);
    }
}

/// The mistakes of a program, or all that is known of it, a line for each.
fn found(item: syn::ItemFn) -> Vec<String> {
    let compiled = compile(TokenStream::new(), item);
    let errors = compiled.errors.sorted();
    if !errors.is_empty() {
        return errors.iter().map(|error| error.plain()).collect();
    }
    let text = dump::explain(&compiled.program, &compiled.analysis);
    // What is written by hand has fewer loops: only their order counts.
    let mut loops: Vec<String> = Vec::new();
    let lines = text.lines().map(|line| {
        let Some((before, (of, after))) = line
            .split_once("carried by loop ")
            .and_then(|(before, rest)| Some((before, rest.split_once(':')?)))
        else {
            return line.to_owned();
        };
        let known = loops.iter().position(|known| known == of);
        let number = known.unwrap_or_else(|| {
            loops.push(of.to_owned());
            loops.len() - 1
        });
        format!("{before}carried by loop {number}:{after}")
    });
    lines.collect()
}

fn check(source: &str) -> Result<(), TestCaseError> {
    let item: syn::ItemFn = syn::parse_str(source)
        .map_err(|error| TestCaseError::fail(format!("{error}: {source}")))?;
    let mut by_hand = item.clone();
    let mut hand = ByHand::default();
    hand.visit_item_fn_mut(&mut by_hand);
    if hand.unrolled > 0 {
        let (left, right) = (found(item), found(by_hand));
        let differing = left.iter().zip(&right).find(|(left, right)| left != right);
        prop_assert!(differing.is_none(), "{differing:?}\n{source}");
        prop_assert_eq!(left.len(), right.len(), "{}", source);
    }
    Ok(())
}

#[test]
fn jumps_lead_where_they_led() {
    let source = "fn program(x: In<u64>, y: InOut<u64>, z: InOut<u64>, t: usize, n: usize) {
        manual_scope!({
            let mut a = k_ro(&x, out!([64]));
            #[unroll]
            'l: for i in 0..3 {
                #[unroll]
                for j in 1..3 {
                    if flip() { continue; }
                    if i == 1 { break; }
                    a = k_ro(&a, out!([64]));
                    for k in 0..n {
                        if flip() { break 'l; }
                        if flip() { continue 'l; }
                        if flip() { break; }
                        k_rw(&a, &mut y.view_mut([(i + j) * t..(i + j + 1) * t]));
                    }
                }
                k_rw(&y.view([i * t..(i + 1) * t]), &mut z);
            }
            k_rw(&a, &mut z);
        });
    }";
    check(source).unwrap_or_else(|error| panic!("{error}"));
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn copies_are_what_is_written_by_hand(seed in any::<u64>(), size in 2_usize..14) {
        check(&Generator::new(seed).program(size))?;
        check(&Generator::new(seed).collecting().program(size))?;
    }

    #[test]
    fn so_are_copies_in_a_parallel_loop(seed in any::<u64>(), size in 2_usize..10) {
        check(&Generator::new(seed).parallel_program(size))?;
    }
}
