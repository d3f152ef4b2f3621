//! The runtime's argument views as the matrices and vectors that [`maths`](crate::maths) works on.

use pto_runtime::Element;
use pto_runtime::prelude::*;

use crate::maths::{Rows, RowsMut};

/// What a kernel says of an argument it takes as one slice; the runtime adds the task.
const SCATTERED: &str = "this kernel takes vectors whose elements lie one after the other";

/// All elements of a vector.
pub(crate) fn elements<'a, T: Element>(view: &In<'a, T>) -> &'a [T] {
    view.as_slice().expect(SCATTERED)
}

/// All elements of a vector, to be written.
pub(crate) fn elements_mut<T>(view: &mut impl Elements<T>) -> &mut [T] {
    view.elements().expect(SCATTERED)
}

/// Views that may be writable as one slice.
pub(crate) trait Elements<T> {
    /// All elements, if they lie one after the other.
    fn elements(&mut self) -> Option<&mut [T]>;
}

impl<T: Element> Rows<T> for In<'_, T> {
    fn rows(&self) -> usize {
        self.dim(0)
    }

    fn cols(&self) -> usize {
        self.dim(1)
    }

    fn row(&self, i: usize) -> &[T] {
        In::row(*self, i)
    }
}

macro_rules! writable {
    ($($view:ident),*) => { $(
        impl<T: Element> RowsMut<T> for $view<'_, T> {
            fn rows(&self) -> usize {
                self.dim(0)
            }

            fn cols(&self) -> usize {
                self.dim(1)
            }

            fn row_mut(&mut self, i: usize) -> &mut [T] {
                $view::row_mut(self, i)
            }
        }

        impl<T: Element> Elements<T> for $view<'_, T> {
            fn elements(&mut self) -> Option<&mut [T]> {
                self.as_mut_slice()
            }
        }
    )* };
}

writable!(InOut, Out);
