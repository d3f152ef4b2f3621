//! Numbers the sites, loops and scopes of a normalised program in program order.

use super::ast::{Block, CollectionId, Expr, LoopId, ScopeId, SiteId, Vector};
use super::inside::InsideMut;

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
    block
        .expressions_mut()
        .for_each(|expr| expr_numbers(expr, counts));
}

fn expr_numbers(expr: &mut Expr, counts: &mut Counts) {
    match expr {
        Expr::Task(task) => task.site = take(&mut counts.sites),
        Expr::Alloc(alloc) => alloc.site = take(&mut counts.sites),
        Expr::Call(call) => call.site = take(&mut counts.sites),
        Expr::Access(access) => access.site = take(&mut counts.sites),
        Expr::Scope(scope) => scope.id = take(&mut counts.scopes),
        Expr::Loop(looped) => looped.id = take(&mut counts.loops),
        Expr::Array { id, .. } | Expr::Vector(Vector { id, .. }) => {
            *id = take(&mut counts.collections);
        }
        // What is left of it has its number after all that is in the copies.
        Expr::Unrolled(unrolled) => {
            unrolled.main = take(&mut counts.loops);
            for copy in &mut unrolled.copies {
                block_numbers(copy, counts);
            }
            if let Some(rest) = &mut unrolled.rest {
                rest.id = take(&mut counts.loops);
                block_numbers(&mut rest.body, counts);
            }
            return;
        }
        _ => {}
    }
    for inside in expr.inside_mut() {
        match inside {
            InsideMut::Block(block) => block_numbers(block, counts),
            InsideMut::Expr(expr) => expr_numbers(expr, counts),
        }
    }
}
