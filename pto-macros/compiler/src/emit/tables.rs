//! Tables of task ids, keyed by the values of loop variables.

use super::{Emitter, invented};
use crate::analysis::{KeySlot, Remembered, TableEdge, VariableKind};
use crate::syntax::ast::LoopId;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;

impl Emitter<'_> {
    /// The name of a copy of a loop's variable, which nothing of the user's shadows.
    fn counter(of: LoopId) -> Ident {
        invented(&format!("__at_{of}"))
    }

    /// At the start of an iteration: remembers the loop's variable, if a table is keyed by it.
    pub(super) fn count(&self, of: LoopId, value: &TokenStream) -> TokenStream {
        if self.in_order {
            return TokenStream::new();
        }
        match self.counted(of) {
            // What an assertion is about may be of another type of integers: only which are equal matters then.
            Some(counter) => quote! {
                #[allow(
                    trivial_numeric_casts,
                    clippy::unnecessary_cast,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss
                )]
                let #counter: usize = #value as usize;
            },
            None => TokenStream::new(),
        }
    }

    /// The name of that copy, if a table is keyed by the loop's variable.
    pub(super) fn counted(&self, of: LoopId) -> Option<Ident> {
        if self.in_order {
            return None;
        }
        let plan = &self.analysis.plan;
        let keys = plan
            .variables
            .iter()
            .any(|variable| matches!(&variable.kind, VariableKind::Table { key, .. } if key.iter().any(|slot| slot.of == of)));
        let mut edges = plan.sites.iter().flat_map(|wiring| &wiring.tables);
        let used = keys
            || edges.any(|edge| {
                let named = edge.at.iter().any(|(at, _)| *at == Some(of));
                named || edge.only.iter().any(|only| only.of == of)
            });
        used.then(|| Self::counter(of))
    }

    /// Enters the task that was just submitted.
    pub(super) fn enter(&self, table: usize, key: &[KeySlot], latest: bool) -> TokenStream {
        let name = self.variable(table);
        let parts = key
            .iter()
            .map(|slot| part(&slot.remembered, Some(slot.of), 0));
        let enter = match latest {
            true => quote!(#name.set([#(#parts),*], __task.id());),
            false => {
                let scope = self.scope().0;
                quote! {
                    if let Some(tasks) = #name.at([#(#parts),*], __task.id()) {
                        #scope.remember(tasks, __task.id());
                    }
                }
            }
        };
        let wanted = key.iter().filter_map(|slot| match &slot.remembered {
            Remembered::Only(values) => Some(is_one_of(slot.of, values)),
            Remembered::All | Remembered::Last(_) => None,
        });
        let wanted: Vec<TokenStream> = wanted.collect();
        match wanted.is_empty() {
            true => enter,
            false => quote!(if #(#wanted)&&* { #enter }),
        }
    }

    /// The ids that a table has for a key.
    pub(super) fn found(&self, edge: &TableEdge) -> TokenStream {
        let name = self.variable(edge.variable);
        let VariableKind::Table { key, .. } = &self.analysis.plan.variables[edge.variable].kind
        else {
            return quote!(&[]);
        };
        let parts = key
            .iter()
            .zip(&edge.at)
            .map(|(slot, (at, offset))| part(&slot.remembered, *at, *offset));
        let found = quote!(#name.get([#(#parts),*]));
        match edge.only.as_slice() {
            [] => found,
            only => {
                let met = only.iter().map(|only| is_one_of(only.of, &only.values));
                quote!(if #(#met)&&* { #found } else { &[] })
            }
        }
    }
}

/// One part of a key: the variable of loop `at`, or zero, `offset` further on.
fn part(remembered: &Remembered, at: Option<LoopId>, offset: i64) -> TokenStream {
    let Some(at) = at.map(Emitter::counter) else {
        return number(offset);
    };
    let Remembered::Last(modulus) = remembered else {
        // Below zero there is no iteration, and no table has a key that large.
        let offset = Literal::isize_unsuffixed(isize::try_from(offset).unwrap_or(isize::MAX));
        return quote!(#at.wrapping_add_signed(#offset));
    };
    let rest = i128::from(offset).rem_euclid(i128::from(*modulus));
    let rest = Literal::usize_unsuffixed(usize::try_from(rest).unwrap_or(0));
    let modulus = Literal::usize_unsuffixed(usize::try_from(*modulus).unwrap_or(usize::MAX));
    quote!((#at % #modulus + #rest) % #modulus)
}

/// Whether the variable of a loop has one of these values.
fn is_one_of(of: LoopId, values: &BTreeSet<i64>) -> TokenStream {
    let (at, values) = (
        Emitter::counter(of),
        values.iter().map(|value| number(*value)),
    );
    quote!([#(#values),*].contains(&#at))
}

/// A value of a loop's variable; one that is none is no key of any table.
fn number(value: i64) -> TokenStream {
    let value = usize::try_from(value).unwrap_or(usize::MAX);
    Literal::usize_unsuffixed(value).to_token_stream()
}
