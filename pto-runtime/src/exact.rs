//! Arithmetic for the bounds of views and loops that never wraps around.
//!
//! What the macros prove of bounds they prove for whole numbers. A sum or product that exceeds `usize`, and a difference
//! below zero, are errors of the run here, in release builds too, and not numbers that nobody proved anything about.

use std::hint;
use std::panic::Location;

use crate::error::{Error, ErrorKind};

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
///
/// # Errors
/// The result exceeds `usize`.
#[inline]
#[track_caller]
pub fn plus(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match a.checked_add(b) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::Plus.of(a, b))
        }
    }
}

/// `a - b`.
///
/// # Errors
/// The result is less than zero.
#[inline]
#[track_caller]
pub fn minus(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match a.checked_sub(b) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::Minus.of(a, b))
        }
    }
}

/// `a * b`.
///
/// # Errors
/// The result exceeds `usize`.
#[inline]
#[track_caller]
pub fn times(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match a.checked_mul(b) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::Times.of(a, b))
        }
    }
}

/// `a / b`.
///
/// # Errors
/// The result is no number.
#[inline]
#[track_caller]
pub fn over(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match a.checked_div(b) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::Over.of(a, b))
        }
    }
}

/// `a % b`.
///
/// # Errors
/// The result is no number.
#[inline]
#[track_caller]
pub fn rest(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match a.checked_rem(b) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::Rest.of(a, b))
        }
    }
}

/// `a.div_ceil(b)`.
///
/// # Errors
/// The result is no number.
#[inline]
#[track_caller]
pub fn div_ceil(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match (b != 0).then(|| a.div_ceil(b)) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::DivCeil.of(a, b))
        }
    }
}

/// `a.next_multiple_of(b)`.
///
/// # Errors
/// The result is no `usize`.
#[inline]
#[track_caller]
pub fn next_multiple_of(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
    let (a, b) = (a.get(), b.get());
    match a.checked_next_multiple_of(b) {
        Some(value) => Ok(value),
        None => {
            hint::cold_path();
            Err(Fault::NextMultipleOf.of(a, b))
        }
    }
}

/// `a.min(b)`.
#[inline]
pub fn min(a: impl Extent, b: impl Extent) -> usize {
    a.get().min(b.get())
}

/// `a.max(b)`.
#[inline]
pub fn max(a: impl Extent, b: impl Extent) -> usize {
    a.get().max(b.get())
}

/// `a.saturating_sub(b)`.
#[inline]
pub fn saturating_sub(a: impl Extent, b: impl Extent) -> usize {
    a.get().saturating_sub(b.get())
}

/// `a.abs_diff(b)`.
#[inline]
pub fn abs_diff(a: impl Extent, b: impl Extent) -> usize {
    a.get().abs_diff(b.get())
}

/// What has no result.
#[derive(Clone, Copy)]
enum Fault {
    Plus,
    Minus,
    Times,
    Over,
    Rest,
    DivCeil,
    NextMultipleOf,
}

impl Fault {
    // A call at most is what the bounds of a view may cost an orchestration in code, each of them.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn of(self, a: usize, b: usize) -> Error {
        let what = match self {
            Fault::Plus => format!("{a} + {b} exceeds `usize`"),
            Fault::Minus => format!("{a} - {b} is less than zero"),
            Fault::Times => format!("{a} * {b} exceeds `usize`"),
            Fault::Over => format!("{a} / {b} is no number"),
            Fault::Rest => format!("{a} % {b} is no number"),
            Fault::DivCeil => format!("{a}.div_ceil({b}) is no number"),
            Fault::NextMultipleOf => format!("{a}.next_multiple_of({b}) is no `usize`"),
        };
        Error::new(ErrorKind::InvalidArgument, what)
            .with_help("the bounds of views and loops are whole numbers, and do not wrap around")
            .at(Location::caller())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_range_are_as_usual() -> Result<(), Error> {
        let (three, seven) = (&3, &&7);
        assert_eq!((plus(2, three)?, minus(seven, 3)?, times(2, 3)?), (5, 4, 6));
        assert_eq!((over(seven, 2)?, rest(seven, 2)?), (3, 1));
        assert_eq!((div_ceil(seven, 2)?, next_multiple_of(7, three)?), (4, 9));
        assert_eq!((min(3, seven), max(3, seven)), (3, 7));
        assert_eq!((saturating_sub(3, 7), abs_diff(three, seven)), (0, 4));
        Ok(())
    }

    #[test]
    fn what_leaves_the_range_is_an_error_there() {
        const MOST: usize = usize::MAX;
        let line = line!() + 2;
        let errors = [
            plus(MOST, 1),
            minus(3, 4),
            times(MOST / 2, 3),
            over(3, 0),
            rest(3, 0),
            div_ceil(3, 0),
            next_multiple_of(3, 0),
            next_multiple_of(MOST, 2),
        ];
        for (index, result) in errors.into_iter().enumerate() {
            let error = result.unwrap_err();
            assert_eq!(
                error.location().map(Location::line),
                Some(line + index as u32)
            );
            assert!(error.help().is_some(), "{error}");
        }
        assert_eq!(
            minus(3, 4).unwrap_err().message(),
            "3 - 4 is less than zero"
        );
    }
}
