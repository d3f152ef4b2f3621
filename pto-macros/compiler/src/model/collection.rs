//! What becomes of handles that are put in arrays and vectors and had of them again.
//!
//! Elements keep their index for as long as they are in a collection: nothing that is
//! followed moves them. The handle that came with a storage cannot be copied, so it is
//! in one place at most, and [`Slot`]s tell storages apart by where it was put first.

use super::flow::{Elements, Value};
use super::poly::Poly;
use super::program::Slot;
use crate::syntax::ast::CollectionId;
use std::collections::BTreeSet;

/// The expressions that may have made a collection.
pub(super) type Ids = BTreeSet<CollectionId>;

impl Value {
    /// An array of these elements.
    pub(super) fn array(id: CollectionId, elements: Vec<Self>) -> Self {
        let ids = Ids::from([id]);
        let elements = elements.into_iter().map(|element| element.put(&ids));
        Self::Collection {
            elements: Elements::Each(elements.collect()),
            ids,
        }
    }

    /// A vector of these elements.
    pub(super) fn vector(id: CollectionId, elements: Vec<Self>) -> Self {
        let ids = Ids::from([id]);
        let elements = elements.into_iter().map(|element| element.put(&ids));
        Self::Collection {
            elements: Elements::Any(Box::new(elements.fold(Self::Host, Self::join))),
            ids,
        }
    }

    /// The value as an element of a collection that one of `ids` made.
    pub(super) fn put(self, ids: &Ids) -> Self {
        self.map(&mut |place| {
            if !place.owned {
                return;
            }
            for id in ids {
                let slot = match ids.len() {
                    1 => Slot::Element,
                    _ => Slot::Unknown,
                };
                place.slots.entry(*id).or_insert(slot);
            }
        })
    }

    /// The value of an element that is had of a collection, at an index if that is known.
    fn had(self, ids: &Ids, index: Option<&Poly>) -> Self {
        self.map(&mut |place| {
            for (id, slot) in &mut place.slots {
                if ids.contains(id) && *slot == Slot::Element {
                    *slot = index.map_or(Slot::Unknown, |index| Slot::At(index.clone()));
                }
            }
        })
    }

    /// What a reference to the value leads to.
    pub(super) fn borrowed(self) -> Self {
        self.map(&mut |place| place.owned = false)
    }

    /// An element of a collection: of an array the one at `known`, if that is given.
    pub(super) fn element(self, known: Option<usize>, index: Option<&Poly>) -> Self {
        let Self::Collection { ids, elements } = self else {
            return Self::Host;
        };
        let element = match (elements, known) {
            (Elements::Each(mut each), Some(at)) if at < each.len() => each.swap_remove(at),
            (elements, _) => elements.any(),
        };
        element.had(&ids, index)
    }

    /// The parts that a tuple or slice pattern takes a value apart into.
    pub(super) fn parts(self, count: usize) -> Option<Vec<Self>> {
        match self {
            Self::Tuple(parts) if parts.len() == count => Some(parts),
            Self::Collection {
                ids,
                elements: Elements::Each(each),
            } if each.len() == count => {
                let at = |at: usize| Poly::constant(i128::try_from(at).unwrap_or(0));
                let parts = each.into_iter().enumerate();
                Some(
                    parts
                        .map(|(index, part)| part.had(&ids, Some(&at(index))))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// Changes the part of the value that a path leads to: as little as is certain.
    ///
    /// What `change` returns is put in all collections on the way.
    pub(super) fn change(&mut self, path: &[Step], change: &mut dyn FnMut(Self, &[Ids]) -> Self) {
        self.change_in(path, &mut Vec::new(), change);
    }

    fn change_in(
        &mut self,
        path: &[Step],
        around: &mut Vec<Ids>,
        change: &mut dyn FnMut(Self, &[Ids]) -> Self,
    ) {
        let Some((step, rest)) = path.split_first() else {
            *self = change(std::mem::replace(self, Self::Host), around);
            return;
        };
        match (self, step) {
            (Self::Tuple(parts), Step::Field(index)) => {
                if let Some(part) = parts.get_mut(*index) {
                    part.change_in(rest, around, change);
                }
            }
            (Self::Collection { ids, elements }, Step::Element(literal)) => {
                around.push(ids.clone());
                let mut weakly = |element: &mut Self| {
                    let mut changed = element.clone();
                    changed.change_in(rest, around, change);
                    *element = std::mem::replace(element, Self::Host).join(changed);
                };
                match (elements, literal) {
                    (Elements::Each(each), Some(at)) if *at < each.len() => {
                        each[*at].change_in(rest, around, change);
                    }
                    (Elements::Each(each), _) => each.iter_mut().for_each(weakly),
                    (Elements::Any(any), _) => weakly(any),
                }
                around.pop();
            }
            _ => {}
        }
    }
}

/// A step from a value to a part of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A part of a tuple.
    Field(usize),
    /// An element: of an array, the one at a known index; or any.
    Element(Option<usize>),
}
