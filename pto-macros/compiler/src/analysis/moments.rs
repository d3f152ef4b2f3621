//! Values at two moments of an execution, and what is certain about their order.

use super::Level;
use crate::model::{Induction, Limit, Poly, Sym, Symbols};
use crate::syntax::ast::LoopId;
use std::collections::BTreeMap;

/// One of two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// The earlier one.
    Early,
    /// The later one.
    Late,
}

impl Moment {
    /// The other one.
    fn other(self) -> Self {
        match self {
            Self::Early => Self::Late,
            Self::Late => Self::Early,
        }
    }
}

/// By how many steps a loop variable of the earlier moment exceeds one of the later; or how much one is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distance {
    AtLeast(i64),
    AtMost(i64),
    Exactly(i64),
}

/// Two moments of an execution. Symbols that may differ between them have a name for each.
pub(super) struct Moments<'a> {
    original: &'a Symbols,
    /// The next number for a symbol of this comparison.
    next: Sym,
    /// The loops that are in the same iteration.
    same: &'a [LoopId],
    /// The loop that is in a later iteration at the later moment.
    carrier: Option<LoopId>,
    /// What symbols are called at a moment.
    renamed: BTreeMap<(Sym, Moment), Poly>,
    /// By how many steps more than one the two moments are apart.
    more: Vec<Sym>,
    /// What is known of the size of symbols. Limits only mention symbols further up.
    limits: Vec<(Sym, Vec<Limit>)>,
}

impl<'a> Moments<'a> {
    /// Two moments with `level` between them, in the loops `common`.
    pub(super) fn new(original: &'a Symbols, common: &'a [LoopId], level: Level) -> Self {
        let (same, carrier) = match level {
            Level::Carried(carrier) => (&common[..carrier], Some(common[carrier])),
            Level::Same => (common, None),
        };
        Self {
            original,
            next: original.len(),
            same,
            carrier,
            renamed: BTreeMap::new(),
            more: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Takes the variables of two loops to be at a distance; `None` when that would grow beyond all reason.
    pub(super) fn assume(&mut self, (early, late): (Sym, Sym), distance: Distance) -> Option<()> {
        let step = unit(self.original, self.same, early, late);
        let (base, more) = (self.fresh(), self.fresh());
        let at = Poly::symbol(base);
        let away = |steps: i64, more: &Poly| {
            let steps = Poly::constant(steps.into()).plus(more);
            Some(at.plus(&step.checked_times(&steps)?))
        };
        let (more, none) = (Poly::symbol(more), Poly::default());
        let (first, second, free) = match distance {
            Distance::AtLeast(n) => (away(n, &more)?, at.clone(), (late, Moment::Late)),
            Distance::Exactly(n) => (away(n, &none)?, at.clone(), (late, Moment::Late)),
            Distance::AtMost(n) => (at.clone(), away(-n, &more)?, (early, Moment::Early)),
        };
        self.renamed.insert((early, Moment::Early), first);
        self.renamed.insert((late, Moment::Late), second);
        self.learn(base, &self.original.limits(free.0), free.1);
        Some(())
    }

    /// Takes the variable of a loop to be this much at a moment; at both, if the loop is in the same iteration.
    pub(super) fn assume_value(&mut self, var: Sym, moment: Moment, value: Distance) {
        let name = self.fresh();
        let at = |value: i64| Poly::constant(value.into());
        let is = match value {
            Distance::Exactly(value) => at(value),
            // What comes on top is not below zero.
            Distance::AtLeast(least) => at(least).plus(&Poly::symbol(name)),
            Distance::AtMost(_) => Poly::symbol(name),
        };
        let fixed = self.is_fixed(var);
        let moments = [Moment::Early, Moment::Late].into_iter();
        for at in moments.filter(|at| fixed || *at == moment) {
            self.renamed.insert((var, at), is.clone());
        }
        if let Distance::AtMost(most) = value {
            self.learn(name, &self.original.limits(var), moment);
            self.limits.push((name, vec![Limit::most(at(most))]));
        }
    }

    /// Says what a loop's variable is at a moment.
    pub(super) fn define(&mut self, var: Sym, moment: Moment, value: Poly) {
        self.renamed.insert((var, moment), value);
    }

    /// Whether a symbol has the same value at both moments.
    fn is_fixed(&self, sym: Sym) -> bool {
        let varies = &self.original.info(sym).varies;
        varies.iter().all(|id| self.same.contains(id))
    }

    /// A symbol that means nothing outside of this comparison.
    fn fresh(&mut self) -> Sym {
        self.next += 1;
        self.next - 1
    }

    /// What `poly` is at one of the moments; `None` when it would grow beyond all reason.
    pub(super) fn at(&mut self, poly: &Poly, moment: Moment) -> Option<Poly> {
        let symbols: Vec<Sym> = poly.symbols().collect();
        let mut out = poly.clone();
        for sym in symbols {
            let value = self.value(sym, moment);
            if value != Poly::symbol(sym) {
                out = out.substitute(sym, &value)?;
            }
        }
        Some(out)
    }

    fn value(&mut self, sym: Sym, moment: Moment) -> Poly {
        if let Some(known) = self.renamed.get(&(sym, moment)) {
            return known.clone();
        }
        let info = self.original.info(sym);
        let carried = info
            .induction
            .as_ref()
            .is_some_and(|i| Some(i.of) == self.carrier);
        if carried {
            return self.carried(sym, moment);
        }
        let name = if self.is_fixed(sym) {
            sym
        } else {
            self.fresh()
        };
        self.renamed.insert((sym, moment), Poly::symbol(name));
        self.learn(name, &self.original.limits(sym), moment);
        Poly::symbol(name)
    }

    /// Notes what is known of the symbol called `name`, which at `moment` has these limits.
    fn learn(&mut self, name: Sym, limits: &[Limit], moment: Moment) {
        let at = limits.iter().filter_map(|limit| {
            Some(Limit {
                factor: self.at(&limit.factor, moment)?,
                side: limit.side,
                bound: self.at(&limit.bound, moment)?,
            })
        });
        let limits: Vec<Limit> = at.collect();
        for limit in &limits {
            self.at_least_one(&limit.factor);
        }
        if !limits.is_empty() {
            self.limits.push((name, limits));
        }
    }

    /// A bound at one of the moments. It was computed, and one below zero would have ended the run.
    pub(super) fn bound(&mut self, poly: &Poly, moment: Moment) -> Option<Poly> {
        let bound = self.at(poly, moment)?;
        self.at_least_one(&bound.plus(&Poly::constant(1)));
        Some(bound)
    }

    /// Notes what is known of the symbols of a divisor, or of a loop's step: zero would have ended the run.
    fn at_least_one(&mut self, poly: &Poly) {
        for sym in poly.needed() {
            let limit = Limit::least(Poly::constant(1));
            // In front, to be used last: it says little.
            self.limits.insert(0, (sym, vec![limit]));
        }
    }

    /// The carrying loop's variable: one step or more apart between the moments.
    ///
    /// Range and step were computed when the loop was entered, so they are the same at both.
    fn carried(&mut self, sym: Sym, moment: Moment) -> Poly {
        let Some(induction) = self.original.info(sym).induction.clone() else {
            return Poly::symbol(sym);
        };
        if let Some(known) = self.renamed.get(&(sym, moment.other())).cloned() {
            return self.beside(&known, sym, &induction, moment);
        }
        let (lesser, more) = (self.fresh(), self.fresh());
        self.learn(lesser, &induction.limits(), moment);
        let (low, high) = (
            Poly::symbol(lesser),
            self.later(lesser, more, &induction, moment),
        );
        let (early, late) = match induction.reversed {
            false => (low, high),
            true => (high, low),
        };
        self.renamed.insert((sym, Moment::Early), early.clone());
        self.renamed.insert((sym, Moment::Late), late.clone());
        match moment {
            Moment::Early => early,
            Moment::Late => late,
        }
    }

    /// The carrying loop's variable at a moment, if what it is at the other is assumed.
    fn beside(&mut self, known: &Poly, sym: Sym, of: &Induction, moment: Moment) -> Poly {
        let name = self.fresh();
        self.learn(name, &of.limits(), moment);
        let grows = (moment == Moment::Late) != of.reversed;
        if let Some(step) = self.at(&of.step, moment) {
            self.limits.push((
                name,
                vec![match grows {
                    true => Limit::least(known.plus(&step)),
                    false => Limit::most(known.minus(&step)),
                }],
            ));
        }
        let value = Poly::symbol(name);
        self.renamed.insert((sym, moment), value.clone());
        value
    }

    /// `lesser` and `more` steps, and another one: also a value of the loop's variable.
    fn later(&mut self, lesser: Sym, more: Sym, of: &Induction, moment: Moment) -> Poly {
        let next = |step: &Poly| Poly::symbol(lesser).plus(step);
        let far = |step: &Poly| Some(next(step).plus(&step.checked_times(&Poly::symbol(more))?));
        let step = self.at(&of.step, moment);
        let Some((step, far)) = step.and_then(|step| Some((step.clone(), far(&step)?))) else {
            return Poly::symbol(more);
        };
        self.more.push(more);
        self.at_least_one(&step);
        if let Some(high) = self.at(&of.high, moment) {
            let room = high.minus(&next(&step)).minus(&Poly::constant(1));
            self.limits
                .push((more, vec![Limit::most_times(step, room)]));
        }
        far
    }

    /// Whether `a <= b` for certain.
    pub(super) fn ordered(&self, a: &Poly, b: &Poly) -> bool {
        prove(&b.minus(a), &self.limits)
    }

    /// Whether `a < b` for certain, at least in neighbouring iterations, if the `lengths` are positive.
    pub(super) fn certainly_below(&self, a: &Poly, b: &Poly, lengths: &[Poly]) -> bool {
        let mut gap = b.minus(a).minus(&Poly::constant(1));
        for more in &self.more {
            match gap.substitute(*more, &Poly::default()) {
                Some(neighbouring) => gap = neighbouring,
                None => return false,
            }
        }
        let needed = lengths.iter().flat_map(Poly::needed);
        let mut limits: Vec<(Sym, Vec<Limit>)> = needed
            .map(|sym| (sym, vec![Limit::least(Poly::constant(1))]))
            .collect();
        limits.extend_from_slice(&self.limits);
        prove(&gap, &limits)
    }
}

/// Whether `poly >= 0` for certain, by the limits of its symbols.
fn prove(poly: &Poly, limits: &[(Sym, Vec<Limit>)]) -> bool {
    /// Limits to try. Most proofs need one for each loop.
    const MOST_STEPS: usize = 32;
    let mut budget = MOST_STEPS;
    nonnegative(poly, limits, &mut budget)
}

/// Each step replaces a symbol by one of its limits, so that the polynomial gets no greater; one without negative
/// terms is never negative. Limits mention symbols further up only: innermost first, no symbol comes back.
fn nonnegative(poly: &Poly, limits: &[(Sym, Vec<Limit>)], budget: &mut usize) -> bool {
    if poly.is_nonnegative() {
        return true;
    }
    for (index, (sym, bounds)) in limits.iter().enumerate().rev() {
        if !poly.symbols().any(|found| found == *sym) {
            continue;
        }
        for limit in bounds {
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            if let Some(less) = poly.without(*sym, limit)
                && nonnegative(&less, &limits[..index], budget)
            {
                return true;
            }
        }
    }
    false
}

/// The unit in which the distance of two loop variables is a whole number: their
/// common step, if both start at the same value, which is the same at both moments.
pub(super) fn unit(symbols: &Symbols, same: &[LoopId], early: Sym, late: Sym) -> Poly {
    let one = Poly::constant(1);
    let (Some(a), Some(b)) = (
        &symbols.info(early).induction,
        &symbols.info(late).induction,
    ) else {
        return one;
    };
    let fixed = |poly: &Poly| {
        poly.symbols().all(|sym| {
            let varies = &symbols.info(sym).varies;
            varies.iter().all(|id| same.contains(id))
        })
    };
    let aligned = a.low == b.low && a.step == b.step && fixed(&a.low) && fixed(&a.step);
    // Also where it runs down, a variable is its least value and whole steps.
    if aligned { a.step.clone() } else { one }
}
