//! What an orchestration holds of a tensor: its address and geometry, never its elements.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::ptr::NonNull;

use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::layout::Layout;
use crate::region::IntoRegion;
use crate::task::TaskId;

/// A tensor that tasks may read, valid for the scope `'s` that owns its storage.
///
/// Copying it copies the handle. It cannot be sent to another thread: only the thread that runs an orchestration submits
/// its tasks.
pub struct TensorRef<'s, T> {
    /// The first byte of the storage, which identifies it.
    base: NonNull<u8>,
    /// Elements from the first of the storage to the first of this view.
    start: u64,
    layout: Layout,
    owner: TaskId,
    /// Whether no task can ever write the storage.
    immutable: bool,
    marker: PhantomData<(&'s (), *const T)>,
}

impl<T> Clone for TensorRef<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TensorRef<'_, T> {}

impl<'s, T: Element> TensorRef<'s, T> {
    /// A handle of storage that holds the elements of `layout` from `start` on.
    #[inline]
    pub(crate) fn new(
        base: NonNull<u8>,
        start: u64,
        layout: Layout,
        owner: TaskId,
        immutable: bool,
    ) -> Self {
        TensorRef {
            base,
            start,
            layout,
            owner,
            immutable,
            marker: PhantomData,
        }
    }

    /// The extents.
    #[inline]
    pub fn shape(&self) -> &[u32] {
        self.layout.shape()
    }

    /// The extent of one dimension.
    ///
    /// # Panics
    /// There is no such dimension.
    #[inline]
    #[track_caller]
    pub fn dim(&self, dim: usize) -> usize {
        self.layout.shape()[dim] as usize
    }

    /// How many dimensions there are.
    #[inline]
    pub fn ndims(&self) -> usize {
        self.layout.ndims()
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.layout.is_empty()
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

    #[inline]
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    #[inline]
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    #[inline]
    pub(crate) fn is_immutable(&self) -> bool {
        self.immutable
    }

    /// A part of the tensor.
    ///
    /// # Errors
    /// The region does not lie inside the tensor.
    #[inline]
    #[track_caller]
    pub fn view(&self, region: impl IntoRegion) -> Result<TensorRef<'s, T>, Error> {
        match self.layout.slice(&region.into_region()) {
            Ok((start, layout)) => Ok(TensorRef {
                start: self.start + start,
                layout,
                ..*self
            }),
            Err(error) => Err(error.at(Location::caller())),
        }
    }

    /// The tensor with two dimensions exchanged.
    ///
    /// # Errors
    /// There is no such dimension.
    #[track_caller]
    pub fn transpose(&self, a: usize, b: usize) -> Result<TensorRef<'s, T>, Error> {
        if a.max(b) >= self.ndims() {
            let message = format!(
                "transpose({a}, {b}) of a tensor of shape {:?}",
                self.shape()
            );
            let help = format!("its dimensions are 0 to {}", self.ndims() - 1);
            return Err(Error::new(ErrorKind::InvalidArgument, message)
                .with_help(help)
                .at(Location::caller()));
        }
        let mut layout = self.layout;
        layout.swap(a, b);
        Ok(TensorRef { layout, ..*self })
    }
}

impl<T: Element> fmt::Debug for TensorRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?} of {}", T::DTYPE, self.shape(), self.owner)
    }
}

/// A tensor that tasks may read and write. Not copied, so that `&mut` says which call writes.
///
/// Two of them may show overlapping parts of one storage: the runtime orders the tasks that use them.
pub struct TensorMut<'s, T>(TensorRef<'s, T>);

impl<'s, T: Element> TensorMut<'s, T> {
    #[inline]
    pub(crate) fn new(tensor: TensorRef<'s, T>) -> Self {
        TensorMut(tensor)
    }

    /// A part of the tensor that tasks may write.
    ///
    /// # Errors
    /// The region does not lie inside the tensor.
    #[inline]
    #[track_caller]
    pub fn view_mut(&mut self, region: impl IntoRegion) -> Result<TensorMut<'s, T>, Error> {
        self.0.view(region).map(TensorMut)
    }

    /// The tensor with two dimensions exchanged, for tasks to write.
    ///
    /// # Errors
    /// There is no such dimension.
    #[track_caller]
    pub fn transpose_mut(&mut self, a: usize, b: usize) -> Result<TensorMut<'s, T>, Error> {
        self.0.transpose(a, b).map(TensorMut)
    }
}

impl<'s, T> Deref for TensorMut<'s, T> {
    type Target = TensorRef<'s, T>;

    #[inline]
    fn deref(&self) -> &TensorRef<'s, T> {
        &self.0
    }
}

impl<T: Element> fmt::Debug for TensorMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
