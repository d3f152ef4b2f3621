//! Assertions that say nothing, or nothing new.

use crate::analysis::idle_assertions;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::{Pointless, Program};
use crate::syntax::ast::{Assertion, AssertionKind};
use std::collections::BTreeMap;

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

/// An assertion without which the same would be proven.
pub(super) fn idle(program: &Program, warnings: &mut Diagnostics) {
    // Copies of an unrolled body repeat the assertion, and it may matter to one of them.
    let mut written: BTreeMap<(usize, usize), (&Assertion, usize)> = BTreeMap::new();
    let sites = program.sites.iter();
    for assertion in sites.flat_map(|site| &site.options.asserted) {
        written
            .entry(position(assertion))
            .or_insert((assertion, 0))
            .1 += 1;
    }
    for assertion in idle_assertions(program) {
        if let Some((_, effective)) = written.get_mut(&position(assertion)) {
            *effective -= 1;
        }
    }
    for (assertion, _) in written.values().filter(|(_, effective)| *effective == 0) {
        let tensor = &assertion.tensor;
        let text = match &assertion.kind {
            AssertionKind::Disjoint { by } => format!("disjoint({tensor} by {by})"),
            AssertionKind::NoDep => format!("no_dep({tensor})"),
        };
        let title =
            format!("`unsafe({text})` rules out no conflict that is not ruled out without it");
        let at = Place::at(tensor.span());
        warnings.push(Diagnostic::new(Code::NoEffect, at, title).help("remove it"));
    }
}

/// Where an assertion is written.
fn position(assertion: &Assertion) -> (usize, usize) {
    let start = assertion.tensor.span().start();
    (start.line, start.column)
}
