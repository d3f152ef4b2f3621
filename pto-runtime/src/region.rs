//! Which part of a tensor a view shows.

use std::hint;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::error::{Error, ErrorKind};
use crate::layout::{Layout, MAX_DIMS};

/// The part of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimRange {
    start: usize,
    /// `None` means up to the end.
    end: Option<usize>,
}

impl DimRange {
    const ALL: DimRange = DimRange {
        start: 0,
        end: None,
    };
}

impl From<Range<usize>> for DimRange {
    #[inline]
    fn from(range: Range<usize>) -> Self {
        DimRange {
            start: range.start,
            end: Some(range.end),
        }
    }
}

impl From<RangeFrom<usize>> for DimRange {
    #[inline]
    fn from(range: RangeFrom<usize>) -> Self {
        DimRange {
            start: range.start,
            end: None,
        }
    }
}

impl From<RangeTo<usize>> for DimRange {
    #[inline]
    fn from(range: RangeTo<usize>) -> Self {
        DimRange {
            start: 0,
            end: Some(range.end),
        }
    }
}

impl From<RangeFull> for DimRange {
    #[inline]
    fn from(_: RangeFull) -> Self {
        DimRange::ALL
    }
}

impl From<RangeInclusive<usize>> for DimRange {
    #[inline]
    fn from(range: RangeInclusive<usize>) -> Self {
        // An end of `usize::MAX` is out of bounds with or without the saturation.
        DimRange {
            start: *range.start(),
            end: Some(range.end().saturating_add(1)),
        }
    }
}

impl From<RangeToInclusive<usize>> for DimRange {
    #[inline]
    fn from(range: RangeToInclusive<usize>) -> Self {
        DimRange {
            start: 0,
            end: Some(range.end.saturating_add(1)),
        }
    }
}

/// The part of a tensor, as a range per dimension; dimensions that are left out are taken whole.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    ranges: [DimRange; MAX_DIMS],
    /// How many ranges the user wrote; above [`MAX_DIMS`] the region fits no tensor.
    given: usize,
}

impl Region {
    /// `range` of dimension `dim` and all of the others; `None` if no tensor has that dimension.
    pub(crate) fn of_dim(dim: usize, range: DimRange) -> Option<Region> {
        let mut ranges = [DimRange::ALL; MAX_DIMS];
        *ranges.get_mut(dim)? = range;
        Some(Region {
            ranges,
            given: dim + 1,
        })
    }
}

/// What may be written as a region: a range, an array of ranges, or a tuple of up to five ranges of any kind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a region of a tensor",
    label = "expected ranges, one for each dimension",
    note = "write `(a..b, ..)`: dimensions that are left out are taken whole"
)]
pub trait IntoRegion {
    /// The region.
    fn into_region(self) -> Region;
}

impl IntoRegion for Region {
    #[inline]
    fn into_region(self) -> Region {
        self
    }
}

impl<R: Into<DimRange>, const D: usize> IntoRegion for [R; D] {
    #[inline]
    fn into_region(self) -> Region {
        let mut ranges = [DimRange::ALL; MAX_DIMS];
        for (slot, range) in ranges.iter_mut().zip(self) {
            *slot = range.into();
        }
        Region { ranges, given: D }
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident)+;)*) => { $(
        impl<$($name: Into<DimRange>),+> IntoRegion for ($($name,)+) {
            #[inline]
            #[allow(non_snake_case, reason = "the type parameters name the bindings")]
            fn into_region(self) -> Region {
                let ($($name,)+) = self;
                let mut ranges = [DimRange::ALL; MAX_DIMS];
                ranges[..$count].copy_from_slice(&[$($name.into()),+]);
                Region { ranges, given: $count }
            }
        }
    )* };
}

tuples! { 1: A; 2: A B; 3: A B C; 4: A B C D; 5: A B C D E; }

macro_rules! single_ranges {
    ($($range:ty),* $(,)?) => { $(
        impl IntoRegion for $range {
            #[inline]
            fn into_region(self) -> Region {
                [self].into_region()
            }
        }
    )* };
}

single_ranges! {
    Range<usize>, RangeFrom<usize>, RangeTo<usize>, RangeFull, RangeInclusive<usize>, RangeToInclusive<usize>,
}

impl Layout {
    /// The layout of a region and the number of elements before its first one.
    ///
    /// Bounds are strict, except that a range that is empty may start beyond the end: the last, absent block of a loop
    /// over blocks is then an empty view rather than an error.
    ///
    /// # Errors
    /// The region has more dimensions than the tensor, or reaches outside of it.
    // Most of it is known where it is called: how many ranges there are, and of which kind.
    #[inline(always)]
    pub fn slice(&self, region: &Region) -> Result<(u64, Layout), Error> {
        if region.given > self.ndims() {
            hint::cold_path();
            return Err(too_many_ranges(self, region.given));
        }
        let mut layout = self.by_numbers();
        let (mut start, mut is_empty) = (0, self.is_empty_from(region.given));
        for dim in 0..region.given {
            let extent = self.dim(dim).0 as usize;
            let DimRange { start: from, end } = region.ranges[dim];
            let to = end.unwrap_or(extent.max(from));
            if from == to {
                layout.narrow(dim, 0, 0);
                is_empty = true;
            } else if from < to && to <= extent {
                start += layout.narrow(dim, from as u32, to as u32);
            } else {
                hint::cold_path();
                return Err(out_of_bounds(self, dim, from, to));
            }
        }
        Ok((if is_empty { 0 } else { start }, layout))
    }
}

#[cold]
fn too_many_ranges(layout: &Layout, given: usize) -> Error {
    let message = format!(
        "a region of {given} dimensions in a tensor of shape {:?}",
        layout.shape()
    );
    Error::new(ErrorKind::InvalidArgument, message)
        .with_help(format!("give at most {} ranges", layout.ndims()))
}

#[cold]
fn out_of_bounds(layout: &Layout, dim: usize, from: usize, to: usize) -> Error {
    let shape = layout.shape();
    let message = format!(
        "view {from}..{to} of dimension {dim} is out of bounds: its extent is {}, the shape is {shape:?}",
        shape[dim]
    );
    let help = match from > to {
        true => "the range ends before it starts".to_owned(),
        false => format!("dimension {dim} ends at {}", shape[dim]),
    };
    Error::new(ErrorKind::InvalidArgument, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Shape;

    fn slice(region: impl IntoRegion) -> Result<(u64, Layout), Error> {
        Shape::from([4, 6])
            .layout()
            .unwrap()
            .slice(&region.into_region())
    }

    #[test]
    fn every_kind_of_range() {
        let (start, layout) = slice((1..3, 2..)).unwrap();
        assert_eq!(
            (start, layout.shape(), layout.strides()),
            (8, &[2, 4][..], &[6, 1][..])
        );
        assert_eq!(slice((..=1, ..2)).unwrap().1.shape(), [2, 2]);
        assert_eq!(slice([2..4, 0..6]).unwrap().1.shape(), [2, 6]);
        assert_eq!(slice(1..=2).unwrap().1.shape(), [2, 6]);
        assert_eq!(slice((.., 5..6)).unwrap().0, 5);
    }

    #[test]
    fn the_absent_last_block_is_empty() {
        assert!(slice(4..4).unwrap().1.is_empty());
        assert!(slice(9..9).unwrap().1.is_empty());
        assert!(slice(7..).unwrap().1.is_empty());
    }

    #[test]
    fn bounds_are_strict() {
        for error in [
            slice(3..5).unwrap_err(),
            slice(2..usize::MAX).unwrap_err(),
            slice(0..=usize::MAX).unwrap_err(),
        ] {
            assert!(error.message().contains("extent is 4"), "{error}");
        }
        #[expect(clippy::reversed_empty_ranges, reason = "the mistake under test")]
        let reversed = slice(3..1).unwrap_err();
        assert_eq!(reversed.help(), Some("the range ends before it starts"));
        assert!(slice((.., .., ..)).is_err());
        assert!(slice([0..1, 0..1, 0..1, 0..1, 0..1, 0..1, 0..1]).is_err());
    }
}
