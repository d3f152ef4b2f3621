//! AUTO scopes inside MANUAL ones.

use crate::diag::{Code, Diagnostic, Diagnostics, Related};
use crate::model::Program;
use crate::syntax::ast::ScopeMode;

/// A MANUAL scope never touches the TensorMap: an AUTO scope inside it would miss its tasks.
pub(super) fn auto_inside_manual(program: &Program, errors: &mut Diagnostics) {
    for scope in &program.scopes {
        let (Some(at), ScopeMode::Auto) = (scope.at, scope.mode) else {
            continue;
        };
        let outer = scope
            .path
            .iter()
            .rev()
            .map(|id| &program.scopes[*id])
            .find(|s| s.mode.is_manual());
        let Some(manual) = outer.and_then(|outer| outer.at) else {
            continue;
        };
        errors.push(
            Diagnostic::new(Code::AutoInsideManual, at, "an AUTO scope inside a MANUAL scope")
                .label("this scope would track dependencies at run time")
                .related(Related {
                    place: manual,
                    name: "manual_scope".to_owned(),
                    lacks: "a_home_for_auto_scopes".to_owned(),
                    over: "scope".to_owned(),
                })
                .note("tasks of a MANUAL scope are not in the TensorMap, so tasks of an AUTO scope inside it would not wait for them")
                .help("write `manual_scope!({ .. })` here too, or move this scope out of the MANUAL one"),
        );
    }
}
