//! What emitted code needs for loops whose iterations several threads run: what such a loop may refer to.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use crate::element::Element;
use crate::error::Error;
use crate::handle::{TensorMut, TensorRef};
use crate::native::in_order::InOrder;
use crate::scope::{AutoScope, ManualScope};

/// The handle of a tensor once more, for another thread or iteration.
pub trait Again {
    /// The same handle.
    ///
    /// # Safety
    /// What is submitted by means of the one does not conflict with what is submitted by means of the other, or is ordered.
    unsafe fn again(&self) -> Self;
}

impl<T: Element> Again for TensorRef<'_, T> {
    #[inline]
    unsafe fn again(&self) -> Self {
        *self
    }
}

impl<T: Element> Again for TensorMut<'_, T> {
    #[inline]
    unsafe fn again(&self) -> Self {
        TensorMut::new(**self)
    }
}

/// A host value that a loop refers to. Whether several threads may use it at once, without changing it, depends on its type:
///
/// ```
/// use pto_runtime::spread::{Captured, List as _, Other as _, Plain as _, is_shareable};
/// use std::cell::Cell;
/// let (number, list, cell) = (1, vec![1, 2], Cell::new(1));
/// assert!(is_shareable(&number, (&&&Captured(&number)).__is_shareable()));
/// assert!(is_shareable(&list, (&&&Captured(&list)).__is_shareable()));
/// assert!(is_shareable(&&list[..], (&&&Captured(&&list[..])).__is_shareable()));
/// assert!(!is_shareable(&cell, (&&&Captured(&cell)).__is_shareable()));
/// assert!(!is_shareable(&&cell, (&&&Captured(&&cell)).__is_shareable()));
/// assert!(!is_shareable(&&mut [1], (&&&Captured(&&mut [1])).__is_shareable()));
/// ```
///
/// Of the three methods of that name Rust takes the first whose conditions hold. A method of that name of somebody else's trait
/// cannot say so of a type of which these do not: it has no such [`Verdict`].
#[derive(Debug)]
pub struct Captured<'v, T>(pub &'v T);

/// Whether values of a type can be shared. Only the traits here make one.
#[derive(Debug)]
pub struct Verdict<T>(bool, PhantomData<fn() -> T>);

/// What was found out of the type of a value.
#[inline]
pub fn is_shareable<T>(_: &T, verdict: Verdict<T>) -> bool {
    verdict.0
}

/// Values that may be copied and shared: nothing can be changed by means of a variable that holds one, unless that is declared as
/// `mut`.
pub trait Plain {
    /// The type of the value.
    type Of;

    /// Whether several threads may use it.
    fn __is_shareable(&self) -> Verdict<Self::Of>;
}

impl<T: Copy + Send + Sync> Plain for &&Captured<'_, T> {
    type Of = T;

    #[inline]
    fn __is_shareable(&self) -> Verdict<T> {
        Verdict(true, PhantomData)
    }
}

/// Vectors of such values.
pub trait List {
    /// The type of the value.
    type Of;

    /// Whether several threads may use it.
    fn __is_shareable(&self) -> Verdict<Self::Of>;
}

impl<T: Copy + Send + Sync> List for &Captured<'_, Vec<T>> {
    type Of = Vec<T>;

    #[inline]
    fn __is_shareable(&self) -> Verdict<Vec<T>> {
        Verdict(true, PhantomData)
    }
}

/// Whatever else there is.
pub trait Other {
    /// The type of the value.
    type Of;

    /// Whether several threads may use it.
    fn __is_shareable(&self) -> Verdict<Self::Of>;
}

impl<T> Other for Captured<'_, T> {
    type Of = T;

    #[inline]
    fn __is_shareable(&self) -> Verdict<T> {
        Verdict(false, PhantomData)
    }
}

/// A loop's body, for an AUTO scope.
#[inline]
pub fn on_auto<F>(body: F) -> F
where
    F: FnMut(&AutoScope<'_, InOrder<'_>>, Range<usize>) -> Result<(), Error>,
{
    body
}

/// A loop's body, for a MANUAL scope.
#[inline]
pub fn on_manual<F>(body: F) -> F
where
    F: FnMut(&ManualScope<'_, InOrder<'_>>, Range<usize>) -> Result<(), Error>,
{
    body
}

/// A number that loops count.
pub trait Count: Copy + fmt::Debug {
    /// How many numbers there are from `start` to before `end`; none if they are more than memory has bytes.
    fn between(start: Self, end: Self) -> usize;

    /// The number that comes so many after this one. It is there.
    fn after(self, count: usize) -> Self;
}

macro_rules! counts {
    ($($number:ty),*) => {$(
        impl Count for $number {
            #[inline]
            fn between(start: Self, end: Self) -> usize {
                match start < end {
                    // The distance fits the unsigned type of the same size.
                    true => usize::try_from(end.abs_diff(start)).unwrap_or(0),
                    false => 0,
                }
            }

            #[inline]
            fn after(self, count: usize) -> Self {
                self.wrapping_add(count as Self)
            }
        }
    )*};
}

counts!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize
);

/// How many numbers a range has.
#[inline]
pub fn count<N: Count>(range: &Range<N>) -> usize {
    N::between(range.start, range.end)
}

/// A part of a range, by positions in it.
#[inline]
pub fn part<N: Count>(range: &Range<N>, positions: Range<usize>) -> Range<N> {
    range.start.after(positions.start)..range.start.after(positions.end)
}

/// What is left of a range without so many of its first numbers.
#[inline]
pub fn rest<N: Count>(range: &Range<N>, without: usize) -> Range<N> {
    match without {
        0 => range.start..range.end,
        without => range.start.after(without)..range.end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_ranges_of_any_number() {
        assert_eq!(count(&(3..10_usize)), 7);
        assert_eq!(part(&(3..10_usize), 2..4), 5..7);
        assert_eq!(rest(&(3..10_usize), 7), 10..10);
        assert_eq!(count(&(-128_i8..127)), 255);
        assert_eq!(part(&(-128_i8..127), 250..255), 122..127);
        assert_eq!(rest(&(-128_i8..127), 255), 127..127);
        let (start, end) = (5_i64, 3);
        assert_eq!((count(&(5..5_u8)), count(&(start..end))), (0, 0));
        assert_eq!(rest(&(start..end), 0), start..end);
        assert_eq!(count(&(0..u128::MAX)), 0, "too many to count");
    }
}
