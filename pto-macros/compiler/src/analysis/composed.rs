//! Edges from tables that others imply, through an instance in between.
//!
//! In
//!
//! ```text
//! for i in .. { scale(&a, &mut y.view_mut([i * t..(i + 1) * t])) }
//! for j in .. { shift(&mut y.view_mut([j * t..(j + 1) * t])) }
//! for k in .. { add(&y.view([k * t..(k + 1) * t]), &mut b.view_mut([k * t..(k + 1) * t])) }
//! ```
//!
//! an `add` waits for the `shift` of its own tile, and that for the `scale`: that the `add` comes after the `scale` needs no
//! edge. What has to be shown is that there is such a `shift`: it stands in a loop of its own. Its number is what the keys
//! make it, `j = k`, and is proven to be within that loop's range.
//!
//! The site in between is certain to be executed either before the later site, in the same iteration of the loops around
//! both, or after the earlier one. Each edge that is dropped is a path of two others, the instance between whose ends is
//! younger than the one and older than the other: replacing edges that were dropped as well comes to an end, so all of them
//! may be dropped at once. What keeps storage is no edge from a table, and is not concerned.

use super::Level;
use super::keys::{Key, KeyPart, Keyed};
use super::moments::{Distance, Moment, Moments, unit};
use super::order::Order;
use crate::model::{Context, Poly, Program, Sym};
use crate::syntax::ast::{LoopId, SiteId};
use std::collections::{BTreeMap, BTreeSet};

/// Moves the keys that others imply to the implied ones.
pub(super) fn reduce(program: &Program, order: &Order, keyed: &mut [Keyed]) {
    let facts = Facts::new(program, order, keyed);
    let found: Vec<Vec<(Key, Option<SiteId>)>> =
        keyed.iter().map(|keyed| facts.divided(keyed)).collect();
    for (keyed, divided) in keyed.iter_mut().zip(found) {
        let (implied, kept): (Vec<_>, Vec<_>) = divided
            .into_iter()
            .partition(|(_, through)| through.is_some());
        if implied.is_empty() {
            continue;
        }
        keyed.keys = kept.into_iter().map(|(key, _)| key).collect();
        let implied = implied.into_iter();
        keyed.implied = implied
            .filter_map(|(key, through)| Some((key, through?)))
            .collect();
    }
}

/// What is certain to be ordered, whichever edges do it.
struct Facts<'a> {
    program: &'a Program,
    order: &'a Order,
    /// By the earlier and the later site: the instances with these keys, each of which has one offset a part.
    keyed: BTreeMap<(SiteId, SiteId), Vec<(Level, Key)>>,
    /// All instances there are.
    all: Key,
}

/// What the variable of a loop around the instance in between is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Value {
    /// A loop's variable at one of the two ends, or zero.
    base: Option<(LoopId, Moment)>,
    /// What is added to it.
    offset: i64,
}

/// An edge in question.
struct Edge<'a> {
    from: SiteId,
    to: SiteId,
    level: Level,
    common: Vec<LoopId>,
    key: &'a Key,
}

/// The instance in between: the values of the variables of all loops around it, as far as they are known.
type Between = BTreeMap<LoopId, Value>;

impl<'a> Facts<'a> {
    fn new(program: &'a Program, order: &'a Order, all: &[Keyed]) -> Self {
        let mut keyed: BTreeMap<(SiteId, SiteId), Vec<(Level, Key)>> = BTreeMap::new();
        for found in all {
            let keys = found.keys.iter().flat_map(Key::alternatives);
            let known = keyed.entry((found.from, found.to)).or_default();
            known.extend(keys.map(|key| (found.level, key)));
        }
        Self {
            program,
            order,
            keyed,
            all: Key::default(),
        }
    }

    /// The keys of some conflicts, with the site that implies each, if any are implied.
    fn divided(&self, keyed: &Keyed) -> Vec<(Key, Option<SiteId>)> {
        let mut divided = Vec::new();
        for key in &keyed.keys {
            let alternatives = key.alternatives();
            let through: Vec<Option<SiteId>> = alternatives
                .iter()
                .map(|alternative| self.through(keyed, alternative))
                .collect();
            if through.iter().all(Option::is_none) {
                divided.push((key.clone(), None));
            } else {
                divided.extend(alternatives.into_iter().zip(through));
            }
        }
        divided
    }

    /// A site through which others imply the edges of a key.
    fn through(&self, keyed: &Keyed, key: &Key) -> Option<SiteId> {
        let edge = Edge {
            from: keyed.from,
            to: keyed.to,
            level: keyed.level,
            common: self.program.common_loops(keyed.from, keyed.to),
            key,
        };
        if key.is_identity() && edge.from == edge.to && !self.is_chain(&edge) {
            // The table relies on it.
            return None;
        }
        let mut sites = (0..self.program.sites.len()).rev();
        sites.find(|site| self.leads(&edge, *site) || self.follows(&edge, *site))
    }

    /// Whether the instances of one key form a chain by what is known of conflicts, without the help of a table.
    fn is_chain(&self, edge: &Edge<'_>) -> bool {
        let site = edge.from;
        let loops: Vec<LoopId> = self.program.sites[site].loops().collect();
        let is_part = |of: LoopId| edge.key.parts.iter().any(|part| part.source == of);
        let depth = edge.level.depth(edge.common.len());
        (depth..loops.len())
            .filter(|index| !is_part(loops[*index]))
            .all(|index| {
                let level = Level::Carried(index);
                self.known(site, site, level).any(|known| {
                    let mut parts = known.parts.iter();
                    known.is_identity() && parts.all(|part| is_part(part.source))
                })
            })
    }

    /// What is known to be ordered at a level.
    fn known(&self, from: SiteId, to: SiteId, level: Level) -> impl Iterator<Item = &Key> {
        let all = self.order.holds(from, to, level).then_some(&self.all);
        let keyed = self.keyed.get(&(from, to)).into_iter().flatten();
        let keyed = keyed.filter(move |(at, _)| *at == level);
        all.into_iter().chain(keyed.map(|(_, key)| key))
    }

    /// Whether the order of both ends with `site` implies an edge, where `site` leads into the later one.
    fn leads(&self, edge: &Edge<'_>, site: SiteId) -> bool {
        let is_same = edge.level == Level::Same;
        if site >= edge.to || (is_same && site <= edge.from) {
            return false;
        }
        let program = self.program;
        let shared = program.common_loops(site, edge.to);
        let after = match edge.level {
            Level::Carried(index) => shared.len() > index,
            // In loops around both but the later one, it could be in an earlier iteration.
            Level::Same => {
                edge.from < site && program.common_loops(edge.from, site).len() == edge.common.len()
            }
        };
        let Some(free) = self.free(site, edge.to).filter(|_| after) else {
            return false;
        };
        let same = |of: &LoopId| (*of, Value::of(*of, Moment::Late));
        let between: Between = shared.iter().map(same).collect();
        self.known(edge.from, site, edge.level).any(|first| {
            let mut second = self.known(site, edge.to, Level::Same);
            second.any(|second| self.joins(edge, (first, second), (&between, &free, Moment::Late)))
        })
    }

    /// Whether the order of both ends with `site` implies an edge, where `site` follows the earlier one.
    fn follows(&self, edge: &Edge<'_>, site: SiteId) -> bool {
        let is_same = edge.level == Level::Same;
        if site <= edge.from || (is_same && site >= edge.to) {
            return false;
        }
        let program = self.program;
        let shared = program.common_loops(edge.from, site);
        let before = match edge.level {
            Level::Carried(index) => shared.len() > index,
            // In loops around both but the earlier one, it could be in a later iteration.
            Level::Same => program.common_loops(site, edge.to).len() == edge.common.len(),
        };
        let Some(free) = self.free(site, edge.from).filter(|_| before) else {
            return false;
        };
        let same = |of: &LoopId| (*of, edge.early(*of));
        let between: Between = shared.iter().map(same).collect();
        self.known(edge.from, site, Level::Same).any(|first| {
            let mut second = self.known(site, edge.to, edge.level);
            second.any(|second| self.joins(edge, (first, second), (&between, &free, Moment::Early)))
        })
    }

    /// The loops around `site` and not around `beside`, if `site` is certain to be executed in all their iterations
    /// whenever `beside` is.
    fn free(&self, site: SiteId, beside: SiteId) -> Option<Vec<LoopId>> {
        let (inner, outer) = (
            &self.program.sites[site].context,
            &self.program.sites[beside].context,
        );
        let shared = inner.iter().zip(outer).take_while(|(a, b)| a == b).count();
        let own = inner[shared..].iter();
        own.map(|context| match context {
            Context::Loop(of) if self.program.loops[*of].full => Some(*of),
            _ => None,
        })
        .collect()
    }

    /// Whether there is an instance in between with which both ends are ordered, by what is known of each.
    fn joins(
        &self,
        edge: &Edge<'_>,
        (first, second): (&Key, &Key),
        (shared, free, moment): (&Between, &[LoopId], Moment),
    ) -> bool {
        let mut between = shared.clone();
        let mut agree = |of: LoopId, value: Value| *between.entry(of).or_insert(value) == value;
        let targets = second.parts.iter().all(|part| {
            let late = part.target.map(|of| (of, Moment::Late));
            offset(part).is_some_and(|offset| agree(part.source, Value { base: late, offset }))
        });
        let sources = first.parts.iter().all(|part| {
            let (early, offset) = (edge.early(part.source), offset(part));
            match (part.target, offset) {
                (_, None) => false,
                (None, Some(offset)) => early == Value { base: None, offset },
                (Some(of), Some(offset)) => {
                    let value = early.offset.checked_sub(offset);
                    value.is_some_and(|offset| agree(of, Value { offset, ..early }))
                }
            }
        });
        let between_only = first.only.iter().all(|only| {
            let value = between.get(&only.of);
            value.is_some_and(|value| edge.is_one_of(*value, &only.values))
        });
        let late_only = second
            .only
            .iter()
            .all(|only| edge.is_one_of(Value::of(only.of, Moment::Late), &only.values));
        targets && sources && between_only && late_only && self.exists(edge, &between, free, moment)
    }

    /// Whether there is an iteration of each of the free loops in which its variable is what it is to be.
    fn exists(&self, edge: &Edge<'_>, between: &Between, free: &[LoopId], moment: Moment) -> bool {
        if free.is_empty() {
            return true;
        }
        let symbols = &self.program.symbols;
        let mut moments = Moments::new(symbols, &edge.common, edge.level);
        for (vars, distance) in edge.distances(self.program) {
            if moments.assume(vars, Distance::Exactly(distance)).is_none() {
                return false;
            }
        }
        let mut is_within = |of: &LoopId| {
            let var = self.program.loops[*of].var?;
            let induction = symbols.info(var).induction.as_ref()?;
            let value = between.get(of)?;
            let base = match value.base {
                Some((of, at)) => moments.at(&Poly::symbol(self.program.loops[of].var?), at)?,
                None => Poly::default(),
            };
            let value = base.plus(&Poly::constant(value.offset.into()));
            let low = moments.at(&induction.low, moment)?;
            let last = moments
                .at(&induction.high, moment)?
                .minus(&Poly::constant(1));
            let within = moments.ordered(&low, &value) && moments.ordered(&value, &last);
            moments.define(var, moment, value);
            Some(within)
        };
        free.iter().all(|of| is_within(of) == Some(true))
    }
}

impl Value {
    /// A loop's variable at one of the two ends.
    fn of(of: LoopId, moment: Moment) -> Self {
        Self {
            base: Some((of, moment)),
            offset: 0,
        }
    }
}

impl Edge<'_> {
    /// The variable of a loop around the earlier end; where it can be, said by one around the later end.
    fn early(&self, of: LoopId) -> Value {
        let same = &self.common[..self.level.depth(self.common.len())];
        if same.contains(&of) {
            return Value::of(of, Moment::Late);
        }
        let part = self.key.parts.iter().find(|part| part.source == of);
        let known = part.and_then(|part| {
            Some(Value {
                base: part.target.map(|of| (of, Moment::Late)),
                offset: offset(part)?,
            })
        });
        known.unwrap_or_else(|| Value::of(of, Moment::Early))
    }

    /// Whether a value is certain to be one of these.
    fn is_one_of(&self, value: Value, values: &BTreeSet<i64>) -> bool {
        match value.base {
            None => values.contains(&value.offset),
            Some((of, Moment::Late)) => {
                let mut only = self.key.only.iter().filter(|only| only.of == of);
                only.any(|only| {
                    let mut known = only.values.iter();
                    known.all(|known| {
                        let sum = known.checked_add(value.offset);
                        sum.is_some_and(|sum| values.contains(&sum))
                    })
                })
            }
            Some((_, Moment::Early)) => false,
        }
    }

    /// By how much variables at the earlier end exceed those at the later end, where the key tells: those of outer loops,
    /// which the ranges of inner ones depend on, first.
    fn distances(&self, program: &Program) -> Vec<((Sym, Sym), i64)> {
        let same = &self.common[..self.level.depth(self.common.len())];
        let parts = self.key.parts.iter().filter_map(|part| {
            let early = program.loops[part.source].var?;
            let late = program.loops[part.target?].var?;
            let single = unit(&program.symbols, same, early, late) == Poly::constant(1);
            let offset = offset(part).filter(|_| single)?;
            let depth = program.loops[part.target?].depth;
            Some((depth, ((early, late), offset)))
        });
        let mut parts: Vec<_> = parts.collect();
        parts.sort_by_key(|(depth, _)| *depth);
        parts.into_iter().map(|(_, distance)| distance).collect()
    }
}

/// The only offset of a part, in a key that is one alternative.
fn offset(part: &KeyPart) -> Option<i64> {
    match part.offsets[..] {
        [offset] => Some(offset),
        _ => None,
    }
}
