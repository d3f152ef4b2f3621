//! The cursor with which a kernel takes the arguments of its task.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::Descriptor;
use super::fitting::{Apart, FITS, Fitting};
use crate::args::{Access, TensorArg};
use crate::block::{Block, Seat};
use crate::dims::Dims;
use crate::element::{DType, Element, Scalar};
use crate::view::{In, InOut, Out};

/// The arguments of the running task. Each can be taken once, in the order of the parameters; tensors and scalars are
/// two independent sequences.
///
/// They are taken from a record, or from what the call holds if it is run at once.
///
/// Invariant: `tensors` points to `tensors_left` tensors of that form, and `scalars` to the first of `scalars_left` words that are
/// `scalar_step` apart, valid for `'a`. `Fitting` ones are those that the kernel takes, one by one. For `'a`, the elements of these tensors are
/// initialised, and no other task accesses them in conflict with the access that their descriptor states; tensors of one
/// record do not overlap unless both are read. Blocks of one task are like tasks in that: what a record of a block lets it
/// write is its own.
pub struct KernelArgs<'a> {
    tensors: NonNull<u64>,
    scalars: NonNull<u64>,
    tensors_left: u32,
    scalars_left: u32,
    form: Form,
    /// How many words there are from one scalar to the next.
    scalar_step: u8,
    /// The block that is run, in a task of several.
    seat: Option<&'a Seat<'a>>,
}

/// How the tensors of a task are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As [`write`](super::write) does.
    Packed,
    /// As [`TensorArg`]s.
    Call,
    /// As [`Fitting`] ones, of a record or not.
    Fitting,
}

/// One tensor, as unpacked.
struct Placed<'a> {
    address: NonNull<u8>,
    dims: Dims<'a>,
}

impl<'a> KernelArgs<'a> {
    /// The arguments in a record.
    ///
    /// # Safety
    /// `record` was written by [`write`](super::write), or by [`write_fitting`](super::write_fitting) for the kernel that takes
    /// them, and stays unchanged for `'a`; the elements of its tensors uphold the invariant of the type, and this is the only
    /// `KernelArgs` of the record that takes tensors.
    #[inline]
    pub(crate) unsafe fn new(record: NonNull<u64>) -> Self {
        // SAFETY: both have put a header, the scalars, and the tensors there.
        unsafe {
            let header = record.read();
            let scalars = record.add(1);
            KernelArgs {
                tensors: scalars.add(header as u32 as usize),
                scalars,
                tensors_left: ((header & !FITS) >> 32) as u32,
                scalars_left: header as u32,
                scalar_step: 1,
                form: match header & FITS {
                    0 => Form::Packed,
                    _ => Form::Fitting,
                },
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
            scalar_step: 1,
            form: Form::Call,
            seat: None,
        }
    }

    /// The arguments of a call that fits the kernel.
    ///
    /// # Safety
    /// As for [`of_call`](KernelArgs::of_call); and the kernel takes tensors of these types and accesses, in this order.
    /// All of them are written.
    #[inline(always)]
    pub(crate) unsafe fn fitting(
        tensors: &'a [MaybeUninit<Fitting>],
        scalars: &'a [MaybeUninit<Apart>],
    ) -> Self {
        KernelArgs {
            tensors: NonNull::from(tensors).cast(),
            scalars: NonNull::from(scalars).cast(),
            tensors_left: tensors.len() as u32,
            scalars_left: scalars.len() as u32,
            scalar_step: Apart::WORDS,
            form: Form::Fitting,
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

    #[inline(always)]
    #[track_caller]
    fn next(&mut self, dtype: DType, allowed: fn(Access) -> bool) -> Placed<'a> {
        assert!(
            self.tensors_left > 0,
            "the kernel takes more tensors than the task has"
        );
        self.tensors_left -= 1;
        if self.form != Form::Fitting {
            return self.next_described(dtype, allowed);
        }
        // SAFETY: a tensor is left, by the invariant of the type and the assertion.
        let fitting: &'a Fitting = unsafe { self.tensors.cast().as_ref() };
        // SAFETY: as above; the next one, or one past the last.
        self.tensors = unsafe { self.tensors.cast::<Fitting>().add(1) }.cast();
        Placed {
            address: fitting.address(),
            dims: fitting.dims(),
        }
    }

    /// The next tensor, of which one is left, if it is accessed as the kernel says.
    #[inline]
    #[track_caller]
    fn next_described(&mut self, dtype: DType, allowed: fn(Access) -> bool) -> Placed<'a> {
        if self.form == Form::Call {
            // SAFETY: a tensor is left, by the invariant of the type and the assertion.
            let tensor: &'a TensorArg<'a> = unsafe { self.tensors.cast().as_ref() };
            // SAFETY: as above; the next one, or one past the last.
            self.tensors = unsafe { self.tensors.cast::<TensorArg<'a>>().add(1) }.cast();
            if !(tensor.dtype().is(dtype) && allowed(tensor.access())) {
                taken_otherwise(dtype, tensor.dtype(), tensor.access());
            }
            return Placed {
                address: tensor.address(),
                dims: tensor.layout().dims(),
            };
        }
        // SAFETY: a packed tensor is left, by the invariant of the type and the assertion: `ndims` extents and as many strides
        // follow its descriptor, and stay unchanged for `'a`. The address was that of a `NonNull`.
        let (placed, descriptor) = unsafe {
            let descriptor = self.tensors.add(1).cast::<Descriptor>().read();
            let placed = Placed {
                address: NonNull::new_unchecked(self.tensors.cast::<*mut u8>().read()),
                dims: Dims::new(self.tensors.add(2).cast()),
            };
            self.tensors = self.tensors.add(2 + descriptor.head.ndims());
            (placed, descriptor)
        };
        if !(descriptor.dtype.is(dtype) && allowed(descriptor.access)) {
            taken_otherwise(dtype, descriptor.dtype, descriptor.access);
        }
        placed
    }

    /// The next tensor, to read.
    ///
    /// # Panics
    /// The next tensor has another element type or is passed for writing, or there is none.
    #[inline(always)]
    #[track_caller]
    pub fn read<T: Element>(&mut self) -> In<'a, T> {
        let tensor = self.next(T::DTYPE, |access| access == Access::Read);
        // SAFETY: the invariant of the type, for a tensor of `T` that is read.
        unsafe { In::from_raw(tensor.address.cast(), tensor.dims) }
    }

    /// The next tensor, to read and write.
    ///
    /// # Panics
    /// The next tensor has another element type or is passed for another access, or there is none.
    #[inline(always)]
    #[track_caller]
    pub fn update<T: Element>(&mut self) -> InOut<'a, T> {
        let tensor = self.next(T::DTYPE, |access| access == Access::ReadWrite);
        // SAFETY: the invariant of the type, for a tensor of `T` that is written and, being taken once, not aliased.
        unsafe { InOut::from_raw(tensor.address.cast(), tensor.dims) }
    }

    /// The next tensor, to write.
    ///
    /// # Panics
    /// The next tensor has another element type or is passed for another access, or there is none.
    #[inline(always)]
    #[track_caller]
    pub fn write<T: Element>(&mut self) -> Out<'a, T> {
        let tensor = self.next(T::DTYPE, |access| {
            matches!(access, Access::Write | Access::Create)
        });
        // SAFETY: the invariant of the type, for a tensor of `T` that is written and, being taken once, not aliased.
        unsafe { Out::from_raw(tensor.address.cast(), tensor.dims) }
    }

    /// The next scalar.
    ///
    /// # Panics
    /// There is none.
    #[inline(always)]
    #[track_caller]
    pub fn scalar<S: Scalar>(&mut self) -> S {
        assert!(
            self.scalars_left > 0,
            "the kernel takes more scalars than the task has"
        );
        self.scalars_left -= 1;
        // SAFETY: a scalar is left, by the invariant of the type and the assertion. Then the next one, or one past the last.
        unsafe {
            let bits = self.scalars.read();
            self.scalars = self.scalars.add(usize::from(self.scalar_step));
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
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::args::{ReadArg, UpdateArg, read, write as update};
    use crate::handle::{TensorMut, TensorRef};
    use crate::layout::Shape;
    use crate::record::{fitting_words, words, write, write_fitting};
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

    /// Has `take` take these arguments from a record, and from a call.
    fn both_ways(args: &[TensorArg<'_>], scalars: &[u64], take: impl Fn(&mut KernelArgs<'_>)) {
        let mut record = vec![0_u64; words(args, scalars.len())];
        let at = NonNull::from(record.as_mut_slice()).cast();
        // SAFETY: the record has the size; the tensors are borrowed for as long as the arguments are used, one way after
        // the other.
        unsafe {
            let end = write(at, args, scalars);
            assert_eq!(end, at.add(record.len()));
            take(&mut KernelArgs::new(at));
            take(&mut KernelArgs::of_call(args, scalars));
        }
    }

    /// As [`both_ways`], for a kernel that takes exactly these vectors or matrices.
    fn fitting_ways<const T: usize, const S: usize>(
        args: &[TensorArg<'_>; T],
        scalars: [u64; S],
        take: impl Fn(&mut KernelArgs<'_>),
    ) {
        assert!(Fitting::fits(args));
        let mut record = vec![0_u64; fitting_words(T, S)];
        let at = NonNull::from(record.as_mut_slice()).cast();
        // SAFETY: the record has the size; there are few dimensions; the tensors are borrowed for as long as the arguments are
        // used, one way after the other, and taken as what they are.
        unsafe {
            write_fitting(at, args, &scalars);
            take(&mut KernelArgs::new(at));
            let fitting = args
                .each_ref()
                .map(|arg| MaybeUninit::new(Fitting::of(arg)));
            let scalars = scalars.map(|bits| MaybeUninit::new(Apart::new(bits)));
            take(&mut KernelArgs::fitting(&fitting, &scalars));
        }
    }

    #[test]
    fn arguments_come_back_in_order() {
        let (mut a, mut b) = ([1_f32, 2.0, 3.0, 4.0], [5_i8; 6]);
        let (a, mut b) = (tensor(&mut a, [2, 2]), tensor(&mut b, [3, 2]));
        let column = a.view((.., 1..2)).unwrap();
        let args = [
            ReadArg::into_arg(read(&column)),
            UpdateArg::into_arg(update(&mut b)),
        ];
        let scalars = [Scalar::to_bits(2.5_f32), Scalar::to_bits(true)];
        let take = |args: &mut KernelArgs<'_>| {
            assert_eq!(args.scalar::<f32>(), 2.5);
            assert_eq!(args.read::<f32>().to_vec(), [2.0, 4.0]);
            let mut b = args.update::<i8>();
            assert_eq!((b.shape(), b.row(2)[0]), (&[3, 2][..], 5));
            b.set([2, 1], 7);
            assert_eq!(b.row(2), [5, 7]);
            assert!(args.scalar::<bool>());
        };
        both_ways(&args, &scalars, take);
        fitting_ways(&args, scalars, take);
    }

    /// A view says what it does not have, whatever form its extents have.
    #[test]
    fn what_a_view_does_not_have_it_tells() {
        let (mut a, mut b) = ([5_i8; 6], [7_u64; 4]);
        let (a, b) = (tensor(&mut a, [3, 2]), tensor(&mut b, [1, 4]));
        let row = b.view((0..1, 1..4)).unwrap();
        let args = [ReadArg::into_arg(read(&a)), ReadArg::into_arg(read(&row))];
        let take = |args: &mut KernelArgs<'_>| {
            let (a, row) = (args.read::<i8>(), args.read::<u64>());
            let says = |ask: &dyn Fn(), why: &str| {
                let panic = catch_unwind(AssertUnwindSafe(ask)).unwrap_err();
                let text = *panic.downcast::<String>().unwrap();
                assert_eq!(text, why);
            };
            says(
                &|| _ = a.get([3, 0]),
                "index [3, 0] is out of bounds for a tensor of shape [3, 2]",
            );
            says(
                &|| _ = row.get(2),
                "index [2] has the wrong rank for a tensor of shape [1, 3]",
            );
            says(&|| _ = a.dim(2), "dimension 2 of a tensor of shape [3, 2]");
            says(
                &|| _ = row.row(1),
                "row 1 of a tensor of shape [1, 3], strides [4, 1]: rows are those of a matrix with unit last stride",
            );
        };
        both_ways(&args, &[], take);
        fitting_ways(&args, [], take);
    }

    /// A kernel may catch the panic and go on: wherever it runs, it goes on with the same argument.
    #[test]
    fn what_is_taken_in_another_way_is_lost() {
        let (mut a, mut b) = ([1_f32; 4], [5_i8; 6]);
        let (a, mut b) = (tensor(&mut a, [2, 2]), tensor(&mut b, [3, 2]));
        let args = [
            ReadArg::into_arg(read(&a)),
            UpdateArg::into_arg(update(&mut b)),
        ];
        both_ways(&args, &[7], |args| {
            let mut fails = |take: fn(&mut KernelArgs<'_>), why: &str| {
                let panic = catch_unwind(AssertUnwindSafe(|| take(args))).unwrap_err();
                let text = panic.downcast::<String>().map(|text| *text);
                let text = text.unwrap_or_else(|panic| (*panic.downcast::<&str>().unwrap()).into());
                assert!(text.contains(why), "{text}");
            };
            fails(
                |args| _ = args.update::<f32>(),
                "in another way than the task passes it: f32 as Read",
            );
            fails(|args| _ = args.update::<i16>(), "i8 as ReadWrite");
            fails(
                |args| _ = args.read::<f32>(),
                "more tensors than the task has",
            );
            fails(
                |args| _ = args.block(),
                "a block that the task does not have",
            );
            assert_eq!(args.scalar::<u64>(), 7);
        });
        both_ways(&args, &[7], |args| {
            let wrong = catch_unwind(AssertUnwindSafe(|| _ = args.write::<f32>()));
            assert!(wrong.is_err());
            assert_eq!(args.update::<i8>().to_vec(), [5; 6]);
            assert_eq!(args.scalar::<u64>(), 7);
            let wrong = catch_unwind(AssertUnwindSafe(|| _ = args.scalar::<u64>()));
            assert!(wrong.is_err());
        });
    }
}
