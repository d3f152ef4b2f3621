//! Unrolled loops: copies of a body, one after the other, and what is left of the loop.

use super::loops::{Range, number};
use super::{Variable, Walker};
use crate::diag;
use crate::model::poly::{Limit, Poly, SymInfo};
use crate::model::program::LoopInfo;
use crate::syntax::ast::Unrolled;

impl Walker {
    pub(super) fn unrolled(&mut self, unrolled: &Unrolled) {
        let known = self.known(&unrolled.iter.source);
        let var = &unrolled.var;
        let at = unrolled
            .rest
            .as_ref()
            .map_or_else(|| diag::Place::of(&unrolled.iter.source), |rest| rest.place);
        let info = LoopInfo {
            parallel: false,
            var: None,
            at,
            depth: self.loops.len(),
            trips: 1,
            full: false,
        };
        let label = unrolled.label.as_ref().map(|label| label.name.to_string());
        if let Some(first) = unrolled.first {
            self.program.loops[unrolled.main] = info;
            let bodies = (first..).zip(&unrolled.copies);
            let variable = |value| Variable::Number(var, number(value), known);
            let bodies: Vec<_> = bodies
                .map(|(value, body)| (variable(value), body))
                .collect();
            let left = self.left;
            let breaks = self.round(unrolled.main, label, &bodies);
            return self.arrive(breaks, left);
        }
        let factor = unrolled.copies.len();
        let range = self.range(&unrolled.iter.source);
        let trips = range.as_ref().map_or(0, Range::trips);
        let split = self.split(range.as_ref(), factor);
        let main_range = Some((split.clone(), factor, true));
        let main = self.induction(unrolled.main, var, range.clone(), main_range);
        self.program.loops[unrolled.main] = LoopInfo {
            var: main,
            trips: trips / factor,
            ..info.clone()
        };
        let shifted = |copy| main.map(|main| (Poly::symbol(main).plus(&number(copy)), known));
        let bodies = unrolled.copies.iter().enumerate();
        let bodies: Vec<_> = bodies
            .map(|(copy, body)| (Variable::Pattern(var, shifted(copy)), body))
            .collect();
        self.iterate(unrolled.main, label.clone(), &bodies, false);
        if let Some(rest) = &unrolled.rest {
            let rest_range = Some((split, factor, false));
            let left = self.induction(rest.id, var, range, rest_range);
            self.program.loops[rest.id] = LoopInfo {
                var: left,
                trips: trips % factor,
                ..info
            };
            let value = left.map(|left| (Poly::symbol(left), known));
            let variable = Variable::Pattern(var, value);
            self.iterate(rest.id, label, &[(variable, &rest.body)], false);
        }
    }

    /// Where the main loop of an unrolled one ends and the remainder begins.
    fn split(&mut self, range: Option<&Range>, factor: usize) -> Poly {
        let varies = self.loops.clone();
        let info = |varies| SymInfo {
            name: "split".to_owned(),
            varies,
            induction: None,
        };
        let symbols = &mut self.program.symbols;
        let Some(Range { low, high, .. }) = range else {
            return Poly::symbol(symbols.fresh(info(varies)));
        };
        if let (Some(low), Some(high)) = (low.as_count(), high.as_count()) {
            let length = high.saturating_sub(low);
            return number(low + length - length % factor);
        }
        let varies = symbols.varies(low.symbols().chain(high.symbols()));
        let key = format!("split {factor} {low:?} {high:?}");
        let known = symbols.len();
        let split = symbols.keyed(key, info(varies));
        if split < known {
            return Poly::symbol(split);
        }
        // The remainder has fewer iterations than there are copies. Without iterations nothing is said.
        let limits = vec![
            Limit::least(low.clone()),
            Limit::most(high.clone()),
            Limit::least(high.minus(&number(factor - 1))),
        ];
        symbols.limit(split, limits);
        Poly::symbol(split)
    }
}
