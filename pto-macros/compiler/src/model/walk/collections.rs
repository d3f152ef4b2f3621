//! Arrays and vectors: made, changed, and iterated over.

use super::Walker;
use crate::model::collection::{Ids, Step};
use crate::model::env::{Binding, Known};
use crate::model::flow::{Elements, Value};
use crate::model::poly::{Induction, Poly, Sym, SymInfo};
use crate::syntax::ast::{Change, ChangeKind, Each, How, LoopId, Select, TensorExpr, Vector};

/// What an iteration over collections binds.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// The number of the iteration.
    Number,
    /// An element.
    Element(Value),
    /// A pair.
    Pair(Box<Item>, Box<Item>),
}

impl Item {
    fn value(self) -> Value {
        match self {
            Self::Number => Value::Host,
            Self::Element(value) => value,
            Self::Pair(left, right) => Value::Tuple(vec![left.value(), right.value()]),
        }
    }
}

impl Walker {
    pub(super) fn vector(&mut self, vector: &Vector) -> Value {
        if !vector.of.has_tensor() {
            return Value::Host;
        }
        let elements = vector.elements.iter().map(|element| self.expr(element));
        Value::vector(vector.id, elements.collect())
    }

    pub(super) fn change(&mut self, change: &Change) {
        match &change.kind {
            ChangeKind::Push(value) => {
                let pushed = self.expr(value);
                self.christen_all(&pushed, &format!("{}[_]", change.of.shown()));
                self.update(&change.of, &mut |vector, around| match vector {
                    Value::Collection { ids, elements } => {
                        let pushed = around.iter().fold(pushed.clone(), Value::put);
                        let elements = elements.any().join(pushed.put(&ids));
                        Value::Collection {
                            ids,
                            elements: Elements::Any(Box::new(elements)),
                        }
                    }
                    vector => vector,
                });
            }
            ChangeKind::Clear => self.update(&change.of, &mut |vector, _| match vector {
                Value::Collection { ids, .. } => Value::Collection {
                    ids,
                    elements: Elements::Any(Box::new(Value::Host)),
                },
                vector => vector,
            }),
            ChangeKind::Still(_) => {}
        }
    }

    /// `place = value`.
    pub(super) fn store(&mut self, place: &TensorExpr, value: Value) {
        self.christen_all(&value, &place.shown());
        self.update(place, &mut |_, around| {
            around.iter().fold(value.clone(), Value::put)
        });
    }

    /// Changes what a place holds, as far as the compiler can tell which that is.
    fn update(&mut self, place: &TensorExpr, change: &mut dyn FnMut(Value, &[Ids]) -> Value) {
        let Some(Binding::Tensor { id, .. }) = self.env.get(place.variable()) else {
            return;
        };
        let id = *id;
        let mut value = self.state.get(id);
        value.change(&self.steps(place), change);
        self.state.set(id, value);
    }

    /// An element that may be there.
    pub(super) fn select(&mut self, select: &Select) -> Value {
        let of = self.value(&select.of);
        let index = select
            .index
            .as_ref()
            .map(|index| self.reader().poly(&index.source));
        let known = index.as_ref().and_then(Poly::as_count);
        let element = of.element(known, index.as_ref());
        match select.how {
            How::Moved => element,
            How::Shared | How::Exclusive => element.borrowed(),
        }
    }

    /// What a loop over collections binds in each iteration, and the iterations' number.
    pub(super) fn each(&mut self, each: &Each, of: LoopId) -> (Item, Sym) {
        let high = Poly::symbol(self.program.symbols.fresh(SymInfo {
            name: "len".to_owned(),
            varies: self.loops.clone(),
            induction: None,
        }));
        let mut varies = self.loops.clone();
        varies.push(of);
        let number = self.program.symbols.fresh(SymInfo {
            name: "i".to_owned(),
            varies,
            induction: Some(Induction {
                of,
                low: Poly::default(),
                high,
                step: Poly::constant(1),
                reversed: false,
            }),
        });
        (self.item(each, &Poly::symbol(number)), number)
    }

    fn item(&mut self, each: &Each, number: &Poly) -> Item {
        match each {
            Each::Elements { of, how } => {
                let element = self.value(of).element(None, Some(number));
                Item::Element(match how {
                    How::Moved => element,
                    How::Shared | How::Exclusive => element.borrowed(),
                })
            }
            Each::Counted(each) => {
                let item = self.item(each, number);
                Item::Pair(Box::new(Item::Number), Box::new(item))
            }
            Each::Zipped(left, right) => {
                let (left, right) = (self.item(left, number), self.item(right, number));
                Item::Pair(Box::new(left), Box::new(right))
            }
        }
    }

    /// Binds the pattern of a loop over collections.
    pub(super) fn bind_item(&mut self, pat: &syn::Pat, item: &Item, number: &Poly) {
        match (pat, item) {
            (syn::Pat::Paren(inner), _) => self.bind_item(&inner.pat, item, number),
            (syn::Pat::Ident(pat), Item::Number) => {
                let mutable = pat.mutability.is_some();
                self.bind_value(&pat.ident, mutable, Some(number.clone()), Known::Usize);
            }
            (syn::Pat::Tuple(tuple), Item::Pair(left, right)) if tuple.elems.len() == 2 => {
                self.bind_item(&tuple.elems[0], left, number);
                self.bind_item(&tuple.elems[1], right, number);
            }
            (pat, item) => self.bind_pat(pat, item.clone().value(), None),
        }
    }

    /// Fresh storage in a value goes by the name of what it is put in.
    fn christen_all(&mut self, value: &Value, name: &str) {
        let roots = &mut self.program.roots;
        let _ = value.clone().map(&mut |place| {
            let root = &mut roots[place.root];
            if root.name.is_empty() {
                name.clone_into(&mut root.name);
            }
        });
    }

    /// The way from a variable's value to a part of it.
    fn steps(&mut self, place: &TensorExpr) -> Vec<Step> {
        let (base, step) = match place {
            TensorExpr::Var(_) => return Vec::new(),
            TensorExpr::Field { base, index } => {
                let index = usize::try_from(index.index).unwrap_or(usize::MAX);
                (base, Some(Step::Field(index)))
            }
            TensorExpr::Element {
                base,
                index,
                literal,
            } => {
                let known = || self.reader().poly(&index.source).as_count();
                (base, Some(Step::Element(literal.or_else(known))))
            }
            TensorExpr::Deref(base)
            | TensorExpr::View { base, .. }
            | TensorExpr::Rearranged { base, .. } => (base, None),
        };
        let mut steps = self.steps(base);
        steps.extend(step);
        steps
    }
}
