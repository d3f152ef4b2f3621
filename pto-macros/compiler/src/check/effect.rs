//! What has no effect, as the text shows, and outputs that nothing can read.

use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::syntax::Inside;
use crate::syntax::ast::{Block, Expr, Loop, Scope, ScopeMode, Stmt, Unroll};

/// Scopes and options without effect, and outputs that are thrown away.
pub(super) fn without_effect(body: &Block, warnings: &mut Diagnostics) {
    for stmt in &body.stmts {
        if let Stmt::Expr { expr, semi: true } = stmt {
            thrown_away(expr, warnings);
        }
    }
    for inner in body.expressions() {
        expr(inner, warnings);
    }
}

fn expr(of: &Expr, warnings: &mut Diagnostics) {
    match of {
        // What an idle scope or loop holds is as idle: one warning will do.
        Expr::Scope(scope) if !scope.body.submits() => return idle_scope(scope, warnings),
        Expr::Loop(looped) if looped.parallel && !looped.body.submits() => {
            let title = "this `parallel_for!` submits no task: there is nothing to prove";
            return push(warnings, looped.place, title, "write a plain `for` loop");
        }
        Expr::Loop(looped) => {
            if let Some(request) = &looped.unroll {
                idle_unroll(looped, request, warnings);
            }
        }
        _ => {}
    }
    for inside in of.inside() {
        match inside {
            Inside::Block(block) => without_effect(block, warnings),
            Inside::Expr(inner) => expr(inner, warnings),
        }
    }
}

fn idle_scope(scope: &Scope, warnings: &mut Diagnostics) {
    let name = match scope.mode {
        ScopeMode::Auto => "scope!",
        ScopeMode::Infer | ScopeMode::Explicit => "manual_scope!",
    };
    let title = format!("this `{name}` submits no task");
    push(warnings, scope.place, title, "write a plain block");
}

fn idle_unroll(looped: &Loop, request: &Unroll, warnings: &mut Diagnostics) {
    if !looped.body.submits() {
        let title = "`#[unroll]` stands on a loop that submits no task";
        push(
            warnings,
            request.name,
            title,
            "remove it: only tasks are unrolled",
        );
    } else if request.factor == Some(1) {
        let title = "`#[unroll(1)]` leaves the loop as it is";
        push(
            warnings,
            request.name,
            title,
            "remove it, or name a factor of 2 or more",
        );
    }
}

fn push(warnings: &mut Diagnostics, at: Place, title: impl Into<String>, help: &str) {
    warnings.push(Diagnostic::new(Code::NoEffect, at, title).help(help));
}

/// A statement that makes tensors and binds none. Of those that are bound, rustc
/// says whether they are used.
fn thrown_away(expr: &Expr, warnings: &mut Diagnostics) {
    let (at, title) = match expr {
        Expr::Task(task) if task.outs() > 0 => {
            let name = task.name();
            (task.place, format!("nothing can read what `{name}` makes"))
        }
        Expr::Alloc(alloc) if alloc.options.name.is_none() => (
            alloc.place,
            "nothing can use what this `alloc!` makes".to_owned(),
        ),
        _ => return,
    };
    warnings.push(
        Diagnostic::new(Code::UnusedOutput, at, title)
            .help("bind it: `let t = ..;`, or write `let _ = ..;` if it is not needed"),
    );
}
