//! Whether two strided regions of one storage share an element, and whether one holds all of the other.

use crate::layout::{Layout, MAX_DIMS};

/// A part of a storage: its first element, counted from the storage's first, and its layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: u64,
    pub(crate) layout: Layout,
}

/// How many candidates the exact search may look at before it answers "overlap". Regions that come from slicing and
/// transposing one tensor take a few per dimension.
const BUDGET: u32 = 4096;

impl Part {
    /// One past the last element.
    #[inline]
    fn end(&self) -> u64 {
        self.start + self.layout.span()
    }

    /// Whether the parts share an element. Exact, unless the search exceeds its budget: then it is assumed.
    #[inline]
    pub(crate) fn overlaps(&self, other: &Part) -> bool {
        if self.layout.is_empty()
            || other.layout.is_empty()
            || self.end() <= other.start
            || other.end() <= self.start
        {
            return false;
        }
        (self.layout.is_contiguous() && other.layout.is_contiguous())
            || self == other
            || shares_element(self, other)
    }

    /// Whether this part holds every element of `other`, as far as that is easily seen.
    #[inline]
    pub(crate) fn covers(&self, other: &Part) -> bool {
        if self == other {
            return true;
        }
        if self.layout.is_contiguous() {
            return self.start <= other.start && other.end() <= self.end();
        }
        let (Some(own), Some(others)) = (self.corner(), other.corner()) else {
            return false;
        };
        self.layout.strides() == other.layout.strides()
            && (0..self.layout.ndims()).all(|dim| {
                own[dim] <= others[dim]
                    && others[dim] + u64::from(other.layout.shape()[dim])
                        <= own[dim] + u64::from(self.layout.shape()[dim])
            })
    }

    /// The coordinates of the first element in a row-major storage of these strides; `None` if the part is not a box in
    /// one. The outermost coordinate is unbounded.
    #[inline]
    pub(crate) fn corner(&self) -> Option<[u64; MAX_DIMS]> {
        let (shape, strides) = (self.layout.shape(), self.layout.strides());
        let mut corner = [0; MAX_DIMS];
        let mut rest = self.start;
        let mut outer = 0u64;
        for (dim, (&extent, &stride)) in shape.iter().zip(strides).enumerate() {
            let stride = u64::from(stride);
            if stride == 0 || !outer.is_multiple_of(stride) {
                return None;
            }
            corner[dim] = rest / stride;
            rest %= stride;
            if dim > 0 && (corner[dim] + u64::from(extent)) * stride > outer {
                return None;
            }
            outer = stride;
        }
        (rest == 0).then_some(corner)
    }

    /// Whether the part is one tile of the grid of its layout. Two different tiles of a grid share no element.
    #[inline]
    pub(crate) fn is_grid_tile(&self) -> bool {
        // Most are the whole of a tensor, or a part of a vector. Dividing takes long.
        if self.start == 0 && self.layout.is_contiguous() {
            return !self.layout.is_empty();
        }
        if let (1, (extent, 1)) = (self.layout.ndims(), self.layout.dim(0)) {
            return extent != 0 && self.start.is_multiple_of(u64::from(extent));
        }
        self.corner().is_some_and(|corner| {
            let mut extents = self.layout.shape().iter().zip(corner);
            extents.all(|(&extent, first)| extent != 0 && first.is_multiple_of(u64::from(extent)))
        })
    }
}

/// `stride * x` with `x` in `0..=most`.
#[derive(Clone, Copy, Default)]
struct Term {
    stride: u64,
    most: u64,
}

/// Searches for an element of both parts.
///
/// `a + sum(i * s) == b + sum(j * t)` becomes, with each `j` counted down from its last value, a sum of non-negative
/// terms that has to meet a target; equal strides merge into one term. Taken by descending stride, the rest of the sum
/// is usually smaller than the stride, which leaves one or two candidates for each term.
fn shares_element(a: &Part, b: &Part) -> bool {
    let mut terms = [Term::default(); 2 * MAX_DIMS];
    let mut count = 0;
    let mut last_of_b = b.start;
    for (part, second) in [(a, false), (b, true)] {
        for (&extent, &stride) in part.layout.shape().iter().zip(part.layout.strides()) {
            let (stride, most) = (u64::from(stride), u64::from(extent - 1));
            if second {
                last_of_b += stride * most;
            }
            if most == 0 || stride == 0 {
                continue;
            }
            match terms[..count].iter_mut().find(|term| term.stride == stride) {
                Some(term) => term.most += most,
                None => {
                    terms[count] = Term { stride, most };
                    count += 1;
                }
            }
        }
    }
    let terms = &mut terms[..count];
    terms.sort_unstable_by_key(|term| std::cmp::Reverse(term.stride));
    // The caller has checked that the intervals meet, so the target is not negative.
    let Some(target) = last_of_b.checked_sub(a.start) else {
        return false;
    };
    let mut budget = BUDGET;
    meets(terms, target, &mut budget)
}

/// Whether the terms can sum up to `target`; assumed once the budget is spent.
fn meets(terms: &[Term], target: u64, budget: &mut u32) -> bool {
    let Some((first, rest)) = terms.split_first() else {
        return target == 0;
    };
    let divisor = terms
        .iter()
        .fold(0, |divisor, term| gcd(divisor, term.stride));
    if !target.is_multiple_of(divisor) {
        return false;
    }
    let reach: u64 = rest.iter().map(|term| term.stride * term.most).sum();
    let lowest = target.saturating_sub(reach).div_ceil(first.stride);
    let highest = first.most.min(target / first.stride);
    for x in lowest..=highest {
        if *budget == 0 {
            return true;
        }
        *budget -= 1;
        if meets(rest, target - x * first.stride, budget) {
            return true;
        }
    }
    false
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn part(start: u64, shape: &[u32], strides: &[u32]) -> Part {
        Part {
            start,
            layout: Layout::strided(shape, strides).unwrap(),
        }
    }

    fn elements(part: &Part) -> HashSet<u64> {
        let mut all = vec![part.start];
        for (&extent, &stride) in part.layout.shape().iter().zip(part.layout.strides()) {
            let step = |base: &u64| {
                let base = *base;
                (0..u64::from(extent)).map(move |i| base + i * u64::from(stride))
            };
            all = all.iter().flat_map(step).collect();
        }
        all.into_iter().collect()
    }

    #[test]
    fn columns_do_not_overlap() {
        let (left, right) = (part(0, &[4, 2], &[8, 1]), part(2, &[4, 2], &[8, 1]));
        assert!(!left.overlaps(&right));
        assert!(left.overlaps(&part(1, &[4, 2], &[8, 1])));
        assert!(part(0, &[4, 4], &[8, 1]).covers(&right) && !right.covers(&left));
        assert!(part(0, &[32], &[1]).covers(&right) && !part(0, &[20], &[1]).covers(&right));
    }

    #[test]
    fn tiles_of_a_grid() {
        assert!(part(16 + 4, &[2, 4], &[8, 1]).is_grid_tile());
        assert!(!part(16 + 2, &[2, 4], &[8, 1]).is_grid_tile());
        assert!(!part(8, &[2, 4], &[8, 1]).is_grid_tile());
        assert!(
            !part(6, &[2, 4], &[8, 1]).is_grid_tile(),
            "wraps around the end of a row"
        );
        assert!(part(64, &[4, 8], &[8, 1]).is_grid_tile());
    }

    #[test]
    fn a_region_and_its_transpose() {
        let (rows, columns) = (part(1, &[2, 3], &[4, 1]), part(1, &[3, 2], &[1, 4]));
        assert!(rows.overlaps(&columns));
        assert!(!part(0, &[2, 2], &[4, 1]).overlaps(&part(2, &[2, 2], &[1, 4])));
    }

    fn any_part() -> impl Strategy<Value = Part> {
        let dims = prop::collection::vec((0u32..5, 0u32..12), 1..=4);
        (0u64..40, dims).prop_map(|(start, dims)| {
            let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
            part(start, &shape, &strides)
        })
    }

    /// Boxes in one row-major tensor, as slicing makes them.
    fn any_box() -> impl Strategy<Value = Part> {
        (
            (0u32..4, 1u32..4),
            (0u32..5, 1u32..5),
            (0u32..6, 1u32..6),
            any::<bool>(),
        )
            .prop_map(|(x, y, z, swap)| {
                let start = x.0 * 80 + y.0 * 10 + z.0;
                match swap {
                    false => part(u64::from(start), &[x.1, y.1, z.1], &[80, 10, 1]),
                    true => part(u64::from(start), &[z.1, y.1, x.1], &[1, 10, 80]),
                }
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn overlap_agrees_with_brute_force(a in prop_oneof![any_part(), any_box()], b in prop_oneof![any_part(), any_box()]) {
            let (left, right) = (elements(&a), elements(&b));
            prop_assert_eq!(a.overlaps(&b), !left.is_disjoint(&right));
            prop_assert!(!a.covers(&b) || right.is_subset(&left));
        }

        #[test]
        fn grid_tiles_of_one_layout_are_disjoint(a in any_box(), b in 0u64..400) {
            let b = Part { start: b, ..a };
            if a.is_grid_tile() && b.is_grid_tile() && a != b {
                prop_assert!(!a.overlaps(&b));
                prop_assert!(elements(&a).is_disjoint(&elements(&b)));
            }
        }
    }
}
