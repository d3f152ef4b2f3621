//! The elements of a strided region, as runs of neighbours.
//!
//! This is written apart from the tensor map's overlap test on purpose: the two check each other.

use std::ops::Range;

use crate::layout::Layout;

/// Neighbouring elements, counted from the first of the storage.
pub(super) type Run = Range<u64>;

/// The elements that `layout` shows from `start` on: ascending runs with gaps between them.
pub(super) fn runs(start: u64, layout: &Layout) -> Vec<Run> {
    if layout.shape().contains(&0) {
        return Vec::new();
    }
    let mut dims: Vec<(u64, u64)> = layout
        .shape()
        .iter()
        .zip(layout.strides())
        .map(|(&extent, &stride)| (u64::from(stride), u64::from(extent)))
        .filter(|&(stride, extent)| extent > 1 && stride > 0)
        .collect();
    dims.sort_unstable();
    // What the innermost dimensions show without a gap is one run.
    let mut length = 1;
    let mut inner = 0;
    while let Some(&(stride, extent)) = dims.get(inner)
        && stride == length
    {
        length *= extent;
        inner += 1;
    }
    let mut starts = vec![start];
    for &(stride, extent) in dims[inner..].iter().rev() {
        let steps = |&at: &u64| (0..extent).map(move |step| at + step * stride);
        starts = starts.iter().flat_map(steps).collect();
    }
    starts.sort_unstable();
    let mut runs: Vec<Run> = Vec::with_capacity(starts.len());
    for at in starts {
        match runs.last_mut() {
            Some(last) if at <= last.end => last.end = last.end.max(at + length),
            _ => runs.push(at..at + length),
        }
    }
    runs
}

/// The elements in both lists of runs.
pub(super) fn common(a: &[Run], b: &[Run]) -> Vec<Run> {
    let (mut i, mut j) = (0, 0);
    let mut both = Vec::new();
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let meet = x.start.max(y.start)..x.end.min(y.end);
        if !meet.is_empty() {
            both.push(meet);
        }
        if x.end <= y.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    both
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one run is a list of runs")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::layout::Shape;

    fn strided(shape: &[u32], strides: &[u32]) -> Layout {
        Layout::strided(shape, strides).unwrap()
    }

    #[test]
    fn a_whole_tensor_is_one_run() {
        let layout = Shape::from([3, 4, 5]).layout().unwrap();
        assert_eq!(runs(7, &layout), [7..67]);
        assert_eq!(runs(0, &strided(&[5, 4], &[1, 5])), [0..20]);
    }

    #[test]
    fn columns_are_a_run_for_each_row() {
        assert_eq!(runs(2, &strided(&[3, 2], &[8, 1])), [2..4, 10..12, 18..20]);
        assert_eq!(runs(2, &strided(&[2, 3], &[1, 8])), [2..4, 10..12, 18..20]);
        assert_eq!(runs(2, &strided(&[0, 3], &[1, 8])), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn runs_hold_the_elements_and_no_others(start in 0u64..20, dims in prop::collection::vec((0u32..5, 0u32..9), 1..=4)) {
            let (shape, strides): (Vec<u32>, Vec<u32>) = dims.iter().copied().unzip();
            let mut elements = BTreeSet::from([start]);
            for &(extent, stride) in &dims {
                let steps = |&at: &u64| (0..u64::from(extent)).map(move |step| at + step * u64::from(stride));
                elements = elements.iter().flat_map(steps).collect();
            }
            let runs = runs(start, &strided(&shape, &strides));
            prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert_eq!(runs.iter().cloned().flatten().collect::<BTreeSet<u64>>(), elements);
        }

        #[test]
        fn common_elements_are_in_both(a in prop::collection::vec(any::<bool>(), 24), b in prop::collection::vec(any::<bool>(), 24)) {
            let runs = |bits: &[bool]| {
                let mut runs: Vec<Run> = Vec::new();
                for (at, _) in (0u64..).zip(bits).filter(|(_, bit)| **bit) {
                    match runs.last_mut() {
                        Some(last) if last.end == at => last.end += 1,
                        _ => runs.push(at..at + 1),
                    }
                }
                runs
            };
            let both: Vec<u64> = (0..24).filter(|&at| a[at as usize] && b[at as usize]).collect();
            prop_assert_eq!(common(&runs(&a), &runs(&b)).into_iter().flatten().collect::<Vec<_>>(), both);
        }
    }
}
