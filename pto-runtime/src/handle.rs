//! What an orchestration holds of a tensor: its address and geometry, never its elements.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::ptr::NonNull;

use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::layout::{Layout, Shape, ShapeFault};
use crate::region::{DimRange, IntoRegion, Region};
use crate::task::TaskId;

/// A tensor that tasks may read, valid for the scope `'s` that owns its storage.
///
/// Copying it copies the handle. It cannot be sent to another thread: only the thread that runs an orchestration submits
/// its tasks.
///
/// Invariant: for `'s`, `base` is the first byte of storage that belongs to `owner`, or of host memory that is borrowed for the
/// run, and all elements that `layout` describes from `start` on are initialised elements of type `T` in it. If there are none,
/// the storage has at least `start` elements all the same.
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

    /// The same tensor, of which no task writes the storage any more.
    ///
    /// # Safety
    /// No task writes the storage, other than the one that created it.
    #[inline]
    #[must_use]
    pub unsafe fn frozen(mut self) -> Self {
        self.immutable = true;
        self
    }

    /// A part of the tensor.
    ///
    /// # Errors
    /// The region does not lie inside the tensor.
    #[inline(always)]
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

    /// A part of the tensor along one dimension.
    ///
    /// # Errors
    /// There is no such dimension, or the range does not lie inside it.
    #[track_caller]
    pub fn slice(&self, dim: usize, range: impl Into<DimRange>) -> Result<TensorRef<'s, T>, Error> {
        match Region::of_dim(dim, range.into()).filter(|_| dim < self.ndims()) {
            Some(region) => self.view(region),
            None => Err(self.cannot(
                format!("slice of dimension {dim}"),
                format!("its dimensions are 0 to {}", self.ndims() - 1),
            )),
        }
    }

    /// The tensor with two dimensions exchanged.
    ///
    /// # Errors
    /// There is no such dimension.
    #[track_caller]
    pub fn transpose(&self, a: usize, b: usize) -> Result<TensorRef<'s, T>, Error> {
        if a.max(b) >= self.ndims() {
            return Err(self.cannot(
                format!("transpose({a}, {b})"),
                format!("its dimensions are 0 to {}", self.ndims() - 1),
            ));
        }
        let mut layout = self.layout;
        layout.swap(a, b);
        Ok(TensorRef { layout, ..*self })
    }

    /// The tensor with its dimensions in another order: dimension `d` of the result is dimension `order[d]`.
    ///
    /// # Errors
    /// `order` does not name each dimension once.
    #[track_caller]
    pub fn permute<const D: usize>(&self, order: [usize; D]) -> Result<TensorRef<'s, T>, Error> {
        match self.layout.permute(&order) {
            Some(layout) => Ok(TensorRef { layout, ..*self }),
            None => Err(self.cannot(
                format!("permute({order:?})"),
                format!(
                    "name each of its dimensions, 0 to {}, once",
                    self.ndims() - 1
                ),
            )),
        }
    }

    /// The same elements in row-major order, with other extents. Nothing is copied.
    ///
    /// # Errors
    /// The shape has more or fewer elements, or the elements lie so that no strides show them in this shape. Those of a
    /// contiguous tensor never do.
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<TensorRef<'s, T>, Error> {
        let wanted = match shape.into().layout().map_err(ShapeFault::into_error) {
            Ok(wanted) => wanted,
            Err(error) => return Err(error.at(Location::caller())),
        };
        let what = || format!("reshape({:?})", wanted.shape());
        if wanted.len() != self.len() {
            let (has, wants) = (self.len(), wanted.len());
            return Err(self.cannot(
                what(),
                format!("the tensor has {has} elements, the shape {wants}: give extents whose product is {has}"),
            ));
        }
        match self.layout.reshape(&wanted) {
            Some(layout) => Ok(TensorRef { layout, ..*self }),
            None => Err(self.cannot(
                format!("{} without copying", what()),
                format!(
                    "its elements are {:?} apart: reshape before it is cut or its dimensions change places, or copy it with a kernel",
                    self.layout.strides()
                ),
            )),
        }
    }

    /// The error of a rearrangement that the tensor's shape does not have.
    #[cold]
    #[track_caller]
    fn cannot(&self, what: String, help: String) -> Error {
        let message = format!("{what} of a tensor of shape {:?}", self.shape());
        Error::new(ErrorKind::InvalidArgument, message)
            .with_help(help)
            .at(Location::caller())
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

    /// A part of the tensor along one dimension, for tasks to write.
    ///
    /// # Errors
    /// There is no such dimension, or the range does not lie inside it.
    #[track_caller]
    pub fn slice_mut(
        &mut self,
        dim: usize,
        range: impl Into<DimRange>,
    ) -> Result<TensorMut<'s, T>, Error> {
        self.0.slice(dim, range).map(TensorMut)
    }

    /// The tensor with its dimensions in another order, for tasks to write; see [`TensorRef::permute`].
    ///
    /// # Errors
    /// `order` does not name each dimension once.
    #[track_caller]
    pub fn permute_mut<const D: usize>(
        &mut self,
        order: [usize; D],
    ) -> Result<TensorMut<'s, T>, Error> {
        self.0.permute(order).map(TensorMut)
    }

    /// The same elements with other extents, for tasks to write; see [`TensorRef::reshape`].
    ///
    /// # Errors
    /// The shape has more or fewer elements, or no strides show the elements in it.
    #[track_caller]
    pub fn reshape_mut(&mut self, shape: impl Into<Shape>) -> Result<TensorMut<'s, T>, Error> {
        self.0.reshape(shape).map(TensorMut)
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// A handle of a row-major tensor. Handles never touch elements, so none are needed.
    fn tensor<const D: usize>(shape: [usize; D]) -> TensorMut<'static, f32> {
        let layout = Shape::from(shape).layout().unwrap();
        let base = NonNull::dangling();
        TensorMut::new(TensorRef::new(base, 0, layout, TaskId::NONE, false))
    }

    fn geometry<'a>(handle: &'a TensorRef<'_, f32>) -> (u64, &'a [u32], &'a [u32]) {
        (handle.start, handle.shape(), handle.layout.strides())
    }

    #[test]
    fn slices_are_views_of_one_dimension() {
        let mut t = tensor([4, 6, 8]);
        let slice = t.slice_mut(1, 2..5).unwrap();
        assert_eq!(geometry(&slice), (16, &[4, 3, 8][..], &[48, 8, 1][..]));
        assert_eq!(slice.layout, t.view((.., 2..5)).unwrap().layout);
        assert_eq!(t.slice(2, ..).unwrap().layout, t.layout);
        assert!(t.slice(0, 4..).unwrap().is_empty());
    }

    #[test]
    fn rearrangements_compose() {
        let mut t = tensor([4, 6, 8]);
        let turned = t.permute_mut([2, 0, 1]).unwrap();
        assert_eq!(geometry(&turned), (0, &[8, 4, 6][..], &[1, 48, 8][..]));
        let part = turned.slice(0, 3..5).unwrap();
        assert_eq!(geometry(&part), (3, &[2, 4, 6][..], &[1, 48, 8][..]));
        let flat = part.reshape([2, 24]).unwrap();
        assert_eq!(geometry(&flat), (3, &[2, 24][..], &[1, 8][..]));
        let whole = t.reshape_mut([192]).unwrap();
        assert_eq!(geometry(&whole), (0, &[192][..], &[1][..]));
    }

    #[test]
    fn errors_say_what_where_and_what_to_do() {
        let mut t = tensor([4, 6]);
        let line = line!() + 2;
        let errors = [
            t.permute([0, 0]).unwrap_err(),
            t.permute_mut([0, 1, 2]).map(|_| ()).unwrap_err(),
            t.transpose(0, 2).unwrap_err(),
            t.slice(2, ..).unwrap_err(),
            t.slice_mut(7, ..).map(|_| ()).unwrap_err(),
            t.slice(1, 3..7).unwrap_err(),
            t.reshape([5, 5]).unwrap_err(),
            t.reshape_mut([1, 1, 1, 1, 1, 24]).map(|_| ()).unwrap_err(),
            t.transpose(0, 1).and_then(|t| t.reshape(24)).unwrap_err(),
        ];
        let says = [
            (
                "permute([0, 0]) of a tensor of shape [4, 6]",
                "0 to 1, once",
            ),
            ("permute([0, 1, 2])", "0 to 1, once"),
            ("transpose(0, 2)", "0 to 1"),
            ("slice of dimension 2", "0 to 1"),
            ("slice of dimension 7", "0 to 1"),
            ("3..7 of dimension 1", "ends at 6"),
            ("reshape([5, 5])", "whose product is 24"),
            ("6 dimensions", "1 to 5 extents"),
            (
                "reshape([24]) without copying of a tensor of shape [6, 4]",
                "[1, 6] apart",
            ),
        ];
        for (index, (error, (message, help))) in errors.iter().zip(says).enumerate() {
            assert!(error.message().contains(message), "{error}");
            assert!(
                error.help().is_some_and(|text| text.contains(help)),
                "{error}"
            );
            let at = error.location().map(Location::line);
            assert_eq!(at, Some(line + index as u32), "{error}");
        }
    }
}
