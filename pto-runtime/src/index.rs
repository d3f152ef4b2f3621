//! Indices of single elements.

use std::fmt;

/// Why an index names no element.
#[derive(Clone, Debug)]
pub enum IndexFault {
    /// One number is not below its extent.
    OutOfBounds {
        /// The index, as given.
        index: Vec<usize>,
        /// The extents it was applied to.
        shape: Vec<u32>,
    },
    /// The index does not have one number for each dimension.
    WrongRank {
        /// The index, as given.
        index: Vec<usize>,
        /// The extents it was applied to.
        shape: Vec<u32>,
    },
}

impl fmt::Display for IndexFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexFault::OutOfBounds { index, shape } => {
                write!(
                    f,
                    "index {index:?} is out of bounds for a tensor of shape {shape:?}"
                )
            }
            IndexFault::WrongRank { index, shape } => {
                write!(
                    f,
                    "index {index:?} has the wrong rank for a tensor of shape {shape:?}"
                )
            }
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl<const D: usize> Sealed for [usize; D] {}
}

/// What names one element: a `usize` for one dimension, an array `[usize; D]` for more.
///
/// Sealed: views access memory at the offset without a further check.
pub trait Index: Copy + sealed::Sealed {
    /// The offset, in elements, of the element named, which is in bounds.
    fn offset(self, shape: &[u32], strides: &[u32]) -> Result<usize, IndexFault>;
}

impl Index for usize {
    #[inline]
    fn offset(self, shape: &[u32], strides: &[u32]) -> Result<usize, IndexFault> {
        [self].offset(shape, strides)
    }
}

impl<const D: usize> Index for [usize; D] {
    #[inline]
    fn offset(self, shape: &[u32], strides: &[u32]) -> Result<usize, IndexFault> {
        // What a reference is made to has to be in memory, so that is a copy.
        if shape.len() != D || strides.len() != D {
            let index = self;
            return Err(wrong_rank(&index, shape));
        }
        let mut offset = 0;
        for dim in 0..D {
            if self[dim] >= shape[dim] as usize {
                let index = self;
                return Err(out_of_bounds(&index, shape));
            }
            offset += self[dim] * strides[dim] as usize;
        }
        Ok(offset)
    }
}

#[cold]
fn wrong_rank(index: &[usize], shape: &[u32]) -> IndexFault {
    IndexFault::WrongRank {
        index: index.to_vec(),
        shape: shape.to_vec(),
    }
}

#[cold]
fn out_of_bounds(index: &[usize], shape: &[u32]) -> IndexFault {
    IndexFault::OutOfBounds {
        index: index.to_vec(),
        shape: shape.to_vec(),
    }
}
