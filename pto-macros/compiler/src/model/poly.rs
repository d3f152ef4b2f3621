//! Polynomials with integer coefficients over symbols that are never negative.
//!
//! Bounds of views are `usize` expressions. Their leaves (loop variables,
//! bindings that do not change, extents) are therefore at least zero, and so is
//! every product of them: a polynomial without negative coefficients is never
//! negative. That one rule proves `(b + 1) * heads <= (b + d) * heads` for every
//! `d >= 1`, with `heads` unknown.

use super::monomial::Monomial;
use crate::syntax::ast::LoopId;
use std::collections::BTreeMap;

/// An interned symbol.
pub type Sym = usize;

/// What is known of a symbol.
#[derive(Clone, Debug)]
pub struct SymInfo {
    /// As the user wrote it.
    pub name: String,
    /// The loops whose iterations may change its value, outermost first.
    pub varies: Vec<LoopId>,
    /// If it is the variable of a `for` loop over a range.
    pub induction: Option<Induction>,
}

/// A loop variable's range and direction.
#[derive(Clone, Debug)]
pub struct Induction {
    /// The loop.
    pub of: LoopId,
    /// Least value.
    pub low: Poly,
    /// One past the greatest value.
    pub high: Poly,
    /// Distance of two consecutive values, at least one.
    pub step: Poly,
    /// Whether it runs downwards.
    pub reversed: bool,
}

impl Induction {
    /// What that says of the variable.
    pub fn limits(&self) -> Vec<Limit> {
        let last = self.high.minus(&Poly::constant(1));
        vec![Limit::least(self.low.clone()), Limit::most(last)]
    }
}

/// What is known of a symbol's size: `factor * symbol` is at least, or at most, `bound`.
#[derive(Clone, Debug)]
pub struct Limit {
    /// At least one.
    pub factor: Poly,
    /// Which of the two.
    pub side: Side,
    /// The other side of the inequality.
    pub bound: Poly,
}

/// Which side of a symbol a limit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The symbol is not below it.
    Least,
    /// The symbol is not above it.
    Most,
}

impl Limit {
    /// `bound <= symbol`.
    pub fn least(bound: Poly) -> Self {
        Self::least_times(Poly::constant(1), bound)
    }

    /// `symbol <= bound`.
    pub fn most(bound: Poly) -> Self {
        Self::most_times(Poly::constant(1), bound)
    }

    /// `bound <= factor * symbol`.
    pub fn least_times(factor: Poly, bound: Poly) -> Self {
        Self {
            factor,
            side: Side::Least,
            bound,
        }
    }

    /// `factor * symbol <= bound`.
    pub fn most_times(factor: Poly, bound: Poly) -> Self {
        Self {
            factor,
            side: Side::Most,
            bound,
        }
    }
}

/// All symbols of a program.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    infos: Vec<SymInfo>,
    keyed: BTreeMap<String, Sym>,
    limits: BTreeMap<Sym, Vec<Limit>>,
}

/// The loops around either of two points, one of which is inside of the loops around the other.
pub(super) fn longer(a: Vec<LoopId>, b: Vec<LoopId>) -> Vec<LoopId> {
    if a.len() >= b.len() { a } else { b }
}

impl Symbols {
    /// A symbol unlike every other.
    pub fn fresh(&mut self, info: SymInfo) -> Sym {
        self.infos.push(info);
        self.infos.len() - 1
    }

    /// The symbol of `key`: the same key gives the same symbol.
    pub fn keyed(&mut self, key: String, info: SymInfo) -> Sym {
        if let Some(sym) = self.keyed.get(&key) {
            return *sym;
        }
        let sym = self.fresh(info);
        self.keyed.insert(key, sym);
        sym
    }

    /// The loops whose iterations may change what is computed from these symbols.
    pub(super) fn varies(&self, symbols: impl Iterator<Item = Sym>) -> Vec<LoopId> {
        let each = symbols.map(|sym| self.info(sym).varies.clone());
        each.fold(Vec::new(), longer)
    }

    /// Says what is known of a symbol's size.
    pub fn limit(&mut self, sym: Sym, limits: Vec<Limit>) {
        self.limits.insert(sym, limits);
    }

    /// What is known of a symbol's size. Limits only mention older symbols.
    pub fn limits(&self, sym: Sym) -> Vec<Limit> {
        match (&self.infos[sym].induction, self.limits.get(&sym)) {
            (Some(induction), _) => induction.limits(),
            (None, Some(limits)) => limits.clone(),
            (None, None) => Vec::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.infos.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.infos.is_empty()
    }

    /// Changes the name that messages show.
    pub fn rename(&mut self, sym: Sym, name: String) {
        self.infos[sym].name = name;
    }

    /// What is known of `sym`.
    pub fn info(&self, sym: Sym) -> &SymInfo {
        &self.infos[sym]
    }
}

/// A sum of products of symbols: no product twice, none with factor zero, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Poly {
    terms: Vec<(Monomial, i128)>,
}

impl Poly {
    /// The constant `value`.
    pub fn constant(value: i128) -> Self {
        Self::term(Monomial::ONE, value)
    }

    /// The symbol `sym`.
    pub fn symbol(sym: Sym) -> Self {
        Self::term(Monomial::of(sym), 1)
    }

    fn term(monomial: Monomial, coefficient: i128) -> Self {
        let term = (coefficient != 0).then_some((monomial, coefficient));
        Self {
            terms: term.into_iter().collect(),
        }
    }

    /// The sum of terms in any order.
    fn sum(mut terms: Vec<(Monomial, i128)>) -> Self {
        terms.sort_unstable_by_key(|(monomial, _)| *monomial);
        terms.dedup_by(|next, sum| {
            let same = next.0 == sum.0;
            if same {
                sum.1 += next.1;
            }
            same
        });
        terms.retain(|(_, coefficient)| *coefficient != 0);
        Self { terms }
    }

    /// The factor of a product of symbols.
    fn coefficient(&self, of: Monomial) -> i128 {
        let found = self.terms.binary_search_by_key(&of, |(known, _)| *known);
        found.map_or(0, |at| self.terms[at].1)
    }

    /// `self + factor * other`.
    fn plus_times(&self, other: &Self, factor: i128) -> Self {
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        let mut left = self.terms.iter().copied().peekable();
        let more = other.terms.iter();
        for (monomial, coefficient) in more.map(|(monomial, value)| (*monomial, factor * value)) {
            while let Some(before) = left.next_if(|(known, _)| *known < monomial) {
                terms.push(before);
            }
            let known = left.next_if(|(known, _)| *known == monomial);
            let sum = known.map_or(0, |(_, known)| known) + coefficient;
            if sum != 0 {
                terms.push((monomial, sum));
            }
        }
        terms.extend(left);
        Self { terms }
    }

    /// `self + other`.
    pub fn plus(&self, other: &Self) -> Self {
        self.plus_times(other, 1)
    }

    /// `self - other`.
    pub fn minus(&self, other: &Self) -> Self {
        self.plus_times(other, -1)
    }

    /// `self * other`; `None` when it would grow beyond all reason.
    pub fn checked_times(&self, other: &Self) -> Option<Self> {
        const MOST_TERMS: usize = 64;
        let mut terms = Vec::with_capacity(self.terms.len() * other.terms.len());
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                terms.push((left.times(*right)?, a.checked_mul(*b)?));
            }
        }
        let product = Self::sum(terms);
        let bounded = |(_, value): &(Monomial, i128)| value.unsigned_abs() < 1 << 96;
        (product.terms.len() <= MOST_TERMS && product.terms.iter().all(bounded)).then_some(product)
    }

    /// Whether no term is negative, hence the value never is.
    pub fn is_nonnegative(&self) -> bool {
        self.terms.iter().all(|(_, coefficient)| *coefficient >= 0)
    }

    /// Whether no term is positive.
    fn is_nonpositive(&self) -> bool {
        self.terms.iter().all(|(_, coefficient)| *coefficient <= 0)
    }

    /// The greatest number that it is certain not to be less than.
    pub fn least(&self) -> Option<i128> {
        let mut symbolic = self.terms.iter().filter(|(of, _)| *of != Monomial::ONE);
        symbolic
            .all(|(_, coefficient)| *coefficient >= 0)
            .then(|| self.coefficient(Monomial::ONE))
    }

    /// The symbol, if it is one and nothing else.
    pub fn as_symbol(&self) -> Option<Sym> {
        match self.terms.as_slice() {
            [(monomial, 1)] if monomial.degree() == 1 => monomial.symbols().next(),
            _ => None,
        }
    }

    /// The symbol and what is added to it, if it is one with a constant at most.
    pub fn as_shifted(&self) -> Option<(Sym, i128)> {
        let offset = self.coefficient(Monomial::ONE);
        let symbol = self.minus(&Self::constant(offset)).as_symbol()?;
        Some((symbol, offset))
    }

    /// The value, if it is the same always.
    pub fn as_constant(&self) -> Option<i128> {
        match self.terms.as_slice() {
            [] => Some(0),
            [(Monomial::ONE, value)] => Some(*value),
            _ => None,
        }
    }

    /// Symbols that are at least one if `self` is: the factors that its positive terms have in common.
    pub fn needed(&self) -> Vec<Sym> {
        let mut positive = self.terms.iter().filter(|(_, value)| *value > 0);
        let mut common: Vec<Sym> = positive
            .next()
            .map_or_else(Vec::new, |(first, _)| first.symbols().collect());
        for (monomial, _) in positive {
            common.retain(|sym| monomial.symbols().any(|known| known == *sym));
        }
        common.dedup();
        common
    }

    /// The symbols that occur.
    pub fn symbols(&self) -> impl Iterator<Item = Sym> + '_ {
        self.terms
            .iter()
            .flat_map(|(monomial, _)| monomial.symbols())
    }

    /// The terms of symbols that are all wanted.
    pub fn part(&self, wanted: impl Fn(Sym) -> bool) -> Self {
        let terms = self.terms.iter();
        let terms = terms.filter(|(monomial, _)| monomial.symbols().all(&wanted));
        Self {
            terms: terms.copied().collect(),
        }
    }

    /// Whether a symbol occurs.
    pub fn mentions(&self, sym: Sym) -> bool {
        self.symbols().any(|found| found == sym)
    }

    /// Replaces a symbol by a polynomial; `None` when it would grow beyond all reason.
    pub fn substitute(&self, sym: Sym, value: &Self) -> Option<Self> {
        if !self.mentions(sym) {
            return Some(self.clone());
        }
        let mut out = Self::default();
        for (monomial, coefficient) in &self.terms {
            let (rest, power) = monomial.without(sym);
            let mut term = Self::term(rest, *coefficient);
            for _ in 0..power {
                term = term.checked_times(value)?;
            }
            out = out.plus(&term);
        }
        Some(out)
    }

    /// The part without a symbol, and the factor of the symbol; `None` if it is not linear in it.
    fn split(&self, sym: Sym) -> Option<(Self, Self)> {
        let (mut rest, mut slope) = (Vec::with_capacity(self.terms.len()), Vec::new());
        for (monomial, coefficient) in &self.terms {
            match monomial.without(sym) {
                (monomial, 0) => rest.push((monomial, *coefficient)),
                (monomial, 1) => slope.push((monomial, *coefficient)),
                _ => return None,
            }
        }
        // Terms that differ still do, and keep no order.
        Some((Self { terms: rest }, Self::sum(slope)))
    }

    /// The number for `sym` at which `self` is about `other`, and exactly if at any number.
    pub fn solved_for(&self, sym: Sym, other: &Self) -> Option<i128> {
        let (rest, slope) = self.split(sym)?;
        let (monomial, factor) = slope.terms.last()?;
        other
            .minus(&rest)
            .coefficient(*monomial)
            .checked_div(*factor)
    }

    /// A polynomial without `sym` that is nowhere greater than a multiple of `self`: where it is not negative, `self`
    /// is not.
    ///
    /// With `self = rest + slope * sym`, and `slope` known not to be negative where `factor * sym >= bound`,
    /// `factor * self = factor * rest + slope * (factor * sym) >= factor * rest + slope * bound`; likewise if `slope` is
    /// not positive where `factor * sym <= bound`. As `factor` is at least one, it does not change the sign of `self`.
    pub fn without(&self, sym: Sym, limit: &Limit) -> Option<Self> {
        let (rest, slope) = self.split(sym)?;
        let fits = match limit.side {
            Side::Least => slope.is_nonnegative(),
            Side::Most => slope.is_nonpositive(),
        };
        if !fits {
            return None;
        }
        let rest = limit.factor.checked_times(&rest)?;
        Some(rest.plus(&slope.checked_times(&limit.bound)?))
    }

    /// The value, if it is a number that counts something.
    pub fn as_count(&self) -> Option<usize> {
        usize::try_from(self.as_constant()?).ok()
    }

    /// As text, with the users' names.
    pub fn show(&self, symbols: &Symbols) -> String {
        if self.terms.is_empty() {
            return "0".to_owned();
        }
        let mut text = String::new();
        // Longer monomials first reads like the user's own order: `b*heads + 1`.
        let mut terms: Vec<_> = self.terms.iter().collect();
        terms.sort_by_key(|(monomial, _)| std::cmp::Reverse(monomial.degree()));
        for (monomial, coefficient) in terms {
            let sign = if *coefficient < 0 { "-" } else { "+" };
            if !text.is_empty() {
                text.push_str(&format!(" {sign} "));
            } else if *coefficient < 0 {
                text.push('-');
            }
            // Loop variables first, as in `i*tile`.
            let mut ordered: Vec<Sym> = monomial.symbols().collect();
            ordered.sort_by_key(|sym| symbols.info(*sym).induction.is_none());
            let mut factors: Vec<String> = ordered
                .iter()
                .map(|sym| symbols.info(*sym).name.clone())
                .collect();
            if coefficient.unsigned_abs() != 1 || factors.is_empty() {
                factors.insert(0, coefficient.unsigned_abs().to_string());
            }
            if factors.len() > 1 {
                for factor in factors.iter_mut().filter(|factor| factor.contains(' ')) {
                    *factor = format!("({factor})");
                }
            }
            text.push_str(&factors.join("*"));
        }
        text
    }
}
