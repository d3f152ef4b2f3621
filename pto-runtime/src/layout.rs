//! Shapes, and how a tensor's elements lie in memory.

use std::fmt;
use std::ptr::NonNull;

use crate::dims::{Dims, FEW, Head};
use crate::error::{Error, ErrorKind};

/// The most dimensions a tensor can have.
pub const MAX_DIMS: usize = 5;

/// Why a shape cannot be that of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeFault {
    /// More than [`MAX_DIMS`] dimensions.
    TooManyDims(usize),
    /// No dimension at all.
    NoDims,
    /// More elements than 32-bit strides can address.
    TooLarge,
}

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShapeFault::TooManyDims(n) => write!(
                f,
                "a shape of {n} dimensions: tensors have at most {MAX_DIMS}"
            ),
            ShapeFault::NoDims => {
                f.write_str("a shape without dimensions: tensors have at least one")
            }
            ShapeFault::TooLarge => f.write_str("a shape of more elements than 32 bits can count"),
        }
    }
}

impl ShapeFault {
    /// The fault as an error.
    pub(crate) fn into_error(self) -> Error {
        Error::new(ErrorKind::InvalidArgument, self.to_string()).with_help(format!(
            "give 1 to {MAX_DIMS} extents whose product is below 2^32"
        ))
    }
}

/// The extents of a tensor, or the reason why what the user wrote is no shape.
///
/// Building one never fails and never panics; the fault is reported by whatever uses the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape(Result<Layout, ShapeFault>);

impl Shape {
    /// The row-major layout of the shape.
    #[inline]
    pub fn layout(self) -> Result<Layout, ShapeFault> {
        self.0
    }

    #[inline]
    fn of(extents: &[usize]) -> Self {
        Shape(Layout::row_major(extents))
    }
}

impl From<usize> for Shape {
    #[inline]
    fn from(extent: usize) -> Self {
        Shape::of(&[extent])
    }
}

impl<const D: usize> From<[usize; D]> for Shape {
    #[inline]
    fn from(extents: [usize; D]) -> Self {
        Shape::of(&extents)
    }
}

impl<const D: usize> From<&[usize; D]> for Shape {
    #[inline]
    fn from(extents: &[usize; D]) -> Self {
        Shape::of(extents)
    }
}

impl From<&[usize]> for Shape {
    #[inline]
    fn from(extents: &[usize]) -> Self {
        Shape::of(extents)
    }
}

impl From<&[u32]> for Shape {
    #[inline]
    fn from(extents: &[u32]) -> Self {
        let mut wide = [0; MAX_DIMS];
        match wide.get_mut(..extents.len()) {
            Some(wide) => {
                wide.iter_mut()
                    .zip(extents)
                    .for_each(|(wide, &extent)| *wide = extent as usize);
                Shape::of(wide)
            }
            None => Shape(Err(ShapeFault::TooManyDims(extents.len()))),
        }
    }
}

/// Extents and strides, counted in elements, of up to [`MAX_DIMS`] dimensions.
///
/// Invariant: `1 <= ndims <= MAX_DIMS`, and the offset of the last element from the first fits 32 bits, so that address
/// arithmetic in 64 bits cannot overflow. Dimensions that it does not have are of extent 1 and stride 0: most loops can go
/// over all of them, and a layout in a function is a few registers. The head stands before the extents, and says where the
/// strides are.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Layout {
    head: Head,
    shape: [u32; MAX_DIMS],
    strides: [u32; MAX_DIMS],
}

impl Layout {
    /// The layout of one element; what a faulty argument carries in place of its own.
    pub(crate) const UNIT: Layout = Layout {
        head: Layout::head(1),
        shape: [1; MAX_DIMS],
        strides: [1, 0, 0, 0, 0],
    };

    /// A layout of few dimensions.
    #[inline(always)]
    pub(crate) fn of_few(ndims: usize, extents: [u32; FEW], strides: [u32; FEW]) -> Layout {
        debug_assert!(ndims <= FEW);
        let ([a, b], [f, g]) = (extents, strides);
        Layout {
            head: Layout::head(ndims),
            shape: [a, b, 1, 1, 1],
            strides: [f, g, 0, 0, 0],
        }
    }

    /// Whether it is that layout [of few](Layout::of_few) dimensions.
    #[inline(always)]
    pub(crate) fn is_of_few(&self, ndims: usize, extents: [u32; FEW], strides: [u32; FEW]) -> bool {
        self.head == Layout::head(ndims)
            && [self.shape[0], self.shape[1]] == extents
            && [self.strides[0], self.strides[1]] == strides
    }

    const fn head(ndims: usize) -> Head {
        Head::new(ndims, MAX_DIMS)
    }

    /// The extents and strides.
    #[inline(always)]
    pub(crate) fn dims(&self) -> Dims<'_> {
        // SAFETY: the head is first, then all extents, then all strides, where the head says.
        unsafe { Dims::new(NonNull::from(self).cast::<Head>().add(1).cast()) }
    }

    /// The same layout. What is copied number by number the compiler can keep apart, so that numbers that are not used
    /// where the copy is made are copied where they are.
    #[inline(always)]
    pub(crate) fn by_numbers(&self) -> Layout {
        let Layout {
            head,
            shape: [a, b, c, d, e],
            strides: [f, g, h, i, j],
        } = *self;
        Layout {
            head,
            shape: [a, b, c, d, e],
            strides: [f, g, h, i, j],
        }
    }

    /// The number of elements, if they are a vector without gaps.
    #[inline(always)]
    pub(crate) fn dense_vector(&self) -> Option<u64> {
        (self.ndims() == 1 && self.strides[0] == 1).then_some(u64::from(self.shape[0]))
    }

    #[inline]
    fn row_major(extents: &[usize]) -> Result<Layout, ShapeFault> {
        match extents.len() {
            0 => return Err(ShapeFault::NoDims),
            1..=MAX_DIMS => {}
            n => return Err(ShapeFault::TooManyDims(n)),
        }
        let mut layout = Layout {
            head: Layout::head(extents.len()),
            shape: [1; MAX_DIMS],
            strides: [0; MAX_DIMS],
        };
        let mut stride = 1u64;
        for (dim, &extent) in extents.iter().enumerate().rev() {
            layout.strides[dim] = stride as u32;
            layout.shape[dim] = u32::try_from(extent).map_err(|_| ShapeFault::TooLarge)?;
            // An empty dimension must not hide that the others are too large for their strides.
            stride *= u64::from(layout.shape[dim].max(1));
            if stride > u64::from(u32::MAX) {
                return Err(ShapeFault::TooLarge);
            }
        }
        Ok(layout)
    }

    /// A layout of the given extents and strides, unless it addresses beyond 32 bits.
    #[cfg(test)]
    pub(crate) fn strided(shape: &[u32], strides: &[u32]) -> Option<Layout> {
        if shape.is_empty() || shape.len() > MAX_DIMS || shape.len() != strides.len() {
            return None;
        }
        let mut layout = Layout {
            head: Layout::head(shape.len()),
            shape: [1; MAX_DIMS],
            strides: [0; MAX_DIMS],
        };
        layout.shape[..shape.len()].copy_from_slice(shape);
        layout.strides[..shape.len()].copy_from_slice(strides);
        (layout.span() <= u64::from(u32::MAX)).then_some(layout)
    }

    /// How many dimensions there are.
    #[inline]
    pub const fn ndims(&self) -> usize {
        self.head.ndims()
    }

    /// The extents.
    #[inline]
    pub fn shape(&self) -> &[u32] {
        self.dims().shape()
    }

    /// The distance, in elements, between neighbours along each dimension.
    #[inline]
    pub fn strides(&self) -> &[u32] {
        self.dims().strides()
    }

    /// The extent and the stride of a dimension; 1 and 0 of one that the layout does not have.
    #[inline]
    pub(crate) fn dim(&self, dim: usize) -> (u32, u32) {
        (self.shape[dim], self.strides[dim])
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.shape.iter().map(|&extent| extent as usize).product()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.is_empty_from(0)
    }

    /// Whether one of the dimensions from `dim` on has no extent.
    #[inline]
    pub(crate) fn is_empty_from(&self, dim: usize) -> bool {
        self.shape[dim..]
            .iter()
            .fold(false, |empty, &extent| empty | (extent == 0))
    }

    /// The number of elements from the first to the last, holes included; 0 if there are none.
    #[inline]
    pub fn span(&self) -> u64 {
        if self.is_empty() {
            return 0;
        }
        let dims = self.shape.iter().zip(self.strides);
        dims.fold(1, |span, (&extent, stride)| {
            span + u64::from(extent - 1) * u64::from(stride)
        })
    }

    /// Whether the elements lie one after the other in row-major order.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        is_contiguous(self.shape(), self.strides())
    }

    /// Narrows one dimension to `start..end`, which the caller has checked to lie in bounds.
    #[inline]
    pub(crate) fn narrow(&mut self, dim: usize, start: u32, end: u32) -> u64 {
        self.shape[dim] = end - start;
        u64::from(start) * u64::from(self.strides[dim])
    }

    /// Swaps two dimensions, which the caller has checked to exist.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        self.shape.swap(a, b);
        self.strides.swap(a, b);
    }

    /// The layout whose dimension `d` is dimension `order[d]` of this one; `None` unless `order` names each once.
    pub(crate) fn permute(&self, order: &[usize]) -> Option<Layout> {
        let mut layout = *self;
        let mut taken = [false; MAX_DIMS];
        if order.len() != self.ndims() {
            return None;
        }
        for (dim, &from) in order.iter().enumerate() {
            if from >= self.ndims() || std::mem::replace(&mut taken[from], true) {
                return None;
            }
            layout.shape[dim] = self.shape[from];
            layout.strides[dim] = self.strides[from];
        }
        Some(layout)
    }

    /// The layout that shows the same elements, in row-major order, with the extents of `wanted`, which has as many;
    /// `None` if no strides do that.
    pub(crate) fn reshape(&self, wanted: &Layout) -> Option<Layout> {
        if self.is_empty() || self.is_contiguous() {
            return Some(*wanted);
        }
        let mut runs = self.runs();
        let (mut left, mut stride) = runs.next().unwrap_or((1, 1));
        let mut layout = *wanted;
        for dim in (0..wanted.ndims()).rev() {
            let extent = u64::from(wanted.shape[dim]);
            if extent > 1 && left == 1 {
                (left, stride) = runs.next()?;
            }
            // Elements on both sides of the end of a run are not equally far apart.
            if !left.is_multiple_of(extent) {
                return None;
            }
            // Nothing steps along a dimension of one element, whatever its stride.
            layout.strides[dim] = u32::try_from(stride).unwrap_or(1);
            stride *= extent;
            left /= extent;
        }
        Some(layout)
    }

    /// The longest sequences of equally distant elements that row-major order runs through, innermost first: how many
    /// elements, and how far apart.
    fn runs(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut runs = [(1, 1); MAX_DIMS];
        let mut count = 0;
        for (&extent, &stride) in self.shape().iter().zip(self.strides()).rev() {
            let (extent, stride) = (u64::from(extent), u64::from(stride));
            match runs[..count].last_mut() {
                _ if extent == 1 => {}
                Some((length, step)) if *length * *step == stride => *length *= extent,
                _ => {
                    runs[count] = (extent, stride);
                    count += 1;
                }
            }
        }
        runs.into_iter().take(count)
    }
}

impl PartialEq for Layout {
    /// Without a branch for each dimension: tasks have their layouts compared.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let mut difference = (self.ndims() ^ other.ndims()) as u32;
        for dim in 0..MAX_DIMS {
            difference |= self.shape[dim] ^ other.shape[dim];
            difference |= self.strides[dim] ^ other.strides[dim];
        }
        difference == 0
    }
}

impl Eq for Layout {}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{:?}", self.shape(), self.strides())
    }
}

/// Whether elements of these extents and strides lie one after the other. Strides of extents 0 and 1 do not matter.
#[inline]
pub(crate) fn is_contiguous(shape: &[u32], strides: &[u32]) -> bool {
    let mut expected = 1u64;
    for (&extent, &stride) in shape.iter().zip(strides).rev() {
        if extent == 0 {
            return true;
        }
        if extent > 1 && u64::from(stride) != expected {
            return false;
        }
        expected *= u64::from(extent);
    }
    true
}

#[cfg(test)]
mod tests;
