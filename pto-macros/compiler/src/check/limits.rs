//! Limits of the runtime that are known at compile time.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Program, SiteKind};

/// Most tensors of one task.
const TENSORS: usize = 32;
/// Most scalars of one task.
const SCALARS: usize = 16;
/// Most scopes inside each other, the root included.
const DEPTH: usize = 64;

/// Reports what the runtime would refuse.
pub(super) fn over_limits(program: &Program, errors: &mut Diagnostics) {
    for site in &program.sites {
        let what = match site.kind {
            SiteKind::Task => "task",
            SiteKind::Alloc => "allocation",
            // Its arguments are handles, and never become those of one task.
            SiteKind::Call | SiteKind::Host => continue,
        };
        for (count, limit, kind, cure) in [
            (
                site.tensors,
                TENSORS,
                "tensors",
                "several of them as parts of one",
            ),
            (
                site.scalars,
                SCALARS,
                "scalars",
                "several of them in one tensor",
            ),
        ] {
            if count > limit {
                let title = format!(
                    "{what} `{}` has {count} {kind}, the limit is {limit}",
                    site.name
                );
                errors.push(
                    Diagnostic::new(Code::OverLimit, site.at, title)
                        .help(format!("split the {what}, or pass {cure}")),
                );
            }
        }
    }
    for scope in program
        .scopes
        .iter()
        .filter(|scope| scope.path.len() == DEPTH)
    {
        let Some(at) = scope.at else {
            continue;
        };
        errors.push(
            Diagnostic::new(
                Code::OverLimit,
                at,
                format!("scopes are nested deeper than {DEPTH}"),
            )
            .help("merge this scope with the one around it"),
        );
    }
}
