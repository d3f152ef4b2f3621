//! Which loops can be run by several threads, each running all tasks of an iteration in order.
//!
//! It is a matter of speed alone: where this says no, the iterations are submitted one after the other, and it is only their
//! tasks that several threads run.

use super::ast::{Block, Captures, Expr, LoopHead, Stmt};
use super::inside::Inside;
use super::names::{Bound, strip};

/// What the body of a loop with independent iterations refers to, if it can be run by several threads. `names` are those that it
/// mentions, and whether they are given another value in it.
pub(super) fn captures(
    head: &LoopHead,
    body: &Block,
    names: &[(&Bound, bool)],
) -> Option<Captures> {
    if !counts(head) || !is_simple(body, true) {
        return None;
    }
    let mut captures = Captures::default();
    for (bound, changed) in names {
        let list = match &bound.kind {
            _ if *changed => return None,
            kind if kind.is_tensor() => &mut captures.tensors,
            // What is declared as `mut` may be changed by a method.
            kind if !kind.has_tensor() && kind.is_host() && !bound.is_mut => &mut captures.hosts,
            _ => return None,
        };
        list.push(bound.ident.clone());
    }
    Some(captures)
}

/// Whether a loop runs over numbers from one to another, each with a name or without.
fn counts(head: &LoopHead) -> bool {
    let LoopHead::For { pat, iter } = head else {
        return false;
    };
    let is_name = match pat {
        syn::Pat::Ident(pat) => pat.subpat.is_none() && pat.by_ref.is_none(),
        pat => matches!(pat, syn::Pat::Wild(_)),
    };
    match strip(&iter.source) {
        syn::Expr::Range(range) => {
            let is_open = matches!(range.limits, syn::RangeLimits::HalfOpen(_));
            is_name && is_open && range.start.is_some() && range.end.is_some()
        }
        _ => false,
    }
}

/// Whether one thread can run all that a block submits, and nothing that it creates is left when its scopes are closed. `outside`
/// says whether it is in no scope of the loop's.
fn is_simple(block: &Block, outside: bool) -> bool {
    block.stmts.iter().all(|stmt| match stmt {
        Stmt::Let { init, diverge, .. } => {
            let mut exprs = init.iter().chain(diverge.as_deref());
            exprs.all(|expr| is_simple_expr(expr, outside))
        }
        Stmt::Expr { expr, .. } => is_simple_expr(expr, outside),
        Stmt::Item(_) => true,
        Stmt::MayJump => false,
    })
}

fn is_simple_expr(expr: &Expr, outside: bool) -> bool {
    let itself = match expr {
        // What it submits is unknown.
        Expr::Call(_) => false,
        Expr::Task(task) => !(task.is_team() || outside && task.outs() > 0),
        Expr::Alloc(_) => !outside,
        _ => true,
    };
    let inner = outside && !matches!(expr, Expr::Scope(_));
    itself
        && expr.inside().iter().all(|part| match part {
            Inside::Block(block) => is_simple(block, inner),
            Inside::Expr(expr) => is_simple_expr(expr, inner),
        })
}
