//! Polynomials with integer coefficients over symbols that are never negative.
//!
//! Bounds of views are `usize` expressions. Their leaves (loop variables,
//! bindings that do not change, extents) are therefore at least zero, and so is
//! every product of them: a polynomial without negative coefficients is never
//! negative. That one rule proves `(b + 1) * heads <= (b + d) * heads` for every
//! `d >= 1`, with `heads` unknown.

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

/// A sum of products of symbols. Monomials are sorted lists of symbols.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Poly {
    terms: BTreeMap<Vec<Sym>, i128>,
}

impl Poly {
    /// The constant `value`.
    pub fn constant(value: i128) -> Self {
        let mut poly = Self::default();
        poly.add_term(Vec::new(), value);
        poly
    }

    /// The symbol `sym`.
    pub fn symbol(sym: Sym) -> Self {
        let mut poly = Self::default();
        poly.add_term(vec![sym], 1);
        poly
    }

    fn add_term(&mut self, monomial: Vec<Sym>, coefficient: i128) {
        let sum = self.terms.remove(&monomial).unwrap_or(0) + coefficient;
        if sum != 0 {
            self.terms.insert(monomial, sum);
        }
    }

    /// `self + other`.
    pub fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        for (monomial, coefficient) in &other.terms {
            sum.add_term(monomial.clone(), *coefficient);
        }
        sum
    }

    /// `self - other`.
    pub fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        for (monomial, coefficient) in &other.terms {
            difference.add_term(monomial.clone(), -coefficient);
        }
        difference
    }

    /// `self * other`; `None` when it would grow beyond all reason.
    pub fn checked_times(&self, other: &Self) -> Option<Self> {
        const MOST_TERMS: usize = 64;
        let mut product = Self::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let mut monomial = left.clone();
                monomial.extend(right);
                monomial.sort_unstable();
                product.add_term(monomial, a.checked_mul(*b)?);
            }
        }
        let bounded = |c: &i128| c.unsigned_abs() < 1 << 96;
        (product.terms.len() <= MOST_TERMS && product.terms.values().all(bounded))
            .then_some(product)
    }

    /// Whether no term is negative, hence the value never is.
    pub fn is_nonnegative(&self) -> bool {
        self.terms.values().all(|coefficient| *coefficient >= 0)
    }

    /// Whether no term is positive.
    fn is_nonpositive(&self) -> bool {
        self.terms.values().all(|coefficient| *coefficient <= 0)
    }

    /// The greatest number that it is certain not to be less than.
    pub fn least(&self) -> Option<i128> {
        let mut symbolic = self
            .terms
            .iter()
            .filter(|(monomial, _)| !monomial.is_empty());
        symbolic
            .all(|(_, coefficient)| *coefficient >= 0)
            .then(|| self.terms.get(&Vec::new()).copied().unwrap_or(0))
    }

    /// The symbol, if it is one and nothing else.
    pub fn as_symbol(&self) -> Option<Sym> {
        let mut terms = self.terms.iter();
        match (terms.next(), terms.next()) {
            (Some((monomial, 1)), None) if monomial.len() == 1 => monomial.first().copied(),
            _ => None,
        }
    }

    /// The symbol and what is added to it, if it is one with a constant at most.
    pub fn as_shifted(&self) -> Option<(Sym, i128)> {
        let offset = self.terms.get(&Vec::new()).copied().unwrap_or(0);
        let symbol = self.minus(&Self::constant(offset)).as_symbol()?;
        Some((symbol, offset))
    }

    /// The value, if it is the same always.
    pub fn as_constant(&self) -> Option<i128> {
        let mut terms = self.terms.iter();
        match (terms.next(), terms.next()) {
            (None, _) => Some(0),
            (Some((monomial, value)), None) if monomial.is_empty() => Some(*value),
            _ => None,
        }
    }

    /// Symbols that are at least one if `self` is: the factors that its positive terms have in common.
    pub fn needed(&self) -> Vec<Sym> {
        let mut positive = self.terms.iter().filter(|(_, value)| **value > 0);
        let mut common = positive
            .next()
            .map_or_else(Vec::new, |(first, _)| first.clone());
        for (monomial, _) in positive {
            common.retain(|sym| monomial.contains(sym));
        }
        common.dedup();
        common
    }

    /// The symbols that occur.
    pub fn symbols(&self) -> impl Iterator<Item = Sym> + '_ {
        self.terms.keys().flatten().copied()
    }

    /// Replaces a symbol by a polynomial; `None` when it would grow beyond all reason.
    pub fn substitute(&self, sym: Sym, value: &Self) -> Option<Self> {
        let mut out = Self::default();
        for (monomial, coefficient) in &self.terms {
            let rest: Vec<Sym> = monomial.iter().copied().filter(|s| *s != sym).collect();
            let power = monomial.len() - rest.len();
            let mut term = Self::default();
            term.add_term(rest, *coefficient);
            for _ in 0..power {
                term = term.checked_times(value)?;
            }
            out = out.plus(&term);
        }
        Some(out)
    }

    /// Replaces symbols by symbols.
    pub fn rename(&self, mut to: impl FnMut(Sym) -> Sym) -> Self {
        let mut out = Self::default();
        for (monomial, coefficient) in &self.terms {
            let mut renamed: Vec<Sym> = monomial.iter().map(|sym| to(*sym)).collect();
            renamed.sort_unstable();
            out.add_term(renamed, *coefficient);
        }
        out
    }

    /// If linear in `sym`, the factor of `sym`; `None` if of higher degree.
    fn slope(&self, sym: Sym) -> Option<Self> {
        let mut slope = Self::default();
        for (monomial, coefficient) in &self.terms {
            let rest: Vec<Sym> = monomial.iter().copied().filter(|s| *s != sym).collect();
            match monomial.len() - rest.len() {
                0 => {}
                1 => slope.add_term(rest, *coefficient),
                _ => return None,
            }
        }
        Some(slope)
    }

    /// The number for `sym` at which `self` is about `other`, and exactly if at any number.
    pub fn solved_for(&self, sym: Sym, other: &Self) -> Option<i128> {
        let slope = self.slope(sym)?;
        let rest = other.minus(&self.substitute(sym, &Self::default())?);
        let (monomial, factor) = slope.terms.iter().next_back()?;
        rest.terms
            .get(monomial)
            .copied()
            .unwrap_or(0)
            .checked_div(*factor)
    }

    /// A polynomial without `sym` that is nowhere greater than a multiple of `self`: where it is not negative, `self`
    /// is not.
    ///
    /// With `self = rest + slope * sym`, and `slope` known not to be negative where `factor * sym >= bound`,
    /// `factor * self = factor * rest + slope * (factor * sym) >= factor * rest + slope * bound`; likewise if `slope` is
    /// not positive where `factor * sym <= bound`. As `factor` is at least one, it does not change the sign of `self`.
    pub fn without(&self, sym: Sym, limit: &Limit) -> Option<Self> {
        let slope = self.slope(sym)?;
        let fits = match limit.side {
            Side::Least => slope.is_nonnegative(),
            Side::Most => slope.is_nonpositive(),
        };
        if !fits {
            return None;
        }
        let rest = self.substitute(sym, &Self::default())?;
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
        terms.sort_by_key(|(monomial, _)| std::cmp::Reverse(monomial.len()));
        for (monomial, coefficient) in terms {
            let sign = if *coefficient < 0 { "-" } else { "+" };
            if !text.is_empty() {
                text.push_str(&format!(" {sign} "));
            } else if *coefficient < 0 {
                text.push('-');
            }
            // Loop variables first, as in `i*tile`.
            let mut ordered = monomial.clone();
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
