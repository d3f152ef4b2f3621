//! Stage two, normalisation: unrolled loops become chained copies of their body.

use super::ast::{Block, Expr, Loop, LoopHead, Stmt, Unroll, Unrolled};
use crate::diag::{Code, Diagnostic, Diagnostics};

/// Replaces every loop marked `#[unroll]` by its copies.
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
            Stmt::Item(_) => {}
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
        Expr::Tuple(parts) => parts.iter_mut().for_each(|part| expand(part, errors)),
        Expr::Loop(looped) => {
            unroll(&mut looped.body, errors);
            if let Some(request) = looped.unroll.take()
                && let Some(unrolled) = copies(looped, request, errors)
            {
                *expr = Expr::Unrolled(unrolled);
            }
        }
        Expr::Unrolled(_)
        | Expr::Host(_)
        | Expr::Tensor(_)
        | Expr::Task(_)
        | Expr::Alloc(_)
        | Expr::Jump { .. } => {}
    }
}

fn copies(looped: &Loop, request: Unroll, errors: &mut Diagnostics) -> Option<Unrolled> {
    let reject = |errors: &mut Diagnostics, what: &str, help: &str| {
        errors.push(Diagnostic::new(Code::CannotUnroll, request.place, what).help(help));
        None
    };
    if looped.parallel {
        let help = "unroll a `for` loop inside it";
        return reject(
            errors,
            "a `parallel_for!` is not unrolled: its iterations form no chain",
            help,
        );
    }
    let LoopHead::For { pat, iter } = &looped.head else {
        return reject(
            errors,
            "only a `for` loop can be unrolled",
            "write `for i in start..end`",
        );
    };
    let syn::Expr::Range(range) = &iter.source else {
        let help = "write the loop as `for i in start..end`";
        return reject(
            errors,
            "only a loop over a plain range can be unrolled",
            help,
        );
    };
    let (Some(start), Some(end)) = (&range.start, &range.end) else {
        return reject(
            errors,
            "an unrolled loop needs both ends of its range",
            "write `start..end`",
        );
    };
    if matches!(range.limits, syn::RangeLimits::Closed(_)) {
        let help = "write `start..end + 1`";
        return reject(errors, "an unrolled loop needs a half-open range", help);
    }
    if !matches!(pat, syn::Pat::Ident(_) | syn::Pat::Wild(_)) {
        let help = "write `for i in start..end`";
        return reject(
            errors,
            "the variable of an unrolled loop is a plain name",
            help,
        );
    }
    let trips = literal(start)
        .zip(literal(end))
        .map(|(a, b)| b.saturating_sub(a));
    let (factor, complete) = match (request.factor, trips) {
        (Some(factor), Some(trips)) if trips > 0 && trips % factor == 0 => (factor, true),
        (Some(factor), _) => (factor, false),
        (None, Some(trips @ 1..=64)) => (trips, true),
        (None, Some(_)) => {
            let help = "name a factor: `#[unroll(4)]`";
            return reject(
                errors,
                "a loop is unrolled completely only with 1 to 64 iterations",
                help,
            );
        }
        (None, None) => {
            let help = "name a factor: `#[unroll(4)]`";
            return reject(
                errors,
                "the bounds of a completely unrolled loop are literals",
                help,
            );
        }
    };
    let rest = (!complete).then(|| {
        Box::new(Loop {
            unroll: None,
            label: None,
            ..looped.clone()
        })
    });
    Some(Unrolled {
        main: 0,
        var: pat.clone(),
        iter: iter.clone(),
        copies: vec![looped.body.clone(); factor],
        rest,
        label: looped.label.clone(),
    })
}

fn literal(expr: &syn::Expr) -> Option<usize> {
    match expr {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(lit),
            ..
        }) => lit.base10_parse().ok(),
        _ => None,
    }
}
