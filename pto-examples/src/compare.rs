//! Comparing results with what was expected.

/// How far a result may be off: absolutely, and relative to the expected value.
///
/// The kernels round attention weights to bf16, which the expected values do not.
pub const TOLERANCE: f64 = 1e-3;

/// The worst error of a result: the largest `|got - want| / (1 + |want|)` over all elements.
///
/// A result is close in the sense of numpy's `allclose(got, want, rtol=t, atol=t)` exactly if its worst error is at most
/// `t`. Infinite if the lengths differ or an element is not a number.
pub fn worst_error(got: &[f32], want: &[f32]) -> f64 {
    if got.len() != want.len() {
        return f64::INFINITY;
    }
    let errors = got.iter().zip(want).map(|(got, want)| {
        let (got, want) = (f64::from(*got), f64::from(*want));
        let error = (got - want).abs() / (1.0 + want.abs());
        if error.is_nan() { f64::INFINITY } else { error }
    });
    errors.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_element_counts_relative_to_its_size() {
        assert_eq!(worst_error(&[1.0, 2.0], &[1.0, 2.0]), 0.0);
        assert_eq!(worst_error(&[0.0, 7.0], &[0.25, 3.0]), 1.0);
    }

    #[test]
    fn what_cannot_be_compared_is_infinitely_wrong() {
        assert_eq!(worst_error(&[1.0], &[]), f64::INFINITY);
        assert_eq!(worst_error(&[f32::NAN], &[0.0]), f64::INFINITY);
        assert_eq!(worst_error(&[0.0], &[f32::NAN]), f64::INFINITY);
        assert_eq!(
            worst_error(&[f32::INFINITY], &[f32::INFINITY]),
            f64::INFINITY
        );
    }
}
