//! Sets of sites, and relations between them, as bits.

use crate::syntax::ast::SiteId;

/// A set of sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sites {
    words: Vec<u64>,
}

impl Sites {
    /// The empty set, with room for `count` sites.
    pub(super) fn none(count: usize) -> Self {
        Self {
            words: vec![0; count.div_ceil(64)],
        }
    }

    /// The sites below `count` for which `f` holds.
    pub(super) fn filled(count: usize, f: impl Fn(SiteId) -> bool) -> Self {
        let mut sites = Self::none(count);
        for site in (0..count).filter(|site| f(*site)) {
            sites.insert(site);
        }
        sites
    }

    pub(super) fn insert(&mut self, site: SiteId) {
        self.words[site / 64] |= 1 << (site % 64);
    }

    pub(super) fn contains(&self, site: SiteId) -> bool {
        self.words[site / 64] & (1 << (site % 64)) != 0
    }

    /// Adds what `f` gives for each word of the set. Whether any site was new.
    pub(super) fn merge(&mut self, f: impl Fn(usize) -> u64) -> bool {
        let mut new = 0;
        for (index, word) in self.words.iter_mut().enumerate() {
            let more = f(index) & !*word;
            *word |= more;
            new |= more;
        }
        new != 0
    }

    /// A word of the set.
    pub(super) fn word(&self, index: usize) -> u64 {
        self.words[index]
    }

    /// Whether a site is in all three sets.
    pub(super) fn meet(&self, a: &Self, b: &Self) -> bool {
        let words = self.words.iter().zip(&a.words).zip(&b.words);
        words.into_iter().any(|((x, y), z)| x & y & z != 0)
    }

    /// The sites in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = SiteId> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(index * 64 + bit)
            })
        })
    }
}

/// A relation between sites, readable from both sides.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// For each site, what it is related to.
    pub(super) from: Vec<Sites>,
    /// For each site, what is related to it.
    pub(super) to: Vec<Sites>,
}

impl Relation {
    /// The empty relation between `count` sites.
    pub(super) fn none(count: usize) -> Self {
        Self {
            from: vec![Sites::none(count); count],
            to: vec![Sites::none(count); count],
        }
    }

    pub(super) fn insert(&mut self, from: SiteId, to: SiteId) {
        self.from[from].insert(to);
        self.to[to].insert(from);
    }

    pub(super) fn contains(&self, from: SiteId, to: SiteId) -> bool {
        self.from[from].contains(to)
    }

    /// Makes `to` what `from` says.
    pub(super) fn transpose(&mut self) {
        let count = self.from.len();
        self.to = vec![Sites::none(count); count];
        for (from, row) in self.from.iter().enumerate() {
            for to in row.iter() {
                self.to[to].insert(from);
            }
        }
    }
}
