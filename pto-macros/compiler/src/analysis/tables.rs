//! Lowering of keyed conflicts: tables from keys to task ids.

use super::Level;
use super::keys::{Key, KeyPart, Keyed};
use super::order::Order;
use super::plan::{KeySlot, Plan, Remembered, TableEdge, Variable, VariableKind};
use crate::model::Program;
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::{BTreeMap, BTreeSet};

/// What distinguishes one table from another: whose ids, where it lives, by what
/// it is keyed, whether by certain numbers only, and whether the loop that carries
/// the conflicts is part of the key.
type Name = (SiteId, usize, Vec<(LoopId, bool)>, bool);

/// Wires the keyed conflicts.
pub(super) fn tables(program: &Program, keyed: &[Keyed], ideal: &Order, plan: &mut Plan) {
    let chains = chains(keyed);
    let mut groups: BTreeMap<Name, Vec<(&Keyed, &Key)>> = BTreeMap::new();
    for found in keyed {
        for key in &found.keys {
            let name = name(program, found, key);
            groups.entry(name).or_default().push((found, key));
        }
    }
    for ((from, depth, sources, by_carrier), group) in groups {
        let loops: Vec<LoopId> = program.sites[from].loops().collect();
        let carrier = by_carrier.then(|| loops[depth]);
        let remembered = |source: LoopId, numbered: bool| {
            let parts = group.iter().flat_map(|(_, key)| &key.parts);
            let parts = parts.filter(|part| part.source == source);
            let offsets = parts.flat_map(|part| part.offsets.iter().copied());
            if numbered {
                Remembered::Only(offsets.collect())
            } else if Some(source) == carrier {
                // What lies further back than the farthest does not conflict.
                Remembered::Last(1 + offsets.map(i64::unsigned_abs).max().unwrap_or(0))
            } else {
                Remembered::All
            }
        };
        let slots = sources.iter().map(|(source, numbered)| KeySlot {
            of: *source,
            remembered: remembered(*source, *numbered),
        });
        // Two tasks of one key differ first in a loop that is no part of it.
        let ordered = loops.iter().enumerate().skip(depth).all(|(index, id)| {
            let is_part = sources.iter().any(|(source, _)| source == id);
            is_part || ideal.holds(from, from, Level::Carried(index))
        });
        let key: Vec<LoopId> = sources.iter().map(|(source, _)| *source).collect();
        let latest = ordered || chains.contains(&(from, depth, key));
        let index = plan.variable(Variable {
            kind: VariableKind::Table {
                key: slots.collect(),
                latest,
            },
            members: vec![from],
            home: depth.checked_sub(1).map(|outer| loops[outer]),
        });
        for (keyed, key) in group {
            for key in key.alternatives() {
                let parts = key.parts.iter();
                let at = parts.flat_map(|part| part.offsets.iter().map(|at| (part.target, *at)));
                let edge = TableEdge {
                    variable: index,
                    at: at.collect(),
                    only: key.only.clone(),
                };
                let edges = &mut plan.sites[keyed.to].tables;
                if !edges.contains(&edge) {
                    edges.push(edge);
                }
            }
        }
    }
}

fn name(program: &Program, keyed: &Keyed, key: &Key) -> Name {
    let depth = keyed.level.depth(keyed.common);
    let parts = key.parts.iter();
    let sources = parts.map(|part| (part.source, part.target.is_none()));
    let carrier = program.sites[keyed.from].loops().nth(depth);
    let carried = matches!(keyed.level, Level::Carried(_));
    // By the later task's own variable of that loop, or by a number.
    let by_carrier = |part: &KeyPart| {
        Some(part.source) == carrier && part.target.is_none_or(|target| target == part.source)
    };
    let by_carrier = carried && key.parts.iter().any(by_carrier);
    (keyed.from, depth, sources.collect(), by_carrier)
}

/// The sites, with the depth of a table and what it is keyed by, whose instances of one key form a chain: each waits for
/// what the table has of its own key. If that is the latest, it is the one before, whichever loop leads from one to the other.
fn chains(keyed: &[Keyed]) -> BTreeSet<(SiteId, usize, Vec<LoopId>)> {
    let own = keyed.iter().filter(|keyed| keyed.from == keyed.to);
    // One that is implied is ordered all the same.
    let keys = own.flat_map(|keyed| {
        let implied = keyed.implied.iter().map(|(key, _)| key);
        keyed
            .keys
            .iter()
            .chain(implied)
            .map(move |key| (keyed, key))
    });
    let chains = keys.filter(|(_, key)| key.is_identity());
    let chains = chains.map(|(keyed, key)| {
        let sources = key.parts.iter().map(|part| part.source);
        let depth = keyed.level.depth(keyed.common);
        (keyed.from, depth, sources.collect())
    });
    chains.collect()
}
