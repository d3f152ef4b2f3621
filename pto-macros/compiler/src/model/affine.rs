//! Reads polynomials off host expressions.

use super::env::{Binding, Env, Known};
use super::poly::{Poly, SymInfo, Symbols};
use super::region::Interval;
use crate::syntax::ast::{Host, LoopId};
use crate::syntax::spelling;
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
    /// The value of a `usize` expression.
    pub(super) fn poly(&mut self, expr: &syn::Expr) -> Poly {
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
            syn::Expr::Binary(binary) => {
                let known = match binary.op {
                    syn::BinOp::Add(_) | syn::BinOp::Sub(_) | syn::BinOp::Mul(_) => {
                        let left = self.poly(&binary.left);
                        let right = self.poly(&binary.right);
                        match binary.op {
                            syn::BinOp::Add(_) => Some(left.plus(&right)),
                            syn::BinOp::Sub(_) => Some(left.minus(&right)),
                            _ => left.checked_times(&right),
                        }
                    }
                    _ => None,
                };
                if let Some(poly) = known {
                    return poly;
                }
            }
            // `x as usize` keeps the value of what is a `usize` already.
            syn::Expr::Cast(cast) if is_usize_type(&cast.ty) && self.is_usize(&cast.expr) => {
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
                match sides {
                    (Known::Usize, Known::Usize | Known::Integer)
                    | (Known::Integer, Known::Usize) => Known::Usize,
                    (Known::Integer, Known::Integer) => Known::Integer,
                    _ => Known::Nothing,
                }
            }
            syn::Expr::Path(_) => match self.value(expr) {
                Some(Binding::Value { known, .. }) => *known,
                _ => Known::Nothing,
            },
            syn::Expr::MethodCall(call) if is_geometry(&call.method) => {
                match self.value(&call.receiver) {
                    Some(Binding::Tensor { .. }) => Known::Usize,
                    _ => Known::Nothing,
                }
            }
            syn::Expr::MethodCall(call) if is_numeric(&call.method) => {
                let known = |expr| matches!(self.known(expr), Known::Usize | Known::Integer);
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
    fn value(&self, expr: &syn::Expr) -> Option<&Binding> {
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
                    key: path.to_token_stream().to_string(),
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

fn longer(a: Vec<LoopId>, b: Vec<LoopId>) -> Vec<LoopId> {
    if a.len() >= b.len() { a } else { b }
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

fn strip(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Paren(inner) => strip(&inner.expr),
        syn::Expr::Group(inner) => strip(&inner.expr),
        _ => expr,
    }
}
