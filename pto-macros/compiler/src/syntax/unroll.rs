//! Stage two, normalisation: unrolled loops become chained copies of their body, and a loop of one iteration its body.

use super::ast::{Block, Expr, Loop, LoopHead, Stmt, Unroll, Unrolled};
use super::spelling::spelling;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};

/// Replaces every loop marked `#[unroll]`, or of one iteration, by its copies.
pub fn unroll(block: &mut Block, errors: &mut Diagnostics) {
    for stmt in &mut block.stmts {
        match stmt {
            Stmt::Let { init, diverge, .. } => {
                for expr in init
                    .iter_mut()
                    .chain(diverge.iter_mut().map(|expr| &mut **expr))
                {
                    expand(expr, errors);
                }
            }
            Stmt::Expr { expr, .. } => expand(expr, errors),
            Stmt::Item(_) | Stmt::MayJump => {}
        }
    }
}

fn expand(expr: &mut Expr, errors: &mut Diagnostics) {
    match expr {
        Expr::Block(_, block) => unroll(block, errors),
        Expr::Scope(scope) => unroll(&mut scope.body, errors),
        Expr::If { then, other, .. } => {
            unroll(then, errors);
            if let Some(other) = other {
                expand(other, errors);
            }
        }
        Expr::Match { arms, .. } => arms.iter_mut().for_each(|(_, arm)| expand(arm, errors)),
        Expr::Assign { right, .. } => expand(right, errors),
        Expr::Tuple(_) | Expr::Array { .. } | Expr::Vector(_) | Expr::Change(_) => {
            let parts = expr.parts_mut().iter_mut();
            parts.for_each(|part| expand(part, errors));
        }
        Expr::Loop(looped) => {
            unroll(&mut looped.body, errors);
            let unrolled = match looped.unroll.take() {
                Some(request) => copies(looped, request, errors),
                None => single(looped),
            };
            if let Some(unrolled) = unrolled {
                *expr = Expr::Unrolled(Box::new(unrolled));
            }
        }
        Expr::Unrolled(_)
        | Expr::Host(_)
        | Expr::Tensor(..)
        | Expr::Borrow { .. }
        | Expr::Select(_)
        | Expr::Task(_)
        | Expr::Alloc(_)
        | Expr::Access(_)
        | Expr::Call(_) => {}
        Expr::Jump { value, .. } => {
            if let Some(value) = value {
                expand(value, errors);
            }
        }
    }
}

/// What can be unrolled.
const RANGE: &str = "write the loop as `for i in start..end`";
/// How to unroll what has no literal bounds, or too many iterations.
const FACTOR: &str = "write the number of copies: `#[unroll(4)]`";

fn copies(looped: &Loop, request: Unroll, errors: &mut Diagnostics) -> Option<Unrolled> {
    let mut reject = |place: Place, what: &str, help: &str| {
        errors.push(Diagnostic::new(Code::CannotUnroll, place, what).help(help));
        None
    };
    if looped.parallel {
        let what = "a `parallel_for!` is not unrolled: its iterations form no chain";
        return reject(request.place, what, "unroll a `for` loop inside it");
    }
    let LoopHead::For { pat, iter } = &looped.head else {
        return reject(request.place, "only a `for` loop can be unrolled", RANGE);
    };
    let at = Place::of(&iter.source);
    let syn::Expr::Range(range) = &iter.source else {
        return reject(at, "only a loop over a plain range can be unrolled", RANGE);
    };
    let (Some(start), Some(end)) = (&range.start, &range.end) else {
        return reject(at, "an unrolled loop needs both ends of its range", RANGE);
    };
    if matches!(range.limits, syn::RangeLimits::Closed(_)) {
        let help = format!("write `{}..{} + 1`", spelling(start), spelling(end));
        return reject(at, "an unrolled loop needs a half-open range", &help);
    }
    if !is_plain(pat) {
        let what = "the variable of an unrolled loop is a plain name";
        return reject(Place::of(pat), what, RANGE);
    }
    let bounds = literal(start).zip(literal(end));
    let trips = bounds.map(|(start, end)| end.saturating_sub(start));
    let (factor, complete) = match (request.factor, trips) {
        (Some(factor), Some(trips)) if trips > 0 && trips % factor == 0 => (factor, true),
        (Some(factor), _) => (factor, false),
        (None, Some(trips @ 1..=64)) => (trips, true),
        (None, Some(_)) => {
            let what = "a loop is unrolled completely only with 1 to 64 iterations";
            return reject(at, what, FACTOR);
        }
        (None, None) => {
            let what = "the bounds of a completely unrolled loop are literals";
            return reject(at, what, FACTOR);
        }
    };
    let rest = (!complete).then(|| {
        Box::new(Loop {
            unroll: None,
            label: None,
            ..looped.clone()
        })
    });
    let all = bounds.filter(|_| trips == Some(factor));
    Some(Unrolled {
        main: 0,
        var: pat.clone(),
        iter: iter.clone(),
        copies: vec![looped.body.clone(); factor],
        first: all.map(|(start, _)| start),
        rest,
        label: looped.label.clone(),
    })
}

/// A loop of exactly one iteration, as literals show.
fn single(looped: &Loop) -> Option<Unrolled> {
    let LoopHead::For { pat, iter } = &looped.head else {
        return None;
    };
    let syn::Expr::Range(range) = &iter.source else {
        return None;
    };
    let (start, end) = (range.start.as_deref()?, range.end.as_deref()?);
    let (first, end) = (literal(start)?, literal(end)?);
    let open = matches!(range.limits, syn::RangeLimits::HalfOpen(_));
    let once = open && first.checked_add(1) == Some(end);
    let plain = !looped.parallel && is_plain(pat) && !looped.body.may_jump();
    (once && plain).then(|| Unrolled {
        main: 0,
        var: pat.clone(),
        iter: iter.clone(),
        copies: vec![looped.body.clone()],
        first: Some(first),
        rest: None,
        label: looped.label.clone(),
    })
}

/// Whether a pattern is a name that does not change, or `_`.
fn is_plain(pat: &syn::Pat) -> bool {
    match pat {
        syn::Pat::Ident(pat) => {
            pat.mutability.is_none() && pat.by_ref.is_none() && pat.subpat.is_none()
        }
        syn::Pat::Wild(_) => true,
        syn::Pat::Paren(inner) => is_plain(&inner.pat),
        _ => false,
    }
}

/// The value of an integer literal.
pub(super) fn literal(expr: &syn::Expr) -> Option<usize> {
    match expr {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(lit),
            ..
        }) => lit.base10_parse().ok(),
        _ => None,
    }
}
