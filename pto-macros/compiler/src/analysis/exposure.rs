//! What an orchestration and those that call it, or that it calls, share.

use super::Analysis;
use crate::model::{Access, Program, RootKind};
use crate::syntax::ast::SiteId;

/// Roots that are shared with the caller: parameters, and what is returned.
pub(super) fn exposed(program: &Program) -> Vec<bool> {
    let param = |root: &crate::model::RootInfo| matches!(root.kind, RootKind::Param);
    let mut exposed: Vec<bool> = program.roots.iter().map(param).collect();
    let returned = program.returned.values().flat_map(|at| &at.tensors);
    for place in returned.flatten() {
        exposed[place.root] = true;
    }
    exposed
}

/// Roots that no task writes after their creation, those of called orchestrations included.
pub(super) fn frozen(program: &Program) -> Vec<bool> {
    let roots = 0..program.roots.len();
    let mut frozen: Vec<bool> = roots.map(|root| !program.is_of_call(root)).collect();
    let accesses = program.sites.iter().flat_map(|site| &site.accesses);
    for access in accesses.filter(|access| access.writes && !access.creates) {
        for place in &access.places {
            frozen[place.root] = false;
        }
    }
    frozen
}

impl Analysis {
    /// Whether an argument may denote storage that is shared with the caller.
    pub fn is_exposed(&self, program: &Program, site: SiteId, arg: usize) -> bool {
        argument(program, site, arg)
            .is_some_and(|access| access.places.iter().any(|place| self.exposed[place.root]))
    }

    /// Whether no task writes what an argument denotes, other than the one that created it.
    pub fn is_frozen(&self, program: &Program, site: SiteId, arg: usize) -> bool {
        argument(program, site, arg).is_some_and(|access| {
            !access.places.is_empty() && access.places.iter().all(|place| self.frozen[place.root])
        })
    }
}

fn argument(program: &Program, site: SiteId, arg: usize) -> Option<&Access> {
    let accesses = &program.sites[site].accesses;
    accesses
        .iter()
        .find(|access| access.arg == arg && !access.creates)
}
