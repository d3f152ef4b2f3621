//! What is directly inside a node of the tree.

use super::ast::{Block, Expr, Stmt};

/// A part of an expression.
pub(crate) enum Inside<'a> {
    /// A block.
    Block(&'a Block),
    /// An expression.
    Expr(&'a Expr),
}

/// A part of an expression, to change it.
pub(crate) enum InsideMut<'a> {
    /// A block.
    Block(&'a mut Block),
    /// An expression.
    Expr(&'a mut Expr),
}

impl Expr {
    /// Its blocks and expressions, in program order.
    pub(crate) fn inside(&self) -> Vec<Inside<'_>> {
        match self {
            Self::Block(_, block) => vec![Inside::Block(block)],
            Self::Scope(scope) => vec![Inside::Block(&scope.body)],
            Self::If { then, other, .. } => {
                let other = other.iter().map(|other| Inside::Expr(other));
                [Inside::Block(then)].into_iter().chain(other).collect()
            }
            Self::Match { arms, .. } => arms.iter().map(|(_, arm)| Inside::Expr(arm)).collect(),
            Self::Loop(looped) => vec![Inside::Block(&looped.body)],
            Self::Unrolled(unrolled) => {
                let rest = unrolled.rest.iter().map(|rest| &rest.body);
                unrolled
                    .copies
                    .iter()
                    .chain(rest)
                    .map(Inside::Block)
                    .collect()
            }
            Self::Assign { right, .. } => vec![Inside::Expr(right)],
            Self::Tuple(_) | Self::Array { .. } | Self::Vector(_) | Self::Change(_) => {
                self.parts().iter().map(Inside::Expr).collect()
            }
            Self::Host(_)
            | Self::Tensor(..)
            | Self::Borrow { .. }
            | Self::Select(_)
            | Self::Task(_)
            | Self::Alloc(_)
            | Self::Access(_)
            | Self::Call(_) => Vec::new(),
            Self::Jump { value, .. } => value.iter().map(|value| Inside::Expr(value)).collect(),
        }
    }

    /// As [`inside`](Expr::inside), to change them.
    pub(crate) fn inside_mut(&mut self) -> Vec<InsideMut<'_>> {
        match self {
            Self::Block(_, block) => vec![InsideMut::Block(block)],
            Self::Scope(scope) => vec![InsideMut::Block(&mut scope.body)],
            Self::If { then, other, .. } => {
                let other = other.iter_mut().map(|other| InsideMut::Expr(other));
                [InsideMut::Block(then)].into_iter().chain(other).collect()
            }
            Self::Match { arms, .. } => {
                let arms = arms.iter_mut();
                arms.map(|(_, arm)| InsideMut::Expr(arm)).collect()
            }
            Self::Loop(looped) => vec![InsideMut::Block(&mut looped.body)],
            Self::Unrolled(unrolled) => {
                let rest = unrolled.rest.iter_mut().map(|rest| &mut rest.body);
                let bodies = unrolled.copies.iter_mut().chain(rest);
                bodies.map(InsideMut::Block).collect()
            }
            Self::Assign { right, .. } => vec![InsideMut::Expr(right)],
            Self::Tuple(_) | Self::Array { .. } | Self::Vector(_) | Self::Change(_) => {
                self.parts_mut().iter_mut().map(InsideMut::Expr).collect()
            }
            Self::Host(_)
            | Self::Tensor(..)
            | Self::Borrow { .. }
            | Self::Select(_)
            | Self::Task(_)
            | Self::Alloc(_)
            | Self::Access(_)
            | Self::Call(_) => Vec::new(),
            Self::Jump { value, .. } => {
                let value = value.iter_mut();
                value.map(|value| InsideMut::Expr(value)).collect()
            }
        }
    }

    /// Whether a macro in it may expand to a jump.
    fn may_jump(&self) -> bool {
        self.inside().into_iter().any(|inside| match inside {
            Inside::Block(block) => block.may_jump(),
            Inside::Expr(expr) => expr.may_jump(),
        })
    }

    /// Whether something is in it that has to be ordered: a task, an allocation, a call of an orchestration, an access
    /// of the host.
    pub(crate) fn submits(&self) -> bool {
        matches!(
            self,
            Self::Task(_) | Self::Alloc(_) | Self::Call(_) | Self::Access(_)
        ) || self.inside().into_iter().any(|inside| match inside {
            Inside::Block(block) => block.submits(),
            Inside::Expr(expr) => expr.submits(),
        })
    }
}

impl Block {
    /// The expressions of its statements, in program order.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.stmts.iter().flat_map(|stmt| {
            let (first, second) = match stmt {
                Stmt::Let { init, diverge, .. } => (init.as_ref(), diverge.as_deref()),
                Stmt::Expr { expr, .. } => (Some(expr), None),
                Stmt::Item(_) | Stmt::MayJump => (None, None),
            };
            first.into_iter().chain(second)
        })
    }

    /// As [`expressions`](Block::expressions), to change them.
    pub(crate) fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.stmts.iter_mut().flat_map(|stmt| {
            let (first, second) = match stmt {
                Stmt::Let { init, diverge, .. } => (init.as_mut(), diverge.as_deref_mut()),
                Stmt::Expr { expr, .. } => (Some(expr), None),
                Stmt::Item(_) | Stmt::MayJump => (None, None),
            };
            first.into_iter().chain(second)
        })
    }

    /// Whether a macro in it may expand to a jump.
    pub(crate) fn may_jump(&self) -> bool {
        let here = |stmt: &Stmt| matches!(stmt, Stmt::MayJump);
        self.stmts.iter().any(here) || self.expressions().any(Expr::may_jump)
    }

    /// Whether something is in it that has to be ordered.
    pub(crate) fn submits(&self) -> bool {
        self.expressions().any(Expr::submits)
    }
}
