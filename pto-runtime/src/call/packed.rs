//! A call on its way to a function that is not compiled into the orchestration.
//!
//! What an orchestration compiles in keeps a call in registers. What does not fit there has to be written to memory and read
//! again, and most of it says nothing: a [`TensorArg`] has room for more dimensions than most tensors have. So a call that is
//! plain travels without that.

use std::hint;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::Call;
use crate::args::{Access, TensorArg, Tracking};
use crate::argument::Argument;
use crate::backend::Work;
use crate::dims::{FEW, Pair};
use crate::element::DType;
use crate::kernel::Kernel;
use crate::layout::Layout;
use crate::record::Apart;
use crate::straight::straight;
use crate::task::TaskId;

/// A [`TensorArg`] of few dimensions, without a fault, which is tracked at most where its scope tracks.
///
/// Invariant: there are no more than [`FEW`] dimensions, and the parts are those of such an argument.
// The two pairs are not side by side, where they might be read as one, see [`Pair`].
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct PackedArg<'s> {
    base: NonNull<u8>,
    extents: Pair,
    /// Where it begins, in bytes.
    offset: u64,
    strides: Pair,
    owner: TaskId,
    ndims: u8,
    dtype: DType,
    access: Access,
    lookup: bool,
    register: bool,
    marker: PhantomData<&'s ()>,
}

impl<'s> PackedArg<'s> {
    /// Whether there is nothing more to say of a tensor.
    #[inline(always)]
    fn suffices(tensor: &TensorArg<'s>) -> bool {
        tensor.layout().ndims() <= FEW && tensor.fault().is_none()
    }

    /// # Safety
    /// This [suffices](PackedArg::suffices).
    #[inline(always)]
    unsafe fn of(tensor: &TensorArg<'s>) -> Self {
        let layout = tensor.layout();
        let ((first, step), (second, stride)) = (layout.dim(0), layout.dim(1));
        let Tracking {
            lookup, register, ..
        } = tensor.tracking();
        PackedArg {
            base: tensor.base(),
            offset: tensor.start() * tensor.dtype().size() as u64,
            owner: tensor.owner(),
            extents: Pair::new(first, second),
            strides: Pair::new(step, stride),
            ndims: layout.ndims() as u8,
            dtype: tensor.dtype(),
            access: tensor.access(),
            lookup,
            register,
            marker: PhantomData,
        }
    }
}

impl<'s> Argument<'s> for PackedArg<'s> {
    #[inline(always)]
    fn base(&self) -> NonNull<u8> {
        self.base
    }

    #[inline(always)]
    fn start(&self) -> u64 {
        self.offset / self.dtype.size() as u64
    }

    #[inline(always)]
    fn address(&self) -> NonNull<u8> {
        // SAFETY: there is storage up to there, by the invariant of a tensor.
        unsafe { self.base.add(self.offset as usize) }
    }

    #[inline(always)]
    fn owner(&self) -> TaskId {
        self.owner
    }

    #[inline(always)]
    fn access(&self) -> Access {
        self.access
    }

    #[inline(always)]
    fn tracking(&self) -> Tracking {
        Tracking {
            lookup: self.lookup,
            register: self.register,
            always: false,
        }
    }

    #[inline(always)]
    fn dtype(&self) -> DType {
        self.dtype
    }

    #[inline(always)]
    fn ndims(&self) -> usize {
        let ndims = usize::from(self.ndims);
        // SAFETY: by the invariant of the type.
        unsafe { hint::assert_unchecked(ndims <= FEW) };
        ndims
    }

    #[inline(always)]
    fn dim(&self, dim: usize) -> (u32, u32) {
        (self.extents.both()[dim], self.strides.both()[dim])
    }

    #[inline(always)]
    fn has_layout(&self, layout: &Layout) -> bool {
        layout.is_of_few(self.ndims(), self.extents.both(), self.strides.both())
    }

    #[inline(always)]
    fn len(&self) -> usize {
        let [first, second] = self.extents.both();
        first as usize * second as usize
    }

    #[inline(always)]
    fn is_faulty(&self) -> bool {
        false
    }

    #[inline(always)]
    unsafe fn bind(&mut self, base: NonNull<u8>, owner: TaskId) {
        (self.base, self.owner) = (base, owner);
    }

    #[inline(always)]
    fn whole(&self) -> TensorArg<'s> {
        let layout = Layout::of_few(self.ndims(), self.extents.both(), self.strides.both());
        // SAFETY: these are the parts of one, by the invariant of the type.
        unsafe {
            TensorArg::from_parts(
                self.base,
                self.start(),
                self.owner,
                layout,
                self.dtype,
                self.access,
                self.tracking(),
            )
        }
    }

    // It is in memory already.
    #[inline(never)]
    fn whole_of<const T: usize>(tensors: &[Self; T]) -> [TensorArg<'s>; T] {
        tensors.map(|tensor| tensor.whole())
    }
}

/// A [`Call`] of a kernel that has no condition, with arguments that fit it. The kernel is run by its pointer: so what becomes
/// of such a call is compiled once for each number of arguments.
///
/// Invariant: all tensors and scalars are written. (In place: what is moved there as a whole would be taken apart first.)
pub struct PackedCall<'s, const T: usize, const S: usize> {
    kernel: &'static Kernel,
    is_checked: bool,
    disjoint: bool,
    creates: bool,
    tensors: [MaybeUninit<PackedArg<'s>>; T],
    scalars: [MaybeUninit<Apart>; S],
}

/// What there is of a packed call.
pub(crate) struct Parts<'c, 's, const T: usize, const S: usize> {
    pub(crate) kernel: &'static Kernel,
    /// Whether the kernel checks the shapes of its tensors.
    pub(crate) is_checked: bool,
    /// Whether no two tensors overlap one of which is written.
    pub(crate) disjoint: bool,
    /// Whether any of the tensors is created.
    pub(crate) creates: bool,
    pub(crate) tensors: &'c mut [PackedArg<'s>; T],
    pub(crate) scalars: [u64; S],
}

impl<'s, const T: usize, const S: usize> PackedCall<'s, T, S> {
    /// `None` if there is more to say of a call.
    #[inline(always)]
    pub(crate) fn of<K>(call: &Call<'s, T, S, K>) -> Option<Self> {
        let Work::Kernel(kernel) = call.work else {
            return None;
        };
        let mut suffices = call.fits && !call.always && call.predicate.is_none();
        straight!(for i in 0..T {
            suffices &= PackedArg::suffices(&call.tensors[i]);
        });
        if !suffices {
            return None;
        }
        let (mut tensors, mut creates) = ([const { MaybeUninit::uninit() }; T], false);
        straight!(for i in 0..T {
            // SAFETY: that suffices.
            tensors[i].write(unsafe { PackedArg::of(&call.tensors[i]) });
            creates |= call.tensors[i].access() == Access::Create;
        });
        let mut scalars = [const { MaybeUninit::uninit() }; S];
        straight!(for i in 0..S {
            scalars[i].write(Apart::new(call.scalars[i]));
        });
        Some(PackedCall {
            kernel,
            is_checked: kernel.check.is_some(),
            disjoint: call.disjoint,
            creates,
            tensors,
            scalars,
        })
    }

    /// What there is of it.
    #[inline(always)]
    pub(crate) fn parts(&mut self) -> Parts<'_, 's, T, S> {
        let mut scalars = [0; S];
        straight!(for i in 0..S {
            // SAFETY: all are written, by the invariant of the type.
            scalars[i] = unsafe { self.scalars[i].assume_init() }.bits();
        });
        Parts {
            kernel: self.kernel,
            is_checked: self.is_checked,
            disjoint: self.disjoint,
            creates: self.creates,
            // SAFETY: all are written, by the invariant of the type, and that makes no difference to how they are stored.
            tensors: unsafe { NonNull::from(&mut self.tensors).cast().as_mut() },
            scalars,
        }
    }

    /// The call that it was made of.
    pub(super) fn unpack(&mut self) -> Call<'s, T, S> {
        let Parts {
            kernel,
            disjoint,
            tensors,
            scalars,
            ..
        } = self.parts();
        let tensors = PackedArg::whole_of(tensors);
        Call {
            disjoint,
            ..Call::of(Work::Kernel(kernel), tensors, scalars, true)
        }
    }

    /// Notes what the tensors were bound to that the call creates.
    pub(super) fn note_bound(&mut self, call: &Call<'_, T, S>) {
        for (packed, tensor) in self.parts().tensors.iter_mut().zip(&call.tensors) {
            if tensor.access() == Access::Create {
                (packed.base, packed.owner) = (tensor.base(), tensor.owner());
            }
        }
    }

    /// Binds the tensors that the call creates, which it was made of, as they are bound here.
    #[inline(always)]
    pub(crate) fn bind<K>(&mut self, call: &mut Call<'_, T, S, K>) {
        let Parts { tensors, .. } = self.parts();
        straight!(for i in 0..T {
            if call.tensors[i].access() == Access::Create {
                let PackedArg { base, owner, .. } = tensors[i];
                // SAFETY: it was bound to that for the same call.
                unsafe { call.tensors[i].bind(base, owner) };
            }
        });
    }
}
