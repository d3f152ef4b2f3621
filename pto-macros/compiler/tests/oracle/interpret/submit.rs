//! Submission: an instance with the edges that the plan's variables hold.

use super::Machine;
use super::run::{Instance, Touch};
use pto_compiler::analysis::VariableKind;
use pto_compiler::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeSet;

impl Machine<'_> {
    pub(super) fn enter_iteration(&mut self, id: LoopId) {
        for (index, variable) in self.plan.variables.iter().enumerate() {
            if variable.home == Some(id) {
                self.latest.remove(&index);
            }
        }
    }

    pub(super) fn submit(&mut self, site: SiteId, accesses: Vec<Touch>, alloc: bool) {
        let this = self.run.instances.len();
        let wiring = &self.plan.sites[site];
        let read = |variables: &[usize]| -> BTreeSet<usize> {
            let values = variables
                .iter()
                .filter_map(|variable| self.latest.get(variable));
            values.flatten().copied().collect()
        };
        let mut after = read(&wiring.proven);
        after.extend(read(&wiring.explicit));
        let keeps = read(&wiring.keep);
        let (scope, opened) = *self.scopes.last().unwrap();
        let manual = self.program.scopes[scope].mode.is_manual();
        if !manual {
            after.extend(self.tracked(site, &accesses));
        }
        self.run.instances.push(Instance {
            site,
            manual,
            alloc,
            accesses,
            after,
            keeps,
            scope: opened,
        });
        for variable in &wiring.sets {
            let known = self.latest.entry(*variable).or_default();
            match self.plan.variables[*variable].kind {
                VariableKind::First if !known.is_empty() => {}
                VariableKind::Latest => *known = BTreeSet::from([this]),
                VariableKind::First | VariableKind::All => {
                    known.insert(this);
                }
            }
        }
    }

    /// The instances that the runtime makes an AUTO task wait for: the owners of
    /// what it uses, and those the TensorMap knows of. Enters its own accesses.
    fn tracked(&mut self, site: SiteId, accesses: &[Touch]) -> BTreeSet<usize> {
        let this = self.run.instances.len();
        let mut after = BTreeSet::new();
        let used = accesses.iter().filter(|access| !access.creates);
        for access in used.clone() {
            after.extend(self.run.owners[access.storage]);
            if self
                .analysis
                .tracking_of(self.program, site, access.arg)
                .lookup
            {
                let known = self.map.iter().filter(|(known, _)| known.conflicts(access));
                after.extend(known.map(|(_, by)| *by));
            }
        }
        for access in used {
            if self
                .analysis
                .tracking_of(self.program, site, access.arg)
                .register
            {
                // What a write covers is found through it from now on.
                self.map.retain(|(known, _)| {
                    let (all, part) = (&access.elements, &known.elements);
                    let inside = all.start <= part.start && part.end <= all.end;
                    !(access.writes && known.storage == access.storage && inside)
                });
                self.map.push((access.clone(), this));
            }
        }
        after
    }
}
