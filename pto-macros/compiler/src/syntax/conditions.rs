//! Conditions of tasks: `#[task(when = flag[i] > 0)]`.

use super::ast::{ArgKind, Condition, Task, TaskOptions};
use super::body::Parser;
use super::host::is_tensor_place;
use super::names::strip;
use crate::diag::{Code, Diagnostic, Place};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::spanned::Spanned;

impl Parser<'_> {
    /// The condition that a task's options state.
    pub(super) fn condition(&mut self, options: &TaskOptions) -> Option<Condition> {
        let when = options.when.clone()?;
        let place = Place::of(&when);
        let found = match strip(&when) {
            syn::Expr::Binary(binary) => compared(&binary.op).zip(match strip(&binary.left) {
                syn::Expr::Index(index) if is_tensor_place(&index.expr, &self.names) => {
                    Some((index.clone(), binary))
                }
                _ => None,
            }),
            _ => None,
        };
        let Some((compare, (element, binary))) = found else {
            self.errors.push(
                Diagnostic::new(
                    Code::BadOption,
                    place,
                    "the condition of a task compares an element of a tensor with a value",
                )
                .note("it is evaluated when the task could run, by whatever runs tasks")
                .help(
                    "write `when = flag[i] > 0`, with one of `==`, `!=`, `<`, `<=`, `>` and `>=`",
                ),
            );
            return None;
        };
        Some(Condition {
            tensor: self.through(*element.expr),
            index: self.index(*element.index),
            op: binary.op,
            compare,
            value: self.host((*binary.right).clone()),
            place,
        })
    }

    /// What a task that may be skipped cannot create.
    pub(super) fn no_outputs(&mut self, task: &Task) {
        let Some(condition) = &task.condition else {
            return;
        };
        let mut args = task.args.iter();
        if let Some(out) = args.find(|arg| matches!(arg.kind, ArgKind::Out(_))) {
            let what = format!(
                "nothing writes this tensor where `{}` is skipped",
                task.name()
            );
            self.errors.push(
                Diagnostic::new(Code::BadOption, out.place, what)
                    .label("created by a task that has a condition")
                    .note(format!("it runs only if `{}` holds", condition.shown()))
                    .help("pass a tensor that exists, with what it is to hold then: `let mut t = alloc!(f32 = 0.0; [n]);`, and `&mut t`"),
            );
        }
    }

    /// Reports a condition of what runs no kernel.
    pub(super) fn no_condition(&mut self, options: &TaskOptions, what: &str) {
        if let Some(when) = &options.when {
            self.errors.push(
                Diagnostic::new(
                    Code::BadOption,
                    Place::of(when),
                    format!("{what} has no condition"),
                )
                .note("`when` says whether a kernel runs, and this runs none")
                .help("remove `when`, or put it on the tasks that are to be skipped"),
            );
        }
    }
}

impl Condition {
    /// As in messages: the user's own text.
    pub fn shown(&self) -> String {
        let index: Vec<String> = self
            .index
            .iter()
            .map(|at| super::spelling(&at.source))
            .collect();
        let op = self.op.to_token_stream();
        let value = super::spelling(&self.value.source);
        format!("{}[{}] {op} {value}", self.tensor.shown(), index.join(", "))
    }
}

/// The variant of `Compare` that an operator is.
fn compared(op: &syn::BinOp) -> Option<Ident> {
    let name = match op {
        syn::BinOp::Eq(_) => "Equal",
        syn::BinOp::Ne(_) => "NotEqual",
        syn::BinOp::Lt(_) => "Less",
        syn::BinOp::Le(_) => "LessOrEqual",
        syn::BinOp::Gt(_) => "Greater",
        syn::BinOp::Ge(_) => "GreaterOrEqual",
        _ => return None,
    };
    Some(Ident::new(name, op.span()))
}
