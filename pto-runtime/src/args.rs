//! Arguments of a call, typed by the borrow the user wrote.

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::element::{DType, Element, Scalar};
use crate::error::Error;
use crate::handle::{TensorMut, TensorRef};
use crate::index::Index;
use crate::layout::{Layout, Shape, ShapeFault};
use crate::task::TaskId;

/// What a task does with one of its tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Access {
    /// Reads it.
    Read,
    /// Writes it without reading what it held.
    Write,
    /// Reads and writes it.
    ReadWrite,
    /// Is its first writer: the runtime allocates it for the task.
    Create,
}

impl Access {
    /// Whether the task may change the tensor.
    #[inline]
    pub const fn writes(self) -> bool {
        !matches!(self, Access::Read)
    }
}

/// What the runtime finds out about an argument when its task is launched.
///
/// In AUTO scopes an argument starts as [`FULL`](Tracking::FULL), or as [`NONE`](Tracking::NONE) if no task can ever write
/// its storage. A MANUAL scope tracks only what is [`always`](Tracking::always) tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// Whether earlier conflicting accesses are looked up, to wait for their tasks.
    pub lookup: bool,
    /// Whether the access is registered, so that later ones find it.
    pub register: bool,
    /// Whether that holds in MANUAL scopes as well.
    pub always: bool,
}

impl Tracking {
    /// Everything, in AUTO scopes.
    pub const FULL: Self = Tracking {
        lookup: true,
        register: true,
        always: false,
    };
    /// Nothing but the edge to the task that owns the storage.
    pub const NONE: Self = Tracking {
        lookup: false,
        register: false,
        always: false,
    };

    /// Whether the TensorMap is asked or told anything.
    #[inline]
    pub(crate) fn any(self) -> bool {
        self.lookup || self.register
    }
}

/// One tensor of a call, as plain data: what a [`Backend`](crate::Backend) gets.
///
/// It is valid for `'s`, the scope that owns its storage.
///
/// Invariant: that of [`TensorRef`], for elements of type `dtype`; of what the task creates, once it is [bound](Self::bind),
/// and `start` is 0.
#[derive(Clone, Copy, Debug)]
pub struct TensorArg<'s> {
    base: NonNull<u8>,
    start: u64,
    owner: TaskId,
    layout: Layout,
    dtype: DType,
    access: Access,
    tracking: Tracking,
    fault: Option<ShapeFault>,
    marker: PhantomData<&'s ()>,
}

impl<'s> TensorArg<'s> {
    #[inline]
    fn of<T: Element>(tensor: &TensorRef<'s, T>, access: Access) -> Self {
        // Not one constant or another, which would be copied by way of memory.
        let tracked = !tensor.is_immutable();
        TensorArg {
            base: tensor.base(),
            start: tensor.start(),
            owner: tensor.owner(),
            layout: tensor.layout().by_numbers(),
            dtype: T::DTYPE,
            access,
            tracking: Tracking {
                lookup: tracked,
                register: tracked,
                always: false,
            },
            fault: None,
            marker: PhantomData,
        }
    }

    /// An argument of these parts, without a fault.
    ///
    /// # Safety
    /// The invariant of the type holds.
    #[inline(always)]
    pub(crate) unsafe fn from_parts(
        base: NonNull<u8>,
        start: u64,
        owner: TaskId,
        layout: Layout,
        dtype: DType,
        access: Access,
        tracking: Tracking,
    ) -> Self {
        TensorArg {
            base,
            start,
            owner,
            layout,
            dtype,
            access,
            tracking,
            fault: None,
            marker: PhantomData,
        }
    }

    /// The first byte of the storage, which identifies it; dangling for a [`Access::Create`] that is not launched.
    #[inline]
    pub fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Elements from the first of the storage to the first of the tensor.
    #[inline]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The task that owns the storage; [`TaskId::NONE`] for host memory.
    #[inline]
    pub fn owner(&self) -> TaskId {
        self.owner
    }

    /// Extents and strides.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The element type.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// What the task does with it.
    #[inline]
    pub fn access(&self) -> Access {
        self.access
    }

    /// What the runtime is to find out about the argument, where it tracks it at all.
    #[inline]
    pub fn tracking(&self) -> Tracking {
        self.tracking
    }

    /// Why the shape of a [`Access::Create`] is none, if it is none.
    #[inline]
    pub fn fault(&self) -> Option<ShapeFault> {
        self.fault
    }

    /// The address of the tensor's first element.
    #[inline]
    pub fn address(&self) -> NonNull<u8> {
        let bytes = self.start as usize * self.dtype.size();
        // SAFETY: there is storage up to there, by the invariant of the type.
        unsafe { self.base.add(bytes) }
    }

    #[inline]
    pub(crate) fn tracking_mut(&mut self) -> &mut Tracking {
        &mut self.tracking
    }

    /// The element at `index`, as a tensor of one.
    ///
    /// # Errors
    /// The index is out of bounds, or of another rank than the tensor.
    #[inline]
    #[track_caller]
    pub(crate) fn element(mut self, index: impl Index) -> Result<Self, Error> {
        match index.offset(self.layout.shape(), self.layout.strides()) {
            Some(offset) => {
                self.start += offset as u64;
                self.layout = Layout::UNIT;
                Ok(self)
            }
            None => Err(index.fault(self.layout.shape()).into_error()),
        }
    }

    /// The same argument for another lifetime.
    ///
    /// # Safety
    /// The storage is valid for `'t`.
    #[inline]
    pub(crate) unsafe fn extend_to<'t>(self) -> TensorArg<'t> {
        TensorArg {
            marker: PhantomData,
            ..self
        }
    }

    /// Gives a [`Access::Create`] its storage.
    ///
    /// # Safety
    /// `base` is the first byte of initialised memory for all elements of the layout, aligned for them, which stays
    /// valid until the scope that `owner` was launched on is closed and all its tasks are done.
    #[inline]
    pub unsafe fn bind(&mut self, base: NonNull<u8>, owner: TaskId) {
        self.base = base;
        self.owner = owner;
    }
}

/// A tensor that the task reads: `&t`.
#[derive(Clone, Copy, Debug)]
pub struct Read<'s, T>(TensorArg<'s>, PhantomData<*const T>);

/// A tensor that the task writes, and reads if the kernel's parameter says so: `&mut t`.
#[derive(Debug)]
pub struct Write<'s, T>(TensorArg<'s>, PhantomData<*const T>);

/// A tensor that the task creates: `out!(shape)`.
#[derive(Debug)]
pub struct Create<T>(Shape, PhantomData<*const T>);

impl<T> Clone for Create<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Create<T> {}

/// `t` as a tensor that a task reads.
#[inline]
pub fn read<'s, T: Element>(t: &TensorRef<'s, T>) -> Read<'s, T> {
    Read(TensorArg::of(t, Access::Read), PhantomData)
}

/// `t` as a tensor that a task writes.
#[inline]
pub fn write<'s, T: Element>(t: &mut TensorMut<'s, T>) -> Write<'s, T> {
    Write(TensorArg::of(t, Access::ReadWrite), PhantomData)
}

/// A tensor of that shape, created by the task. A faulty shape is reported when the task is launched.
#[inline]
pub fn create<T: Element>(shape: impl Into<Shape>) -> Create<T> {
    Create(shape.into(), PhantomData)
}

impl<T> Read<'_, T> {
    /// Leaves this argument out of the tracking: no lookup of earlier writers, no registration as a reader. The edge to
    /// the task that created the storage stays.
    ///
    /// # Safety
    /// Every task that writes the storage, other than the one that created it, is ordered with this one by other edges.
    #[inline]
    #[must_use]
    pub unsafe fn frozen(mut self) -> Self {
        self.0.tracking = Tracking::NONE;
        self
    }
}

/// `value` as an argument that is no tensor. A tensor, which is bound to a run, is no [`Scalar`]: none is passed to a kernel
/// in the place of a value, where the macros would not know of it.
#[inline]
pub fn scalar<T: Scalar>(value: T) -> T {
    value
}

/// What can be passed for a parameter `In<T>`.
#[diagnostic::on_unimplemented(
    message = "this kernel parameter is `In<{T}>`: pass `&tensor` of `{T}`",
    label = "the kernel reads this argument, it is `In<{T}>`"
)]
pub trait ReadArg<'s, T> {
    /// The argument as data.
    fn into_arg(self) -> TensorArg<'s>;
}

/// What can be passed for a parameter `InOut<T>`.
#[diagnostic::on_unimplemented(
    message = "this kernel parameter is `InOut<{T}>`: pass `&mut tensor` of `{T}`",
    label = "the kernel reads and writes this argument, it is `InOut<{T}>`"
)]
pub trait UpdateArg<'s, T> {
    /// The argument as data.
    fn into_arg(self) -> TensorArg<'s>;
}

/// What can be passed for a parameter `Out<T>`.
#[diagnostic::on_unimplemented(
    message = "this kernel parameter is `Out<{T}>`: pass `out!([shape])`, or `&mut tensor` of `{T}`",
    label = "the kernel writes this argument, it is `Out<{T}>`"
)]
pub trait OutArg<'s, T> {
    /// The argument as data.
    fn into_arg(self) -> TensorArg<'s>;
}

impl<'s, T: Element> ReadArg<'s, T> for Read<'s, T> {
    #[inline]
    fn into_arg(self) -> TensorArg<'s> {
        self.0
    }
}

impl<'s, T: Element> UpdateArg<'s, T> for Write<'s, T> {
    #[inline]
    fn into_arg(self) -> TensorArg<'s> {
        self.0
    }
}

impl<'s, T: Element> OutArg<'s, T> for Write<'s, T> {
    #[inline]
    fn into_arg(mut self) -> TensorArg<'s> {
        self.0.access = Access::Write;
        self.0
    }
}

impl<'s, T: Element> OutArg<'s, T> for Create<T> {
    #[inline]
    fn into_arg(self) -> TensorArg<'s> {
        let (layout, fault) = match self.0.layout() {
            Ok(layout) => (layout, None),
            Err(fault) => (Layout::UNIT, Some(fault)),
        };
        TensorArg {
            base: NonNull::dangling(),
            start: 0,
            owner: TaskId::NONE,
            layout,
            dtype: T::DTYPE,
            access: Access::Create,
            tracking: Tracking::NONE,
            fault,
            marker: PhantomData,
        }
    }
}
