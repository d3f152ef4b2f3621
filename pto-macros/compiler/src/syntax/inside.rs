//! What is directly inside a node of the tree.

use super::ast::{Block, ChangeKind, Expr, Stmt, Vector};

/// A part of an expression.
pub(crate) enum Inside<'a> {
    /// A block.
    Block(&'a Block),
    /// An expression.
    Expr(&'a Expr),
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
            Self::Tuple(parts)
            | Self::Array {
                elements: parts, ..
            }
            | Self::Vector(Vector {
                elements: parts, ..
            }) => parts.iter().map(Inside::Expr).collect(),
            Self::Change(change) => match &change.kind {
                ChangeKind::Push(value) => vec![Inside::Expr(value)],
                ChangeKind::Clear | ChangeKind::Still(_) => Vec::new(),
            },
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
