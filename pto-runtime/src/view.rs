//! What a kernel gets: typed, strided, bounds-checked views of the memory of its arguments.
//!
//! Misuse inside a kernel (an index out of bounds, a rank that does not fit) panics; the runtime turns a panicking
//! kernel into an [`Error`](crate::Error) that names the task and its source line.

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::dims::Dims;
use crate::element::Element;
use crate::index::Index;
use crate::layout::{Layout, is_contiguous};
use crate::tensor::Tensor;

/// Address, extents and strides: what the three views have in common.
///
/// Two words, so that kernels get their views in registers.
///
/// Invariant: for `'a`, every element that the extents and strides (at least one) describe from `base` on is an initialised
/// `T` inside one allocation. Who may write them is up to the view that holds this.
struct RawView<'a, T> {
    base: NonNull<T>,
    dims: Dims<'a>,
}

impl<T> Clone for RawView<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RawView<'_, T> {}

impl<'a, T: Element> RawView<'a, T> {
    #[inline(always)]
    fn shape(&self) -> &'a [u32] {
        self.dims.shape()
    }

    #[inline(always)]
    fn strides(&self) -> &'a [u32] {
        self.dims.strides()
    }

    #[inline]
    fn len(&self) -> usize {
        self.shape().iter().map(|&extent| extent as usize).product()
    }

    #[inline]
    #[track_caller]
    fn dim(&self, dim: usize) -> usize {
        match self.shape().get(dim) {
            Some(&extent) => extent as usize,
            None => match self.dims.few() {
                Some((ndims, a, b)) => no_dim_of_few(ndims, a, b, dim),
                None => no_dim(self.shape(), dim),
            },
        }
    }

    /// The address of one element.
    #[inline]
    #[track_caller]
    fn element(&self, index: impl Index) -> NonNull<T> {
        match index.offset(self.shape(), self.strides()) {
            // SAFETY: the index is in bounds, hence inside the allocation by the invariant of the type.
            Some(offset) => unsafe { self.base.add(offset) },
            None => match self.dims.few() {
                Some((ndims, a, b)) => no_element_of_few(ndims, a, b, index),
                None => no_element(self.shape(), index),
            },
        }
    }

    /// The whole view as one run of elements, if it is one.
    #[inline]
    fn contiguous(&self) -> Option<NonNull<[T]>> {
        is_contiguous(self.shape(), self.strides())
            .then(|| NonNull::slice_from_raw_parts(self.base, self.len()))
    }

    /// Row `row` of a matrix whose rows are runs of elements.
    #[inline]
    #[track_caller]
    fn row(&self, row: usize) -> NonNull<[T]> {
        match (self.shape(), self.strides()) {
            (&[rows, columns], &[stride, step])
                if row < rows as usize && (step == 1 || columns <= 1) =>
            {
                let offset = if columns == 0 {
                    0
                } else {
                    row * stride as usize
                };
                // SAFETY: element (row, 0) is in bounds, or nothing is added.
                NonNull::slice_from_raw_parts(unsafe { self.base.add(offset) }, columns as usize)
            }
            _ => no_row(self.shape(), self.strides(), row),
        }
    }

    /// Calls `f` for the address of each element in row-major order.
    #[inline]
    fn for_each(&self, mut f: impl FnMut(NonNull<T>)) {
        let Some((&last, outer)) = self.shape().split_last() else {
            return;
        };
        if self.shape().contains(&0) {
            return;
        }
        let step = self.strides()[outer.len()] as usize;
        let mut index = [0u32; crate::layout::MAX_DIMS];
        loop {
            let row: usize = index
                .iter()
                .zip(self.strides())
                .take(outer.len())
                .map(|(&i, &s)| i as usize * s as usize)
                .sum();
            for i in 0..last as usize {
                // SAFETY: `index` and `i` are below the extents, so the element is in bounds.
                f(unsafe { self.base.add(row + i * step) });
            }
            let Some(dim) = (0..outer.len())
                .rev()
                .find(|&dim| index[dim] + 1 < outer[dim])
            else {
                return;
            };
            index[dim] += 1;
            index[dim + 1..outer.len()].fill(0);
        }
    }

    #[inline]
    #[track_caller]
    fn assert_len(&self, len: usize) {
        if len != self.len() {
            no_len(self.shape(), len);
        }
    }
}

// What a view is asked for and does not have. No part of its code but a call is compiled into kernels.

#[cold]
#[inline(never)]
#[track_caller]
fn no_dim(shape: &[u32], dim: usize) -> ! {
    panic!("dimension {dim} of a tensor of shape {shape:?}")
}

#[cold]
#[inline(never)]
#[track_caller]
fn no_dim_of_few(ndims: usize, a: u32, b: u32, dim: usize) -> ! {
    no_dim(&[a, b][..ndims], dim)
}

#[cold]
#[inline(never)]
#[track_caller]
fn no_element(shape: &[u32], index: impl Index) -> ! {
    panic!("{}", index.fault(shape))
}

#[cold]
#[inline(never)]
#[track_caller]
fn no_element_of_few(ndims: usize, a: u32, b: u32, index: impl Index) -> ! {
    no_element(&[a, b][..ndims], index)
}

#[cold]
#[inline(never)]
#[track_caller]
fn no_row(shape: &[u32], strides: &[u32], row: usize) -> ! {
    panic!(
        "row {row} of a tensor of shape {shape:?}, strides {strides:?}: rows are those of a matrix with unit last stride"
    )
}

#[cold]
#[inline(never)]
#[track_caller]
fn no_len(shape: &[u32], len: usize) -> ! {
    panic!("{len} elements for a tensor of shape {shape:?}")
}

/// A tensor argument that the kernel reads.
pub struct In<'a, T> {
    raw: RawView<'a, T>,
    borrow: PhantomData<&'a [T]>,
}

/// A tensor argument that the kernel reads and writes.
pub struct InOut<'a, T> {
    raw: RawView<'a, T>,
    borrow: PhantomData<&'a mut [T]>,
}

/// A tensor argument that the kernel writes. What it holds before is unspecified.
pub struct Out<'a, T> {
    raw: RawView<'a, T>,
    borrow: PhantomData<&'a mut [T]>,
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

macro_rules! common {
    ($($view:ident),*) => { $(
        impl<'a, T: Element> $view<'a, T> {
            /// A view of raw memory.
            ///
            /// # Safety
            /// For `'a`, all elements that the extents and strides (as many, at least one) describe from `base` on are
            /// initialised and in one allocation; nobody else writes them, and if this view can, nobody else reads.
            #[inline]
            pub(crate) unsafe fn from_raw(base: NonNull<T>, dims: Dims<'a>) -> Self {
                $view { raw: RawView { base, dims }, borrow: PhantomData }
            }

            /// The extents.
            #[inline]
            pub fn shape(&self) -> &'a [u32] {
                self.raw.shape()
            }

            /// The extent of one dimension.
            ///
            /// # Panics
            /// There is no such dimension.
            #[inline]
            #[track_caller]
            pub fn dim(&self, dim: usize) -> usize {
                self.raw.dim(dim)
            }

            /// How many dimensions there are.
            #[inline]
            pub fn ndims(&self) -> usize {
                self.raw.shape().len()
            }

            /// The number of elements.
            #[inline]
            pub fn len(&self) -> usize {
                self.raw.len()
            }

            /// Whether there are no elements.
            #[inline]
            pub fn is_empty(&self) -> bool {
                self.raw.shape().contains(&0)
            }

            /// Whether the elements lie one after the other.
            #[inline]
            pub fn is_contiguous(&self) -> bool {
                is_contiguous(self.raw.shape(), self.raw.strides())
            }
        }
    )* };
}

common!(In, InOut, Out);

macro_rules! reading {
    ($view:ident, $life:lifetime, $receiver:ty) => {
        impl<'a, T: Element> $view<'a, T> {
            /// One element.
            ///
            /// # Panics
            /// The index is out of bounds or of the wrong rank.
            #[inline]
            #[track_caller]
            pub fn get(&self, index: impl Index) -> T {
                // SAFETY: the element is in bounds and initialised, and nobody else writes it.
                unsafe { self.raw.element(index).read() }
            }

            /// One row of a matrix.
            ///
            /// # Panics
            /// There is no such row, the view is no matrix, or its last stride is not 1.
            #[inline]
            #[track_caller]
            pub fn row(self: $receiver, row: usize) -> &$life [T] {
                // SAFETY: the row is in bounds and initialised, and nobody else writes it.
                unsafe { self.raw.row(row).as_ref() }
            }

            /// The rows of a matrix.
            ///
            /// # Panics
            /// As [`row`](Self::row).
            #[inline]
            pub fn rows(self: $receiver) -> impl Iterator<Item = &$life [T]> {
                (0..self.dim(0)).map(move |row| self.row(row))
            }

            /// All elements, if they lie one after the other.
            #[inline]
            pub fn as_slice(self: $receiver) -> Option<&$life [T]> {
                // SAFETY: all elements are initialised, and nobody else writes them.
                self.raw.contiguous().map(|slice| unsafe { slice.as_ref() })
            }

            /// A copy of all elements in row-major order.
            pub fn to_vec(&self) -> Vec<T> {
                let mut elements = Vec::with_capacity(self.len());
                // SAFETY: `for_each` stays in bounds; the elements are initialised, and nobody else writes them.
                self.raw.for_each(|element| elements.push(unsafe { element.read() }));
                elements
            }
        }
    };
}

reading!(In, 'a, Self);
reading!(InOut, '_, &Self);

macro_rules! writing {
    ($($view:ident),*) => { $(
        impl<'a, T: Element> $view<'a, T> {
            /// Sets one element.
            ///
            /// # Panics
            /// The index is out of bounds or of the wrong rank.
            #[inline]
            #[track_caller]
            pub fn set(&mut self, index: impl Index, value: T) {
                // SAFETY: the element is in bounds, and nobody else reads or writes it.
                unsafe { self.raw.element(index).write(value) }
            }

            /// One row of a matrix.
            ///
            /// # Panics
            /// There is no such row, the view is no matrix, or its last stride is not 1.
            #[inline]
            #[track_caller]
            pub fn row_mut(&mut self, row: usize) -> &mut [T] {
                // SAFETY: the row is in bounds and initialised, and nobody else reads or writes it.
                unsafe { self.raw.row(row).as_mut() }
            }

            /// All elements, if they lie one after the other.
            #[inline]
            pub fn as_mut_slice(&mut self) -> Option<&mut [T]> {
                // SAFETY: all elements are initialised, and nobody else reads or writes them.
                self.raw.contiguous().map(|mut slice| unsafe { slice.as_mut() })
            }

            /// Sets all elements to `value`.
            pub fn fill(&mut self, value: T) {
                // SAFETY: `for_each` stays in bounds, and nobody else reads or writes the elements.
                self.raw.for_each(|element| unsafe { element.write(value) });
            }

            /// Sets all elements, in row-major order.
            ///
            /// # Panics
            /// `values` has another number of elements.
            #[track_caller]
            pub fn copy_from_slice(&mut self, values: &[T]) {
                self.raw.assert_len(values.len());
                let mut values = values.iter();
                self.raw.for_each(|element| {
                    if let Some(&value) = values.next() {
                        // SAFETY: `for_each` stays in bounds, and nobody else reads or writes the element.
                        unsafe { element.write(value) }
                    }
                });
            }
        }
    )* };
}

writing!(InOut, Out);

impl<'a, T: Element> Out<'a, T> {
    /// The same elements, which may be read as well: they are initialised, if only with what was there before.
    #[inline]
    pub(crate) fn into_update(self) -> InOut<'a, T> {
        InOut {
            raw: self.raw,
            borrow: PhantomData,
        }
    }
}

impl<'a, T: Element> InOut<'a, T> {
    /// The same elements, which nobody writes any more.
    ///
    /// # Safety
    /// Nobody writes them for `'a`.
    #[inline]
    pub(crate) unsafe fn into_shared(self) -> In<'a, T> {
        In {
            raw: self.raw,
            borrow: PhantomData,
        }
    }
}

impl<'a, T: Element> From<&'a Tensor<T>> for In<'a, T> {
    fn from(tensor: &'a Tensor<T>) -> Self {
        let layout: &'a Layout = tensor.layout();
        // SAFETY: a shared borrow of all the elements of the tensor, for `'a`.
        unsafe { In::from_raw(NonNull::from(tensor.as_slice()).cast(), layout.dims()) }
    }
}

macro_rules! from_host {
    ($($view:ident),*) => { $(
        impl<'a, T: Element> From<&'a mut Tensor<T>> for $view<'a, T> {
            fn from(tensor: &'a mut Tensor<T>) -> Self {
                let (base, layout) = tensor.parts_mut();
                // SAFETY: an exclusive borrow of all the elements of the tensor, for `'a`.
                unsafe { $view::from_raw(base, layout.dims()) }
            }
        }
    )* };
}

from_host!(InOut, Out);

#[cfg(test)]
mod tests;
