//! Reads of storage that nothing has written.

use crate::analysis::{Ground, Hazard, Verdict, comparisons_with};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::{Access, Program, RootKind, Site, SiteKind};

/// Tasks that read elements of an `alloc!` which no task can have written before.
pub(super) fn reads(program: &Program, warnings: &mut Diagnostics) {
    let mut reported = Vec::new();
    for site in &program.sites {
        if program.is_barrier(site.id) {
            continue;
        }
        let scratch = site.accesses.iter().enumerate();
        let scratch: Vec<(usize, &Access)> = scratch
            .filter(|(_, access)| is_read_of_scratch(program, access))
            .collect();
        // Comparing costs; most tasks read no scratch.
        if scratch.is_empty() {
            continue;
        }
        let earlier = comparisons_with(program, site.id);
        for (index, access) in scratch {
            let may_be_written = earlier.iter().any(|comparison| {
                comparison.late.0 == index
                    && !program.is_barrier(comparison.from)
                    && comparison.hazard == Hazard::Raw
                    // An assertion is about the order, not about what is written.
                    && (comparison.verdict() != Verdict::Disjoint
                        || comparison.ground == Ground::Asserted)
            });
            // Copies of an unrolled body repeat the read.
            let place = position(&access.at);
            if !may_be_written && !reported.contains(&place) {
                reported.push(place);
                warnings.push(diagnostic(site, access));
            }
        }
    }
}

/// Whether an access only reads, and can denote nothing but what `alloc!` made.
fn is_read_of_scratch(program: &Program, access: &Access) -> bool {
    let by_alloc = |root: usize| match &program.roots[root].kind {
        RootKind::Made { by, .. } => {
            program.sites[*by].kind == SiteKind::Alloc && !program.filled.contains(by)
        }
        RootKind::Param => false,
    };
    !access.writes && access.places.iter().all(|place| by_alloc(place.root))
}

fn position(at: &Place) -> (usize, usize) {
    let start = at.first.start();
    (start.line, start.column)
}

fn diagnostic(site: &Site, access: &Access) -> Diagnostic {
    let title = format!(
        "`{}` reads `{}`, of which nothing has written anything",
        site.name, access.tensor
    );
    Diagnostic::new(Code::UnwrittenRead, access.at, title)
        .note("what `alloc!` makes holds whatever was there before")
        .help("pass it as `&mut` to a task that fills it first, or fill it where it is made: `alloc!(f32 = 0.0; [n])`")
}
