//! Host code: finds the places where it touches tensors, and lowers host reads.

use super::ast::HostUse;
use super::ast::Rearrangement;
use super::collections::instead_of;
use super::ends::{self, HostMacro};
use super::host_access::is_host_access;
use super::jumps::{is_plain, may_jump};
use super::kind::Kind;
use super::names::{Names, strip};
use super::spelling::spelling;
use super::unseen::{alone, items, pin, taken_over};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::respan::respan;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};

/// The macros of the language.
pub(super) const DSL_MACROS: [&str; 8] = [
    "scope",
    "manual_scope",
    "parallel_for",
    "alloc",
    "barrier",
    "call",
    "mixed",
    "out",
];

/// Methods of a tensor handle that only tell about its geometry.
const GEOMETRY: [&str; 8] = [
    "dim", "shape", "len", "ndims", "is_empty", "strides", "numel", "dtype",
];

/// Methods of a collection that only count its elements.
const COUNT: [&str; 3] = ["len", "is_empty", "capacity"];

/// Name of the variable that holds the host's view of an `In` parameter.
pub fn host_view(param: &Ident) -> Ident {
    format_ident!("__host_{}", param, span = Span::mixed_site())
}

/// Finds what host code does with tensors: lowers what it may do, and reports the rest.
pub(super) struct Lowering<'a> {
    pub(super) names: &'a mut Names,
    pub(super) errors: &'a mut Diagnostics,
    /// Path of the runtime crate.
    krate: &'a syn::Path,
    /// Tensors that were reported in this expression.
    pub(super) reported: Vec<String>,
    /// Set where a macro is met that may jump.
    hidden_jump: &'a mut bool,
    /// How many closures deep: `?` would leave the closure, not the orchestration.
    pub(super) closures: usize,
    /// How many loops deep: jumps inside stay inside.
    loops: usize,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        names: &'a mut Names,
        errors: &'a mut Diagnostics,
        krate: &'a syn::Path,
        hidden_jump: &'a mut bool,
    ) -> Self {
        Self {
            names,
            errors,
            krate,
            hidden_jump,
            reported: Vec::new(),
            closures: 0,
            loops: 0,
        }
    }

    /// Lowers a host expression; reports tensor uses that it cannot have.
    pub(super) fn lower(mut self, mut expr: syn::Expr) -> syn::Expr {
        self.visit_expr_mut(&mut expr);
        expr
    }

    /// Lowers the arguments of a macro statement that is none of ours.
    pub(super) fn lower_macro(mut self, mac: &mut syn::Macro) {
        self.visit_macro_mut(mac);
    }

    pub(super) fn unsupported(&mut self, place: Place, what: impl Into<String>, help: &str) {
        self.errors
            .push(Diagnostic::new(Code::Unsupported, place, what).help(help));
    }

    /// `lens[b]` on an `In` parameter: a checked read of the host's memory.
    fn host_read(&mut self, param: &Ident, index: &syn::Expr) -> syn::Expr {
        self.names.note(param, HostUse::Read);
        let host = host_view(param);
        let span = param.span();
        let mut index = index.clone();
        self.visit_expr_mut(&mut index);
        let read = quote_spanned!(span=> #host.at(#index));
        self.checked(span, &read)
    }

    /// The value of a `Result`, or the way out.
    fn checked(&self, span: Span, result: &TokenStream) -> syn::Expr {
        syn::Expr::Verbatim(if self.closures > 0 {
            // `?` would leave the closure only: fail the way indexing does.
            quote_spanned!(span=> #result.unwrap_or_else(|error| ::core::panic!("{error}")))
        } else {
            quote_spanned!(span=> #result?)
        })
    }

    /// A place with tensors in it, of which only the geometry is asked: elements are checked.
    fn place(&mut self, place: &mut syn::Expr) {
        match place {
            syn::Expr::Paren(inner) => self.place(&mut inner.expr),
            syn::Expr::Group(inner) => self.place(&mut inner.expr),
            syn::Expr::Field(field) => self.place(&mut field.base),
            syn::Expr::Unary(unary) => self.place(&mut unary.expr),
            syn::Expr::Index(index) => {
                self.place(&mut index.expr);
                self.visit_expr_mut(&mut index.index);
                let span = index.bracket_token.span.join();
                let krate = respan(self.krate, span);
                let (of, at) = (&index.expr, &index.index);
                let element = quote_spanned!(span=> #krate::element(&#of, #at));
                let element = self.checked(span, &element);
                *place = syn::parse_quote_spanned!(span=> (*#element));
            }
            _ => {}
        }
    }

    /// A method call on a collection that tensors cannot be followed through: reported once for a chain of them.
    fn lost_call(&mut self, call: &syn::ExprMethodCall) -> bool {
        let mut first = call;
        while let syn::Expr::MethodCall(inner) = strip(&first.receiver) {
            first = inner;
        }
        let found = self.names.place(&first.receiver);
        if !found.is_some_and(|kind| kind.has_tensor() && kind.peeled().is_collection()) {
            return false;
        }
        let shown = spelling(&first.receiver);
        self.unsupported(
            Place::at(first.method.span()),
            format!(
                "the tensors of `{shown}` cannot be followed through `{}`",
                first.method
            ),
            &instead_of(&first.method, &shown),
        );
        true
    }
}

impl VisitMut for Lowering<'_> {
    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        // A host value beside tensors: `pair.1`.
        if self.names.part(expr).is_some_and(|kind| !kind.has_tensor()) {
            self.place(expr);
            return;
        }
        match expr {
            syn::Expr::Index(index) => {
                let found = self.names.place(&index.expr);
                match found.as_ref().map(Kind::peeled) {
                    Some(Kind::Input) => {
                        if let Some((ident, Kind::Input)) = self.names.of_expr(&index.expr) {
                            *expr = self.host_read(&ident, &index.index.clone());
                            return;
                        }
                        self.read_of_written(expr, "In");
                        return;
                    }
                    Some(Kind::Tensor | Kind::View) => {
                        self.read_of_written(expr, "InOut");
                        return;
                    }
                    _ => {}
                }
                if self.names.place(expr).is_some_and(|kind| kind.has_tensor()) {
                    self.stray_tensor(expr);
                    return;
                }
            }
            syn::Expr::MethodCall(call) => {
                let receiver = self.names.place(&call.receiver);
                let known = receiver.as_ref().map(Kind::peeled).is_some_and(|kind| {
                    (kind.is_tensor() && GEOMETRY.iter().any(|name| call.method == name))
                        || (kind.has_tensor()
                            && kind.is_collection()
                            && COUNT.iter().any(|name| call.method == name))
                });
                if known && !is_view(&call.receiver) {
                    self.place(&mut call.receiver);
                    for arg in &mut call.args {
                        self.visit_expr_mut(arg);
                    }
                    return;
                }
                if is_host_access(call, self.names) {
                    let (method, place) = (call.method.to_string(), Place::of(&*call));
                    self.stray_access(&method, place);
                    return;
                }
                if self.lost_call(call) {
                    return;
                }
            }
            syn::Expr::Path(_) | syn::Expr::Field(_) => {
                if self.names.place(expr).is_some_and(|kind| kind.has_tensor()) {
                    self.stray_tensor(expr);
                    return;
                }
                if let syn::Expr::Path(_) = expr {
                    return;
                }
            }
            syn::Expr::Struct(new) => {
                let held = new.fields.iter().find(|field| {
                    let value = match strip(&field.expr) {
                        syn::Expr::Reference(reference) => strip(&reference.expr),
                        value => value,
                    };
                    self.names
                        .place(value)
                        .is_some_and(|kind| kind.has_tensor())
                });
                if let Some(held) = held {
                    self.unsupported(
                        Place::of(&held.expr),
                        "the fields of a struct cannot be followed",
                        "keep tensors that belong together in a tuple: `let pair = (a, b);`, then `&pair.0`",
                    );
                    return;
                }
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
                self.names.note_macro();
                match HostMacro::of(&mac.mac) {
                    Some(which) => *expr = self.host_macro(which, &mut mac.mac),
                    None => {
                        self.visit_macro_mut(&mut mac.mac);
                        if !is_plain(&mac.mac) {
                            let span = Place::of(&mac.mac.path).first;
                            let alone = alone(mac, self.names.tensors(), span);
                            *expr = syn::Expr::Verbatim(alone);
                        }
                    }
                }
                return;
            }
            syn::Expr::Try(tried) if self.closures == 0 => {
                self.visit_expr_mut(&mut tried.expr);
                let result = ends::host_result(&tried.expr, self.krate);
                *tried.expr = syn::Expr::Verbatim(result);
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
        for name in items(block) {
            if self.names.is_bound(&name) {
                self.errors.push(taken_over(&name));
            }
        }
        let mark = self.names.enter();
        visit_mut::visit_block_mut(self, block);
        self.names.leave(mark);
    }

    fn visit_stmt_mut(&mut self, stmt: &mut syn::Stmt) {
        match stmt {
            // As an expression, which it is.
            syn::Stmt::Macro(of) if HostMacro::of(&of.mac).is_some() => {
                let mut expr = syn::Expr::Macro(syn::ExprMacro {
                    attrs: std::mem::take(&mut of.attrs),
                    mac: of.mac.clone(),
                });
                self.visit_expr_mut(&mut expr);
                *stmt = syn::Stmt::Expr(expr, of.semi_token);
            }
            stmt => visit_mut::visit_stmt_mut(self, stmt),
        }
    }

    fn visit_stmt_macro_mut(&mut self, stmt: &mut syn::StmtMacro) {
        self.visit_macro_mut(&mut stmt.mac);
    }

    /// The arguments of `println!`, `assert!`, `vec!` and their like are expressions too.
    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        self.names.note_macro();
        self.stray_macro(mac);
        if self.closures == 0 && may_jump(mac) {
            *self.hidden_jump = true;
        }
        self.macro_arguments(mac);
        if !pin(mac) && dsl_macro(mac).is_none() {
            self.tensor_in_macro(mac);
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        let mark = self.names.enter();
        self.names.bind_pat(&arm.pat, &Kind::Host);
        if let syn::Pat::Guard(guarded) = &mut arm.pat {
            self.visit_expr_mut(&mut guarded.guard);
        }
        self.visit_expr_mut(&mut arm.body);
        self.names.leave(mark);
    }
}

impl Lowering<'_> {
    /// The arguments of a macro, where they are expressions.
    fn macro_arguments(&mut self, mac: &mut syn::Macro) {
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

    /// A macro of the language that stands for host code.
    fn host_macro(&mut self, which: HostMacro, mac: &mut syn::Macro) -> syn::Expr {
        let place = Place::of(&*mac);
        let lowered = match which {
            HostMacro::Fatal if self.closures > 0 => {
                let what = "`fatal!` cannot end the run from inside a closure";
                let help = "let the closure return a `Result`, and use `?` outside of it";
                self.unsupported(place, what, help);
                None
            }
            // It ends the run: nothing comes after it.
            HostMacro::Fatal => {
                self.macro_arguments(mac);
                Some(ends::fatal(mac, self.krate))
            }
            HostMacro::Cores => ends::cores(mac, self.krate).or_else(|| {
                let what = "`cores!` takes a kind of core";
                let help = "write `cores!(aic)` or `cores!(aiv)`";
                self.errors
                    .push(Diagnostic::new(Code::BadOption, place, what).help(help));
                None
            }),
            HostMacro::Clusters => ends::clusters(mac).or_else(|| {
                let what = "`clusters!` takes nothing";
                self.errors.push(
                    Diagnostic::new(Code::BadOption, place, what).help("write `clusters!()`"),
                );
                None
            }),
        };
        let lowered =
            lowered.unwrap_or_else(|| quote_spanned!(place.first=> ::core::unreachable!()));
        syn::Expr::Verbatim(lowered)
    }
}

/// The language's macro that `mac` calls, if it calls one.
pub(super) fn dsl_macro(mac: &syn::Macro) -> Option<String> {
    let last = mac.path.segments.last()?;
    let name = last.ident.to_string();
    DSL_MACROS.contains(&name.as_str()).then_some(name)
}

/// Whether `arg` makes a call a task: `out!(..)`, or a place with tensors in it.
pub(super) fn is_tensor_argument(arg: &syn::Expr, names: &Names) -> bool {
    match strip(arg) {
        syn::Expr::Macro(mac) => dsl_macro(&mac.mac).as_deref() == Some("out"),
        syn::Expr::Reference(reference) => is_tensor_argument(&reference.expr, names),
        other => names.place(other).is_some_and(|kind| kind.has_tensor()),
    }
}

/// Whether `expr` is a place that holds one tensor, or refers to one.
pub(super) fn is_tensor_place(expr: &syn::Expr, names: &Names) -> bool {
    let kind = names.place(expr);
    kind.is_some_and(|kind| kind.peeled().is_tensor())
}

/// Whether `expr` is a reference to a tensor, and an exclusive one.
pub(super) fn is_tensor_reference(expr: &syn::Expr, names: &Names) -> Option<bool> {
    match names.place(expr)? {
        Kind::Ref { exclusive, of } => of.peeled().is_tensor().then_some(exclusive),
        _ => None,
    }
}

/// Whether `expr` is a view of something.
fn is_view(expr: &syn::Expr) -> bool {
    matches!(strip(expr), syn::Expr::MethodCall(call) if is_view_method(&call.method))
}

/// Whether what a method gives may be written.
pub(super) fn is_exclusive(method: &Ident) -> bool {
    method.to_string().ends_with("_mut")
}

/// Whether a method of a tensor gives another tensor of the same storage.
pub(super) fn is_view_method(method: &Ident) -> bool {
    method == "view" || method == "view_mut" || Rearrangement::of(method).is_some()
}
