//! What the plan's variables hold while a program is executed, and the edges that are read off them.

use pto_compiler::analysis::{KeySlot, Plan, Remembered, TableEdge, VariableKind};
use pto_compiler::syntax::ast::{LoopId, SiteId};
use std::collections::{BTreeMap, BTreeSet};

/// The variables of the emitted code. They hold numbers of executed instances.
pub(crate) struct Wires<'a> {
    plan: &'a Plan,
    held: BTreeMap<usize, BTreeSet<usize>>,
    /// What tables hold, by variable and key.
    tables: BTreeMap<(usize, Vec<i64>), BTreeSet<usize>>,
}

/// The values of the variables of the loops around the present point.
pub(crate) trait Loops {
    /// The value of one of them.
    fn value(&self, of: LoopId) -> i64;
}

impl<'a> Wires<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            held: BTreeMap::new(),
            tables: BTreeMap::new(),
        }
    }

    /// An iteration begins: the variables at home in it are declared anew.
    pub(crate) fn enter(&mut self, of: LoopId) {
        for (index, variable) in self.plan.variables.iter().enumerate() {
            if variable.home == Some(of) {
                self.held.remove(&index);
                self.tables.retain(|(table, _), _| *table != index);
            }
        }
    }

    /// Has tasks take the place of large sets, before one of `site` waits for these: `submit` makes the task that
    /// waits for a set.
    pub(crate) fn fences(
        &mut self,
        site: SiteId,
        mut submit: impl FnMut(BTreeSet<usize>) -> usize,
    ) {
        for variable in &self.plan.sites[site].proven {
            let VariableKind::All { fence: Some(least) } = self.plan.variables[*variable].kind
            else {
                continue;
            };
            let held = self.held.entry(*variable).or_default();
            if held.len() >= least {
                let fence = submit(std::mem::take(held));
                held.insert(fence);
            }
        }
    }

    /// The edges of the next instance of `site`, those from the owners of handles apart.
    pub(crate) fn edges(&self, site: SiteId, loops: &impl Loops) -> BTreeSet<usize> {
        let wiring = &self.plan.sites[site];
        let mut after = self.read(&wiring.proven);
        after.extend(self.read(&wiring.explicit));
        for edge in &wiring.tables {
            after.extend(self.found(edge, loops));
        }
        after
    }

    /// What variables hold.
    pub(crate) fn read(&self, variables: &[usize]) -> BTreeSet<usize> {
        let values = variables
            .iter()
            .filter_map(|variable| self.held.get(variable));
        values.flatten().copied().collect()
    }

    /// What a table holds for the present values of the loop variables.
    fn found(&self, edge: &TableEdge, loops: &impl Loops) -> BTreeSet<usize> {
        let VariableKind::Table { key, .. } = &self.plan.variables[edge.variable].kind else {
            panic!("an edge from a table that is none");
        };
        let mut only = edge.only.iter();
        if only.any(|only| !only.values.contains(&loops.value(only.of))) {
            return BTreeSet::new();
        }
        let slots = key.iter().zip(&edge.at);
        let at = slots.map(|(slot, (of, offset))| {
            let value = of.map_or(0, |of| loops.value(of));
            part(slot, value + offset)
        });
        let found = self.tables.get(&(edge.variable, at.collect()));
        found.cloned().unwrap_or_default()
    }

    /// Sets the variables that a site sets.
    pub(crate) fn set(&mut self, site: SiteId, this: usize, loops: &impl Loops) {
        for variable in &self.plan.sites[site].sets {
            let kind = &self.plan.variables[*variable].kind;
            if let VariableKind::Table { key, .. } = kind {
                let forgotten = |slot: &KeySlot| match &slot.remembered {
                    Remembered::Only(values) => !values.contains(&loops.value(slot.of)),
                    Remembered::All | Remembered::Last(_) => false,
                };
                if key.iter().any(forgotten) {
                    continue;
                }
                let at = key.iter().map(|slot| part(slot, loops.value(slot.of)));
                let at = at.collect();
                let entry = self.tables.entry((*variable, at)).or_default();
                put(entry, kind, this);
            } else {
                put(self.held.entry(*variable).or_default(), kind, this);
            }
        }
    }
}

/// Puts an instance into a variable, or into one entry of a table.
fn put(held: &mut BTreeSet<usize>, kind: &VariableKind, this: usize) {
    match kind {
        VariableKind::First if !held.is_empty() => return,
        VariableKind::Latest | VariableKind::Table { latest: true, .. } => held.clear(),
        VariableKind::First | VariableKind::All { .. } | VariableKind::Table { .. } => {}
    }
    held.insert(this);
}

/// One part of a table's key.
fn part(slot: &KeySlot, value: i64) -> i64 {
    match &slot.remembered {
        Remembered::Last(modulus) => value.rem_euclid(i64::try_from(*modulus).expect("small")),
        Remembered::All | Remembered::Only(_) => value,
    }
}
