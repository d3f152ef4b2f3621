//! Elements of a storage in terms of its indices.

use std::fmt;
use std::ops::Range;

use crate::layout::Layout;
use crate::verify::runs::Run;

/// Elements, to be shown as a box of indices.
pub(super) struct Elements<'a> {
    pub(super) runs: &'a [Run],
    /// The shape of the storage, which is row-major. Unknown if nobody said what it is.
    pub(super) shape: Option<&'a Layout>,
}

impl Elements<'_> {
    fn count(&self) -> u64 {
        self.runs.iter().map(|run| run.end - run.start).sum()
    }

    /// The smallest box that holds them.
    fn bounds(&self) -> Vec<Range<u64>> {
        let flat = [u32::MAX];
        let shape = self.shape.map_or(&flat[..], Layout::shape);
        let mut bounds: Vec<Range<u64>> = Vec::new();
        for run in self.runs.iter().filter(|run| !run.is_empty()) {
            let of_run = bounds_of(run, shape);
            if bounds.is_empty() {
                bounds = of_run;
                continue;
            }
            for (bound, other) in bounds.iter_mut().zip(of_run) {
                *bound = bound.start.min(other.start)..bound.end.max(other.end);
            }
        }
        bounds
    }
}

/// The box of neighbouring elements.
fn bounds_of(run: &Run, shape: &[u32]) -> Vec<Range<u64>> {
    let (mut first, mut last) = (run.start, run.end - 1);
    let mut bounds = Vec::with_capacity(shape.len());
    for &extent in shape.iter().skip(1).rev() {
        let extent = u64::from(extent.max(1));
        // Across a border of this dimension all of its indices may be met.
        bounds.push(match first / extent == last / extent {
            true => first % extent..last % extent + 1,
            false => 0..extent,
        });
        (first, last) = (first / extent, last / extent);
    }
    bounds.push(first..last + 1);
    bounds.reverse();
    bounds
}

impl fmt::Display for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds = self.bounds();
        let volume: u64 = bounds.iter().map(|bound| bound.end - bound.start).product();
        let count = self.count();
        if count == volume {
            f.write_str("elements ")?;
        } else {
            write!(f, "{count} of the elements ")?;
        }
        f.write_str("[")?;
        for (at, bound) in bounds.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{}..{}", bound.start, bound.end)?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one run is a list of runs")]
mod tests {
    use super::*;
    use crate::layout::Shape;

    fn shown(shape: &[usize], runs: &[Run]) -> String {
        let layout = Shape::from(shape).layout().unwrap();
        let shape = Some(&layout);
        Elements { runs, shape }.to_string()
    }

    #[test]
    fn boxes_are_shown_as_ranges() {
        assert_eq!(shown(&[64], &[4..8]), "elements [4..8]");
        assert_eq!(shown(&[8, 16], &[64..128]), "elements [4..8, 0..16]");
        assert_eq!(shown(&[8, 16], &[66..68, 82..84]), "elements [4..6, 2..4]");
        assert_eq!(shown(&[2, 3, 4], &[12..16]), "elements [1..2, 0..1, 0..4]");
    }

    #[test]
    fn what_is_no_box_is_counted() {
        assert_eq!(shown(&[64], &[4..5, 7..8]), "2 of the elements [4..8]");
        assert_eq!(shown(&[4, 4], &[3..5]), "2 of the elements [0..2, 0..4]");
    }

    #[test]
    fn without_a_shape_elements_are_numbered() {
        let elements = Elements {
            runs: &[3..9],
            shape: None,
        };
        assert_eq!(elements.to_string(), "elements [3..9]");
    }
}
