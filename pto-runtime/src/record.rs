//! The arguments of a submitted task, packed into 64-bit words.
//!
//! Header (tensors, scalars), the scalars, then for each tensor: address, descriptor (element type, access, number of
//! dimensions), extents and strides of 32 bits each. A vector costs three words, so a task with three of them
//! touches two cache lines.
//!
//! A record that *fits* says no more than what a kernel does not know that takes exactly these arguments (`fitting`): it is
//! quicker to write and to read. Its header has a bit that says so.

mod cursor;
mod fitting;
mod parts;

use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::dims::Head;
use crate::element::DType;
use crate::native::prefetch;
use crate::predicate::{Compare, Predicate};

pub use cursor::KernelArgs;
pub(crate) use fitting::{Apart, Fitting, fitting_words, write_fitting};
pub(crate) use parts::{cut, position, whole};

/// The words that a record of these arguments takes.
#[inline]
pub(crate) fn words(tensors: &[TensorArg<'_>], scalars: usize) -> usize {
    1 + scalars
        + tensors
            .iter()
            .map(|tensor| 2 + tensor.layout().ndims())
            .sum::<usize>()
}

/// What the descriptor word of a tensor says.
#[derive(Clone, Copy)]
#[repr(C)]
struct Descriptor {
    dtype: DType,
    access: Access,
    head: Head,
}

const _: () = assert!(
    size_of::<Descriptor>() == size_of::<u64>() && align_of::<Descriptor>() <= align_of::<u64>()
);

impl Descriptor {
    /// A descriptor as the word that it is, so that one store writes it.
    #[inline]
    fn word(dtype: DType, access: Access, ndims: u8) -> u64 {
        // Strides follow the extents, as many.
        let [a, b, c, d] = Head::new(ndims.into(), ndims.into()).to_bytes();
        u64::from_ne_bytes([dtype as u8, access as u8, 0, 0, a, b, c, d])
    }
}

/// Writes the record of these arguments. Returns its end.
///
/// # Safety
/// `to` points to [`words`]`(tensors, scalars)` writable words that nobody else uses meanwhile.
// A part of the short way of a submit, where the number of tensors is known.
#[inline(always)]
pub(crate) unsafe fn write(
    to: NonNull<u64>,
    tensors: &[TensorArg<'_>],
    scalars: &[u64],
) -> NonNull<u64> {
    let start = to;
    let mut to = to.as_ptr();
    // SAFETY: what is written are exactly the words that `words` counts: 1, then one for each scalar, then 2 + ndims
    // for each tensor, since extents and strides are 2 * ndims halves of a word.
    unsafe {
        to.write((tensors.len() as u64) << 32 | scalars.len() as u64);
        to = to.add(1);
        // A few: a loop is less than a call.
        for &scalar in scalars {
            to.write(scalar);
            to = to.add(1);
        }
        for tensor in tensors {
            let layout = tensor.layout();
            let ndims = layout.ndims();
            to.cast::<*mut u8>().write(tensor.address().as_ptr());
            to.add(1).write(Descriptor::word(
                tensor.dtype(),
                tensor.access(),
                ndims as u8,
            ));
            to = to.add(2);
            let halves = to.cast::<u32>();
            // Most are vectors, or matrices.
            let (extent, stride) = layout.dim(0);
            halves.write(extent);
            halves.add(ndims).write(stride);
            if ndims >= 2 {
                let (extent, stride) = layout.dim(1);
                halves.add(1).write(extent);
                halves.add(ndims + 1).write(stride);
            }
            if ndims > 2 {
                for dim in 2..ndims {
                    let (extent, stride) = layout.dim(dim);
                    halves.add(dim).write(extent);
                    halves.add(ndims + dim).write(stride);
                }
            }
            to = to.add(ndims);
        }
        start.add(to.offset_from_unsigned(start.as_ptr()))
    }
}

/// Asks for the first lines of the tensors of a record.
///
/// # Safety
/// The record was written by [`write`], and stays unchanged meanwhile.
#[inline(always)]
pub(crate) unsafe fn prefetch(record: NonNull<u64>) {
    // SAFETY: by the contract of this function: a header, the scalars, then tensors of two words and one for each dimension.
    unsafe {
        let header = record.read();
        let mut at = record.add(1 + header as u32 as usize);
        debug_assert!(header & fitting::FITS == 0, "of a record that says all");
        for _ in 0..header >> 32 {
            let descriptor = at.add(1).cast::<Descriptor>().read();
            let address = at.cast::<*const u8>().read();
            match descriptor.access.writes() {
                true => prefetch::to_write(address),
                false => prefetch::to_read(address),
            }
            at = at.add(2 + descriptor.head.ndims());
        }
    }
}

/// The words that the record of a condition takes: an address, a descriptor, a value.
pub(crate) const GUARD_WORDS: usize = 3;

/// What the descriptor word of a condition says.
#[derive(Clone, Copy)]
#[repr(C)]
struct GuardDescriptor {
    dtype: DType,
    compare: Compare,
    padding: [u8; 6],
}

const _: () = assert!(size_of::<GuardDescriptor>() == size_of::<u64>());

/// Writes the record of a condition. Returns where it is.
///
/// # Safety
/// `to` points to [`GUARD_WORDS`] writable words that nobody else uses meanwhile.
#[cold]
pub(crate) unsafe fn write_guard(to: NonNull<u64>, predicate: &Predicate<'_>) -> NonNull<u64> {
    let tensor = predicate.tensor();
    let descriptor = GuardDescriptor {
        dtype: tensor.dtype(),
        compare: predicate.compare(),
        padding: [0; 6],
    };
    // SAFETY: by the contract of this function.
    unsafe {
        to.cast::<NonNull<u8>>().write(tensor.address());
        to.add(1).cast::<GuardDescriptor>().write(descriptor);
        to.add(2).write(predicate.value());
    }
    to
}

/// Whether a condition holds.
///
/// # Safety
/// `guard` was written by [`write_guard`] and stays unchanged meanwhile, as does the element that it is about.
#[cold]
pub(crate) unsafe fn holds(guard: NonNull<u64>) -> bool {
    // SAFETY: by the contract of this function; the element has the type that the descriptor says.
    unsafe {
        let address = guard.cast::<NonNull<u8>>().read();
        let GuardDescriptor { dtype, compare, .. } = guard.add(1).cast::<GuardDescriptor>().read();
        compare.holds(dtype, dtype.read_bits(address), guard.add(2).read())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::TensorRef;
    use crate::layout::Shape;
    use crate::task::TaskId;

    #[test]
    fn a_condition_is_read_back_when_it_is_asked_for() {
        let mut data = [7_i16, -7];
        let layout = Shape::from(2).layout().unwrap();
        let base = NonNull::from(&mut data).cast();
        let tensor = TensorRef::<i16>::new(base, 0, layout, TaskId::NONE, false);
        let predicate = Predicate::new(&tensor, 1, Compare::Less, 0).unwrap();
        let mut record = [0_u64; GUARD_WORDS];
        // SAFETY: the record has the size, and the element is written while nobody reads it.
        unsafe {
            let guard = write_guard(NonNull::from(&mut record).cast(), &predicate);
            assert!(holds(guard));
            base.cast::<i16>().add(1).write(3);
            assert!(!holds(guard));
        }
    }
}
