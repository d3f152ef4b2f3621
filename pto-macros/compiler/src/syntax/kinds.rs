//! Which expressions are tensors, and what names they get.

use super::ast::{Block, Expr, Stmt};
use super::body::Parser;
use super::host::{dsl_macro, is_tensor_place};
use super::names::{Kind, strip};
use crate::diag::{Code, Diagnostic, Place};
use syn::spanned::Spanned;

impl Parser<'_> {
    pub(super) fn is_dsl(&self, expr: &syn::Expr) -> bool {
        match strip(expr) {
            syn::Expr::Call(call) => self.is_task(call),
            syn::Expr::Macro(mac) => dsl_macro(&mac.mac).is_some(),
            other => is_tensor_place(other, &self.names),
        }
    }

    /// What an expression's value is.
    pub(super) fn kind(&self, expr: &Expr) -> Kind {
        match expr {
            Expr::Tensor(_) => Kind::Tensor,
            Expr::Task(task) => tensors(task.outs()),
            Expr::Alloc(alloc) => tensors(alloc.shapes.len()),
            Expr::Tuple(parts) => Kind::Tuple(parts.iter().map(|part| self.kind(part)).collect()),
            Expr::Block(_, block) => self.block_kind(block),
            Expr::Scope(scope) => self.block_kind(&scope.body),
            Expr::If { then, .. } => self.block_kind(then),
            Expr::Match { arms, .. } => arms
                .iter()
                .map(|(_, body)| self.kind(body))
                .find(Kind::has_tensor)
                .unwrap_or(Kind::Host),
            _ => Kind::Host,
        }
    }

    fn block_kind(&self, block: &Block) -> Kind {
        // Names bound inside the block are out of scope here: a tail that is
        // a plain name of such a tensor was parsed as `Expr::Tensor` already.
        match block.stmts.last() {
            Some(Stmt::Expr { expr, semi: false }) => self.kind(expr),
            _ => Kind::Host,
        }
    }

    /// A name that was declared without a value and now gets a tensor.
    pub(super) fn assigned(&mut self, left: &syn::Expr, kind: &Kind) {
        match (strip(left), kind) {
            (syn::Expr::Tuple(tuple), Kind::Tuple(parts)) if tuple.elems.len() == parts.len() => {
                for (left, kind) in tuple.elems.iter().zip(parts) {
                    self.assigned(left, kind);
                }
            }
            (syn::Expr::Infer(_), _) => {}
            (left, _) => match self.names.of_expr(left) {
                Some((_, known)) if known.is_tensor() => {}
                Some((ident, _)) => self.names.rebind(&ident, kind.clone()),
                None => self.errors.push(
                    Diagnostic::new(
                        Code::Unsupported,
                        Place::at(left.span()),
                        "a tensor is stored where the compiler cannot follow it",
                    )
                    .help("keep it in a variable of its own"),
                ),
            },
        }
    }
}

fn tensors(count: usize) -> Kind {
    match count {
        0 => Kind::Host,
        1 => Kind::Tensor,
        _ => Kind::Tuple(vec![Kind::Tensor; count]),
    }
}
