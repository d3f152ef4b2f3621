//! Numbers the sites, loops and scopes of a normalised program in program order.

use super::ast::{Block, CollectionId, Expr, LoopId, ScopeId, SiteId, Stmt, Vector};

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks and allocations.
    pub sites: SiteId,
    /// Loops.
    pub loops: LoopId,
    /// Scopes, the root included.
    pub scopes: ScopeId,
    /// Expressions that make arrays and vectors.
    pub collections: CollectionId,
}

/// Numbers everything in `block`.
pub fn number(block: &mut Block) -> Counts {
    let mut counts = Counts {
        scopes: 1,
        ..Counts::default()
    };
    block_numbers(block, &mut counts);
    counts
}

fn take(counter: &mut usize) -> usize {
    *counter += 1;
    *counter - 1
}

fn block_numbers(block: &mut Block, counts: &mut Counts) {
    for stmt in &mut block.stmts {
        match stmt {
            Stmt::Let { init, diverge, .. } => {
                for expr in init
                    .iter_mut()
                    .chain(diverge.iter_mut().map(|expr| &mut **expr))
                {
                    expr_numbers(expr, counts);
                }
            }
            Stmt::Expr { expr, .. } => expr_numbers(expr, counts),
            Stmt::Item(_) | Stmt::MayJump => {}
        }
    }
}

fn expr_numbers(expr: &mut Expr, counts: &mut Counts) {
    match expr {
        Expr::Task(task) => task.site = take(&mut counts.sites),
        Expr::Alloc(alloc) => alloc.site = take(&mut counts.sites),
        Expr::Call(call) => call.site = take(&mut counts.sites),
        Expr::Access(access) => access.site = take(&mut counts.sites),
        Expr::Block(_, block) => block_numbers(block, counts),
        Expr::Scope(scope) => {
            scope.id = take(&mut counts.scopes);
            block_numbers(&mut scope.body, counts);
        }
        Expr::If { then, other, .. } => {
            block_numbers(then, counts);
            if let Some(other) = other {
                expr_numbers(other, counts);
            }
        }
        Expr::Match { arms, .. } => {
            for (_, arm) in arms {
                expr_numbers(arm, counts);
            }
        }
        Expr::Loop(looped) => {
            looped.id = take(&mut counts.loops);
            block_numbers(&mut looped.body, counts);
        }
        Expr::Unrolled(unrolled) => {
            unrolled.main = take(&mut counts.loops);
            for copy in &mut unrolled.copies {
                block_numbers(copy, counts);
            }
            if let Some(rest) = &mut unrolled.rest {
                rest.id = take(&mut counts.loops);
                block_numbers(&mut rest.body, counts);
            }
        }
        Expr::Assign { right, .. } => expr_numbers(right, counts),
        Expr::Array { id, elements } | Expr::Vector(Vector { id, elements, .. }) => {
            *id = take(&mut counts.collections);
            for element in elements {
                expr_numbers(element, counts);
            }
        }
        Expr::Tuple(_) | Expr::Change(_) => {
            let parts = expr.parts_mut().iter_mut();
            parts.for_each(|part| expr_numbers(part, counts));
        }
        Expr::Jump { value, .. } => {
            if let Some(value) = value {
                expr_numbers(value, counts);
            }
        }
        Expr::Host(_) | Expr::Tensor(..) | Expr::Borrow { .. } | Expr::Select(_) => {}
    }
}
