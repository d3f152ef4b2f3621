//! Which executed instances are ordered before which.

/// For each instance, the set of those that are ordered before it.
#[derive(Default)]
pub(crate) struct Reach(Vec<Vec<u64>>);

impl Reach {
    /// The next instance, which waits for those of `after`.
    pub(crate) fn push<'a>(&mut self, after: impl IntoIterator<Item = &'a usize>) {
        let mut all = vec![0_u64; self.0.len().div_ceil(64)];
        for early in after {
            all[early / 64] |= 1 << (early % 64);
            for (word, more) in all.iter_mut().zip(&self.0[*early]) {
                *word |= more;
            }
        }
        self.0.push(all);
    }

    /// Whether `early` is ordered before `late`.
    pub(crate) fn orders(&self, early: usize, late: usize) -> bool {
        let word = self.0[late].get(early / 64);
        word.is_some_and(|word| word >> (early % 64) & 1 == 1)
    }
}
