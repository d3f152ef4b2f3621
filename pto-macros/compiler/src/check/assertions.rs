//! Assertions that say nothing.

use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::{Pointless, Program};

/// An assertion about a tensor that the call does not have, or a variable that no loop around it has.
pub(super) fn pointless(program: &Program, errors: &mut Diagnostics) {
    let mut reported = Vec::new();
    for site in &program.sites {
        for word in &site.pointless {
            let (name, title, help) = match word {
                Pointless::Tensor(name) => (
                    name,
                    format!("`{name}` is no tensor that `{}` is given", site.name),
                    "name a variable that stands in the call as `&t` or `&mut t`",
                ),
                Pointless::Variable(name) => (
                    name,
                    format!("`{name}` is not the variable of a loop around this task"),
                    "name the variable of a loop over a range, as in `for i in 0..n`",
                ),
            };
            let place = Place::at(name.span());
            // Copies of an unrolled body repeat the mistake.
            let start = name.span().start();
            let at = (start.line, start.column, name.to_string());
            if !reported.contains(&at) {
                reported.push(at);
                errors.push(Diagnostic::new(Code::BadOption, place, title).help(help));
            }
        }
    }
}
