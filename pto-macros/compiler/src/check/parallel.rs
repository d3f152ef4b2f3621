//! `parallel_for!`: iterations must be proven independent.

use crate::analysis::{Analysis, Conflict, Dependence, Hazard, Level, Verdict, nearest};
use crate::diag::{Code, Diagnostic, Diagnostics, Related};
use crate::model::{Access, Poly, Program, Region, RootId, RootKind};
use crate::syntax::ast::LoopId;

/// Iterations that conflict, or that may.
pub(super) fn dependent_iterations(
    program: &Program,
    analysis: &Analysis,
    errors: &mut Diagnostics,
) {
    // Of one tensor and loop, the first pair says it all. Copies of an unrolled body make the same storage. And two arguments
    // that may be one of several tensors are in conflict once.
    let (mut reported, mut arguments) = (Vec::new(), Vec::new());
    let storage = |root: RootId| match program.roots[root].kind {
        RootKind::Param => Err(root),
        RootKind::Made { by, .. } => Ok((program.sites[by].at.start(), &program.roots[root].name)),
    };
    for dep in &analysis.parallel {
        for conflict in &dep.conflicts {
            let Level::Carried(index) = conflict.level else {
                continue;
            };
            let of = program.common_loops(dep.from, dep.to)[index];
            let at = program.loops[of].at.start();
            let said = (at, storage(conflict.root));
            let (from, to) = (&program.sites[dep.from], &program.sites[dep.to]);
            let (early, late) = (
                &from.accesses[conflict.early].at,
                &to.accesses[conflict.late].at,
            );
            let pair = (at, early.start(), late.start(), conflict.verdict);
            if !reported.contains(&said) && !arguments.contains(&pair) {
                reported.push(said);
                arguments.push(pair);
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
    let elements = late.places.iter().any(|place| !place.slots.is_empty());
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
    let pair = Iterations::of(program, dep, conflict, of, &var);
    let unknown = |value: &String| {
        format!(
            "`{root}`: every iteration {verb} `{}`, and `{value}` may be the same in two of them",
            pair.late
        )
    };
    let same = || {
        format!(
            "`{}` of one iteration and `{}` of another may be the same tensor",
            early.tensor, late.tensor
        )
    };
    let note = pair.unknown.as_ref().filter(|_| !elements).map(unknown);
    let note = note.or_else(|| elements.then(same)).unwrap_or_else(|| {
        format!(
            "`{root}`: iteration `{var}` {verb} `{}`, iteration `{}` {other} `{}`",
            pair.late, pair.earlier, pair.early
        )
    });
    let ordered = "write a plain `for` loop: its iterations are ordered where they must be";
    if hands_on(early, late, conflict.root, of) {
        return Diagnostic::new(
            Code::CarriedConflict,
            late.at,
            format!("iterations of this `parallel_for!` hand `{root}` on to each other"),
        )
        .label(format!(
            "iteration `{var}` {verb} what `{}` has made in an earlier iteration",
            from.name
        ))
        .related(related)
        .help(ordered)
        .help(format!(
            "or bind what is made here to a name inside the loop, if later iterations do not need it: `let {root} = ..`"
        ));
    }
    match conflict.verdict {
        Verdict::Overlap => Diagnostic::new(
            Code::CarriedConflict,
            late.at,
            format!("iterations of this `parallel_for!` conflict on `{root}`"),
        )
        .label(format!(
            "iteration `{var}` {verb} elements that iteration `{}` {other} in `{}`",
            pair.earlier, from.name
        ))
        .related(related)
        .note(note)
        .help(ordered),
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
        .note(note)
        .note("independence is proven for views whose bounds are sums and products of loop variables and values that do not change")
        .help(if elements {
            format!("index by the loop variable, as in `v[{var}]`: the tensors at different indices differ")
        } else {
            let tile = if var == "t" { "n" } else { "t" };
            format!("cut a tile by the loop variable, as in `.view_mut([{var} * {tile}..({var} + 1) * {tile}, ..])`")
        })
        .help(format!("or {ordered}"))
        .help(format!(
            "or, if you know that they are, assert it: `#[task(unsafe(disjoint({} by {var})))]`",
            late.variable()
        )),
    }
}

/// Whether the earlier access makes the storage, and its handle comes around the loop to the later one: whatever else
/// is known, that iteration needs the earlier one.
fn hands_on(early: &Access, late: &Access, root: RootId, of: LoopId) -> bool {
    let mut places = late.places.iter().filter(|place| place.root == root);
    early.creates && places.any(|place| place.aged.contains(&of) && place.slots.is_empty())
}

/// Two iterations that conflict, and what they touch, as text.
struct Iterations {
    /// The earlier iteration, relative to the later one.
    earlier: String,
    /// What the earlier one touches.
    early: String,
    /// What the later one touches.
    late: String,
    /// A value in its bounds of which only its name is known, and that the iterations do not share.
    unknown: Option<String>,
}

impl Iterations {
    fn of(program: &Program, dep: &Dependence, conflict: &Conflict, of: usize, var: &str) -> Self {
        let (from, to) = (&program.sites[dep.from], &program.sites[dep.to]);
        let (early, late) = (&from.accesses[conflict.early], &to.accesses[conflict.late]);
        let find = |access: &Access| {
            let place = access
                .places
                .iter()
                .find(|place| place.root == conflict.root);
            place.cloned()
        };
        let (Some(early), Some(late)) = (find(early), find(late)) else {
            return Self::somewhere(var);
        };
        let common = program.common_loops(dep.from, dep.to);
        let carrier = common.iter().position(|id| *id == of).unwrap_or(0);
        let distance = nearest(program, &common, carrier, &early, &late);
        let (Some(distance), Some(sym)) = (distance, program.loops[of].var) else {
            return Self {
                early: early.region.show(&program.symbols),
                late: late.region.show(&program.symbols),
                ..Self::somewhere(var)
            };
        };
        let value = Poly::symbol(sym).plus(&Poly::constant(distance.into()));
        let shifted = early.region.map(|bound| bound.substitute(sym, &value));
        let sign = if distance < 0 { '-' } else { '+' };
        Self {
            earlier: format!("{var} {sign} {}", distance.unsigned_abs()),
            early: shifted.show(&program.symbols),
            late: late.region.show(&program.symbols),
            unknown: unknown(program, &late.region, of),
        }
    }

    fn somewhere(var: &str) -> Self {
        Self {
            earlier: format!("an earlier {var}"),
            early: "[?]".to_owned(),
            late: "[?]".to_owned(),
            unknown: None,
        }
    }
}

/// The name of a value in the bounds of a region that changes with a loop in a way that is not known.
fn unknown(program: &Program, region: &Region, of: LoopId) -> Option<String> {
    let mut found = None;
    region.mentions(|sym| {
        let info = program.symbols.info(sym);
        let opaque = info.induction.is_none() && info.varies.contains(&of);
        if opaque {
            found = Some(info.name.clone());
        }
        opaque
    });
    found
}
