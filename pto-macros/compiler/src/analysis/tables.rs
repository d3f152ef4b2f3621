//! Lowering of keyed conflicts: tables from keys to task ids.

use super::Level;
use super::keys::{KeyPart, Keyed};
use super::plan::{KeySlot, Plan, TableEdge, Variable, VariableKind};
use crate::model::Program;
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::BTreeMap;

/// What distinguishes one table from another: whose ids, where it lives, by what
/// it is keyed, and whether the loop that carries the conflicts is part of that.
type Name = (SiteId, usize, Vec<LoopId>, bool);

/// Wires the keyed conflicts.
pub(super) fn tables(program: &Program, keyed: &[Keyed], plan: &mut Plan) {
    let mut groups: BTreeMap<Name, Vec<&Keyed>> = BTreeMap::new();
    for found in keyed {
        let depth = found.level.depth(found.common);
        let sources: Vec<LoopId> = found.sources().collect();
        let carrier = program.sites[found.from].loops().nth(depth);
        let carried = matches!(found.level, Level::Carried(_));
        let by_carrier = carried && carrier.is_some_and(|carrier| sources.contains(&carrier));
        let name = (found.from, depth, sources, by_carrier);
        groups.entry(name).or_default().push(found);
    }
    for ((from, depth, sources, by_carrier), group) in groups {
        let loops: Vec<LoopId> = program.sites[from].loops().collect();
        let carrier = by_carrier.then(|| loops[depth]);
        let key: Vec<KeySlot> = sources
            .iter()
            .map(|source| KeySlot {
                of: *source,
                modulus: (Some(*source) == carrier).then(|| modulus(&group, *source)),
            })
            .collect();
        let single = loops[depth..].iter().all(|id| sources.contains(id));
        let chained = group
            .iter()
            .any(|keyed| keyed.to == from && keyed.keys.iter().all(|key| is_identity(key)));
        let index = plan.variable(Variable {
            kind: VariableKind::Table {
                key,
                latest: single || chained,
            },
            members: vec![from],
            home: depth.checked_sub(1).map(|outer| loops[outer]),
        });
        for keyed in group {
            for key in &keyed.keys {
                for at in alternatives(key) {
                    let edge = TableEdge {
                        variable: index,
                        at,
                    };
                    let edges = &mut plan.sites[keyed.to].tables;
                    if !edges.contains(&edge) {
                        edges.push(edge);
                    }
                }
            }
        }
    }
}

/// Remembering this many values of the carrying loop's variable is enough: what
/// lies further back does not conflict.
fn modulus(group: &[&Keyed], carrier: LoopId) -> u64 {
    let parts = group.iter().flat_map(|keyed| &keyed.keys).flatten();
    let offsets = parts
        .filter(|part| part.source == carrier)
        .flat_map(|part| &part.offsets);
    1 + offsets
        .map(|offset| offset.unsigned_abs())
        .max()
        .unwrap_or(0)
}

fn is_identity(key: &[KeyPart]) -> bool {
    key.iter()
        .all(|part| part.source == part.target && part.offsets == [0])
}

/// All keys that one conflict can have: for each part, the later site's loop and an offset.
fn alternatives(key: &[KeyPart]) -> Vec<Vec<(LoopId, i64)>> {
    let mut all = vec![Vec::new()];
    for part in key {
        all = all
            .iter()
            .flat_map(|prefix| {
                part.offsets.iter().map(move |offset| {
                    let mut longer = prefix.clone();
                    longer.push((part.target, *offset));
                    longer
                })
            })
            .collect();
    }
    all
}
