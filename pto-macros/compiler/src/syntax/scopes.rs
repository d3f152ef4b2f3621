//! Finds the scopes of a tree.

use super::ast::{Block, Expr, Scope};
use super::inside::Inside;

/// All scopes in `block`, each before those inside it.
pub(crate) fn scopes(block: &Block) -> Vec<&Scope> {
    let mut found = Vec::new();
    in_block(block, &mut found);
    found
}

fn in_block<'a>(block: &'a Block, found: &mut Vec<&'a Scope>) {
    block.expressions().for_each(|expr| in_expr(expr, found));
}

fn in_expr<'a>(expr: &'a Expr, found: &mut Vec<&'a Scope>) {
    if let Expr::Scope(scope) = expr {
        found.push(scope);
    }
    for inside in expr.inside() {
        match inside {
            Inside::Block(block) => in_block(block, found),
            Inside::Expr(expr) => in_expr(expr, found),
        }
    }
}
