//! Uses of storage that is gone, or that one task holds twice.

use crate::analysis::{Verdict, overlap_in_one_task};
use crate::diag::{Code, Diagnostic, Diagnostics, Related};
use crate::model::{Access, Program, RootKind, Site, SiteKind};

/// A tensor that is used after the scope which owns its storage.
pub(super) fn outlives_scope(program: &Program, errors: &mut Diagnostics) {
    // What mends the first use mends the others.
    let mut reported = Vec::new();
    for site in &program.sites {
        for access in site.accesses.iter().filter(|access| !access.creates) {
            let gone = access.places.iter().find_map(|place| {
                let RootKind::Made { by, loops, scopes } = &program.roots[place.root].kind else {
                    return None;
                };
                // A scope inside a loop is another one in every iteration.
                let around = scopes
                    .last()
                    .map_or(0, |scope| program.scopes[*scope].depth);
                let earlier = loops[..around].iter().any(|id| place.aged.contains(id));
                let gone = earlier || !site.scopes.starts_with(scopes);
                gone.then_some((*by, scopes, place.root))
            });
            let Some((by, scopes, root)) = gone else {
                continue;
            };
            // Copies of an unrolled body make the same storage.
            let start = program.sites[by].at.first.start();
            let storage = (start.line, start.column, &program.roots[root].name);
            if reported.contains(&storage) {
                continue;
            }
            reported.push(storage);
            let owner = &program.sites[by];
            let name = &access.tensor;
            let ended = scopes.last().map_or("scope", |scope| {
                if program.scopes[*scope].mode.is_manual() {
                    "manual_scope!"
                } else {
                    "scope!"
                }
            });
            errors.push(
                Diagnostic::new(
                    Code::OutlivesScope,
                    access.at,
                    format!("`{name}` is used after the scope that owns its storage"),
                )
                .label(format!("the storage of `{name}` is recycled by now"))
                .related(Related {
                    place: owner.at,
                    name: owner.name.clone(),
                    lacks: "a_tensor_that_outlives_its_scope".to_owned(),
                    over: name.clone(),
                })
                .note(format!("`{}` made it inside a `{ended}`, which frees all that was made in it", owner.name))
                .help("use the tensor inside that scope, or `alloc!` it outside and pass it in as `&mut`"),
            );
        }
    }
}

/// A loop in which tensors go around in more ways than were followed.
pub(super) fn unsettled_loops(program: &Program, errors: &mut Diagnostics) {
    for id in &program.unsettled {
        let title = "this loop passes tensors around in too many ways to follow";
        errors.push(
            Diagnostic::new(Code::Unsupported, program.loops[*id].at, title)
                .help("keep the tensors in fewer variables, or assign them less often"),
        );
    }
}

/// A tensor whose storage is unknown: nothing could order its uses.
pub(super) fn unknown_storage(program: &Program, errors: &mut Diagnostics) {
    for site in &program.sites {
        for access in site
            .accesses
            .iter()
            .filter(|access| access.places.is_empty())
        {
            let title = format!(
                "the compiler does not know what `{}` is here",
                access.tensor
            );
            let help = if access.handle == access.variable() {
                "give the tensor a value with `let` before it is used"
            } else {
                "put a tensor in before one is used: `v.push(t);`"
            };
            errors.push(Diagnostic::new(Code::Unsupported, access.at, title).help(help));
        }
    }
}

/// Whether two handles that can denote one storage do so for certain. Of earlier
/// iterations they may come from different ones; if so, the runtime will tell.
fn is_one_storage(a: &Access, b: &Access) -> bool {
    let current = |access: &Access| access.places.iter().all(|place| place.aged.is_empty());
    a.handle == b.handle || (current(a) && current(b))
}

/// Kernels of one mixed task, of which one writes what another uses.
fn kernels_race(site: &Site, a: &Access, b: &Access, verdict: Verdict) -> Diagnostic {
    let (written, other) = if b.writes { (b, a) } else { (a, b) };
    let [writer, user] = [written, other].map(|access| {
        let last = site.callees[site.kernel_of(access.arg)].segments.last();
        last.map_or_else(String::new, |last| last.ident.to_string())
    });
    let certainly = match verdict {
        Verdict::Overlap => "uses",
        _ => "may use",
    };
    Diagnostic::new(
        Code::AliasedArguments,
        written.at,
        format!("`{writer}` writes what `{user}` of the same mixed task {certainly}"),
    )
    .label(format!("`{}` is written here", written.tensor))
    .related(Related {
        place: other.at,
        name: other.variable().to_owned(),
        lacks: "storage_of_its_own".to_owned(),
        over: site.name.clone(),
    })
    .note("the kernels of a mixed task run at the same time, in no order")
    .help("make them two tasks, so that one waits for the other; or give them parts that are certainly apart")
}

/// One task that gets the same storage twice and writes it.
pub(super) fn aliased_arguments(program: &Program, errors: &mut Diagnostics) {
    // Copies of an unrolled body repeat the mistake.
    let mut reported = Vec::new();
    for site in &program.sites {
        let accesses = &site.accesses;
        for (index, a) in accesses.iter().enumerate() {
            for b in &accesses[index + 1..] {
                if !(a.writes || b.writes) || a.decides || b.decides {
                    continue;
                }
                let verdict = overlap_in_one_task(program, site.id, a, b);
                let between_kernels = site.kernel_of(a.arg) != site.kernel_of(b.arg);
                let mistaken = match between_kernels {
                    true => verdict != Verdict::Disjoint,
                    false => is_one_storage(a, b) && verdict == Verdict::Overlap,
                };
                let places = (a.at.start(), b.at.start());
                if !mistaken || reported.contains(&places) {
                    continue;
                }
                reported.push(places);
                if between_kernels {
                    errors.push(kernels_race(site, a, b, verdict));
                    continue;
                }
                let (written, other) = if b.writes { (b, a) } else { (a, b) };
                let (what, whose) = match site.kind {
                    SiteKind::Call => ("call of", "an orchestration's"),
                    _ => ("task", "a kernel's"),
                };
                errors.push(
                    Diagnostic::new(
                        Code::AliasedArguments,
                        written.at,
                        format!(
                            "{what} `{}` writes storage that another of its arguments shows",
                            site.name
                        ),
                    )
                    .label(format!("`{}` is written here", written.tensor))
                    .related(Related {
                        place: other.at,
                        name: other.variable().to_owned(),
                        lacks: "storage_of_its_own".to_owned(),
                        over: site.name.clone(),
                    })
                    .note(format!(
                        "{whose} arguments never share elements with one that it writes"
                    ))
                    .help("pass it once as `&mut`, or copy one of the two first"),
                );
            }
        }
    }
}
