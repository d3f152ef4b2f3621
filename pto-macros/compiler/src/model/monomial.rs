//! Products of symbols.

use super::poly::Sym;

/// Products of more symbols are not computed with.
const MOST: usize = 8;

/// A product of symbols, in order: the number of each is one more than the symbol's, and zero where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Monomial([u32; MOST]);

impl Monomial {
    /// The product of no symbols.
    pub(super) const ONE: Self = Self([0; MOST]);

    /// One symbol.
    pub(super) fn of(sym: Sym) -> Self {
        let mut one = Self::ONE;
        one.0[0] = number(sym);
        one
    }

    /// How many symbols it is a product of.
    pub(super) fn degree(self) -> usize {
        self.0.iter().take_while(|number| **number > 0).count()
    }

    /// The symbols.
    pub(super) fn symbols(self) -> impl Iterator<Item = Sym> {
        let numbers = self.0.into_iter().take_while(|number| *number > 0);
        numbers.filter_map(|number| Sym::try_from(number - 1).ok())
    }

    /// The product of both; `None` if it is of too many symbols.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        let (a, b) = (self.degree(), other.degree());
        let mut product = self;
        product.0.get_mut(a..a + b)?.copy_from_slice(&other.0[..b]);
        product.0[..a + b].sort_unstable();
        Some(product)
    }

    /// What is left without a symbol, and how often that occurs.
    pub(super) fn without(self, sym: Sym) -> (Self, usize) {
        let number = number(sym);
        let mut rest = Self::ONE;
        let left = self.0.into_iter().filter(|known| *known != number);
        for (slot, known) in rest.0.iter_mut().zip(left) {
            *slot = known;
        }
        (rest, self.degree() - rest.degree())
    }
}

/// The number of a symbol. There are never as many symbols as numbers.
fn number(sym: Sym) -> u32 {
    u32::try_from(sym + 1).unwrap_or(u32::MAX)
}
