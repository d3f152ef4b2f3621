//! What repetitions come to.

/// The middle one; of two middle ones their mean.
pub(super) fn median(samples: &mut [f64]) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    let half = samples.len() / 2;
    match samples.len() {
        0 => None,
        n if n % 2 == 1 => Some(samples[half]),
        _ => Some((samples[half - 1] + samples[half]) / 2.0),
    }
}

/// The smallest.
pub(super) fn least(samples: impl IntoIterator<Item = f64>) -> Option<f64> {
    samples.into_iter().min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_even_and_odd_counts() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(least([2.0, 1.5]), Some(1.5));
    }
}
