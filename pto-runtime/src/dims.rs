//! Extents and strides in memory, as views of tensors refer to them.

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;

/// The most dimensions of most tensors.
pub(crate) const FEW: usize = 2;

/// Two numbers in one word, which is written and read as one: what was written in parts can only be read as a whole when all parts
/// have left for memory, for which a processor waits.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Pair(u64);

impl Pair {
    #[inline(always)]
    pub(crate) const fn new(first: u32, second: u32) -> Self {
        Pair(first as u64 | (second as u64) << 32)
    }

    /// Both of them.
    #[inline(always)]
    pub(crate) const fn both(self) -> [u32; 2] {
        [self.0 as u32, (self.0 >> 32) as u32]
    }
}

/// What stands before extents: how many there are, and how many numbers after the first of them the strides begin.
///
/// Strides follow the extents at once in the packed arguments of a task, and after room for all dimensions in a
/// [`Layout`](crate::Layout).
///
/// One number, of which that is the second byte and the lowest: what is written as one is read as one, and known to be the same.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Head(u32);

impl Head {
    #[inline(always)]
    pub(crate) const fn new(ndims: usize, strides_at: usize) -> Self {
        Head(ndims as u32 | (strides_at as u32) << 8)
    }

    #[inline(always)]
    pub(crate) const fn ndims(self) -> usize {
        (self.0 & 0xFF) as usize
    }

    #[inline(always)]
    const fn strides_at(self) -> usize {
        (self.0 >> 8) as usize
    }

    /// As it is in memory.
    #[inline(always)]
    pub(crate) const fn to_bytes(self) -> [u8; 4] {
        self.0.to_ne_bytes()
    }
}

/// The extents and strides of a tensor.
///
/// Invariant: `extents` points to as many extents as the [`Head`] before them says, and strides stand where it says: after the
/// extents, or, if that is [`FEW`] numbers from the first, after so many numbers. All this stays as it is for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Dims<'a> {
    extents: NonNull<u32>,
    marker: PhantomData<&'a [u32]>,
}

// SAFETY: as a shared reference to numbers that stay as they are, which it is, by the invariant of the type.
unsafe impl Send for Dims<'_> {}
// SAFETY: as above.
unsafe impl Sync for Dims<'_> {}

impl<'a> Dims<'a> {
    /// The extents there, and the strides that belong to them.
    ///
    /// # Safety
    /// The invariant of the type holds.
    #[inline(always)]
    pub(crate) unsafe fn new(extents: NonNull<u32>) -> Self {
        Dims {
            extents,
            marker: PhantomData,
        }
    }

    #[inline(always)]
    fn head(self) -> Head {
        // SAFETY: it stands before the extents, by the invariant of the type.
        unsafe { self.extents.cast::<Head>().sub(1).read() }
    }

    /// The extents.
    #[inline(always)]
    pub(crate) fn shape(self) -> &'a [u32] {
        // SAFETY: by the invariant of the type.
        unsafe { slice::from_raw_parts(self.extents.as_ptr(), self.head().ndims()) }
    }

    /// The distances, in elements, between neighbours along each dimension.
    #[inline(always)]
    pub(crate) fn strides(self) -> &'a [u32] {
        let head = self.head();
        // SAFETY: by the invariant of the type.
        unsafe {
            let strides = self.extents.add(head.strides_at());
            slice::from_raw_parts(strides.as_ptr(), head.ndims())
        }
    }

    /// How many extents there are, and the first two numbers, if they can only be those. What a reference is passed on to has to be in
    /// memory, and the numbers of a tensor whose kernel is compiled into an orchestration need not be.
    #[inline(always)]
    pub(crate) fn few(self) -> Option<(usize, u32, u32)> {
        let head = self.head();
        // SAFETY: there are so many numbers before the strides, by the invariant of the type.
        (head.strides_at() == FEW).then(|| unsafe {
            (
                head.ndims(),
                self.extents.read(),
                self.extents.add(1).read(),
            )
        })
    }
}
