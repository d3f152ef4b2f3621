//! Comparing results with what was expected.

use std::fmt;

use half::bf16;

/// How close a result has to be: every element has `|got - want| <= limit * (magnitude + |want|)`.
///
/// The kernels round attention weights to bf16, which the expected values do not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closeness {
    /// How large values are, about: what absolute errors are measured by.
    pub magnitude: f64,
    /// The largest error that passes.
    pub limit: f64,
}

impl Closeness {
    /// The rule for the named cases, whose values lie within ±1: `allclose` of numpy with both tolerances 1e-3.
    pub const NAMED: Self = Self {
        magnitude: 1.0,
        limit: 1e-3,
    };

    /// The rule for attention over any `values`.
    ///
    /// Rounding a weight to the 8 bits of bf16 changes it by 2^-8 of itself at most, and so the weighted mean by 2^-8 of
    /// the largest value at most; f32 sums add a little.
    pub fn of_values(values: &[bf16]) -> Self {
        let largest = values
            .iter()
            .map(|value| value.to_f64().abs())
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        Self {
            magnitude: largest.max(f64::from(f32::MIN_POSITIVE)),
            limit: 1.02 / 256.0,
        }
    }

    /// The worst error of a result: the largest `|got - want| / (magnitude + |want|)` over all elements.
    ///
    /// Infinite if the lengths differ, or if one of `got` and `want` is not finite and the other is not the same.
    pub fn worst_error(&self, got: &[f32], want: &[f32]) -> f64 {
        if got.len() != want.len() {
            return f64::INFINITY;
        }
        let errors = got
            .iter()
            .zip(want)
            .map(|(&got, &want)| self.error(got, want));
        errors.fold(0.0, f64::max)
    }

    /// Whether a worst error passes.
    pub fn accepts(&self, worst: f64) -> bool {
        worst <= self.limit
    }

    fn error(&self, got: f32, want: f32) -> f64 {
        if got == want || (got.is_nan() && want.is_nan()) {
            return 0.0;
        }
        let (got, want) = (f64::from(got), f64::from(want));
        let error = (got - want).abs() / (self.magnitude + want.abs());
        if error.is_nan() { f64::INFINITY } else { error }
    }
}

impl fmt::Display for Closeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { magnitude, limit } = self;
        write!(
            f,
            "largest |got - want| / ({magnitude:.3} + |want|), {limit:.1e} allowed"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: Closeness = Closeness::NAMED;

    #[test]
    fn the_worst_element_counts_relative_to_its_size() {
        assert_eq!(NAMED.worst_error(&[1.0, 2.0], &[1.0, 2.0]), 0.0);
        assert_eq!(NAMED.worst_error(&[0.0, 7.0], &[0.25, 3.0]), 1.0);
        assert!(NAMED.accepts(1e-3) && !NAMED.accepts(1.1e-3) && !NAMED.accepts(f64::NAN));
    }

    #[test]
    fn what_cannot_be_compared_is_infinitely_wrong() {
        for (got, want) in [
            (f32::NAN, 0.0),
            (0.0, f32::NAN),
            (f32::INFINITY, f32::NEG_INFINITY),
            (0.0, f32::INFINITY),
        ] {
            assert_eq!(
                NAMED.worst_error(&[got], &[want]),
                f64::INFINITY,
                "{got} for {want}"
            );
        }
        assert_eq!(NAMED.worst_error(&[1.0], &[]), f64::INFINITY);
        assert_eq!(
            NAMED.worst_error(&[f32::NAN, f32::INFINITY], &[f32::NAN, f32::INFINITY]),
            0.0
        );
    }

    #[test]
    fn large_values_allow_large_errors_and_small_ones_do_not() {
        let of = |values: &[f32]| {
            Closeness::of_values(
                &values
                    .iter()
                    .map(|v| bf16::from_f32(*v))
                    .collect::<Vec<_>>(),
            )
        };
        assert!(of(&[-64.0, 1.0]).accepts(of(&[-64.0, 1.0]).worst_error(&[0.2], &[0.0])));
        assert!(!of(&[0.25, f32::NAN]).accepts(of(&[0.25, f32::NAN]).worst_error(&[0.2], &[0.0])));
        assert_eq!(of(&[0.0]).worst_error(&[0.0], &[0.0]), 0.0);
    }
}
