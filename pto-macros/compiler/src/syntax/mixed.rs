//! `mixed!`: kernels that are one task.

use super::ast::{Task, TaskOptions};
use super::body::Parser;
use super::names::strip;
use crate::diag::Place;
use syn::spanned::Spanned;

impl Parser<'_> {
    /// `mixed!(a(&x), b(&mut y))`: kernels that are one task.
    pub(super) fn mixed(&mut self, mac: &syn::Macro, options: TaskOptions) -> Option<Task> {
        let help = "write `mixed!(matmul(&a, &b, &mut c), add(&d, &mut e))`: up to one `aic` and two `aiv` kernels";
        let calls = self.arguments(mac)?;
        let place = Place::at(mac.path.span());
        if !(1..=3).contains(&calls.len()) {
            let what = match calls.len() {
                0 => "`mixed!` runs no kernel".to_owned(),
                count => format!("`mixed!` runs {count} kernels, a cluster has three cores"),
            };
            return self.malformed(place, &what, help);
        }
        let mut mixed = Task {
            site: 0,
            kernels: Vec::new(),
            args: Vec::new(),
            condition: self.condition(&options),
            options: self.lowered(options),
            place: Place::of(mac),
        };
        for call in calls {
            let place = Place::of(&call);
            let syn::Expr::Call(call) = strip(&call).clone() else {
                return self.malformed(place, "`mixed!` takes calls of kernels", help);
            };
            if !self.is_task(&call) {
                let what = "this call has no tensor among its arguments";
                return self.malformed(
                    place,
                    what,
                    "a kernel of a mixed task gets tensors, as `&t`, `&mut t` or `out!([..])`",
                );
            }
            let task = self.kernel_call(call, TaskOptions::default())?;
            mixed.kernels.extend(task.kernels);
            mixed.args.extend(task.args);
        }
        self.no_outputs(&mixed);
        Some(mixed)
    }
}
