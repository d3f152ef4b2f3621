//! Conditions of tasks: a comparison of one element, made when the task could run.

use std::cmp::Ordering;

use crate::args::{ReadArg, TensorArg, read};
use crate::element::{Bool, DType, Element, Scalar, bf16, f16};
use crate::error::Error;
use crate::handle::TensorRef;
use crate::index::Index;

/// How an element is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Compare {
    /// Whether it holds of two values that are ordered like this; `None` if they are not ordered.
    fn accepts(self, ordering: Option<Ordering>) -> bool {
        match self {
            Compare::Equal => ordering == Some(Ordering::Equal),
            Compare::NotEqual => ordering != Some(Ordering::Equal),
            Compare::Less => ordering == Some(Ordering::Less),
            Compare::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            Compare::Greater => ordering == Some(Ordering::Greater),
            Compare::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
        }
    }

    /// Whether it holds of two elements, given as bits.
    pub(crate) fn holds(self, dtype: DType, element: u64, value: u64) -> bool {
        fn order<T: Scalar + PartialOrd>(a: u64, b: u64) -> Option<Ordering> {
            T::from_bits(a).partial_cmp(&T::from_bits(b))
        }
        let order = match dtype {
            DType::F32 => order::<f32>,
            DType::F16 => order::<f16>,
            DType::BF16 => order::<bf16>,
            DType::I8 => order::<i8>,
            DType::U8 => order::<u8>,
            DType::I16 => order::<i16>,
            DType::U16 => order::<u16>,
            DType::I32 => order::<i32>,
            DType::U32 => order::<u32>,
            DType::I64 => order::<i64>,
            DType::U64 => order::<u64>,
            DType::Bool => order::<Bool>,
        };
        self.accepts(order(element, value))
    }
}

/// A condition of a task, as plain data: `element compare value`. It is evaluated when the task could run. If it does not
/// hold the kernel is skipped; the task is complete all the same.
///
/// The element is one more tensor of the task, which reads it.
#[derive(Clone, Copy, Debug)]
pub struct Predicate<'s> {
    pub(crate) tensor: TensorArg<'s>,
    pub(crate) compare: Compare,
    pub(crate) value: u64,
}

impl<'s> Predicate<'s> {
    /// Compares the element at `index` with a value. `index` is a `usize` for one dimension, an array for more.
    ///
    /// # Errors
    /// The index is out of bounds, or of another rank than the tensor.
    #[track_caller]
    pub fn new<T: Element>(
        tensor: &TensorRef<'s, T>,
        index: impl Index,
        compare: Compare,
        value: T,
    ) -> Result<Self, Error> {
        Ok(Predicate {
            tensor: ReadArg::into_arg(read(tensor)).element(index)?,
            compare,
            value: value.to_bits(),
        })
    }

    /// The element: a tensor of one.
    #[inline]
    pub fn tensor(&self) -> &TensorArg<'s> {
        &self.tensor
    }

    /// Whether it holds now.
    ///
    /// # Safety
    /// Nobody writes the element meanwhile.
    #[cold]
    pub(crate) unsafe fn holds(&self) -> bool {
        let dtype = self.tensor.dtype();
        // SAFETY: by the contract of this function; the tensor has one element, of that type.
        let element = unsafe { dtype.read_bits(self.tensor.address()) };
        self.compare.holds(dtype, element, self.value)
    }

    /// How it is compared.
    #[inline]
    pub fn compare(&self) -> Compare {
        self.compare
    }

    /// What it is compared with, as [`Scalar::to_bits`] has it.
    #[inline]
    pub fn value(&self) -> u64 {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_compared_as_what_they_are() {
        let bits = |value: i8| u64::from(value as u8);
        assert!(Compare::Less.holds(DType::I8, bits(-1), Scalar::to_bits(0_i8)));
        assert!(Compare::Greater.holds(DType::U8, bits(-1), 0));
        let (one, nan) = (Scalar::to_bits(1.0_f32), Scalar::to_bits(f32::NAN));
        let holds = |compare: Compare| {
            let of = |a, b| compare.holds(DType::F32, a, b);
            [of(one, one), of(one, nan), of(0, one)]
        };
        assert_eq!(holds(Compare::Equal), [true, false, false]);
        assert_eq!(holds(Compare::NotEqual), [false, true, true]);
        assert_eq!(holds(Compare::Less), [false, false, true]);
        assert_eq!(holds(Compare::LessOrEqual), [true, false, true]);
        assert_eq!(holds(Compare::Greater), [false, false, false]);
        assert_eq!(holds(Compare::GreaterOrEqual), [true, false, false]);
    }
}
