//! `deps(explicit)`: the user's edges must order every conflict and keep all storage.

use super::cure::add_edge;
use crate::analysis::{Analysis, Conflict, Dependence, Level, Verdict};
use crate::diag::{Code, Diagnostic, Diagnostics, Related};
use crate::model::{Program, Site};
use crate::syntax::ast::{ScopeMode, SiteId};
use proc_macro2::Ident;

/// Conflicting tasks that no edge orders.
///
/// What others imply is not reported, nor what an edge reported already would mend.
pub(super) fn missing_edges(program: &Program, analysis: &Analysis, errors: &mut Diagnostics) {
    let mut order = analysis.actual.clone();
    let mut found: Vec<(&Dependence, &Conflict)> = Vec::new();
    for dep in &analysis.wired {
        if program.mode(dep.to) != ScopeMode::Explicit || has_unknown(program, dep.to) {
            continue;
        }
        let missing = dep
            .conflicts
            .iter()
            .filter(|conflict| !analysis.ideal.implied(dep.from, dep.to, conflict.level));
        found.extend(missing.map(|conflict| (dep, conflict)));
    }
    // A site's order with itself comes first: what follows it may rest on that.
    found.sort_by_key(|(dep, _)| (dep.from != dep.to, dep.from, dep.to));
    let mut reported: Vec<((usize, usize), (usize, usize))> = Vec::new();
    for (dep, conflict) in found {
        if order.holds(dep.from, dep.to, conflict.level) {
            continue;
        }
        let (from, to) = (&program.sites[dep.from], &program.sites[dep.to]);
        // Copies of an unrolled body repeat the mistake.
        let places = (from.at.start(), to.at.start());
        if !reported.contains(&places) {
            reported.push(places);
            errors.push(missing_edge(program, from, to, conflict));
        }
        let depth = conflict.level.depth(dep.common);
        order = order.with_edge(dep.from, dep.to, depth);
    }
}

/// Whether a name in the site's `after` is unknown: that is reported, and may be the missing edge.
fn has_unknown(program: &Program, site: SiteId) -> bool {
    let named = |name: &Ident| {
        program
            .sites
            .iter()
            .any(|site| site.options.name.as_ref() == Some(name))
    };
    program.sites[site]
        .options
        .after
        .iter()
        .any(|name| !named(name))
}

fn missing_edge(program: &Program, from: &Site, to: &Site, conflict: &Conflict) -> Diagnostic {
    let tensor = &to.accesses[conflict.late].tensor;
    let source = &from.accesses[conflict.early].tensor;
    let decides = to.accesses[conflict.late].decides;
    let root = &program.roots[conflict.root].name;
    // A copy of an unrolled body is an iteration, too.
    let mut around = from.copies.iter();
    let copied = around.any(|(of, copy)| to.copies.get(of).is_some_and(|other| other != copy));
    let when = if copied || matches!(conflict.level, Level::Carried(_)) {
        " of an earlier iteration"
    } else {
        ""
    };
    let certainty = match conflict.verdict {
        Verdict::Overlap => "touch the same elements",
        _ => "may touch the same elements, as far as the compiler can tell",
    };
    let title = if program.is_host(to.id) {
        format!(
            "`{}` of `{tensor}` races with task `{}`",
            to.name, from.name
        )
    } else if from.at.start() == to.at.start() {
        format!(
            "task `{}` races on `{tensor}` with its own earlier iterations",
            to.name
        )
    } else {
        format!("tasks `{}` and `{}` race on `{tensor}`", from.name, to.name)
    };
    Diagnostic::new(Code::MissingEdge, to.at, title)
        .label(format!(
            "`{}` does not wait for `{}`{when}",
            to.name, from.name
        ))
        .related(Related {
            place: from.at,
            name: from.name.clone(),
            lacks: format!("a_dependency_of_{}", to.name),
            over: if tensor.contains('(') || program.is_host(to.id) || decides {
                root.clone()
            } else {
                tensor.clone()
            },
        })
        .note(format!(
            "{}: `{source}` in `{}` and `{tensor}` in `{}` {certainty}",
            conflict.hazard, from.name, to.name
        ))
        .note("with `deps(explicit)` the edges are exactly those of `after`")
        .help(add_edge(program, from, to))
}

/// Storage that may be recycled while a task still uses it.
pub(super) fn short_lives(program: &Program, analysis: &Analysis, errors: &mut Diagnostics) {
    let mut reported = Vec::new();
    let mut owners = Vec::new();
    for loan in analysis.loans.iter().filter(|loan| loan.covered.is_none()) {
        let (owner, user) = (&program.sites[loan.owner], &program.sites[loan.user]);
        if program.mode(loan.user) != ScopeMode::Explicit || has_unknown(program, loan.user) {
            continue;
        }
        // An edge from the owner would be the cure of a missing order as well: one report will do.
        let also_missing = analysis.wired.iter().any(|dep| {
            dep.from == loan.owner
                && dep.to == loan.user
                && dep
                    .conflicts
                    .iter()
                    .any(|c| !analysis.actual.holds(dep.from, dep.to, c.level))
        });
        let places = (owner.at.start(), user.at.start());
        if also_missing || reported.contains(&places) || owners.contains(&owner.at.start()) {
            continue;
        }
        reported.push(places);
        owners.push(owner.at.start());
        let tensor = &user.accesses[loan.access].tensor;
        errors.push(
            Diagnostic::new(
                Code::ShortLife,
                user.at,
                format!("the storage of `{tensor}` may be recycled while `{}` uses it", user.name),
            )
            .label(format!("no edge keeps the storage of `{tensor}` until `{}` completes", user.name))
            .related(Related {
                place: owner.at,
                name: owner.name.clone(),
                lacks: format!("kept_until_{}_completes", user.name),
                over: tensor.clone(),
            })
            .note("`after` keeps the storage of the named task or allocation; ordering through other tasks does not")
            .help(add_edge(program, owner, user)),
        );
    }
}
