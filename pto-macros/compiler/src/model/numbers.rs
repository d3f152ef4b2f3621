//! Host values that are numbers, or truth values, in every run: in copies of unrolled bodies, conditions are decided.

use super::affine::{Reader, is_usize_type, strip};
use super::env::{Binding, Known};
use crate::syntax::Op;

/// The greatest number that arithmetic gives in every type of integers.
const FITS: i128 = i8::MAX as i128;

impl Reader<'_> {
    /// The value of an expression of integers, if it is the same in every run.
    pub(super) fn number(&self, expr: &syn::Expr) -> Option<i128> {
        if let Some(applied) = Op::of(expr) {
            let (left, right) = (self.number(applied.left)?, self.number(applied.right)?);
            let value = computed(applied.op, left, right)?;
            return self.fitting(expr, value);
        }
        match strip(expr) {
            syn::Expr::Lit(lit) => match &lit.lit {
                syn::Lit::Int(int) => int.base10_parse::<u32>().ok().map(i128::from),
                _ => None,
            },
            syn::Expr::Cast(cast) if is_usize_type(&cast.ty) => self.number(&cast.expr),
            expr => match self.value(expr)? {
                Binding::Value {
                    poly,
                    known: Known::Usize | Known::Integer,
                    ..
                } => self.fitting(expr, poly.as_constant()?),
                _ => None,
            },
        }
    }

    /// A value that the arithmetic of the expression's type gives as well: nothing of it wraps around.
    fn fitting(&self, expr: &syn::Expr, value: i128) -> Option<i128> {
        let most = match self.is_usize(expr) {
            true => i128::from(u32::MAX),
            false => FITS,
        };
        (0..=most).contains(&value).then_some(value)
    }

    /// Whether a condition holds, if it does in every run or in none.
    pub(super) fn truth(&self, expr: &syn::Expr) -> Option<bool> {
        match strip(expr) {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Bool(bool),
                ..
            }) => Some(bool.value),
            syn::Expr::Unary(syn::ExprUnary {
                op: syn::UnOp::Not(_),
                expr,
                ..
            }) => Some(!self.truth(expr)?),
            syn::Expr::Binary(binary) => match binary.op {
                syn::BinOp::And(_) => {
                    both(self.truth(&binary.left), self.truth(&binary.right), false)
                }
                syn::BinOp::Or(_) => {
                    both(self.truth(&binary.left), self.truth(&binary.right), true)
                }
                _ => {
                    let (left, right) = (self.number(&binary.left)?, self.number(&binary.right)?);
                    Some(match binary.op {
                        syn::BinOp::Eq(_) => left == right,
                        syn::BinOp::Ne(_) => left != right,
                        syn::BinOp::Lt(_) => left < right,
                        syn::BinOp::Le(_) => left <= right,
                        syn::BinOp::Gt(_) => left > right,
                        syn::BinOp::Ge(_) => left >= right,
                        _ => return None,
                    })
                }
            },
            _ => None,
        }
    }

    /// Whether a pattern matches a number, if that is the same in every run.
    pub(super) fn fits(&self, pat: &syn::Pat, number: i128) -> Option<bool> {
        match pat {
            syn::Pat::Wild(_) => Some(true),
            syn::Pat::Paren(inner) => self.fits(&inner.pat, number),
            syn::Pat::Lit(lit) => Some(self.number(&syn::Expr::Lit(lit.clone()))? == number),
            syn::Pat::Or(or) => {
                let cases = or.cases.iter().map(|case| self.fits(case, number));
                let cases: Vec<Option<bool>> = cases.collect();
                let none = cases.iter().all(|fits| *fits == Some(false));
                match cases.contains(&Some(true)) {
                    true => Some(true),
                    false => none.then_some(false),
                }
            }
            syn::Pat::Range(range) => {
                let end = |end: &Option<Box<syn::Expr>>| match end {
                    Some(end) => self.number(end).map(Some),
                    None => Some(None),
                };
                let (low, high) = (end(&range.start)?, end(&range.end)?);
                let closed = matches!(range.limits, syn::RangeLimits::Closed(_));
                let below = high.is_none_or(|high| number < high || closed && number == high);
                Some(low.is_none_or(|low| low <= number) && below)
            }
            // What is certain to match binds no name, so the guard's mean what they mean here.
            syn::Pat::Guard(guarded) => match self.fits(&guarded.pat, number)? {
                true => self.truth(&guarded.guard),
                false => Some(false),
            },
            // A name may be that of a constant.
            _ => None,
        }
    }
}

/// `a` and `b`, or one of them: what is decided by either that is `decisive`.
fn both(a: Option<bool>, b: Option<bool>, decisive: bool) -> Option<bool> {
    if a == Some(decisive) || b == Some(decisive) {
        return Some(decisive);
    }
    a.zip(b).map(|_| !decisive)
}

/// `op(a, b)`, where it is a number.
pub(super) fn computed(op: Op, a: i128, b: i128) -> Option<i128> {
    let value = match op {
        Op::Plus => a.checked_add(b)?,
        Op::Minus => a.checked_sub(b)?,
        Op::Times => a.checked_mul(b)?,
        Op::Over => a.checked_div(b)?,
        Op::Rest => a.checked_rem(b)?,
        Op::DivCeil => a.checked_add(b)?.checked_sub(1)?.checked_div(b)?,
        Op::NextMultipleOf => a
            .checked_add(b)?
            .checked_sub(1)?
            .checked_div(b)?
            .checked_mul(b)?,
        Op::Min => a.min(b),
        Op::Max => a.max(b),
        Op::SaturatingSub => (a - b).max(0),
        Op::AbsDiff => (a - b).abs(),
    };
    (a >= 0 && b >= 0).then_some(value)
}
