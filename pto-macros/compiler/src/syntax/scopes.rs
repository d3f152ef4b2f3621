//! Finds the scopes of a tree.

use super::ast::{Block, Expr, Scope, Stmt};

/// All scopes in `block`, each before those inside it.
pub(crate) fn scopes(block: &Block) -> Vec<&Scope> {
    let mut found = Vec::new();
    in_block(block, &mut found);
    found
}

fn in_block<'a>(block: &'a Block, found: &mut Vec<&'a Scope>) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Let { init, diverge, .. } => {
                let exprs = init.iter().chain(diverge.as_deref());
                exprs.for_each(|expr| in_expr(expr, found));
            }
            Stmt::Expr { expr, .. } => in_expr(expr, found),
            Stmt::Item(_) | Stmt::MayJump => {}
        }
    }
}

fn in_expr<'a>(expr: &'a Expr, found: &mut Vec<&'a Scope>) {
    match expr {
        Expr::Scope(scope) => {
            found.push(scope);
            in_block(&scope.body, found);
        }
        Expr::Block(_, block) => in_block(block, found),
        Expr::If { then, other, .. } => {
            in_block(then, found);
            if let Some(other) = other {
                in_expr(other, found);
            }
        }
        Expr::Match { arms, .. } => arms.iter().for_each(|(_, arm)| in_expr(arm, found)),
        Expr::Loop(looped) => in_block(&looped.body, found),
        Expr::Unrolled(unrolled) => {
            let rest = unrolled.rest.iter().map(|rest| &rest.body);
            let bodies = unrolled.copies.iter().chain(rest);
            bodies.for_each(|body| in_block(body, found));
        }
        Expr::Assign { right, .. } => in_expr(right, found),
        Expr::Tuple(_) | Expr::Array { .. } | Expr::Vector(_) | Expr::Change(_) => {
            expr.parts().iter().for_each(|part| in_expr(part, found));
        }
        Expr::Jump { value, .. } => {
            if let Some(value) = value {
                in_expr(value, found);
            }
        }
        Expr::Host(_)
        | Expr::Tensor(..)
        | Expr::Borrow { .. }
        | Expr::Select(_)
        | Expr::Task(_)
        | Expr::Alloc(_)
        | Expr::Access(_)
        | Expr::Call(_) => {}
    }
}
