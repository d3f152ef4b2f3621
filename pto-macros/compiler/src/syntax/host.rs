//! Host code: finds the places where it touches tensors, and lowers host reads.

use super::ast::Host;
use super::names::{Kind, Names, strip};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};

/// The macros of the language.
pub(super) const DSL_MACROS: [&str; 5] = ["scope", "manual_scope", "parallel_for", "alloc", "out"];

/// Methods of a tensor handle that only tell about its geometry.
const GEOMETRY: [&str; 8] = [
    "dim", "shape", "len", "ndims", "is_empty", "strides", "numel", "dtype",
];

/// Name of the variable that holds the host's view of an `In` parameter.
pub fn host_view(param: &Ident) -> Ident {
    format_ident!("__host_{}", param, span = Span::mixed_site())
}

/// Lowers the arguments of a macro statement that is none of ours.
pub(super) fn lower_macro(mac: &mut syn::Macro, names: &mut Names, errors: &mut Diagnostics) {
    Lowering {
        names,
        errors,
        reported: Vec::new(),
        closures: 0,
        loops: 0,
    }
    .visit_macro_mut(mac);
}

/// Lowers a host expression; reports tensor uses that it cannot have.
pub(super) fn lower(expr: syn::Expr, names: &mut Names, errors: &mut Diagnostics) -> Host {
    let source = expr.clone();
    let mut lowered = expr;
    Lowering {
        names,
        errors,
        reported: Vec::new(),
        closures: 0,
        loops: 0,
    }
    .visit_expr_mut(&mut lowered);
    Host { source, lowered }
}

struct Lowering<'a> {
    names: &'a mut Names,
    errors: &'a mut Diagnostics,
    /// Tensors that were reported in this expression.
    reported: Vec<Ident>,
    /// How many closures deep: `?` would leave the closure, not the orchestration.
    closures: usize,
    /// How many loops deep: jumps inside stay inside.
    loops: usize,
}

impl Lowering<'_> {
    fn unsupported(&mut self, place: Place, what: impl Into<String>, help: &str) {
        self.errors
            .push(Diagnostic::new(Code::Unsupported, place, what).help(help));
    }

    /// `lens[b]` on an `In` parameter: a checked read of the host's memory.
    fn host_read(&mut self, param: &Ident, index: &syn::Expr) -> syn::Expr {
        let host = host_view(param);
        let span = param.span();
        let mut index = index.clone();
        self.visit_expr_mut(&mut index);
        let tokens = if self.closures > 0 {
            // `?` would leave the closure only: fail the way indexing does.
            quote_spanned!(span=> #host.at(#index).unwrap_or_else(|error| ::core::panic!("{error}")))
        } else {
            quote_spanned!(span=> #host.at(#index)?)
        };
        syn::Expr::Verbatim(tokens)
    }
}

impl VisitMut for Lowering<'_> {
    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        match expr {
            syn::Expr::Index(index) => {
                let found = self.names.of_expr(&index.expr);
                match found.map(|(ident, kind)| (ident, kind.clone())) {
                    Some((ident, Kind::Input)) => {
                        *expr = self.host_read(&ident, &index.index.clone());
                        return;
                    }
                    Some((ident, kind)) if kind.is_tensor() => {
                        self.errors.push(
                            Diagnostic::new(
                                Code::HostReadOfWritten,
                                Place::of(expr),
                                format!("`{ident}` may still be written by tasks when this element is read"),
                            )
                            .note("the host reads elements while tasks run; only an `In<T>` parameter is certain not to change")
                            .help(format!("read the element in a kernel, or pass `{ident}` as an `In<T>` parameter")),
                        );
                        return;
                    }
                    _ => {}
                }
            }
            syn::Expr::MethodCall(call) => {
                let on_tensor = self
                    .names
                    .of_expr(&call.receiver)
                    .is_some_and(|(_, kind)| kind.is_tensor());
                if on_tensor && GEOMETRY.iter().any(|name| call.method == name) {
                    for arg in &mut call.args {
                        self.visit_expr_mut(arg);
                    }
                    return;
                }
            }
            syn::Expr::Path(_) => {
                let found = self.names.of_expr(expr);
                if let Some((ident, kind)) = found
                    && kind.has_tensor()
                    && !self.reported.contains(&ident)
                {
                    self.reported.push(ident.clone());
                    let text =
                        format!("the tensor `{ident}` is used in a way the compiler cannot follow");
                    let help = format!(
                        "pass it to a kernel as `&{ident}` or `&mut {ident}`, view it as `{ident}.view([..])`, or bind it with `let`"
                    );
                    self.unsupported(Place::of(expr), text, &help);
                }
                return;
            }
            syn::Expr::Call(call) => {
                let is_task = call
                    .args
                    .iter()
                    .any(|arg| is_tensor_argument(arg, self.names));
                if is_task {
                    self.unsupported(
                        Place::of(&call.func),
                        "a task cannot be submitted from inside this expression",
                        "submit it in a statement of its own: `let x = kernel(..);`",
                    );
                    return;
                }
            }
            syn::Expr::Macro(mac) => {
                self.visit_macro_mut(&mut mac.mac);
                return;
            }
            syn::Expr::Break(_) | syn::Expr::Continue(_) if self.closures + self.loops == 0 => {
                self.stray_jump(expr);
            }
            syn::Expr::Return(_) if self.closures == 0 => self.stray_jump(expr),
            syn::Expr::Loop(_) | syn::Expr::While(_) | syn::Expr::ForLoop(_) => {
                self.loops += 1;
                visit_mut::visit_expr_mut(self, expr);
                self.loops -= 1;
                return;
            }
            syn::Expr::Closure(closure) => {
                let mark = self.names.enter();
                for input in &closure.inputs {
                    self.names.bind_pat(input, &Kind::Host);
                }
                self.closures += 1;
                self.visit_expr_mut(&mut closure.body);
                self.closures -= 1;
                self.names.leave(mark);
                return;
            }
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        visit_mut::visit_local_mut(self, local);
        self.names.bind_pat(&local.pat, &Kind::Host);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        let mark = self.names.enter();
        visit_mut::visit_block_mut(self, block);
        self.names.leave(mark);
    }

    fn visit_stmt_macro_mut(&mut self, stmt: &mut syn::StmtMacro) {
        self.visit_macro_mut(&mut stmt.mac);
    }

    /// The arguments of `println!`, `assert!`, `vec!` and their like are expressions too.
    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        self.stray_macro(mac);
        let parse = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(mut args) = mac.parse_body_with(parse)
            && dsl_macro(mac).is_none()
        {
            for arg in &mut args {
                self.visit_expr_mut(arg);
            }
            mac.tokens = args.to_token_stream();
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        let mark = self.names.enter();
        self.names.bind_pat(&arm.pat, &Kind::Host);
        self.visit_expr_mut(&mut arm.body);
        self.names.leave(mark);
    }
}

impl Lowering<'_> {
    fn stray_jump(&mut self, jump: &syn::Expr) {
        self.unsupported(
            Place::of(jump),
            "a jump out of the middle of an expression",
            "make the jump a statement of its own, or the arm of an `if` or `match`",
        );
    }

    fn stray_macro(&mut self, mac: &syn::Macro) {
        if let Some(name) = dsl_macro(mac) {
            let what = format!("`{name}!` cannot stand inside this expression");
            let help = match name.as_str() {
                "out" => "`out!([..])` is an argument of a task: `let s = kernel(&a, out!([n]));`",
                "alloc" => "bind it with `let`: `let mut acc = alloc!([n]);`",
                _ => "make it a statement of its own",
            };
            let place = Place::at(mac.path.span());
            self.errors
                .push(Diagnostic::new(Code::Misplaced, place, what).help(help));
        }
    }
}

/// The language's macro that `mac` calls, if it calls one.
pub(super) fn dsl_macro(mac: &syn::Macro) -> Option<String> {
    let last = mac.path.segments.last()?;
    let name = last.ident.to_string();
    DSL_MACROS.contains(&name.as_str()).then_some(name)
}

/// Whether `arg` makes a call a task: `out!(..)`, `&tensor`, `&mut tensor`.
pub(super) fn is_tensor_argument(arg: &syn::Expr, names: &Names) -> bool {
    match strip(arg) {
        syn::Expr::Macro(mac) => dsl_macro(&mac.mac).as_deref() == Some("out"),
        syn::Expr::Reference(reference) => is_tensor_place(&reference.expr, names),
        other => is_tensor_place(other, names),
    }
}

/// Whether `expr` is a tensor's name or a view of one.
pub(super) fn is_tensor_place(expr: &syn::Expr, names: &Names) -> bool {
    match strip(expr) {
        syn::Expr::MethodCall(call) => {
            is_view_method(&call.method) && is_tensor_place(&call.receiver, names)
        }
        other => names
            .of_expr(other)
            .is_some_and(|(_, kind)| kind.is_tensor()),
    }
}

/// Whether a method of a tensor gives another tensor of the same storage.
pub(super) fn is_view_method(method: &Ident) -> bool {
    ["view", "view_mut", "transpose", "transpose_mut"]
        .iter()
        .any(|name| method == name)
}
