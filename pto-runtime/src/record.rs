//! The arguments of a submitted task, packed into 64-bit words, and the cursor with which its kernel takes them.
//!
//! Header (tensors, scalars), the scalars, then for each tensor: address, descriptor (element type, access, number of
//! dimensions), extents and strides as pairs of 32 bits. A vector costs three words, so a task with three of them
//! touches two cache lines.

mod parts;

use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::block::{Block, Seat};
use crate::element::{DType, Element, Scalar};
use crate::predicate::{Compare, Predicate};
use crate::view::{In, InOut, Out};

pub(crate) use parts::{cut, position, whole};

/// The words that a record of these arguments takes.
#[inline]
pub(crate) fn words(tensors: &[TensorArg<'_>], scalars: &[u64]) -> usize {
    1 + scalars.len()
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
    ndims: u8,
    padding: [u8; 5],
}

const _: () = assert!(
    size_of::<Descriptor>() == size_of::<u64>() && align_of::<Descriptor>() <= align_of::<u64>()
);

impl Descriptor {
    /// A descriptor as the word that it is, so that one store writes it.
    #[inline]
    fn word(dtype: DType, access: Access, ndims: u8) -> u64 {
        u64::from_ne_bytes([dtype as u8, access as u8, ndims, 0, 0, 0, 0, 0])
    }
}

/// Writes the record of these arguments. Returns its end.
///
/// # Safety
/// `to` points to [`words`]`(tensors, scalars)` writable words that nobody else uses meanwhile.
#[inline]
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
            for dim in 0..ndims {
                let (extent, stride) = layout.dim(dim);
                halves.add(dim).write(extent);
                halves.add(ndims + dim).write(stride);
            }
            to = to.add(ndims);
        }
        start.add(to.offset_from_unsigned(start.as_ptr()))
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

/// The arguments of the running task. Each can be taken once, in the order of the parameters; tensors and scalars are
/// two independent sequences.
///
/// They are taken from a record, or from what the call holds if it is run at once.
///
/// Invariant: `tensors` points to `tensors_left` tensors, packed or as [`TensorArg`]s, and `scalars` to `scalars_left` words,
/// valid for `'a`.
/// For `'a`, the elements of these tensors are initialised, and no other task accesses them in conflict with the access
/// that their descriptor states; tensors of one record do not overlap unless both are read. Blocks of one task are like
/// tasks in that: what a record of a block lets it write is its own.
pub struct KernelArgs<'a> {
    tensors: NonNull<u64>,
    scalars: NonNull<u64>,
    tensors_left: u32,
    scalars_left: u32,
    is_packed: bool,
    /// The block that is run, in a task of several.
    seat: Option<&'a Seat<'a>>,
}

/// One tensor, as unpacked.
struct Placed<'a> {
    address: NonNull<u8>,
    shape: &'a [u32],
    strides: &'a [u32],
}

impl<'a> KernelArgs<'a> {
    /// The arguments in a record.
    ///
    /// # Safety
    /// `record` was written by [`write`] and stays unchanged for `'a`; the elements of its tensors uphold the invariant
    /// of the type, and this is the only `KernelArgs` of the record that takes tensors.
    #[inline]
    pub(crate) unsafe fn new(record: NonNull<u64>) -> Self {
        // SAFETY: `write` has put a header, the scalars, and the tensors there.
        unsafe {
            let header = record.read();
            let scalars = record.add(1);
            KernelArgs {
                tensors: scalars.add(header as u32 as usize),
                scalars,
                tensors_left: (header >> 32) as u32,
                scalars_left: header as u32,
                is_packed: true,
                seat: None,
            }
        }
    }

    /// The arguments of a call.
    ///
    /// # Safety
    /// The tensors uphold the invariant of the type, and this is the only `KernelArgs` of them that takes tensors.
    #[inline]
    pub(crate) unsafe fn of_call(tensors: &'a [TensorArg<'_>], scalars: &'a [u64]) -> Self {
        KernelArgs {
            tensors: NonNull::from(tensors).cast(),
            scalars: NonNull::from(scalars).cast(),
            tensors_left: tensors.len() as u32,
            scalars_left: scalars.len() as u32,
            is_packed: false,
            seat: None,
        }
    }

    /// The arguments of one block.
    ///
    /// # Safety
    /// As [`new`](KernelArgs::new), for the part's record; and what the seat says is so.
    pub(crate) unsafe fn of_block(seat: &'a Seat<'a>) -> Self {
        KernelArgs {
            seat: Some(seat),
            // SAFETY: by the contract of this function.
            ..unsafe { KernelArgs::new(seat.part) }
        }
    }

    /// The block that is run.
    ///
    /// # Panics
    /// The task does not run in blocks.
    #[track_caller]
    pub fn block(&mut self) -> Block<'a> {
        match self.seat.take() {
            Some(seat) => Block::of(seat),
            None => {
                panic!("the kernel takes a block that the task does not have, or takes it twice")
            }
        }
    }

    #[inline]
    #[track_caller]
    fn next(&mut self, dtype: DType, allowed: fn(Access) -> bool) -> Placed<'a> {
        assert!(
            self.tensors_left > 0,
            "the kernel takes more tensors than the task has"
        );
        self.tensors_left -= 1;
        if !self.is_packed {
            // SAFETY: a tensor is left, by the invariant of the type and the assertion.
            let tensor: &'a TensorArg<'a> = unsafe { self.tensors.cast().as_ref() };
            // SAFETY: as above; the next one, or one past the last.
            self.tensors = unsafe { self.tensors.cast::<TensorArg<'a>>().add(1) }.cast();
            if !(tensor.dtype().is(dtype) && allowed(tensor.access())) {
                taken_otherwise(dtype, tensor.dtype(), tensor.access());
            }
            return Placed {
                address: tensor.address(),
                shape: tensor.layout().shape(),
                strides: tensor.layout().strides(),
            };
        }
        // SAFETY: a packed tensor is left, by the invariant of the type and the assertion.
        let (address, descriptor) = unsafe {
            (
                self.tensors.cast::<*mut u8>().read(),
                self.tensors.add(1).cast::<Descriptor>().read(),
            )
        };
        if !(descriptor.dtype.is(dtype) && allowed(descriptor.access)) {
            taken_otherwise(dtype, descriptor.dtype, descriptor.access);
        }
        let ndims = descriptor.ndims as usize;
        // SAFETY: `ndims` extents and as many strides follow the descriptor, and they stay unchanged for `'a`. The
        // address was that of a `NonNull`.
        unsafe {
            let extents = self.tensors.add(2).cast::<u32>();
            self.tensors = self.tensors.add(2 + ndims);
            Placed {
                address: NonNull::new_unchecked(address),
                shape: NonNull::slice_from_raw_parts(extents, ndims).as_ref(),
                strides: NonNull::slice_from_raw_parts(extents.add(ndims), ndims).as_ref(),
            }
        }
    }

    /// The next tensor, to read.
    ///
    /// # Panics
    /// The next tensor has another element type or is passed for writing, or there is none.
    #[inline]
    #[track_caller]
    pub fn read<T: Element>(&mut self) -> In<'a, T> {
        let tensor = self.next(T::DTYPE, |access| access == Access::Read);
        // SAFETY: the invariant of the type, for a tensor of `T` that is read.
        unsafe { In::from_raw(tensor.address.cast(), tensor.shape, tensor.strides) }
    }

    /// The next tensor, to read and write.
    ///
    /// # Panics
    /// The next tensor has another element type or is passed for another access, or there is none.
    #[inline]
    #[track_caller]
    pub fn update<T: Element>(&mut self) -> InOut<'a, T> {
        let tensor = self.next(T::DTYPE, |access| access == Access::ReadWrite);
        // SAFETY: the invariant of the type, for a tensor of `T` that is written and, being taken once, not aliased.
        unsafe { InOut::from_raw(tensor.address.cast(), tensor.shape, tensor.strides) }
    }

    /// The next tensor, to write.
    ///
    /// # Panics
    /// The next tensor has another element type or is passed for another access, or there is none.
    #[inline]
    #[track_caller]
    pub fn write<T: Element>(&mut self) -> Out<'a, T> {
        let tensor = self.next(T::DTYPE, |access| {
            matches!(access, Access::Write | Access::Create)
        });
        // SAFETY: the invariant of the type, for a tensor of `T` that is written and, being taken once, not aliased.
        unsafe { Out::from_raw(tensor.address.cast(), tensor.shape, tensor.strides) }
    }

    /// The next scalar.
    ///
    /// # Panics
    /// There is none.
    #[inline]
    #[track_caller]
    pub fn scalar<S: Scalar>(&mut self) -> S {
        assert!(
            self.scalars_left > 0,
            "the kernel takes more scalars than the task has"
        );
        self.scalars_left -= 1;
        // SAFETY: a scalar is left, by the invariant of the type and the assertion.
        unsafe {
            let bits = self.scalars.read();
            self.scalars = self.scalars.add(1);
            S::from_bits(bits)
        }
    }
}

#[cold]
#[track_caller]
fn taken_otherwise(wanted: DType, dtype: DType, access: Access) -> ! {
    panic!(
        "the kernel takes a tensor of {wanted} in another way than the task passes it: {dtype} as {access:?}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{OutArg, ReadArg, UpdateArg, create, read, write as update};
    use crate::handle::{TensorMut, TensorRef};
    use crate::layout::Shape;
    use crate::task::TaskId;

    fn tensor<T: Element>(data: &mut [T], shape: [usize; 2]) -> TensorMut<'_, T> {
        let layout = Shape::from(shape).layout().unwrap();
        TensorMut::new(TensorRef::new(
            NonNull::from(data).cast(),
            0,
            layout,
            TaskId::NONE,
            false,
        ))
    }

    #[test]
    fn arguments_come_back_in_order() {
        let (mut a, mut b) = ([1f32, 2.0, 3.0, 4.0], [5i8; 6]);
        let (a, mut b) = (tensor(&mut a, [2, 2]), tensor(&mut b, [3, 2]));
        let column = a.view((.., 1..2)).unwrap();
        let args = [
            ReadArg::into_arg(read(&column)),
            UpdateArg::into_arg(update(&mut b)),
        ];
        let scalars = [Scalar::to_bits(2.5f32), Scalar::to_bits(true)];
        let mut record = vec![0u64; words(&args, &scalars)];
        let at = NonNull::from(record.as_mut_slice()).cast();
        // SAFETY: the record has the size, and the tensors are borrowed for as long as the arguments are used.
        let mut args = unsafe {
            write(at, &args, &scalars);
            KernelArgs::new(at)
        };
        assert_eq!(args.scalar::<f32>(), 2.5);
        assert_eq!(args.read::<f32>().to_vec(), [2.0, 4.0]);
        let mut b = args.update::<i8>();
        b.set([2, 1], 7);
        assert_eq!(b.row(2), [5, 7]);
        assert!(args.scalar::<bool>());
    }

    #[test]
    #[should_panic(expected = "in another way than the task passes it")]
    fn the_element_type_is_checked() {
        let args = [OutArg::<f32>::into_arg(create::<f32>([1]))];
        let mut record = vec![0u64; words(&args, &[])];
        let at = NonNull::from(record.as_mut_slice()).cast();
        // SAFETY: the record has the size; the panic comes before any element is touched.
        unsafe {
            write(at, &args, &[]);
            KernelArgs::new(at).write::<i32>();
        }
    }
}
