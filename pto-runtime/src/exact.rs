//! Arithmetic for the bounds of views and loops that never wraps around.
//!
//! What the macros prove of bounds they prove for whole numbers. A sum or product that exceeds `usize`, and a difference
//! below zero, are errors of the run here, in release builds too, and not numbers that nobody proved anything about.

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

/// Functions without a value for some numbers.
macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident: $checked:expr, $shown:literal, $fault:literal;)*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        #[doc = concat!("The result ", $fault, ".")]
        #[inline]
        #[track_caller]
        pub fn $name(a: impl Extent, b: impl Extent) -> Result<usize, Error> {
            let (a, b) = (a.get(), b.get());
            let checked: fn(usize, usize) -> Option<usize> = $checked;
            match checked(a, b) {
                Some(value) => Ok(value),
                None => Err(fault(format!($shown, a, b), $fault)),
            }
        }
    )* };
}

checked! {
    /// `a + b`.
    plus: usize::checked_add, "{} + {}", "exceeds `usize`";
    /// `a - b`.
    minus: usize::checked_sub, "{} - {}", "is less than zero";
    /// `a * b`.
    times: usize::checked_mul, "{} * {}", "exceeds `usize`";
    /// `a / b`.
    over: usize::checked_div, "{} / {}", "is no number";
    /// `a % b`.
    rest: usize::checked_rem, "{} % {}", "is no number";
    /// `a.div_ceil(b)`.
    div_ceil: |a, b| (b != 0).then(|| a.div_ceil(b)), "{}.div_ceil({})", "is no number";
    /// `a.next_multiple_of(b)`.
    next_multiple_of: usize::checked_next_multiple_of, "{}.next_multiple_of({})", "is no `usize`";
}

/// Functions with a value for all numbers.
macro_rules! total {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[inline]
        pub fn $name(a: impl Extent, b: impl Extent) -> usize {
            a.get().$name(b.get())
        }
    )* };
}

total! {
    /// `a.min(b)`.
    min;
    /// `a.max(b)`.
    max;
    /// `a.saturating_sub(b)`.
    saturating_sub;
    /// `a.abs_diff(b)`.
    abs_diff;
}

#[cold]
#[track_caller]
fn fault(what: String, fault: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("{what} {fault}"))
        .with_help("the bounds of views and loops are whole numbers, and do not wrap around")
        .at(Location::caller())
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
