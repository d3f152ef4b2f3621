//! Which expressions are tensors, and what names they get.

use super::ast::TensorExpr;
use super::ast::{Block, Expr, Stmt, Target};
use super::body::Parser;
use super::collections::{is_empty_vector, vec_elements};
use super::host::dsl_macro;
use super::kind::Kind;
use super::names::strip;
use super::spelling::spelling;
use crate::diag::{Code, Diagnostic, Place};

impl Parser<'_> {
    /// Whether an expression has tensors for its value, or vectors that may get some.
    pub(super) fn is_dsl(&self, expr: &syn::Expr) -> bool {
        match strip(expr) {
            expr if is_empty_vector(expr) => true,
            syn::Expr::Call(call) => self.is_task(call),
            syn::Expr::Macro(mac) => {
                let elements = || vec_elements(&mac.mac).into_iter().flatten();
                dsl_macro(&mac.mac).is_some() || elements().any(|elem| self.is_element(&elem))
            }
            syn::Expr::Reference(reference) => self.has_tensors(&reference.expr),
            syn::Expr::Tuple(tuple) => tuple.elems.iter().any(|elem| self.is_dsl(elem)),
            syn::Expr::Array(array) => array.elems.iter().any(|elem| self.is_element(elem)),
            syn::Expr::MethodCall(call) if self.is_collection_call(call) => true,
            expr if self.is_host_access(expr) => true,
            other => self.has_tensors(other),
        }
    }

    /// Whether an expression may be an element of an array or a vector of tensors: a loop is none.
    pub(super) fn is_element(&self, expr: &syn::Expr) -> bool {
        let is_loop = |mac: &syn::Macro| dsl_macro(mac).as_deref() == Some("parallel_for");
        !matches!(strip(expr), syn::Expr::Macro(mac) if is_loop(&mac.mac)) && self.is_dsl(expr)
    }

    /// Whether an expression is a place with tensors in it.
    pub(super) fn has_tensors(&self, expr: &syn::Expr) -> bool {
        self.names.place(expr).is_some_and(|kind| kind.has_tensor())
    }

    /// What an expression's value is.
    pub(super) fn kind(&self, expr: &Expr) -> Kind {
        match expr {
            Expr::Task(task) => tensors(task.outs()),
            Expr::Alloc(alloc) => tensors(alloc.shapes.len()),
            Expr::Tensor(_, kind) => kind.clone(),
            Expr::Borrow {
                exclusive, kind, ..
            } => kind.clone().borrowed(*exclusive),
            Expr::Call(call) => tensors(call.outs),
            Expr::Tuple(parts) => Kind::Tuple(parts.iter().map(|part| self.kind(part)).collect()),
            Expr::Array { elements, .. } => {
                let of = elements
                    .first()
                    .map_or(Kind::Host, |first| self.kind(first));
                Kind::Array(Box::new(of), elements.len())
            }
            Expr::Vector(vector) => Kind::Vector(Box::new(vector.of.clone()), vector.source),
            Expr::Select(select) => select.kind.clone(),
            Expr::Block(_, block) => self.block_kind(block),
            Expr::Scope(scope) => self.block_kind(&scope.body),
            // Where one branch ends the run, the other has the value.
            Expr::If { then, other, .. } => match (self.block_kind(then), other) {
                (Kind::Host, Some(other)) => self.kind(other),
                (kind, _) => kind,
            },
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

    /// What an assignment gives a value of that kind to.
    pub(super) fn target(&mut self, left: syn::Expr, kind: &Kind) -> Target {
        let known = self.names.place(&left);
        match (strip(&left).clone(), kind) {
            (syn::Expr::Tuple(tuple), Kind::Tuple(parts)) if tuple.elems.len() == parts.len() => {
                let parts = tuple.elems.into_iter().zip(parts);
                Target::Tuple(parts.map(|(left, kind)| self.target(left, kind)).collect())
            }
            (syn::Expr::Infer(_), _) => Target::Host(left),
            (syn::Expr::Path(path), _) if path.path.get_ident().is_some() => {
                if let Some(ident) = path.path.get_ident() {
                    self.names.note_change(ident);
                }
                if let Some(held) = known.as_ref().filter(|known| known.has_tensor()) {
                    // `v = Vec::new();` makes a vector of what is in `v` already.
                    if let Some(element) = held.element() {
                        self.learn(kind, element);
                    }
                } else if let Some(ident) = path.path.get_ident()
                    && kind.has_tensor()
                {
                    // A name that was declared without a value, or as a vector that was empty.
                    if let (Some(known), Some(element)) = (known, kind.element()) {
                        self.learn(&known, element);
                    }
                    self.names.rebind(ident, kind.clone());
                }
                Target::Host(left)
            }
            (syn::Expr::Field(_) | syn::Expr::Index(_) | syn::Expr::Unary(_), _)
                if known.as_ref().is_some_and(Kind::has_tensor) =>
            {
                let part = self.changed(left);
                if let TensorExpr::View { .. } | TensorExpr::Rearranged { .. } = part {
                    self.lost(&part.shown(), Place::at(part.variable().span()));
                }
                Target::Part(part)
            }
            _ if kind.has_tensor() => {
                self.lost(&spelling(&left), Place::of(&left));
                Target::Host(left)
            }
            _ => Target::Host(self.host(left).lowered),
        }
    }

    fn lost(&mut self, left: &str, place: Place) {
        self.errors.push(
            Diagnostic::new(
                Code::Unsupported,
                place,
                format!("a tensor is stored in `{left}`, where the compiler cannot follow it"),
            )
            .help("keep it in a name, a tuple, an array or a `Vec` of this function"),
        );
    }
}

pub(super) fn tensors(count: usize) -> Kind {
    match count {
        0 => Kind::Host,
        1 => Kind::Tensor,
        _ => Kind::Tuple(vec![Kind::Tensor; count]),
    }
}
