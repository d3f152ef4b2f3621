//! Tensors of the host, and how an orchestration borrows them.

use std::hint;
use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::index::Index;
use crate::layout::{Layout, Shape, ShapeFault};

/// A row-major tensor owned by the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T> {
    layout: Layout,
    data: Vec<T>,
}

impl<T: Element> Tensor<T> {
    /// A tensor of the given elements in row-major order.
    ///
    /// # Errors
    /// The shape is faulty, or does not have as many elements as `data`.
    #[track_caller]
    pub fn from_vec(shape: impl Into<Shape>, data: Vec<T>) -> Result<Self, Error> {
        let layout = checked_layout(shape.into(), data.len())?;
        Ok(Tensor { layout, data })
    }

    /// A tensor whose elements are all `value`.
    ///
    /// # Panics
    /// The shape is faulty; see [`Tensor::from_vec`] for a way that reports it.
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        match shape.into().layout() {
            Ok(layout) => Tensor {
                layout,
                data: vec![value; layout.len()],
            },
            Err(fault) => panic!("{fault}"),
        }
    }

    /// A tensor of zeros.
    ///
    /// # Panics
    /// As [`Tensor::full`].
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Tensor::full(shape, T::default())
    }

    /// The extents.
    pub fn shape(&self) -> &[u32] {
        self.layout.shape()
    }

    /// Extents and strides.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The elements in row-major order.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// The elements in row-major order.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The elements in row-major order.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The pieces a writable view is made of: both stay valid for the borrow.
    pub(crate) fn parts_mut(&mut self) -> (NonNull<T>, &Layout) {
        (NonNull::from(self.data.as_mut_slice()).cast(), &self.layout)
    }
}

#[track_caller]
fn checked_layout(shape: Shape, len: usize) -> Result<Layout, Error> {
    let caller = std::panic::Location::caller();
    let layout = shape
        .layout()
        .map_err(|fault: ShapeFault| fault.into_error().at(caller))?;
    if layout.len() == len {
        return Ok(layout);
    }
    let message = format!(
        "shape {:?} has {} elements, the data has {len}",
        layout.shape(),
        layout.len()
    );
    Err(Error::new(ErrorKind::InvalidArgument, message).at(caller))
}

/// Host memory that an orchestration may read. Nobody can write it for as long as `'env` lasts.
#[derive(Clone, Copy, Debug)]
pub struct Input<'env, T> {
    data: &'env [T],
    layout: Layout,
}

impl<'env, T: Element> Input<'env, T> {
    /// Borrows a slice as a row-major tensor.
    ///
    /// # Errors
    /// The shape is faulty, or does not have as many elements as `data`.
    #[track_caller]
    pub fn from_slice(data: &'env [T], shape: impl Into<Shape>) -> Result<Self, Error> {
        Ok(Input {
            data,
            layout: checked_layout(shape.into(), data.len())?,
        })
    }

    /// The extents.
    pub fn shape(&self) -> &[u32] {
        self.layout.shape()
    }

    /// Reads one element on the host. `index` is a `usize` for one dimension, an array for more.
    ///
    /// # Errors
    /// The index is out of bounds, or of another rank than the tensor.
    #[inline(always)]
    #[track_caller]
    pub fn at(&self, index: impl Index) -> Result<T, Error> {
        match index.offset(self.layout.shape(), self.layout.strides()) {
            Some(offset) => Ok(self.data[offset]),
            None => {
                hint::cold_path();
                Err(outside(index, self.layout))
            }
        }
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        NonNull::from(self.data).cast()
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }
}

/// The layout is a copy: what a reference is made to has to be in memory.
#[cold]
#[inline(never)]
#[track_caller]
fn outside(index: impl Index, layout: Layout) -> Error {
    index.fault(layout.shape()).into_error()
}

impl<'env, T: Element> From<&'env Tensor<T>> for Input<'env, T> {
    fn from(tensor: &'env Tensor<T>) -> Self {
        Input {
            data: &tensor.data,
            layout: tensor.layout,
        }
    }
}

/// Host memory that an orchestration alone may read and write for as long as `'env` lasts.
///
/// Invariant: it stands for a `&'env mut [T]` that begins at `base` and has the elements that `layout`, which is contiguous,
/// describes.
#[derive(Debug)]
pub struct InputOutput<'env, T> {
    base: NonNull<T>,
    layout: Layout,
    borrow: PhantomData<&'env mut [T]>,
}

impl<'env, T: Element> InputOutput<'env, T> {
    /// Borrows a slice as a row-major tensor.
    ///
    /// # Errors
    /// The shape is faulty, or does not have as many elements as `data`.
    #[track_caller]
    pub fn from_mut_slice(data: &'env mut [T], shape: impl Into<Shape>) -> Result<Self, Error> {
        let layout = checked_layout(shape.into(), data.len())?;
        Ok(InputOutput {
            base: NonNull::from(data).cast(),
            layout,
            borrow: PhantomData,
        })
    }

    /// The extents.
    pub fn shape(&self) -> &[u32] {
        self.layout.shape()
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base.cast()
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }
}

impl<'env, T: Element> From<&'env mut Tensor<T>> for InputOutput<'env, T> {
    fn from(tensor: &'env mut Tensor<T>) -> Self {
        let (base, &layout) = tensor.parts_mut();
        InputOutput {
            base,
            layout,
            borrow: PhantomData,
        }
    }
}

// SAFETY: it is a `&'env mut [T]` together with a shape, by the invariant of the type, and elements are `Send`.
unsafe impl<T: Element> Send for InputOutput<'_, T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_data_must_agree() {
        assert!(Tensor::from_vec([2, 3], vec![0f32; 6]).is_ok());
        let error = Tensor::from_vec([2, 3], vec![0f32; 5]).unwrap_err();
        assert!(error.message().contains("has 6 elements, the data has 5"));
        assert!(error.location().unwrap().file().ends_with("tensor.rs"));
        let error = Input::from_slice(&[1u8; 4], [1; 9]).unwrap_err();
        assert!(error.message().contains("9 dimensions"), "{error}");
        assert_eq!(error.location().unwrap().line(), line!() - 2, "{error}");
        assert!(InputOutput::from_mut_slice(&mut [1u8; 4], [5]).is_err());
    }

    #[test]
    fn host_reads_are_checked() {
        let table = Tensor::from_vec([2, 3], (0..6).collect::<Vec<i32>>()).unwrap();
        let table = Input::from(&table);
        assert_eq!(table.at([1, 2]).unwrap(), 5);
        assert!(
            table
                .at([2, 0])
                .unwrap_err()
                .message()
                .contains("out of bounds")
        );
        assert!(table.at(0).unwrap_err().message().contains("rank"));
    }
}
