//! Values of tensor variables, and how control flow joins and ages them.

use super::env::BindingId;
use super::poly::Symbols;
use super::program::{Place, RootInfo, RootKind};
use super::region::Region;
use crate::syntax::ast::LoopId;
use std::collections::BTreeMap;

/// What an expression denotes, as far as storage goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// No tensor.
    Host,
    /// A tensor: one of these places.
    Tensor(Vec<Place>),
    /// A tuple.
    Tuple(Vec<Value>),
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
                    if !places.contains(&place) {
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
            (value, _) => value,
        }
    }

    /// The value once the iteration of `id` in which it arose is over.
    fn aged(mut self, id: LoopId, roots: &[RootInfo], symbols: &Symbols) -> Self {
        match &mut self {
            Self::Host => {}
            Self::Tensor(places) => {
                for place in places {
                    if let RootKind::Made { loops, .. } = &roots[place.root].kind
                        && loops.contains(&id)
                    {
                        place.aged.insert(id);
                    }
                    place.region = place.region.map(|bound| {
                        let stale = bound
                            .symbols()
                            .any(|sym| symbols.info(sym).varies.contains(&id));
                        (!stale).then(|| bound.clone())
                    });
                }
            }
            Self::Tuple(parts) => {
                let old = std::mem::take(parts);
                *parts = old
                    .into_iter()
                    .map(|part| part.aged(id, roots, symbols))
                    .collect();
            }
        }
        self
    }
}

/// Keeps one place a root, of unknown region.
fn blur(places: &mut Vec<Place>) {
    let mut merged: Vec<Place> = Vec::new();
    for place in places.drain(..) {
        let twin = merged
            .iter_mut()
            .find(|known| known.root == place.root && known.aged == place.aged);
        match twin {
            Some(known) => known.region = Region::Unknown,
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
