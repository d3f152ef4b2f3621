//! What the short ways of a launch ask of an argument, in whichever form the call has it.

use std::ptr::NonNull;

use crate::args::{Access, TensorArg, Tracking};
use crate::element::DType;
use crate::layout::Layout;
use crate::task::TaskId;

/// An argument that is valid for `'s`. See [`TensorArg`] for what each part is.
pub(crate) trait Argument<'s>: Copy {
    fn base(&self) -> NonNull<u8>;
    fn start(&self) -> u64;
    fn owner(&self) -> TaskId;
    fn access(&self) -> Access;
    fn tracking(&self) -> Tracking;
    fn dtype(&self) -> DType;
    fn ndims(&self) -> usize;

    /// The extent and the stride of a dimension, of the first two; 1 and 0 of one that there is not.
    fn dim(&self, dim: usize) -> (u32, u32);

    /// Whether its extents and strides are those.
    fn has_layout(&self, layout: &Layout) -> bool;

    /// The number of elements.
    fn len(&self) -> usize;

    /// Whether its shape is none.
    fn is_faulty(&self) -> bool;

    /// As [`TensorArg::bind`].
    ///
    /// # Safety
    /// As there.
    unsafe fn bind(&mut self, base: NonNull<u8>, owner: TaskId);

    /// All that there is to know.
    fn whole(&self) -> TensorArg<'s>;

    /// All that there is to know of several: a copy, for others that get a reference. (The elements are not lent to a function
    /// that may not be compiled into its caller: that would be a reference as well.)
    fn whole_of<const T: usize>(tensors: &[Self; T]) -> [TensorArg<'s>; T];

    /// The bytes of its elements.
    #[inline(always)]
    fn bytes(&self) -> usize {
        self.len() * self.dtype().size()
    }

    /// The address of the first element.
    #[inline(always)]
    fn address(&self) -> NonNull<u8> {
        let bytes = self.start() as usize * self.dtype().size();
        // SAFETY: there is storage up to there, by the invariant of a tensor.
        unsafe { self.base().add(bytes) }
    }

    /// The number of elements, if they are a vector without gaps.
    #[inline(always)]
    fn dense_vector(&self) -> Option<u64> {
        let (extent, stride) = self.dim(0);
        (self.ndims() == 1 && stride == 1).then_some(u64::from(extent))
    }
}

impl<'s> Argument<'s> for TensorArg<'s> {
    #[inline(always)]
    fn base(&self) -> NonNull<u8> {
        TensorArg::base(self)
    }

    #[inline(always)]
    fn start(&self) -> u64 {
        TensorArg::start(self)
    }

    #[inline(always)]
    fn owner(&self) -> TaskId {
        TensorArg::owner(self)
    }

    #[inline(always)]
    fn access(&self) -> Access {
        TensorArg::access(self)
    }

    #[inline(always)]
    fn tracking(&self) -> Tracking {
        TensorArg::tracking(self)
    }

    #[inline(always)]
    fn dtype(&self) -> DType {
        TensorArg::dtype(self)
    }

    #[inline(always)]
    fn ndims(&self) -> usize {
        self.layout().ndims()
    }

    #[inline(always)]
    fn dim(&self, dim: usize) -> (u32, u32) {
        self.layout().dim(dim)
    }

    #[inline(always)]
    fn has_layout(&self, layout: &Layout) -> bool {
        self.layout() == layout
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.layout().len()
    }

    #[inline(always)]
    fn is_faulty(&self) -> bool {
        self.fault().is_some()
    }

    #[inline(always)]
    unsafe fn bind(&mut self, base: NonNull<u8>, owner: TaskId) {
        // SAFETY: by the contract of this function.
        unsafe { TensorArg::bind(self, base, owner) };
    }

    #[inline(always)]
    fn whole(&self) -> TensorArg<'s> {
        *self
    }

    #[inline(always)]
    fn whole_of<const T: usize>(tensors: &[Self; T]) -> [TensorArg<'s>; T] {
        *tensors
    }
}
