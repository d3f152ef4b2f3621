//! Edges of the user's own that change nothing.

use crate::analysis::{Analysis, Edge, superfluous_edges};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::Program;
use crate::syntax::ast::ScopeMode;

/// Names in `after` that order nothing and keep nothing which would not be so without them.
pub(super) fn edges(program: &Program, analysis: &Analysis, warnings: &mut Diagnostics) {
    for (edge, found) in superfluous_edges(program, analysis) {
        let (name, to) = (&edge.name, &program.sites[edge.to]);
        let at = Place::at(name.span());
        warnings.push(match found {
            Edge::Never => Diagnostic::new(
                Code::NoEffect,
                at,
                format!("no `{name}` is ever submitted before `{}`", to.name),
            )
            .note("`after` means the task of that name that was submitted most recently, and nothing before there is one")
            .help(format!("submit `{name}` first, or remove it here")),
            Edge::Ready => Diagnostic::new(
                Code::NoEffect,
                at,
                format!("`{}` does not wait for `{name}`: an `alloc!` is ready at once", to.name),
            )
            .help(format!("name `{name}` where the tensor is used, and remove it here")),
            Edge::Superfluous => {
                let why = match program.mode(edge.to) {
                    ScopeMode::Explicit => "other edges order the two and keep the storage",
                    ScopeMode::Infer => "the edges that are inferred order the two and keep the storage",
                    ScopeMode::Auto => "the edges that are certain order the two, and the runtime keeps the storage",
                };
                Diagnostic::new(
                    Code::SuperfluousEdge,
                    at,
                    format!("`{}` comes after `{name}` without this edge", to.name),
                )
                .note(why)
                .help(format!("remove `{name}` here"))
            }
        });
    }
}
