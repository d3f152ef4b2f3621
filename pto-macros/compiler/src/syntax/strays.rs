//! What host code cannot do with tensors, with what to write instead.

use super::host::{Lowering, dsl_macro};
use super::spelling::spelling;
use super::unseen::first_ident;
use crate::diag::{Code, Diagnostic, Place};
use proc_macro2::Ident;
use syn::spanned::Spanned;

impl Lowering<'_> {
    pub(super) fn stray_tensor(&mut self, expr: &syn::Expr) {
        let shown = spelling(expr);
        if self.reported.contains(&shown) {
            return;
        }
        let (what, help) = if self.closures > 0 {
            (
                format!(
                    "the tensor `{shown}` is used in a closure, which the compiler cannot follow"
                ),
                "submit the task outside of the closure: in a `for` loop instead of `map` or `for_each`"
                    .to_owned(),
            )
        } else {
            (
                format!("the tensor `{shown}` is used in a way the compiler cannot follow"),
                format!(
                    "pass it to a kernel as `&{shown}` or `&mut {shown}`, view it as `{shown}.view([..])`, or bind it with `let`"
                ),
            )
        };
        self.reported.push(shown);
        self.unsupported(Place::of(expr), what, &help);
    }

    /// The host reads an element of a tensor that is no `In<T>` parameter by its name.
    pub(super) fn read_of_written(&mut self, expr: &syn::Expr, mode: &str) {
        let syn::Expr::Index(index) = expr else {
            return;
        };
        let shown = spelling(&index.expr);
        let diagnostic = if mode == "In" {
            Diagnostic::new(
                Code::HostReadOfWritten,
                Place::of(expr),
                format!("the host reads `{shown}` only by the parameter's own name"),
            )
            .help("write the name of the `In<T>` parameter before the index")
        } else {
            Diagnostic::new(
                Code::HostReadOfWritten,
                Place::of(expr),
                format!("`{shown}` may still be written by tasks when this element is read"),
            )
            .note("the host reads elements in brackets while tasks run; only an `In<T>` parameter is certain not to change")
            .help(format!("wait for those tasks: `let value = {};`", got(&shown, &index.index)))
            .help(format!("or read the element in a kernel, or pass `{shown}` as an `In<T>` parameter"))
        };
        self.errors.push(diagnostic);
    }

    /// An access of an element inside an expression: it has to wait for tasks, and these are followed by statements.
    pub(super) fn stray_access(&mut self, method: &str, place: Place) {
        if self.closures > 0 {
            self.unsupported(
                place,
                format!("`{method}` waits for tasks, which a closure cannot"),
                "access the element outside of the closure: in a `for` loop instead of `map` or `for_each`",
            );
            return;
        }
        let (what, help) = match method {
            "get" => (
                "an element is read in the middle of an expression",
                "bind it first: `let value = t.get([i]);`",
            ),
            _ => (
                "an element is written in the middle of an expression",
                "make it a statement of its own: `t.set([i], value);`",
            ),
        };
        self.errors
            .push(Diagnostic::new(Code::Misplaced, place, what).help(help));
    }

    /// A macro of which nothing is known is given the name of a tensor, with which it could do anything.
    pub(super) fn tensor_in_macro(&mut self, mac: &syn::Macro) {
        let is_tensor = |ident: &Ident| self.names.get(ident).has_tensor();
        let Some(found) = first_ident(mac.tokens.clone(), &is_tensor) else {
            return;
        };
        let shown = found.to_string();
        if self.reported.contains(&shown) {
            return;
        }
        let what =
            format!("the compiler does not see what this macro does with the tensor `{shown}`");
        let help =
            format!("bind what it needs first, as in `let n = {shown}.len();`, and pass that");
        self.reported.push(shown);
        self.unsupported(Place::at(found.span()), what, &help);
    }

    pub(super) fn stray_jump(&mut self, jump: &syn::Expr) {
        self.unsupported(
            Place::of(jump),
            "a jump out of the middle of an expression",
            "make the jump a statement of its own, or the arm of an `if` or `match`",
        );
    }

    pub(super) fn stray_macro(&mut self, mac: &syn::Macro) {
        if let Some(name) = dsl_macro(mac) {
            let what = format!("`{name}!` cannot stand inside this expression");
            let help = match name.as_str() {
                "out" => "`out!([..])` is an argument of a task: `let s = kernel(&a, out!([n]));`",
                "alloc" => "bind it with `let`: `let mut acc = alloc!([n]);`",
                "call" => "make it a statement of its own: `let t = call!(..);`",
                _ => "make it a statement of its own",
            };
            let place = Place::at(mac.path.span());
            self.errors
                .push(Diagnostic::new(Code::Misplaced, place, what).help(help));
        }
    }
}

/// The element at an index, read by the host: `t[[i, j]]` is `t.get([i, j])`.
fn got(tensor: &str, index: &syn::Expr) -> String {
    let index = spelling(index);
    match index.starts_with('[') {
        true => format!("{tensor}.get({index})"),
        false => format!("{tensor}.get([{index}])"),
    }
}
