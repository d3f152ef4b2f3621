//! Host values: numbers, ranges, conditions.

use super::{Machine, Value};

impl Machine<'_> {
    pub(super) fn flip(&mut self) -> bool {
        self.flips ^= self.flips << 13;
        self.flips ^= self.flips >> 7;
        self.flips ^= self.flips << 17;
        self.flips.count_ones().is_multiple_of(2)
    }

    pub(super) fn get(&self, name: &impl ToString) -> Value {
        let name = name.to_string();
        let found = self.names.iter().rev().find(|(known, _)| *known == name);
        found.map_or(Value::None, |(_, value)| value.clone())
    }

    pub(super) fn int(&self, expr: &syn::Expr) -> i64 {
        match expr {
            syn::Expr::Lit(lit) => match &lit.lit {
                syn::Lit::Int(int) => int.base10_parse().unwrap(),
                _ => panic!("not a number"),
            },
            syn::Expr::Paren(inner) => self.int(&inner.expr),
            syn::Expr::Path(path) => match self.get(path.path.get_ident().unwrap()) {
                Value::Int(value) => value,
                _ => panic!("not a number"),
            },
            syn::Expr::Binary(binary) => {
                let (a, b) = (self.int(&binary.left), self.int(&binary.right));
                match binary.op {
                    syn::BinOp::Add(_) => a + b,
                    syn::BinOp::Mul(_) => a * b,
                    _ => panic!("unknown operator"),
                }
            }
            _ => panic!("unknown expression"),
        }
    }

    /// The values a loop variable takes.
    pub(super) fn values(&self, iter: &syn::Expr) -> Vec<i64> {
        match iter {
            syn::Expr::Paren(inner) => self.values(&inner.expr),
            syn::Expr::Range(range) => (self.int(range.start.as_ref().unwrap())
                ..self.int(range.end.as_ref().unwrap()))
                .collect(),
            syn::Expr::MethodCall(call) => {
                let values = self.values(&call.receiver);
                if call.method == "rev" {
                    values.into_iter().rev().collect()
                } else {
                    let step = usize::try_from(self.int(&call.args[0])).unwrap();
                    values.into_iter().step_by(step).collect()
                }
            }
            _ => panic!("unknown range"),
        }
    }
}
