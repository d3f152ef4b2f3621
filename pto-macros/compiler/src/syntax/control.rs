//! Branches, loops and jumps.
//!
//! What is read here contains itself. Inlined into each other, the functions would keep all their locals for each level.

use super::ast::{Block, Cond, Expr, Jump, Loop, LoopHead, Unroll};
use super::body::Parser;
use super::kind::Kind;
use super::names::bound_in;
use crate::diag::{Code, Diagnostic, Place};
use proc_macro2::Ident;

/// What a jump can lead out of.
pub(super) enum Around {
    /// A loop, with its label.
    Loop(Option<Ident>),
    /// A labelled block.
    Block(Ident),
    /// The body of a `parallel_for!`.
    Parallel,
}

impl Around {
    pub(super) fn repeated(label: Option<&syn::Label>) -> Self {
        Self::Loop(label.map(|label| label.name.ident.clone()))
    }

    pub(super) fn block(label: &syn::Label) -> Self {
        Self::Block(label.name.ident.clone())
    }
}

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn branch(&mut self, branch: syn::ExprIf) -> Expr {
        let cond = self.cond(*branch.cond);
        let mark = self.names.enter();
        self.bind_condition(&cond);
        let then = self.block(branch.then_branch);
        self.names.leave(mark);
        let other = branch
            .else_branch
            .map(|(_, other)| Box::new(self.expr(*other)));
        Expr::If { cond, then, other }
    }

    #[inline(never)]
    pub(super) fn matched(&mut self, on: syn::ExprMatch) -> Expr {
        Expr::Match {
            on: self.host(*on.expr),
            arms: on.arms.into_iter().map(|arm| self.arm(arm)).collect(),
        }
    }

    fn arm(&mut self, mut arm: syn::Arm) -> (syn::Pat, Expr) {
        let mark = self.names.enter();
        self.names.bind_pat(&arm.pat, &Kind::Host);
        if let syn::Pat::Guard(guarded) = &mut arm.pat {
            *guarded.guard = self.host((*guarded.guard).clone()).lowered;
        }
        let body = self.expr(*arm.body);
        self.names.leave(mark);
        (arm.pat, body)
    }

    /// The body of what jumps can lead out of.
    pub(super) fn around(&mut self, around: Around, body: syn::Block) -> Block {
        self.around.push(around);
        let body = self.block(body);
        self.around.pop();
        body
    }

    /// The condition of an `if` or a `while`.
    pub(super) fn cond(&mut self, cond: syn::Expr) -> Cond {
        match self.optional(&cond) {
            Some((pat, value)) => {
                self.check_pattern(&pat, &value.kind);
                let value = Box::new(value);
                Cond::Let { pat, value }
            }
            None => Cond::Host(self.host(cond)),
        }
    }

    /// Binds the names of an `if let` or `while let`.
    pub(super) fn bind_condition(&mut self, cond: &Cond) {
        match cond {
            Cond::Host(cond) => {
                for pat in bound_in(&cond.source) {
                    self.names.bind_pat(pat, &Kind::Host);
                }
            }
            Cond::Let { pat, value } => self.names.bind_pat(pat, &value.kind),
        }
    }

    /// What drives a `for` loop, and what its pattern is given.
    pub(super) fn for_head(&mut self, pat: syn::Pat, iter: syn::Expr) -> (LoopHead, Kind) {
        match self.each(&iter) {
            Some((each, kind)) => {
                self.check_pattern(&pat, &kind);
                (LoopHead::Each { pat, each }, kind)
            }
            None => {
                let iter = self.host(iter);
                (LoopHead::For { pat, iter }, Kind::Host)
            }
        }
    }

    #[inline(never)]
    pub(super) fn for_loop(&mut self, looped: syn::ExprForLoop, unroll: Option<Unroll>) -> Expr {
        let (head, kind) = self.for_head(*looped.pat.clone(), *looped.expr);
        let mark = self.names.enter();
        self.names.bind_pat(&looped.pat, &kind);
        let around = Around::repeated(looped.label.as_ref());
        let body = self.around(around, looped.body);
        self.names.leave(mark);
        Expr::Loop(Box::new(Loop {
            id: 0,
            label: looped.label,
            head,
            body,
            parallel: false,
            spread: None,
            unroll,
            place: Place::at(looped.for_token.span),
        }))
    }

    #[inline(never)]
    pub(super) fn while_loop(&mut self, looped: syn::ExprWhile) -> Expr {
        let cond = self.cond(*looped.cond);
        let place = Place::at(looped.while_token.span);
        let mark = self.names.enter();
        self.bind_condition(&cond);
        let expr = self.plain_loop(looped.label, LoopHead::While(cond), looped.body, place);
        self.names.leave(mark);
        expr
    }

    #[inline(never)]
    pub(super) fn plain_loop(
        &mut self,
        label: Option<syn::Label>,
        head: LoopHead,
        body: syn::Block,
        place: Place,
    ) -> Expr {
        let around = Around::repeated(label.as_ref());
        Expr::Loop(Box::new(Loop {
            id: 0,
            label,
            head,
            body: self.around(around, body),
            parallel: false,
            spread: None,
            unroll: None,
            place,
        }))
    }

    pub(super) fn jump(
        &mut self,
        kind: Jump,
        label: Option<syn::Lifetime>,
        value: Option<Box<Expr>>,
        place: Place,
    ) -> Expr {
        if self.leaves_parallel(kind, label.as_ref()) {
            self.errors.push(
                Diagnostic::new(
                    Code::Unsupported,
                    place,
                    "this jump leaves a `parallel_for!`",
                )
                .note("its iterations are independent: none can end another")
                .help("use `continue` to end one iteration, or a plain `for` loop"),
            );
        }
        Expr::Jump {
            kind,
            label,
            value,
            place,
        }
    }

    /// Whether a jump leads out of a `parallel_for!`.
    fn leaves_parallel(&self, kind: Jump, label: Option<&syn::Lifetime>) -> bool {
        for around in self.around.iter().rev() {
            match (around, label) {
                (Around::Parallel, None) if kind == Jump::Continue => return false,
                (Around::Parallel, _) => return true,
                _ if kind == Jump::Return => {}
                (Around::Loop(_), None) => return false,
                (Around::Loop(Some(own)) | Around::Block(own), Some(label))
                    if *own == label.ident =>
                {
                    return false;
                }
                (Around::Loop(_) | Around::Block(_), _) => {}
            }
        }
        false
    }
}
