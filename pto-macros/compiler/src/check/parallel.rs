//! `parallel_for!`: iterations must be proven independent.

use crate::analysis::{Analysis, Conflict, Dependence, Hazard, Level, Verdict};
use crate::diag::{Code, Diagnostic, Diagnostics, Related};
use crate::model::{Access, Program};

/// Iterations that conflict, or that may.
pub(super) fn dependent_iterations(
    program: &Program,
    analysis: &Analysis,
    errors: &mut Diagnostics,
) {
    // Of one tensor and loop, the first pair says it all.
    let mut reported: Vec<(usize, usize)> = Vec::new();
    for dep in &analysis.parallel {
        for conflict in &dep.conflicts {
            let Level::Carried(index) = conflict.level else {
                continue;
            };
            let of = program.common_loops(dep.from, dep.to)[index];
            if !reported.contains(&(of, conflict.root)) {
                reported.push((of, conflict.root));
                errors.push(diagnostic(program, dep, conflict, of));
            }
        }
    }
}

fn diagnostic(program: &Program, dep: &Dependence, conflict: &Conflict, of: usize) -> Diagnostic {
    let (from, to) = (&program.sites[dep.from], &program.sites[dep.to]);
    let (early, late) = (&from.accesses[conflict.early], &to.accesses[conflict.late]);
    let root = &program.roots[conflict.root].name;
    let var = program.loops[of]
        .var
        .map_or("i".to_owned(), |var| program.symbols.info(var).name.clone());
    let (first, second) = (
        shown(program, early, conflict.root),
        shown(program, late, conflict.root),
    );
    let regions = if first == second {
        format!("every iteration touches {first} of `{root}`")
    } else {
        format!("every iteration touches {first} and {second} of `{root}`")
    };
    let related = Related {
        place: early.at,
        name: from.name.clone(),
        lacks: "independent_of_other_iterations".to_owned(),
        over: root.clone(),
    };
    let (verb, other) = match conflict.hazard {
        Hazard::Raw => ("reads", "writes"),
        Hazard::War => ("writes", "reads"),
        Hazard::Waw => ("writes", "writes"),
    };
    match conflict.verdict {
        Verdict::Overlap => Diagnostic::new(
            Code::CarriedConflict,
            late.at,
            format!("iterations of this `parallel_for!` conflict on `{root}`"),
        )
        .label(format!(
            "iteration `{var}` {verb} elements that iteration `{var} - 1` {other} in `{}`",
            from.name
        ))
        .related(related)
        .note(regions)
        .help("write a plain `for` loop: its iterations are ordered where they must be"),
        _ => Diagnostic::new(
            Code::UndecidedIndependence,
            late.at,
            format!("the iterations of this `parallel_for!` cannot be proven independent on `{root}`"),
        )
        .label(format!(
            "`{}` {verb} elements that another iteration's `{}` may have touched",
            to.name, from.name
        ))
        .related(related)
        .note(regions)
        .note("independence is proven for views whose bounds are sums and products of loop variables and values that do not change")
        .help(format!("cut a tile by the loop variable, as in `.view_mut([{var} * t..({var} + 1) * t, ..])`"))
        .help("or write a plain `for` loop: its iterations are ordered where they must be"),
    }
}

fn shown(program: &Program, access: &Access, root: usize) -> String {
    access
        .places
        .iter()
        .find(|place| place.root == root)
        .map_or_else(String::new, |place| {
            format!("`{}`", place.region.show(&program.symbols))
        })
}
