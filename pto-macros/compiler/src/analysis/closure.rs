//! Closing the order of sites: what follows through a site that is certain to execute in between.

use super::bits::{Relation, Sites};
use crate::model::{Program, Site};
use crate::syntax::ast::SiteId;

/// Control flow between pairs of sites, computed once.
#[derive(Debug)]
pub(super) struct Flow {
    /// For each site, the number of loops around it.
    pub(super) depth: Vec<usize>,
    /// For each pair, the number of loops around both.
    pub(super) common: Vec<Vec<usize>>,
    /// For each site, those that are executed after it whenever it is.
    pub(super) follows: Relation,
    /// For each site, those before which it is executed whenever they are.
    pub(super) leads: Relation,
}

impl Flow {
    pub(super) fn of(program: &Program) -> Self {
        let count = program.sites.len();
        let mut flow = Self {
            depth: program.sites.iter().map(Site::depth).collect(),
            common: Vec::with_capacity(count),
            follows: Relation::none(count),
            leads: Relation::none(count),
        };
        for p in 0..count {
            let common = (0..count).map(|c| program.common_loops(p, c).len());
            flow.common.push(common.collect());
            for c in p + 1..count {
                if follows(program, p, c) {
                    flow.follows.insert(p, c);
                }
                if leads_into(program, p, c) {
                    flow.leads.insert(p, c);
                }
            }
        }
        flow
    }
}

/// Closes `P(_, _) <= l` for one `l`: through a site that comes between the two.
pub(super) fn close_recent(flow: &Flow, recent: &mut Relation) {
    let count = flow.depth.len();
    let above: Vec<Sites> = (0..count)
        .map(|p| Sites::filled(count, |c| c > p))
        .collect();
    let below: Vec<Sites> = (0..count)
        .map(|p| Sites::filled(count, |c| c < p))
        .collect();
    let depths = flow.depth.iter().max().map_or(0, |depth| depth + 1);
    let mut changed = true;
    while changed {
        changed = false;
        for (p, later) in above.iter().enumerate() {
            // A site outside of a loop around both ends does not come between.
            let mut reachable: Vec<Option<Sites>> = vec![None; depths];
            let between: Vec<SiteId> = recent.from[p].iter().collect();
            for q in between {
                let allowed = &*reachable[flow.depth[q]].get_or_insert_with(|| {
                    Sites::filled(count, |c| flow.common[p][c] <= flow.depth[q])
                });
                let follows = flow.follows.from[p].contains(q);
                let ends = recent.from[q].clone();
                let leads = &flow.leads.from[q];
                changed |= recent.from[p].merge(|word| {
                    // Following `p`, `q` does not come before what stands between the two.
                    let late = if follows {
                        !(later.word(word) & below[q].word(word))
                    } else {
                        0
                    };
                    // Leading into `c`, `q` does not come after a `p` that stands between the two.
                    let early = if q < p { !later.word(word) } else { u64::MAX };
                    let early = early & leads.word(word);
                    ends.word(word) & allowed.word(word) & (late | early)
                });
            }
        }
    }
    recent.transpose();
}

/// Closes the orders of all levels: through a site that is certain to execute in between.
pub(super) fn close_all(flow: &Flow, all: &mut [Relation]) {
    let count = flow.depth.len();
    let mut changed = true;
    while changed {
        changed = false;
        for level in 0..all.len() {
            for p in (0..count).rev() {
                let after: Vec<SiteId> = all[0].from[p].iter().collect();
                for q in after
                    .into_iter()
                    .filter(|q| flow.follows.from[p].contains(*q))
                {
                    let ends = all[level].from[q].clone();
                    changed |= all[level].from[p].merge(|word| ends.word(word));
                }
                let before: Vec<SiteId> = all[level].from[p].iter().collect();
                for q in before {
                    let ends = all[0].from[q].clone();
                    let leads = &flow.leads.from[q];
                    changed |= all[level].from[p].merge(|word| ends.word(word) & leads.word(word));
                }
            }
        }
    }
    all.iter_mut().for_each(Relation::transpose);
}

/// Whether `q` is executed before `c` in every iteration in which `c` is.
pub(super) fn leads_into(program: &Program, q: SiteId, c: SiteId) -> bool {
    q < c
        && program.sites[c]
            .context
            .starts_with(&program.sites[q].context)
}

/// Whether `q` is executed after `p` in every iteration in which `p` is.
fn follows(program: &Program, p: SiteId, q: SiteId) -> bool {
    p < q
        && program.sites[p]
            .context
            .starts_with(&program.sites[q].context)
}
