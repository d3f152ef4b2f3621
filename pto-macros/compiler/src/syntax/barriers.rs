//! `barrier!`: tasks without a kernel.

use super::ast::{ArgKind, Task, TaskOptions};
use super::body::Parser;
use crate::diag::{Code, Diagnostic, Place};

impl Parser<'_> {
    /// `barrier!(&x, &mut y)`.
    pub(super) fn barrier(&mut self, mac: &syn::Macro, options: TaskOptions) -> Option<Task> {
        let place = Place::of(mac);
        self.runs_no_kernel(&options, "a barrier");
        self.no_condition(&options, "a barrier");
        let given = self.arguments(mac)?;
        let mut args = Vec::with_capacity(given.len());
        for arg in given {
            let arg = self.arg(arg, "barrier");
            if let ArgKind::Out(_) | ArgKind::Scalar(_) = &arg.kind {
                self.errors.push(
                    Diagnostic::new(
                        Code::BadOption,
                        arg.place,
                        "a barrier takes tensors that there are already",
                    )
                    .help(
                        "write `&t` to come after what writes it, `&mut t` after whatever uses it",
                    ),
                );
            }
            args.push(arg);
        }
        if args.is_empty() && options.after.is_empty() {
            self.errors.push(
                Diagnostic::new(Code::BadOption, place, "this barrier waits for nothing").help(
                    "name tensors, as in `barrier!(&mut t)`, or tasks: `#[task(after = [a, b])]`",
                ),
            );
        }
        Some(Task {
            site: 0,
            kernels: Vec::new(),
            args,
            condition: None,
            options,
            place,
        })
    }
}
