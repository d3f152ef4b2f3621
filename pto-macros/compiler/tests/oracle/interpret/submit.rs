//! Submission: an instance with the edges that the plan's variables hold.

use super::Machine;
use super::run::Instance;
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

    pub(super) fn submit(
        &mut self,
        site: SiteId,
        accesses: Vec<(usize, std::ops::Range<i64>, bool)>,
        alloc: bool,
    ) {
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
        self.run.instances.push(Instance {
            site,
            manual: self.program.scopes[scope].mode.is_manual(),
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
}
