//! The block macros: `scope!`, `manual_scope!`, `parallel_for!`.

use super::ast::{Expr, Loop, Scope, ScopeMode};
use super::body::Parser;
use super::control::Around;
use super::host::dsl_macro;
use super::options::Taken;
use super::spread;
use crate::diag::{Code, Diagnostic, Place};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::Visit as _;

impl Parser<'_> {
    /// A macro call in expression or statement position; `None` if it is not ours.
    pub(super) fn dsl(&mut self, mac: &syn::Macro, taken: &mut Taken) -> Option<Expr> {
        let name = dsl_macro(mac)?;
        let place = Place::at(mac.path.span());
        let parsed = match name.as_str() {
            "scope" => self.scope(mac, place),
            "manual_scope" => self.manual_scope(mac, place),
            "parallel_for" => self.parallel_for(mac, place, taken),
            name => self.submitted(name, mac, place, taken),
        };
        Some(parsed.unwrap_or_else(Expr::nothing))
    }

    /// A macro without a body of statements.
    #[inline(never)]
    fn submitted(
        &mut self,
        name: &str,
        mac: &syn::Macro,
        place: Place,
        taken: &mut Taken,
    ) -> Option<Expr> {
        if name == "call" {
            return self.call(mac, place, taken).map(Expr::Call);
        }
        if name == "out" {
            self.errors.push(
                Diagnostic::new(
                    Code::Misplaced,
                    place,
                    "`out!` is not an argument of a task here",
                )
                .help("pass it to a kernel: `let s = kernel(&a, out!([n]));`"),
            );
            return None;
        }
        let options = taken.task.take().map(|(options, _)| options);
        let options = options.unwrap_or_default();
        match name {
            "mixed" => Some(Expr::Task(Box::new(self.mixed(mac, options)?))),
            "barrier" => Some(Expr::Task(Box::new(self.barrier(mac, options)?))),
            _ => Some(Expr::Alloc(Box::new(self.alloc(mac, options)?))),
        }
    }

    #[inline(never)]
    fn scope(&mut self, mac: &syn::Macro, place: Place) -> Option<Expr> {
        match <[syn::Expr; 1]>::try_from(self.arguments(mac)?) {
            Ok([syn::Expr::Block(block)]) if block.label.is_none() => {
                Some(self.scope_expr(block.block, ScopeMode::Auto, place))
            }
            _ => self.malformed(place, "`scope!` takes a block", "write `scope!({ .. })`"),
        }
    }

    #[inline(never)]
    fn manual_scope(&mut self, mac: &syn::Macro, place: Place) -> Option<Expr> {
        let help = "write `manual_scope!({ .. })` or `manual_scope!(deps(explicit), { .. })`";
        let mut args = self.arguments(mac)?;
        let block = match args.pop() {
            Some(syn::Expr::Block(block)) if block.label.is_none() => block.block,
            _ => return self.malformed(place, "`manual_scope!` takes a block", help),
        };
        let mode = match args.as_slice() {
            [] => ScopeMode::Infer,
            [option] => match deps_option(option).as_deref() {
                Some("explicit") => ScopeMode::Explicit,
                Some("infer") => ScopeMode::Infer,
                _ => {
                    let what = "this is not an option of `manual_scope!`";
                    let help = "the option is `deps(explicit)` or `deps(infer)`";
                    self.malformed::<()>(Place::of(option), what, help);
                    ScopeMode::Infer
                }
            },
            _ => return self.malformed(place, "`manual_scope!` has one option at most", help),
        };
        Some(self.scope_expr(block, mode, place))
    }

    fn scope_expr(&mut self, block: syn::Block, mode: ScopeMode, place: Place) -> Expr {
        Expr::Scope(Scope {
            id: 0,
            mode,
            body: self.block(block),
            place,
        })
    }

    #[inline(never)]
    fn parallel_for(&mut self, mac: &syn::Macro, place: Place, taken: &mut Taken) -> Option<Expr> {
        let help = "write `parallel_for!(0..n, |i| { .. })`";
        let args = self.arguments(mac)?;
        let Ok([iter, syn::Expr::Closure(closure)]) = <[syn::Expr; 2]>::try_from(args) else {
            return self.malformed(place, "`parallel_for!` takes a range and a closure", help);
        };
        let [pat] = closure.inputs.iter().collect::<Vec<_>>()[..] else {
            return self.malformed(
                Place::of(&closure),
                "the closure of `parallel_for!` has one parameter",
                help,
            );
        };
        let (head, kind) = self.for_head(pat.clone(), iter);
        let mark = self.names.enter();
        let before = self.names.watch();
        self.names.bind_pat(pat, &kind);
        let body = match *closure.body {
            syn::Expr::Block(block) if block.label.is_none() => block.block,
            other => syn::Block {
                brace_token: syn::token::Brace(place.first),
                stmts: vec![syn::Stmt::Expr(other, Some(syn::Token![;](place.first)))],
            },
        };
        let body = self.around(Around::Parallel, body);
        let spread = self
            .names
            .watched(before, mark)
            .and_then(|names| spread::captures(&head, &body, &names));
        self.names.leave(mark);
        Some(Expr::Loop(Box::new(Loop {
            id: 0,
            label: None,
            head,
            body,
            parallel: true,
            spread,
            unroll: taken.unroll.take(),
            place,
        })))
    }

    /// The expressions between a macro's parentheses.
    pub(super) fn arguments(&mut self, mac: &syn::Macro) -> Option<Vec<syn::Expr>> {
        let parse = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        match mac.parse_body_with(parse) {
            Ok(args) => {
                self.means_what_it_says(|unseen| {
                    args.iter().for_each(|arg| unseen.visit_expr(arg));
                });
                Some(args.into_iter().collect())
            }
            Err(error) => self.syntax_error(mac, &error),
        }
    }

    /// Rust that does not parse.
    pub(super) fn syntax_error<T>(&mut self, mac: &syn::Macro, error: &syn::Error) -> Option<T> {
        let name = dsl_macro(mac).unwrap_or_default();
        let what = format!("syntax error in this `{name}!`: {error}");
        self.complete = false;
        self.errors.push(Diagnostic::new(
            Code::BadOption,
            Place::at(error.span()),
            what,
        ));
        None
    }

    /// A macro that is not called as it should be.
    pub(super) fn malformed<T>(&mut self, place: Place, what: &str, help: &str) -> Option<T> {
        self.complete = false;
        self.errors
            .push(Diagnostic::new(Code::BadOption, place, what).help(help));
        None
    }
}

/// `x` of `deps(x)`.
fn deps_option(option: &syn::Expr) -> Option<String> {
    let syn::Expr::Call(call) = option else {
        return None;
    };
    let name = |expr: &syn::Expr| match expr {
        syn::Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    if name(&call.func)? != "deps" || call.args.len() != 1 {
        return None;
    }
    name(&call.args[0])
}
