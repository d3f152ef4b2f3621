//! Tensors: storage, views, and the variables that hold them.

use super::{Handle, Machine, Value};
use pto_compiler::syntax::ast::{Host, Target, TensorExpr};
use pto_programs::ELEMENTS;

impl Machine<'_> {
    pub(super) fn storage(&mut self, owner: Option<usize>) -> Handle {
        self.run.owners.push(owner);
        Handle {
            storage: self.run.owners.len() - 1,
            range: 0..ELEMENTS,
        }
    }

    pub(super) fn assign(&mut self, target: &Target, value: Value) {
        match (target, value) {
            (Target::Tuple(targets), Value::Tuple(parts)) => {
                for (target, part) in targets.iter().zip(parts) {
                    self.assign(target, part);
                }
            }
            (Target::Host(syn::Expr::Path(path)), value) => {
                let name = path.path.get_ident().expect("names are plain").clone();
                let held = self.slot(&TensorExpr::Var(name));
                *held.expect("the name is bound") = value;
            }
            (Target::Part(part), value) => {
                if let Some(held) = self.slot(part) {
                    *held = value;
                }
            }
            _ => panic!("unknown place"),
        }
    }

    /// Where the value of a place is; `None`, and the end of the run, if there is no such element.
    pub(super) fn slot(&mut self, place: &TensorExpr) -> Option<&mut Value> {
        let path = self.path(place);
        let name = place.variable();
        let known = self.names.iter().rposition(|(known, _)| name == known)?;
        let found = part(&mut self.names[known].1, &path).is_some();
        self.run.stopped |= !found;
        part(&mut self.names[known].1, &path)
    }

    /// The way from a variable's value to a place.
    fn path(&mut self, place: &TensorExpr) -> Vec<i64> {
        let (base, step) = match place {
            TensorExpr::Var(_) => return Vec::new(),
            TensorExpr::Field { base, index } => (base, Some(i64::from(index.index))),
            TensorExpr::Element { base, index, .. } => (base, Some(self.int(&index.source))),
            TensorExpr::Deref(base) => (base, None),
            TensorExpr::View { .. } | TensorExpr::Rearranged { .. } => panic!("not a place"),
        };
        let mut path = self.path(base);
        path.extend(step);
        path
    }

    pub(super) fn value(&mut self, tensor: &TensorExpr) -> Value {
        match tensor {
            TensorExpr::View { base, region, .. } => {
                let Value::Tensor(mut handle) = self.value(base) else {
                    return Value::None;
                };
                if let Some([range]) = region.as_deref() {
                    let (low, high) = self.range(range);
                    handle.range = handle.range.start + low..handle.range.start + high;
                }
                // A view of a view may be generated where a handle is one already.
                self.run.stopped |= handle.range.end > ELEMENTS;
                Value::Tensor(handle)
            }
            TensorExpr::Rearranged { .. } => panic!("not generated"),
            place => self.slot(place).map_or(Value::None, |value| value.clone()),
        }
    }

    /// The tensor of an argument; `None` once the run has stopped.
    pub(super) fn tensor(&mut self, tensor: &TensorExpr) -> Option<Handle> {
        match self.value(tensor) {
            Value::Tensor(handle) => Some(handle),
            _ if self.run.stopped => None,
            _ => panic!("not a tensor"),
        }
    }

    fn range(&mut self, range: &Host) -> (i64, i64) {
        let syn::Expr::Range(range) = &range.source else {
            panic!("not a range");
        };
        self.ends(range)
    }
}

/// The part of a value to which a path leads.
fn part<'a>(value: &'a mut Value, path: &[i64]) -> Option<&'a mut Value> {
    let Some((first, rest)) = path.split_first() else {
        return Some(value);
    };
    match value {
        Value::Tuple(parts) | Value::List(parts) => {
            part(parts.get_mut(usize::try_from(*first).ok()?)?, rest)
        }
        _ => None,
    }
}
