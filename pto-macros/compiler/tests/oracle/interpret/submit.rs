//! Submission: an instance with the edges that the plan's variables hold.

use super::Machine;
use super::run::{Instance, Touch};
use pto_compiler::analysis::{KeySlot, VariableKind};
use pto_compiler::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeSet;

impl Machine<'_> {
    pub(super) fn enter_iteration(&mut self, id: LoopId, value: i64) {
        self.at.insert(id, value);
        for (index, variable) in self.plan.variables.iter().enumerate() {
            if variable.home == Some(id) {
                self.latest.remove(&index);
                self.tables.retain(|(table, _), _| *table != index);
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
        for edge in &wiring.tables {
            let VariableKind::Table { key, .. } = &self.plan.variables[edge.variable].kind else {
                panic!("an edge from a table that is none");
            };
            let slots = key.iter().zip(&edge.at);
            let at = slots.map(|(slot, (of, offset))| part(slot, self.at[of] + offset));
            let found = self.tables.get(&(edge.variable, at.collect()));
            after.extend(found.into_iter().flatten());
        }
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
            if let VariableKind::Table { key, latest } = &self.plan.variables[*variable].kind {
                let at = key.iter().map(|slot| part(slot, self.at[&slot.of]));
                let entry = self.tables.entry((*variable, at.collect())).or_default();
                if *latest {
                    entry.clear();
                }
                entry.insert(this);
                continue;
            }
            let known = self.latest.entry(*variable).or_default();
            match self.plan.variables[*variable].kind {
                VariableKind::First if !known.is_empty() => {}
                VariableKind::Latest => *known = BTreeSet::from([this]),
                VariableKind::First | VariableKind::All { .. } => {
                    known.insert(this);
                }
                VariableKind::Table { .. } => {}
            }
        }
    }

    /// Submits the tasks that take the place of large sets, before the one that waits for them.
    pub(super) fn fences(&mut self, site: SiteId) {
        for variable in &self.plan.sites[site].proven {
            let VariableKind::All { fence: Some(least) } = self.plan.variables[*variable].kind
            else {
                continue;
            };
            let this = self.run.instances.len();
            let known = self.latest.entry(*variable).or_default();
            if known.len() >= least {
                let after = std::mem::replace(known, BTreeSet::from([this]));
                let (_, opened) = *self.scopes.last().unwrap();
                self.run.instances.push(Instance {
                    site,
                    manual: true,
                    alloc: false,
                    accesses: Vec::new(),
                    after,
                    keeps: BTreeSet::new(),
                    scope: opened,
                });
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

/// One part of a table's key.
fn part(slot: &KeySlot, value: i64) -> i64 {
    match slot.modulus {
        Some(modulus) => value.rem_euclid(i64::try_from(modulus).unwrap()),
        None => value,
    }
}
