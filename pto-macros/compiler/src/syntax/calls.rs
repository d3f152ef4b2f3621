//! `call!`: orchestrations that call orchestrations.

use super::ast::{ArgKind, Block, Call, Expr, HostUse, Stmt, TensorExpr};
use super::body::Parser;
use super::kind::Kind;
use super::kinds::tensors;
use super::names::strip;
use super::options::Taken;
use crate::diag::{Code, Diagnostic, Place};

impl Parser<'_> {
    /// `call!(path::layer(&x, &mut y, 3))`.
    pub(super) fn call(
        &mut self,
        mac: &syn::Macro,
        name: Place,
        taken: &mut Taken,
    ) -> Option<Call> {
        if let Some((_, place)) = taken.task.take() {
            self.errors.push(
                Diagnostic::new(Code::BadOption, place, "a call of an orchestration has no options")
                    .note("it is as many tasks as the orchestration submits, and the runtime orders each of them with those around the call")
                    .help("remove `#[task(..)]`"),
            );
        }
        let parsed = mac.parse_body::<syn::Expr>().ok();
        let Some(syn::Expr::Call(call)) = parsed.as_ref().map(strip) else {
            return self.no_call(name);
        };
        let syn::Expr::Path(callee) = strip(&call.func) else {
            return self.no_call(Place::of(&call.func));
        };
        let place = Place::of(call);
        let mut args = Vec::with_capacity(call.args.len());
        let mut inputs = Vec::new();
        for (index, arg) in call.args.iter().enumerate() {
            let arg = self.arg(arg.clone(), "orchestration");
            match &arg.kind {
                ArgKind::Out(_) => self.errors.push(
                    Diagnostic::new(
                        Code::Misplaced,
                        arg.place,
                        "`out!` is an argument of a task, and this is a call of an orchestration",
                    )
                    .help("pass storage that exists: `let mut t = alloc!([n]);`, then `&mut t`")
                    .help("or let the orchestration return the tensor: `let t = call!(..);`"),
                ),
                ArgKind::Read(TensorExpr::Var(ident)) if *self.names.get(ident) == Kind::Input => {
                    self.names.note(ident, HostUse::Passed);
                    inputs.push(index);
                }
                _ => {}
            }
            args.push(arg);
        }
        Some(Call {
            site: 0,
            callee: callee.path.clone(),
            args,
            inputs,
            outs: 0,
            place,
        })
    }

    fn no_call<T>(&mut self, place: Place) -> Option<T> {
        self.errors.push(
            Diagnostic::new(
                Code::BadOption,
                place,
                "`call!` takes a call of an orchestration by its name",
            )
            .help("write `call!(layer(&x, &mut y))`"),
        );
        None
    }
}

impl Kind {
    /// What a pattern binds, if it is bound to tensors.
    pub(super) fn wanted_by_pat(pat: &syn::Pat) -> Self {
        match pat {
            syn::Pat::Type(typed) => Self::wanted_by_pat(&typed.pat),
            syn::Pat::Paren(inner) => Self::wanted_by_pat(&inner.pat),
            syn::Pat::Tuple(tuple) => {
                Self::Tuple(tuple.elems.iter().map(Self::wanted_by_pat).collect())
            }
            syn::Pat::Wild(_) => Self::Host,
            _ => Self::Tensor,
        }
    }

    /// What the left side of an assignment holds, if it is assigned tensors.
    pub(super) fn wanted_by_place(left: &syn::Expr) -> Self {
        match strip(left) {
            syn::Expr::Tuple(tuple) => {
                Self::Tuple(tuple.elems.iter().map(Self::wanted_by_place).collect())
            }
            syn::Expr::Infer(_) => Self::Host,
            _ => Self::Tensor,
        }
    }

    /// What an orchestration returns.
    pub(super) fn wanted_by_caller(count: usize) -> Self {
        tensors(count)
    }
}

impl Expr {
    /// Tells the calls whose value this expression has to how many tensors it is bound.
    pub(super) fn bind_to(&mut self, wanted: &Kind) {
        match self {
            Self::Call(call) => {
                call.outs = match wanted {
                    Kind::Host => 0,
                    Kind::Tuple(parts) => parts.len(),
                    _ => 1,
                };
            }
            Self::Tuple(parts) => {
                if let Kind::Tuple(wanted) = wanted {
                    for (part, wanted) in parts.iter_mut().zip(wanted) {
                        part.bind_to(wanted);
                    }
                }
            }
            Self::Block(_, block) => block.bind_to(wanted),
            Self::Scope(scope) => scope.body.bind_to(wanted),
            Self::If { then, other, .. } => {
                then.bind_to(wanted);
                if let Some(other) = other {
                    other.bind_to(wanted);
                }
            }
            Self::Match { arms, .. } => arms.iter_mut().for_each(|(_, arm)| arm.bind_to(wanted)),
            _ => {}
        }
    }
}

impl Block {
    /// Tells the calls whose value this block has to how many tensors it is bound.
    pub(super) fn bind_to(&mut self, wanted: &Kind) {
        if let Some(Stmt::Expr { expr, semi: false }) = self.stmts.last_mut() {
            expr.bind_to(wanted);
        }
    }
}
