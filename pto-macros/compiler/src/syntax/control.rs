//! Branches, loops and jumps.

use super::ast::{Block, Expr, Host, Jump, Loop, LoopHead};
use super::body::Parser;
use super::names::{Kind, bound_in};
use crate::diag::{Code, Diagnostic, Place};

impl Parser<'_> {
    pub(super) fn branch(&mut self, branch: syn::ExprIf) -> Expr {
        let cond = self.host(*branch.cond);
        let mark = self.names.enter();
        self.bind_condition(&cond.source);
        let then = self.block(branch.then_branch);
        self.names.leave(mark);
        let other = branch
            .else_branch
            .map(|(_, other)| Box::new(self.expr(*other)));
        Expr::If { cond, then, other }
    }

    pub(super) fn arm(&mut self, arm: syn::Arm) -> (syn::Pat, Expr) {
        let mark = self.names.enter();
        self.names.bind_pat(&arm.pat, &Kind::Host);
        let body = self.expr(*arm.body);
        self.names.leave(mark);
        (arm.pat, body)
    }

    /// A loop's body; remembers whether jumps out of it are allowed.
    pub(super) fn loop_body(&mut self, body: syn::Block, parallel: bool) -> Block {
        self.loops.push(parallel);
        let body = self.block(body);
        self.loops.pop();
        body
    }

    /// Binds the names of an `if let` or `while let`.
    pub(super) fn bind_condition(&mut self, cond: &syn::Expr) {
        for pat in bound_in(cond) {
            self.names.bind_pat(pat, &Kind::Host);
        }
    }

    pub(super) fn plain_loop(
        &mut self,
        label: Option<syn::Label>,
        head: LoopHead,
        body: syn::Block,
        place: Place,
    ) -> Expr {
        Expr::Loop(Loop {
            id: 0,
            label,
            head,
            body: self.loop_body(body, false),
            parallel: false,
            unroll: None,
            place,
        })
    }

    pub(super) fn jump(
        &mut self,
        kind: Jump,
        label: Option<syn::Lifetime>,
        value: Option<Host>,
        place: Place,
    ) -> Expr {
        let leaves_parallel = match (kind, &label) {
            (Jump::Return, _) | (_, Some(_)) => self.loops.contains(&true),
            _ => self.loops.last() == Some(&true) && kind == Jump::Break,
        };
        if leaves_parallel {
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
}
