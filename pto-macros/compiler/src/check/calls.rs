//! Calls of other orchestrations, and what an orchestration returns to its caller.

use crate::diag::{Code, Diagnostic, Diagnostics, Related};
use crate::model::{Place, Program, Returned, RootKind, SiteKind};

/// A MANUAL scope has no run-time tracking, which is what orders the tasks of a called orchestration.
pub(super) fn calls_inside_manual(program: &Program, errors: &mut Diagnostics) {
    for site in &program.sites {
        let mut around = site.scopes.iter().rev().map(|id| &program.scopes[*id]);
        let manual = around.find(|scope| scope.mode.is_manual());
        let (SiteKind::Call, Some(at)) = (site.kind, manual.and_then(|manual| manual.at)) else {
            continue;
        };
        let title = format!("a call of `{}` inside a MANUAL scope", site.name);
        errors.push(
            Diagnostic::new(Code::CallInsideManual, site.at, title)
                .label("the runtime would track what this orchestration does")
                .related(Related {
                    place: at,
                    name: "manual_scope".to_owned(),
                    lacks: "a_home_for_calls_of_orchestrations".to_owned(),
                    over: site.name.clone(),
                })
                .note("its tasks have no names here, so that no edge of a MANUAL scope can order them")
                .help("move the call out of the MANUAL scope, or make what it does a kernel"),
        );
    }
}

/// Tensors that cannot be returned: of an inner scope, of the caller, or returned twice.
pub(super) fn returned_tensors(program: &Program, errors: &mut Diagnostics) {
    for returned in program.returned.values() {
        let mut places = returned.tensors.iter().flatten();
        let mistake = unknown(returned)
            .or_else(|| places.find_map(|place| unfit(program, returned, place)))
            .or_else(|| repeated(program, returned));
        if let Some(mistake) = mistake {
            errors.push(mistake);
        }
    }
}

/// A tensor whose storage is unknown: nothing could order its uses.
fn unknown(returned: &Returned) -> Option<Diagnostic> {
    let title = "the compiler does not know what is returned here";
    returned.tensors.iter().any(Vec::is_empty).then(|| {
        Diagnostic::new(Code::Unsupported, returned.at, title)
            .help("give the tensor a value with `let` before it is returned")
    })
}

/// Storage that is not the caller's to get, or that it has already.
fn unfit(program: &Program, returned: &Returned, place: &Place) -> Option<Diagnostic> {
    let root = &program.roots[place.root];
    let name = &root.name;
    let RootKind::Made { by, scopes, .. } = &root.kind else {
        return Some(
            Diagnostic::new(
                Code::BadOrchestration,
                returned.at,
                format!("the parameter `{name}` is returned, which the caller has already"),
            )
            .note("what a call returns is new storage: the caller counts on that")
            .help("return what was made in the orchestration, or nothing: the caller sees what is written to a parameter"),
        );
    };
    let owner = &program.sites[*by];
    let scope = program.scopes[*scopes.last()?].mode;
    let ended = if scope.is_manual() {
        "manual_scope!"
    } else {
        "scope!"
    };
    Some(
        Diagnostic::new(
            Code::OutlivesScope,
            returned.at,
            format!("`{name}` is returned after the scope that owns its storage"),
        )
        .label(format!("the storage of `{name}` is recycled by now"))
        .related(Related {
            place: owner.at,
            name: owner.name.clone(),
            lacks: "a_tensor_that_outlives_its_scope".to_owned(),
            over: name.clone(),
        })
        .note(format!(
            "`{}` made it inside a `{ended}`, which frees all that was made in it",
            owner.name
        ))
        .help("`alloc!` it outside of that scope and write it inside"),
    )
}

/// One storage in two of the returned tensors.
fn repeated(program: &Program, returned: &Returned) -> Option<Diagnostic> {
    for (index, places) in returned.tensors.iter().enumerate() {
        let later = returned.tensors[index + 1..].iter().flatten();
        for other in later {
            if places.iter().any(|place| place.root == other.root) {
                let name = &program.roots[other.root].name;
                return Some(
                    Diagnostic::new(
                        Code::BadOrchestration,
                        returned.at,
                        format!("`{name}` may be returned twice"),
                    )
                    .note("what a call returns is storage of its own for each tensor: the caller counts on that")
                    .help("return it once; the caller can use it twice"),
                );
            }
        }
    }
    None
}
