//! What a kernel has to be told of its tensors, if it is known that it takes such ones.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use crate::argument::Argument;
use crate::dims::{Dims, FEW, Head};
use crate::straight::straight;

/// The bit of a record's header that says that its tensors are [`Fitting`] ones.
pub(super) const FITS: u64 = 1 << 63;

/// All that a kernel needs of a tensor with few dimensions, if it is known that it takes such a one.
///
/// Invariant: the head says that there are no more dimensions than [`FEW`], and that the strides begin so many numbers
/// after the extents, so that all of it can be read as [`Dims`].
#[repr(C)]
pub(crate) struct Fitting {
    address: NonNull<u8>,
    head: Head,
    extents: [u32; FEW],
    strides: [u32; FEW],
}

impl Fitting {
    /// Whether a tensor has few dimensions.
    #[inline(always)]
    fn has_few_dims<'s>(tensor: &impl Argument<'s>) -> bool {
        tensor.ndims() <= FEW
    }

    /// What there is to know of a tensor.
    ///
    /// # Safety
    /// It [has few dimensions](Fitting::has_few_dims).
    #[inline(always)]
    pub(crate) unsafe fn of<'s>(tensor: &impl Argument<'s>) -> Self {
        debug_assert!(Fitting::has_few_dims(tensor));
        let ((first, step), (second, stride)) = (tensor.dim(0), tensor.dim(1));
        Fitting {
            address: tensor.address(),
            head: Head::new(tensor.ndims(), FEW),
            extents: [first, second],
            strides: [step, stride],
        }
    }

    /// Whether all of these tensors have few dimensions.
    #[inline(always)]
    pub(crate) fn fits<'s, const T: usize>(tensors: &[impl Argument<'s>; T]) -> bool {
        let mut fits = true;
        straight!(for i in 0..T {
            fits &= Fitting::has_few_dims(&tensors[i]);
        });
        fits
    }

    /// Where the elements are.
    #[inline(always)]
    pub(super) fn address(&self) -> NonNull<u8> {
        self.address
    }

    #[inline(always)]
    pub(super) fn dims(&self) -> Dims<'_> {
        // SAFETY: by the invariant of the type. The pointer is one to all of it.
        unsafe {
            let all = NonNull::from(self).cast::<u8>();
            Dims::new(all.add(std::mem::offset_of!(Fitting, extents)).cast())
        }
    }
}

/// A scalar of a call on its way, not side by side with the next.
///
/// Two that a kernel only passes on might be read as one otherwise. They have just been written one by one, and a processor does
/// not put them together before both have left for memory, so it would wait.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Apart {
    bits: u64,
    gap: MaybeUninit<u64>,
}

impl Apart {
    /// The words that one takes.
    pub(super) const WORDS: u8 = (size_of::<Apart>() / size_of::<u64>()) as u8;

    #[inline(always)]
    pub(crate) fn new(bits: u64) -> Self {
        Apart {
            bits,
            gap: MaybeUninit::uninit(),
        }
    }

    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.bits
    }
}

/// The words that such a record takes, of so many tensors and scalars.
#[inline(always)]
pub(crate) const fn fitting_words(tensors: usize, scalars: usize) -> usize {
    1 + scalars + tensors * (size_of::<Fitting>() / size_of::<u64>())
}

/// As [`write`](super::write), for the kernel that takes exactly these arguments.
///
/// # Safety
/// `to` points to [`fitting_words`]`(T, S)` writable words that nobody else uses meanwhile, and the tensors have
/// [few dimensions](Fitting::fits).
#[inline(always)]
pub(crate) unsafe fn write_fitting<'s, const T: usize, const S: usize>(
    to: NonNull<u64>,
    tensors: &[impl Argument<'s>; T],
    scalars: &[u64; S],
) {
    // SAFETY: by the contract of this function: there is room for a header, the scalars, and the tensors.
    unsafe {
        to.write(FITS | (T as u64) << 32 | S as u64);
        straight!(for i in 0..S {
            to.add(1 + i).write(scalars[i]);
        });
        let first = to.add(1 + S).cast::<Fitting>();
        straight!(for i in 0..T {
            first.add(i).write(Fitting::of(&tensors[i]));
        });
    }
}
