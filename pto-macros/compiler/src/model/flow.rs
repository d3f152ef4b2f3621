//! Values of tensor variables, and how control flow joins and ages them.

use super::env::BindingId;
use super::poly::{Poly, Symbols};
use super::program::{Place, RootInfo, RootKind, Slot};
use super::region::Region;
use crate::syntax::ast::{CollectionId, LoopId};
use std::collections::{BTreeMap, BTreeSet};

/// What an expression denotes, as far as storage goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// No tensor.
    Host,
    /// A tensor: one of these places.
    Tensor(Vec<Place>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// An array, or a vector.
    Collection {
        /// The expressions that may have made it.
        ids: BTreeSet<CollectionId>,
        /// What is in it.
        elements: Elements,
    },
}

/// What is in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Elements {
    /// Of an array: each element.
    Each(Vec<Value>),
    /// Of a vector: any element; `Host` while there is none.
    Any(Box<Value>),
}

/// The values of all tensor variables at one point of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    values: BTreeMap<BindingId, Value>,
}

/// More alternatives than this for one variable are merged.
const MOST_PLACES: usize = 8;

impl Value {
    /// Either of the two.
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Host, value) | (value, Self::Host) => value,
            (Self::Tensor(mut places), Self::Tensor(more)) => {
                for place in more {
                    // Joins only ever add, or else rounds around a loop would not come to an end.
                    if !places.iter().any(|known| covers(known, &place)) {
                        places.retain(|known| !covers(&place, known));
                        places.push(place);
                    }
                }
                if places.len() > MOST_PLACES {
                    blur(&mut places);
                }
                Self::Tensor(places)
            }
            (Self::Tuple(left), Self::Tuple(right)) if left.len() == right.len() => Self::Tuple(
                left.into_iter()
                    .zip(right)
                    .map(|(left, right)| left.join(right))
                    .collect(),
            ),
            (
                Self::Collection { mut ids, elements },
                Self::Collection {
                    ids: more,
                    elements: others,
                },
            ) => {
                ids.extend(more);
                let elements = elements.join(others);
                Self::Collection { ids, elements }
            }
            (value, _) => value,
        }
    }

    /// The value with each of its places changed.
    pub(super) fn map(self, change: &mut impl FnMut(&mut Place)) -> Self {
        match self {
            Self::Host => Self::Host,
            Self::Tensor(mut places) => {
                places.iter_mut().for_each(change);
                Self::Tensor(places)
            }
            Self::Tuple(parts) => {
                Self::Tuple(parts.into_iter().map(|part| part.map(change)).collect())
            }
            Self::Collection { ids, elements } => Self::Collection {
                ids,
                elements: match elements {
                    Elements::Each(each) => {
                        Elements::Each(each.into_iter().map(|part| part.map(change)).collect())
                    }
                    Elements::Any(any) => Elements::Any(Box::new(any.map(change))),
                },
            },
        }
    }

    /// The value once the iteration of `id` in which it arose is over.
    fn aged(self, id: LoopId, roots: &[RootInfo], symbols: &Symbols) -> Self {
        let stale = |bound: &Poly| {
            let mut found = bound.symbols();
            found.any(|sym| symbols.info(sym).varies.contains(&id))
        };
        self.map(&mut |place| {
            if let RootKind::Made { loops, .. } = &roots[place.root].kind
                && loops.contains(&id)
            {
                place.aged.insert(id);
            }
            let region = &place.region;
            place.region = region.map(|bound| (!stale(bound)).then(|| bound.clone()));
            for slot in place.slots.values_mut() {
                if matches!(slot, Slot::At(at) if stale(at)) {
                    *slot = Slot::Unknown;
                }
            }
        })
    }
}

impl Elements {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Each(left), Self::Each(right)) if left.len() == right.len() => {
                let pairs = left.into_iter().zip(right);
                Self::Each(pairs.map(|(left, right)| left.join(right)).collect())
            }
            (left, right) => Self::Any(Box::new(left.any().join(right.any()))),
        }
    }

    /// Any of the elements.
    pub(super) fn any(self) -> Value {
        match self {
            Self::Each(each) => each.into_iter().fold(Value::Host, Value::join),
            Self::Any(any) => *any,
        }
    }
}

/// Whether `place` is one of those that `known` may be.
fn covers(known: &Place, place: &Place) -> bool {
    known == place
        || known.region.is_unknown()
            && (known.root, &known.aged, &known.slots) == (place.root, &place.aged, &place.slots)
            && (place.owned || !known.owned)
}

/// Keeps one place a root, of unknown region.
fn blur(places: &mut Vec<Place>) {
    let mut merged: Vec<Place> = Vec::new();
    for place in places.drain(..) {
        let twin = merged
            .iter_mut()
            .find(|known| known.root == place.root && known.aged == place.aged);
        match twin {
            Some(known) => {
                known.region = Region::unknown();
                known.owned &= place.owned;
                for (id, slot) in &mut known.slots {
                    if place.slots.get(id) != Some(slot) {
                        *slot = Slot::Unknown;
                    }
                }
                for id in place.slots.into_keys() {
                    known.slots.entry(id).or_insert(Slot::Unknown);
                }
            }
            None => merged.push(place),
        }
    }
    *places = merged;
}

impl State {
    /// The value of a variable.
    pub(super) fn get(&self, id: BindingId) -> Value {
        self.values.get(&id).cloned().unwrap_or(Value::Host)
    }

    /// Gives a variable a value.
    pub(super) fn set(&mut self, id: BindingId, value: Value) {
        self.values.insert(id, value);
    }

    /// Either of the two states; variables that only one knows are kept.
    pub(super) fn join(mut self, other: Self) -> Self {
        for (id, value) in other.values {
            let known = self.values.remove(&id).unwrap_or(Value::Host);
            self.values.insert(id, known.join(value));
        }
        self
    }

    /// Without the variables numbered `mark` and above.
    pub(super) fn restricted(mut self, mark: BindingId) -> Self {
        self.values.retain(|id, _| *id < mark);
        self
    }

    /// The state once the iteration of `id` in which it arose is over.
    pub(super) fn aged(self, id: LoopId, roots: &[RootInfo], symbols: &Symbols) -> Self {
        let age = |(binding, value): (BindingId, Value)| (binding, value.aged(id, roots, symbols));
        Self {
            values: self.values.into_iter().map(age).collect(),
        }
    }
}
