//! The user's own edges.

use super::dependence::Dependence;
use crate::model::Program;
use crate::syntax::ast::SiteId;
use proc_macro2::Ident;
use std::collections::BTreeMap;

/// A user's `after = [name]` at one site.
#[derive(Clone, Debug)]
pub struct UserEdge {
    /// The site with the option.
    pub to: SiteId,
    /// The sites of that name: several where a loop was unrolled.
    pub from: Vec<SiteId>,
    /// The name, where it is written.
    pub name: Ident,
    /// Number of loops around the variable that holds the latest instance.
    pub depth: usize,
}

/// Resolves all `after` options; names that nothing has are left to the checks.
pub(super) fn user_edges(program: &Program, dependences: &[Dependence]) -> Vec<UserEdge> {
    let mut named: BTreeMap<String, Vec<SiteId>> = BTreeMap::new();
    let executed = || program.sites.iter().filter(|site| !site.never);
    for site in executed() {
        if let Some(name) = &site.options.name {
            named.entry(name.to_string()).or_default().push(site.id);
        }
    }
    let mut edges = Vec::new();
    for site in executed() {
        for name in &site.options.after {
            let Some(from) = named.get(&name.to_string()) else {
                continue;
            };
            edges.push(UserEdge {
                to: site.id,
                from: from.clone(),
                name: name.clone(),
                depth: user_depth(program, dependences, from, site.id),
            });
        }
    }
    edges
}

/// The latest instance that matters: as far out as a conflict reaches, else of this scope.
fn user_depth(program: &Program, dependences: &[Dependence], from: &[SiteId], to: SiteId) -> usize {
    let conflicts = dependences
        .iter()
        .filter(|dep| dep.to == to && from.contains(&dep.from))
        .filter_map(|dep| dep.levels().first().map(|level| level.depth(dep.common)))
        .min();
    let shared = from.iter().map(|from| {
        let common = program.common_loops(*from, to).len();
        program.scopes[program.common_scope(*from, to)]
            .depth
            .min(common)
    });
    conflicts
        .unwrap_or(usize::MAX)
        .min(shared.min().unwrap_or(0))
}
