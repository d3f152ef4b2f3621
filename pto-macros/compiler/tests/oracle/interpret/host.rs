//! Host values: numbers, ranges, conditions, patterns.

use super::{Machine, Value};

impl Machine<'_> {
    /// A pseudorandom number: the program's inputs, as far as the analysis cannot see.
    fn random(&mut self) -> u64 {
        self.flips = self
            .flips
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.flips >> 33
    }

    /// A truth value.
    pub(super) fn flip(&mut self) -> bool {
        self.random().is_multiple_of(2)
    }

    pub(super) fn get(&self, name: &syn::Ident) -> Value {
        let name = name.to_string();
        let found = self.names.iter().rev().find(|(known, _)| *known == name);
        found.map_or(Value::None, |(_, value)| value.clone())
    }

    /// Evaluates a host expression.
    pub(super) fn host(&mut self, expr: &syn::Expr) -> Value {
        match expr {
            syn::Expr::Lit(lit) => match &lit.lit {
                syn::Lit::Int(int) => Value::Int(int.base10_parse().expect("numbers are small")),
                _ => panic!("not a number"),
            },
            syn::Expr::Paren(inner) => self.host(&inner.expr),
            syn::Expr::Path(path) => self.get(path.path.get_ident().expect("names are plain")),
            syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) => {
                Value::Bool(!self.condition(&unary.expr))
            }
            syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
                Value::Bool(self.condition(&binary.left) && self.condition(&binary.right))
            }
            syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Or(_)) => {
                Value::Bool(self.condition(&binary.left) || self.condition(&binary.right))
            }
            syn::Expr::Binary(binary) => {
                let (a, b) = (self.int(&binary.left), self.int(&binary.right));
                match binary.op {
                    syn::BinOp::Add(_) => Value::Int(a + b),
                    syn::BinOp::Sub(_) => Value::Int(a - b),
                    syn::BinOp::Mul(_) => Value::Int(a * b),
                    syn::BinOp::Rem(_) => Value::Int(a % b),
                    syn::BinOp::Eq(_) => Value::Bool(a == b),
                    syn::BinOp::Ne(_) => Value::Bool(a != b),
                    syn::BinOp::Lt(_) => Value::Bool(a < b),
                    syn::BinOp::Gt(_) => Value::Bool(a > b),
                    _ => panic!("unknown operator"),
                }
            }
            syn::Expr::Call(call) => {
                let syn::Expr::Path(path) = &*call.func else {
                    panic!("unknown function");
                };
                let random = i64::try_from(self.random()).expect("31 bits");
                if path.path.is_ident("flip") {
                    Value::Bool(random % 2 == 0)
                } else if path.path.is_ident("pick") {
                    Value::Int(random % 3)
                } else if path.path.is_ident("maybe") {
                    Value::Maybe((random % 2 == 0).then(|| Box::new(Value::Int(random / 2 % 3))))
                } else {
                    panic!("unknown function");
                }
            }
            syn::Expr::MethodCall(call) if call.method == "len" => {
                match self.host(&call.receiver) {
                    Value::List(elements) => {
                        Value::Int(i64::try_from(elements.len()).expect("few"))
                    }
                    _ => panic!("not a collection"),
                }
            }
            _ => panic!("unknown expression"),
        }
    }

    pub(super) fn int(&mut self, expr: &syn::Expr) -> i64 {
        match self.host(expr) {
            Value::Int(value) => value,
            _ => panic!("not a number"),
        }
    }

    /// Whether a condition holds; binds the names of an `if let`.
    pub(super) fn condition(&mut self, expr: &syn::Expr) -> bool {
        if let syn::Expr::Let(binding) = expr {
            let value = self.host(&binding.expr);
            return self.matches(&binding.pat, value);
        }
        match self.host(expr) {
            Value::Bool(value) => value,
            _ => panic!("not a condition"),
        }
    }

    /// Whether a pattern matches; binds its names.
    pub(super) fn matches(&mut self, pat: &syn::Pat, value: Value) -> bool {
        match (pat, value) {
            (syn::Pat::Ident(pat), value) => {
                self.names.push((pat.ident.to_string(), value));
                true
            }
            (syn::Pat::Tuple(syn::PatTuple { elems, .. }), Value::Tuple(values))
            | (syn::Pat::Slice(syn::PatSlice { elems, .. }), Value::List(values)) => {
                let mut parts = elems.iter().zip(values);
                parts.all(|(pat, value)| self.matches(pat, value))
            }
            (syn::Pat::TupleStruct(some), Value::Maybe(value)) => {
                value.is_some_and(|value| self.matches(&some.elems[0], *value))
            }
            (syn::Pat::Lit(lit), Value::Int(value)) => {
                self.int(&syn::Expr::Lit(lit.clone())) == value
            }
            (syn::Pat::Or(or), value) => {
                let mut cases = or.cases.iter();
                cases.any(|case| self.matches(case, value.clone()))
            }
            (syn::Pat::Range(range), Value::Int(value)) => {
                let (first, last) = (range.start.as_ref(), range.end.as_ref());
                let (first, last) = (first.expect("a first"), last.expect("a last"));
                (self.int(first)..=self.int(last)).contains(&value)
            }
            (syn::Pat::Guard(guarded), value) => {
                self.matches(&guarded.pat, value) && self.condition(&guarded.guard)
            }
            (syn::Pat::Wild(_), _) => true,
            _ => panic!("unknown pattern"),
        }
    }

    /// The values a loop variable takes.
    pub(super) fn values(&mut self, iter: &syn::Expr) -> Vec<i64> {
        match iter {
            syn::Expr::Paren(inner) => self.values(&inner.expr),
            syn::Expr::Range(range) => {
                let (start, end) = self.ends(range);
                (start..end).collect()
            }
            syn::Expr::MethodCall(call) => {
                let values = self.values(&call.receiver);
                if call.method == "rev" {
                    values.into_iter().rev().collect()
                } else {
                    let step = usize::try_from(self.int(&call.args[0])).expect("steps go up");
                    values.into_iter().step_by(step).collect()
                }
            }
            _ => panic!("unknown range"),
        }
    }

    pub(super) fn ends(&mut self, range: &syn::ExprRange) -> (i64, i64) {
        let start = range.start.as_ref().expect("ranges have a start");
        let end = range.end.as_ref().expect("ranges have an end");
        (self.int(start), self.int(end))
    }
}
