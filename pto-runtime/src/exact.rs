//! Arithmetic for the bounds of views that never comes back into range once it has left it.
//!
//! What the macros prove of bounds they prove for whole numbers. A sum or product that exceeds `usize`, or a difference
//! below zero, becomes the largest `usize` here and stays it, so that the view is out of bounds: an error of the run, and
//! not a region that nobody proved anything about.

/// What bounds are computed from: `usize`, also behind references.
#[diagnostic::on_unimplemented(
    message = "the bounds of a view are computed from `usize`, and this is `{Self}`",
    label = "not a `usize`",
    note = "convert it first: `let n = x as usize;`"
)]
pub trait Extent: sealed::Sealed {
    /// The number.
    fn get(self) -> usize;
}

impl Extent for usize {
    #[inline]
    fn get(self) -> usize {
        self
    }
}

impl<T: Extent + Copy> Extent for &T {
    #[inline]
    fn get(self) -> usize {
        T::get(*self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl<T: Sealed> Sealed for &T {}
}

/// `a + b`.
#[inline]
pub fn plus(a: impl Extent, b: impl Extent) -> usize {
    a.get().saturating_add(b.get())
}

/// `a - b`; the largest number if that is less than zero, or if `a` is the largest number.
#[inline]
pub fn minus(a: impl Extent, b: impl Extent) -> usize {
    match a.get() {
        usize::MAX => usize::MAX,
        a => a.checked_sub(b.get()).unwrap_or(usize::MAX),
    }
}

/// `a * b`; the largest number if one of them is.
#[inline]
pub fn times(a: impl Extent, b: impl Extent) -> usize {
    match (a.get(), b.get()) {
        (usize::MAX, _) | (_, usize::MAX) => usize::MAX,
        (a, b) => a.saturating_mul(b),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_range_are_as_usual() {
        let (three, seven) = (&3, &&7);
        assert_eq!(plus(2, three), 5);
        assert_eq!(minus(seven, 3), 4);
        assert_eq!(times(2, 3), 6);
    }

    #[test]
    fn what_left_the_range_stays_out() {
        const OUT: usize = usize::MAX;
        assert_eq!(plus(OUT, 3), OUT);
        assert_eq!(minus(3, 4), OUT);
        assert_eq!(plus(minus(3, 4), 1), OUT);
        assert_eq!(minus(times(OUT / 2, 3), OUT), OUT);
        assert_eq!(times(minus(0, 1), 0), OUT);
    }
}
