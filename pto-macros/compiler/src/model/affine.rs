//! Reads polynomials off host expressions.

use super::env::{Binding, Env, Known};
use super::numbers::computed;
use super::poly::{Limit, Poly, SymInfo, Symbols, longer};
use super::region::Interval;
use crate::syntax::Op;
use crate::syntax::ast::{Host, LoopId};
use crate::syntax::spelling;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

/// Reads host expressions in the light of what names are bound to.
pub(super) struct Reader<'a> {
    pub(super) env: &'a Env,
    pub(super) symbols: &'a mut Symbols,
    /// The loops around the expression, outermost first.
    pub(super) loops: &'a [LoopId],
}

/// An expression whose value depends on nothing but bindings that do not change.
struct Stable {
    /// Identifies the value: equal keys, equal values.
    key: String,
    /// The loops whose iterations may change it.
    varies: Vec<LoopId>,
}

impl Reader<'_> {
    /// The value of a `usize` expression, whose arithmetic the emitted code computes exactly.
    pub(super) fn poly(&mut self, expr: &syn::Expr) -> Poly {
        if let Some(applied) = Op::of(expr) {
            let (left, right) = (self.poly(applied.left), self.poly(applied.right));
            let known = match applied.op {
                Op::Plus => Some(left.plus(&right)),
                Op::Minus => Some(left.minus(&right)),
                Op::Times => left.checked_times(&right),
                _ => None,
            };
            return known.unwrap_or_else(|| self.derived(applied.op, left, right, expr));
        }
        match expr {
            syn::Expr::Paren(inner) => return self.poly(&inner.expr),
            syn::Expr::Group(inner) => return self.poly(&inner.expr),
            syn::Expr::Lit(lit) => {
                if let syn::Lit::Int(int) = &lit.lit
                    && let Ok(value) = int.base10_parse::<u32>()
                {
                    return Poly::constant(value.into());
                }
            }
            // `x as usize` keeps the value of what is a `usize` already. Arithmetic in
            // there is of a type that emission cannot tell, and is not computed exactly.
            syn::Expr::Cast(cast)
                if is_usize_type(&cast.ty)
                    && Op::of(&cast.expr).is_none()
                    && self.is_usize(&cast.expr) =>
            {
                return self.poly(&cast.expr);
            }
            syn::Expr::Path(path) => {
                if let Some(ident) = path.path.get_ident()
                    && let Some(Binding::Value { poly, .. }) = self.env.get(ident)
                {
                    return poly.clone();
                }
            }
            _ => {}
        }
        self.opaque(expr)
    }

    /// A function of two values: equal where they are, and of a size that depends on theirs.
    fn derived(&mut self, op: Op, left: Poly, right: Poly, expr: &syn::Expr) -> Poly {
        let numbers = left.as_constant().zip(right.as_constant());
        if let Some(value) = numbers.and_then(|(left, right)| computed(op, left, right)) {
            return Poly::constant(value);
        }
        let varies = self.symbols.varies(left.symbols().chain(right.symbols()));
        let known = self.symbols.len();
        let sym = self.symbols.keyed(
            format!("{op:?} {left:?} {right:?}"),
            SymInfo {
                name: spelling(expr),
                varies,
                induction: None,
            },
        );
        if sym == known {
            self.symbols.limit(sym, limits(op, &left, &right));
        }
        Poly::symbol(sym)
    }

    /// A value the compiler knows nothing of, except when two are the same.
    fn opaque(&mut self, expr: &syn::Expr) -> Poly {
        let name = spelling(expr);
        let sym = match self.stable(expr) {
            Some(Stable { key, varies }) => {
                let info = SymInfo {
                    name,
                    varies,
                    induction: None,
                };
                self.symbols.keyed(key, info)
            }
            None => self.symbols.fresh(SymInfo {
                name,
                varies: self.loops.to_vec(),
                induction: None,
            }),
        };
        Poly::symbol(sym)
    }

    /// What is known of an expression's type, if nothing but integer arithmetic made it.
    pub(super) fn known(&self, expr: &syn::Expr) -> Known {
        match expr {
            syn::Expr::Paren(inner) => self.known(&inner.expr),
            syn::Expr::Group(inner) => self.known(&inner.expr),
            syn::Expr::Lit(lit) if matches!(&lit.lit, syn::Lit::Int(_)) => Known::Integer,
            syn::Expr::Cast(cast) if is_usize_type(&cast.ty) => Known::Usize,
            syn::Expr::Binary(binary) => {
                let sides = (self.known(&binary.left), self.known(&binary.right));
                match binary.op {
                    syn::BinOp::Add(_) | syn::BinOp::Sub(_) | syn::BinOp::Mul(_) => {}
                    syn::BinOp::Div(_) | syn::BinOp::Rem(_) => {
                        // Of integers with a sign these may be negative.
                        if sides == (Known::Integer, Known::Integer) {
                            return Known::Nothing;
                        }
                    }
                    _ => return Known::Nothing,
                }
                sides.0.beside(sides.1)
            }
            syn::Expr::Path(_) => match self.value(expr) {
                Some(Binding::Value { known, .. }) => *known,
                Some(_) => Known::Nothing,
                // No local name.
                None => Known::Constant,
            },
            syn::Expr::MethodCall(call) if is_geometry(&call.method) => {
                match self.value(&call.receiver) {
                    Some(Binding::Tensor { .. }) => Known::Usize,
                    _ => Known::Nothing,
                }
            }
            syn::Expr::MethodCall(call) if is_numeric(&call.method) => {
                let known = |expr| self.known(expr).beside(Known::Usize) == Known::Usize;
                if self.is_usize(&call.receiver) && call.args.iter().all(known) {
                    Known::Usize
                } else {
                    Known::Nothing
                }
            }
            _ => Known::Nothing,
        }
    }

    /// Whether an expression is a `usize` for certain, and made by nothing but integer arithmetic.
    pub(super) fn is_usize(&self, expr: &syn::Expr) -> bool {
        self.known(expr) == Known::Usize
    }

    /// What a plain name is bound to.
    pub(super) fn value(&self, expr: &syn::Expr) -> Option<&Binding> {
        match strip(expr) {
            syn::Expr::Path(path) => self.env.get(path.path.get_ident()?),
            _ => None,
        }
    }

    /// Whether the fields of an expression do not change: it is, or is in, what a shared reference refers to.
    fn is_shared(&self, expr: &syn::Expr) -> bool {
        match strip(expr) {
            syn::Expr::Field(field) => self.is_shared(&field.base),
            path => matches!(
                self.value(path),
                Some(Binding::Value {
                    known: Known::Shared,
                    ..
                })
            ),
        }
    }

    fn stable(&self, expr: &syn::Expr) -> Option<Stable> {
        match expr {
            syn::Expr::Paren(inner) => self.stable(&inner.expr),
            syn::Expr::Group(inner) => self.stable(&inner.expr),
            syn::Expr::Lit(lit) => Some(Stable {
                key: lit.to_token_stream().to_string(),
                varies: Vec::new(),
            }),
            syn::Expr::Path(path) => match path.path.get_ident().map(|ident| self.env.get(ident)) {
                Some(Some(Binding::Value { id, varies, .. })) => Some(Stable {
                    key: format!("#{id}"),
                    varies: varies.clone(),
                }),
                Some(Some(Binding::Tensor { id, varies })) => Some(Stable {
                    key: format!("#{id}"),
                    varies: varies.clone()?,
                }),
                Some(Some(Binding::Mutable)) => None,
                // Not a local name: a constant or a static item.
                Some(None) | None => Some(Stable {
                    key: self.item(path.to_token_stream()),
                    varies: Vec::new(),
                }),
            },
            syn::Expr::Field(field) if self.is_shared(&field.base) => {
                let base = self.stable(&field.base)?;
                let member = field.member.to_token_stream();
                Some(Stable {
                    key: format!("{}.{member}", base.key),
                    varies: base.varies,
                })
            }
            syn::Expr::Cast(cast) => {
                let base = self.stable(&cast.expr)?;
                let ty = cast.ty.to_token_stream();
                Some(Stable {
                    key: format!("({} as {ty})", base.key),
                    varies: base.varies,
                })
            }
            syn::Expr::Binary(binary) if self.is_usize(expr) => {
                let (left, right) = (self.stable(&binary.left)?, self.stable(&binary.right)?);
                let op = binary.op.to_token_stream();
                Some(Stable {
                    key: format!("({} {op} {})", left.key, right.key),
                    varies: longer(left.varies, right.varies),
                })
            }
            // Methods of integers and extents of tensors are functions of their arguments.
            syn::Expr::MethodCall(call) if self.is_usize(expr) => {
                let mut whole = self.stable(&call.receiver)?;
                whole.key.push_str(&format!(".{}(", call.method));
                for arg in &call.args {
                    let arg = self.stable(arg)?;
                    whole.key.push_str(&arg.key);
                    whole.key.push(',');
                    whole.varies = longer(whole.varies, arg.varies);
                }
                whole.key.push(')');
                Some(whole)
            }
            _ => None,
        }
    }

    /// Identifies what the path of an item means: where blocks have items of their own, more than its text.
    fn item(&self, path: TokenStream) -> String {
        let parts = path.into_iter().map(|part| match part {
            TokenTree::Ident(name) => match self.env.item(&name) {
                Some(id) => format!("{name}@{id}"),
                None => name.to_string(),
            },
            TokenTree::Group(group) => format!("{{{}}}", self.item(group.stream())),
            part => part.to_string(),
        });
        parts.collect::<Vec<String>>().join(" ")
    }

    /// The numbers of an array; what is no array is a value that is equal to itself.
    pub(super) fn list(&mut self, expr: &syn::Expr) -> Vec<Poly> {
        match expr {
            syn::Expr::Paren(inner) => self.list(&inner.expr),
            syn::Expr::Group(inner) => self.list(&inner.expr),
            syn::Expr::Reference(reference) => self.list(&reference.expr),
            syn::Expr::Array(array) => array.elems.iter().map(|elem| self.poly(elem)).collect(),
            other => vec![self.opaque(other)],
        }
    }

    /// One range of a view.
    pub(super) fn interval(&mut self, host: &Host) -> Interval {
        let mut expr = &host.source;
        while let syn::Expr::Paren(inner) = expr {
            expr = &inner.expr;
        }
        let syn::Expr::Range(range) = expr else {
            return Interval::Unknown;
        };
        let low = range.start.as_ref().map(|low| self.poly(low));
        let high = range.end.as_ref().map(|high| {
            let high = self.poly(high);
            match range.limits {
                syn::RangeLimits::HalfOpen(_) => high,
                syn::RangeLimits::Closed(_) => high.plus(&Poly::constant(1)),
            }
        });
        match (low, high) {
            (None, None) => Interval::Full,
            (Some(low), None) => Interval::From(low),
            (low, Some(high)) => Interval::Range(low.unwrap_or_default(), high),
        }
    }
}

/// What is known of the size of `op(a, b)`. Divisors are at least one: division by zero is an error of the run.
fn limits(op: Op, a: &Poly, b: &Poly) -> Vec<Limit> {
    let one = Poly::constant(1);
    let less_than_one_more = |poly: &Poly| poly.plus(b).minus(&one);
    match op {
        Op::Plus | Op::Minus | Op::Times => Vec::new(),
        // b q <= a < b (q + 1)
        Op::Over => vec![
            Limit::most_times(b.clone(), a.clone()),
            Limit::least_times(b.clone(), a.minus(b).plus(&one)),
        ],
        // b (q - 1) < a <= b q
        Op::DivCeil => vec![
            Limit::most_times(b.clone(), less_than_one_more(a)),
            Limit::least_times(b.clone(), a.clone()),
        ],
        Op::Rest => vec![Limit::most(b.minus(&one)), Limit::most(a.clone())],
        Op::NextMultipleOf => vec![Limit::most(less_than_one_more(a)), Limit::least(a.clone())],
        Op::Min => vec![Limit::most(a.clone()), Limit::most(b.clone())],
        Op::Max => vec![Limit::least(a.clone()), Limit::least(b.clone())],
        Op::SaturatingSub => vec![Limit::most(a.clone()), Limit::least(a.minus(b))],
        Op::AbsDiff => vec![
            Limit::most(a.plus(b)),
            Limit::least(a.minus(b)),
            Limit::least(b.minus(a)),
        ],
    }
}

pub(super) fn is_usize_type(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.is_ident("usize"))
}

/// Methods of a tensor that tell about its geometry.
fn is_geometry(method: &syn::Ident) -> bool {
    ["dim", "len", "ndims"].iter().any(|name| method == name)
}

/// Methods of `usize` that give a `usize`.
fn is_numeric(method: &syn::Ident) -> bool {
    const NUMERIC: [&str; 9] = [
        "div_ceil",
        "min",
        "max",
        "pow",
        "next_multiple_of",
        "next_power_of_two",
        "saturating_sub",
        "abs_diff",
        "isqrt",
    ];
    NUMERIC.iter().any(|name| method == name)
}

pub(super) fn strip(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Paren(inner) => strip(&inner.expr),
        syn::Expr::Group(inner) => strip(&inner.expr),
        _ => expr,
    }
}
