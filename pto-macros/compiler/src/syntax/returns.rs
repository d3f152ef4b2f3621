//! What an orchestration returns.

use super::ast::{Block, Expr, Jump, Stmt};
use super::body::Parser;
use super::ends::HostMacro;
use super::kind::Kind;
use crate::diag::{Code, Diagnostic, Place};
use syn::visit::Visit as _;

impl Parser<'_> {
    /// The body of an orchestration, and where its value stands if it returns tensors.
    pub(super) fn body(&mut self, block: syn::Block) -> (Block, Option<Place>) {
        let end = Place::at(block.brace_token.span.close());
        let last = block.stmts.last().map(Place::of);
        self.means_what_it_says(|unseen| unseen.visit_block(&block));
        let mut body = self.block(block);
        let Some(returns) = self.returns.filter(|returns| *returns > 0) else {
            return (body, None);
        };
        let wanted = Kind::wanted_by_caller(returns);
        body.bind_to(&wanted);
        match body.stmts.last() {
            Some(Stmt::Expr { expr, semi: false }) if self.kind(expr).fits(&wanted) => {
                return (body, last);
            }
            Some(Stmt::Expr { expr, .. }) if diverges(expr) => {}
            _ => self.returns_nothing(end, returns),
        }
        (body, None)
    }

    /// The value of a `return`.
    pub(super) fn returned(&mut self, value: Option<syn::Expr>, place: Place) -> Option<Box<Expr>> {
        let Some(value) = value else {
            if let Some(returns @ 1..) = self.returns {
                self.returns_nothing(place, returns);
            }
            return None;
        };
        let Some(returns) = self.returns else {
            self.expr(value);
            return None;
        };
        let place = Place::of(&value);
        let mut value = self.expr(value);
        let wanted = Kind::wanted_by_caller(returns);
        value.bind_to(&wanted);
        if returns == 0 {
            self.errors.push(
                Diagnostic::new(
                    Code::BadOrchestration,
                    place,
                    "this orchestration returns nothing",
                )
                .help("say what it returns, as in `-> Tensor<f32>`, or write results to an `Out<T>` or `InOut<T>` parameter"),
            );
        } else if !self.kind(&value).fits(&wanted) {
            self.returns_nothing(place, returns);
        }
        Some(Box::new(value))
    }

    fn returns_nothing(&mut self, place: Place, returns: usize) {
        let what = match returns {
            1 => "the tensor that the orchestration returns is missing here".to_owned(),
            count => {
                format!("the {count} tensors that the orchestration returns are missing here")
            }
        };
        let help = match returns {
            1 => "end with a tensor that was made in it: its name, or the task that creates it",
            _ => "end with a tuple of tensors that were made in it: `(a, b)`",
        };
        self.errors
            .push(Diagnostic::new(Code::BadOrchestration, place, what).help(help));
    }
}

impl Kind {
    /// Whether it has the wanted number of tensors.
    fn fits(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Tuple(parts), Self::Tuple(wanted)) => {
                parts.len() == wanted.len() && parts.iter().zip(wanted).all(|(a, b)| a.fits(b))
            }
            (kind, wanted) => kind.is_tensor() && wanted.is_tensor(),
        }
    }
}

/// Whether what follows an expression is never reached, as far as its form shows.
fn diverges(expr: &Expr) -> bool {
    let ends = |block: &Block| matches!(block.stmts.last(), Some(Stmt::Expr { expr, .. }) if diverges(expr));
    match expr {
        Expr::Jump { kind, .. } => *kind == Jump::Return,
        Expr::Host(host) => match &host.source {
            syn::Expr::Macro(mac) => HostMacro::of(&mac.mac) == Some(HostMacro::Fatal),
            _ => false,
        },
        Expr::Block(None, block) => ends(block),
        Expr::If {
            then,
            other: Some(other),
            ..
        } => ends(then) && diverges(other),
        Expr::Match { arms, .. } => !arms.is_empty() && arms.iter().all(|(_, arm)| diverges(arm)),
        _ => false,
    }
}
