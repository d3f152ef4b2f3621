//! Indices of single elements.

use std::fmt;
use std::panic::Location;

use crate::error::{Error, ErrorKind};

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

impl IndexFault {
    /// The answer to who has asked for the element.
    #[cold]
    #[track_caller]
    pub(crate) fn into_error(self) -> Error {
        Error::new(ErrorKind::InvalidArgument, self.to_string())
            .at(Location::caller())
            .with_help("an index has one number for each dimension, each below its extent")
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
    /// The offset, in elements, of the element named, which is in bounds. `None` if it names none.
    fn offset(self, shape: &[u32], strides: &[u32]) -> Option<usize>;

    /// Why it names no element of a tensor of that shape.
    fn fault(self, shape: &[u32]) -> IndexFault;
}

impl Index for usize {
    #[inline(always)]
    fn offset(self, shape: &[u32], strides: &[u32]) -> Option<usize> {
        [self].offset(shape, strides)
    }

    #[cold]
    fn fault(self, shape: &[u32]) -> IndexFault {
        [self].fault(shape)
    }
}

impl<const D: usize> Index for [usize; D] {
    #[inline(always)]
    fn offset(self, shape: &[u32], strides: &[u32]) -> Option<usize> {
        if shape.len() != D || strides.len() != D {
            return None;
        }
        let mut offset = 0;
        for dim in 0..D {
            if self[dim] >= shape[dim] as usize {
                return None;
            }
            offset += self[dim] * strides[dim] as usize;
        }
        Some(offset)
    }

    #[cold]
    fn fault(self, shape: &[u32]) -> IndexFault {
        let (index, shape) = (self.to_vec(), shape.to_vec());
        match shape.len() == D {
            true => IndexFault::OutOfBounds { index, shape },
            false => IndexFault::WrongRank { index, shape },
        }
    }
}
