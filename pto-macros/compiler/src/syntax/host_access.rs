//! Elements that the host accesses: `t.get([i, j])` and `t.set([i, j], value)`.

use super::ast::{HostAccess, TaskOptions};
use super::body::Parser;
use super::host::is_tensor_place;
use super::names::{Names, strip};
use crate::diag::{Code, Diagnostic, Place};

/// Whether a method call is an access of an element of a tensor.
pub(super) fn is_host_access(call: &syn::ExprMethodCall, names: &Names) -> bool {
    (call.method == "get" || call.method == "set") && is_tensor_place(&call.receiver, names)
}

impl Parser<'_> {
    /// Whether an expression is an access of an element of a tensor.
    pub(super) fn is_host_access(&self, expr: &syn::Expr) -> bool {
        matches!(strip(expr), syn::Expr::MethodCall(call) if is_host_access(call, &self.names))
    }

    /// A method call for which [`is_host_access`] holds.
    pub(super) fn host_access(
        &mut self,
        call: syn::ExprMethodCall,
        options: TaskOptions,
    ) -> Option<HostAccess> {
        let place = Place::of(&call);
        self.no_condition(&options, "an access of the host");
        let sets = call.method == "set";
        if let Some(name) = &options.name {
            let what = "an access of the host has no name";
            self.errors.push(
                Diagnostic::new(Code::BadOption, Place::at(name.span()), what)
                    .note("it is over when the program goes on: nothing has to wait for it")
                    .help("remove `name`"),
            );
        }
        let wanted = if sets { 2 } else { 1 };
        if call.args.len() != wanted {
            let at = Place::at(call.method.span());
            return match sets {
                true => self.malformed(
                    at,
                    "`set` takes an index and a value",
                    "write `t.set([i, j], value)`",
                ),
                false => self.malformed(at, "`get` takes an index", "write `t.get([i, j])`"),
            };
        }
        let tensor = self.through(*call.receiver);
        let mut args = call.args.into_iter();
        let index = match args.next() {
            Some(index) => self.index(index),
            None => Vec::new(),
        };
        Some(HostAccess {
            site: 0,
            tensor,
            method: call.method,
            index,
            value: args.next().map(|value| self.host(value)),
            options,
            place,
        })
    }

    /// The numbers of an index: a number for one dimension, an array for more.
    pub(super) fn index(&mut self, index: syn::Expr) -> Vec<super::ast::Host> {
        match strip(&index).clone() {
            syn::Expr::Array(array) => {
                let numbers = array.elems.into_iter();
                numbers.map(|number| self.host(number)).collect()
            }
            number => vec![self.host(number)],
        }
    }
}
