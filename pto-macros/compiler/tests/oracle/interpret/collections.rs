//! Arrays and vectors: made, changed, asked, iterated over.

use super::{Machine, Value};
use pto_compiler::syntax::ast::{Change, ChangeKind, Cond, Each, Expr, Select};

impl Machine<'_> {
    pub(super) fn list(&mut self, elements: &[Expr]) -> Value {
        let elements = elements.iter().map(|element| self.expr(element).1);
        Value::List(elements.collect())
    }

    pub(super) fn change(&mut self, change: &Change) {
        let pushed = match &change.kind {
            ChangeKind::Push(value) => Some(self.expr(value).1),
            _ => None,
        };
        let Some(Value::List(elements)) = self.slot(&change.of) else {
            return;
        };
        match pushed {
            Some(pushed) => elements.push(pushed),
            None => elements.clear(),
        }
    }

    /// An element, if there is one.
    pub(super) fn select(&mut self, select: &Select) -> Value {
        let index = select.index.as_ref();
        let index = index.map(|index| self.int(&index.source));
        let Some(Value::List(elements)) = self.slot(&select.of) else {
            return Value::Maybe(None);
        };
        let found = match select.method.to_string().as_str() {
            "pop" => elements.pop(),
            "first" | "first_mut" => elements.first().cloned(),
            "last" | "last_mut" => elements.last().cloned(),
            _ => {
                let index = index.and_then(|index| usize::try_from(index).ok());
                index.and_then(|index| elements.get(index)).cloned()
            }
        };
        self.run.stopped |= select.certain && found.is_none();
        match found {
            Some(found) if select.certain => found,
            found => Value::Maybe(found.map(Box::new)),
        }
    }

    /// Whether a condition holds; binds what it binds.
    pub(super) fn cond(&mut self, cond: &Cond) -> bool {
        match cond {
            Cond::Host(cond) => self.condition(&cond.source),
            Cond::Let { pat, value } => {
                let value = self.select(value);
                self.matches(pat, value)
            }
        }
    }

    /// The items of an iteration over collections.
    pub(super) fn items(&mut self, each: &Each) -> Vec<Value> {
        match each {
            Each::Elements { of, .. } => match self.slot(of) {
                Some(Value::List(elements)) => elements.clone(),
                _ => Vec::new(),
            },
            Each::Counted(each) => {
                let items = self.items(each).into_iter().zip(0..);
                let counted = items.map(|(item, at)| Value::Tuple(vec![Value::Int(at), item]));
                counted.collect()
            }
            Each::Zipped(left, right) => {
                let pairs = self.items(left).into_iter().zip(self.items(right));
                let pairs = pairs.map(|(left, right)| Value::Tuple(vec![left, right]));
                pairs.collect()
            }
        }
    }
}
