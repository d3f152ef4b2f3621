//! Arithmetic that the compiler can read: what a proof takes from an expression is what the emitted code computes.

use super::names::strip;
use proc_macro2::Span;

/// A function of two `usize` numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// `a + b`.
    Plus,
    /// `a - b`.
    Minus,
    /// `a * b`.
    Times,
    /// `a / b`.
    Over,
    /// `a % b`.
    Rest,
    /// `a.div_ceil(b)`.
    DivCeil,
    /// `a.next_multiple_of(b)`.
    NextMultipleOf,
    /// `a.min(b)`.
    Min,
    /// `a.max(b)`.
    Max,
    /// `a.saturating_sub(b)`.
    SaturatingSub,
    /// `a.abs_diff(b)`.
    AbsDiff,
}

/// An application of an [`Op`].
pub(crate) struct Applied<'a> {
    pub(crate) op: Op,
    pub(crate) left: &'a syn::Expr,
    pub(crate) right: &'a syn::Expr,
    /// The operator or the method's name.
    pub(crate) at: Span,
}

impl Op {
    /// Reads an expression.
    pub(crate) fn of(expr: &syn::Expr) -> Option<Applied<'_>> {
        match strip(expr) {
            syn::Expr::Binary(binary) => {
                let op = match binary.op {
                    syn::BinOp::Add(_) => Self::Plus,
                    syn::BinOp::Sub(_) => Self::Minus,
                    syn::BinOp::Mul(_) => Self::Times,
                    syn::BinOp::Div(_) => Self::Over,
                    syn::BinOp::Rem(_) => Self::Rest,
                    _ => return None,
                };
                Some(Applied {
                    op,
                    left: &binary.left,
                    right: &binary.right,
                    at: crate::diag::Place::of(&binary.op).first,
                })
            }
            syn::Expr::MethodCall(call) if call.args.len() == 1 && call.turbofish.is_none() => {
                let methods = [
                    Self::DivCeil,
                    Self::NextMultipleOf,
                    Self::Min,
                    Self::Max,
                    Self::SaturatingSub,
                    Self::AbsDiff,
                ];
                let op = methods.into_iter().find(|op| call.method == op.name())?;
                Some(Applied {
                    op,
                    left: &call.receiver,
                    right: &call.args[0],
                    at: call.method.span(),
                })
            }
            _ => None,
        }
    }

    /// The name of the function that computes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plus => "plus",
            Self::Minus => "minus",
            Self::Times => "times",
            Self::Over => "over",
            Self::Rest => "rest",
            Self::DivCeil => "div_ceil",
            Self::NextMultipleOf => "next_multiple_of",
            Self::Min => "min",
            Self::Max => "max",
            Self::SaturatingSub => "saturating_sub",
            Self::AbsDiff => "abs_diff",
        }
    }

    /// Whether it has a value for all numbers.
    pub(crate) fn is_total(self) -> bool {
        matches!(
            self,
            Self::Min | Self::Max | Self::SaturatingSub | Self::AbsDiff
        )
    }
}
