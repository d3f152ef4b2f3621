//! What a tensor may be made of, and what may be passed to a kernel by value.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Not;
use std::ptr::NonNull;

pub use half::{bf16, f16};

/// The element types, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DType {
    /// 32-bit float.
    F32,
    /// 16-bit IEEE float.
    F16,
    /// 16-bit brain float.
    BF16,
    /// 8-bit signed integer.
    I8,
    /// 8-bit unsigned integer.
    U8,
    /// 16-bit signed integer.
    I16,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit signed integer.
    I32,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit signed integer.
    I64,
    /// 64-bit unsigned integer.
    U64,
    /// A truth value of 8 bits.
    Bool,
}

impl DType {
    /// The bits of an element of the type.
    ///
    /// # Safety
    /// `at` points to one.
    pub(crate) unsafe fn read_bits(self, at: NonNull<u8>) -> u64 {
        // SAFETY: by the contract of this function; elements are aligned to their size.
        unsafe {
            match self.size() {
                1 => u64::from(at.read()),
                2 => u64::from(at.cast::<u16>().read()),
                4 => u64::from(at.cast::<u32>().read()),
                _ => at.cast::<u64>().read(),
            }
        }
    }

    /// Bytes of one element, which is also its alignment.
    #[inline]
    pub const fn size(self) -> usize {
        match self {
            DType::I8 | DType::U8 | DType::Bool => 1,
            DType::F16 | DType::BF16 | DType::I16 | DType::U16 => 2,
            DType::F32 | DType::I32 | DType::U32 => 4,
            DType::I64 | DType::U64 => 8,
        }
    }

    /// The name of the Rust type.
    pub const fn name(self) -> &'static str {
        match self {
            DType::F32 => "f32",
            DType::F16 => "f16",
            DType::BF16 => "bf16",
            DType::I8 => "i8",
            DType::U8 => "u8",
            DType::I16 => "i16",
            DType::U16 => "u16",
            DType::I32 => "i32",
            DType::U32 => "u32",
            DType::I64 => "i64",
            DType::U64 => "u64",
            DType::Bool => "Bool",
        }
    }

    /// `self == other`, usable in constants and free of a `PartialEq` call.
    #[inline]
    pub(crate) const fn is(self, other: DType) -> bool {
        self as u8 == other as u8
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A truth value as the element of a tensor: zero is false, all else is true.
///
/// Rust's own `bool` has two valid bit patterns; recycled memory may hold any.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub struct Bool(u8);

impl Bool {
    /// True.
    pub const TRUE: Bool = Bool(1);
    /// False.
    pub const FALSE: Bool = Bool(0);

    /// The value.
    #[inline]
    pub const fn get(self) -> bool {
        self.0 != 0
    }
}

impl From<bool> for Bool {
    #[inline]
    fn from(value: bool) -> Self {
        Bool(u8::from(value))
    }
}

impl From<Bool> for bool {
    #[inline]
    fn from(value: Bool) -> Self {
        value.get()
    }
}

impl PartialEq for Bool {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Bool {}

impl PartialEq<bool> for Bool {
    #[inline]
    fn eq(&self, other: &bool) -> bool {
        self.get() == *other
    }
}

impl PartialOrd for Bool {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bool {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().cmp(&other.get())
    }
}

impl Hash for Bool {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.get().hash(state);
    }
}

impl Not for Bool {
    type Output = Bool;

    #[inline]
    fn not(self) -> Bool {
        Bool::from(!self.get())
    }
}

impl fmt::Debug for Bool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

impl fmt::Display for Bool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.get(), f)
    }
}

mod sealed {
    pub trait Sealed {}
}

/// An element of a tensor.
///
/// Sealed: the runtime hands out recycled memory as tensors, which is sound only because every bit pattern is a valid
/// value of each of these types, and because none is larger than its alignment.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the element of a tensor",
    label = "not an element type",
    note = "elements are f32, f16, bf16, the integers of 8 to 64 bits, and `Bool`"
)]
pub trait Element:
    Scalar + Send + Sync + Default + fmt::Debug + PartialEq + sealed::Sealed
{
    /// The type, as data.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($ty:ty => $dtype:ident),* $(,)?) => { $(
        impl sealed::Sealed for $ty {}
        impl Element for $ty {
            const DTYPE: DType = DType::$dtype;
        }
        const _: () = assert!(size_of::<$ty>() == DType::$dtype.size() && align_of::<$ty>() == size_of::<$ty>());
    )* };
}

elements! {
    f32 => F32, f16 => F16, bf16 => BF16, i8 => I8, u8 => U8, i16 => I16, u16 => U16, i32 => I32, u32 => U32,
    i64 => I64, u64 => U64, Bool => Bool,
}

/// A value passed to a kernel as 64 bits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a kernel parameter",
    label = "neither a tensor nor a scalar",
    note = "kernel parameters are `In<T>`, `Out<T>`, `InOut<T>` or a scalar",
    note = "scalars are bool, the integers up to 64 bits, usize, isize, f32 and f64"
)]
pub trait Scalar: Copy + 'static {
    /// The value as 64 bits.
    fn to_bits(self) -> u64;
    /// The value whose bits these are; the inverse of [`to_bits`](Scalar::to_bits).
    fn from_bits(bits: u64) -> Self;
}

macro_rules! integer_scalars {
    ($($ty:ty),* $(,)?) => { $(
        impl Scalar for $ty {
            #[inline]
            fn to_bits(self) -> u64 { self as u64 }
            #[inline]
            fn from_bits(bits: u64) -> Self { bits as Self }
        }
    )* };
}

integer_scalars! { i8, u8, i16, u16, i32, u32, i64, u64, isize, usize }

macro_rules! float_scalars {
    ($($ty:ty as $bits:ty),* $(,)?) => { $(
        impl Scalar for $ty {
            #[inline]
            fn to_bits(self) -> u64 { <$ty>::to_bits(self) as u64 }
            #[inline]
            fn from_bits(bits: u64) -> Self { <$ty>::from_bits(bits as $bits) }
        }
    )* };
}

float_scalars! { f32 as u32, f64 as u64, f16 as u16, bf16 as u16 }

impl Scalar for bool {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(self)
    }
    #[inline]
    fn from_bits(bits: u64) -> Self {
        bits != 0
    }
}

impl Scalar for Bool {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(self.get())
    }
    #[inline]
    fn from_bits(bits: u64) -> Self {
        // All bits count: the element may stem from recycled memory.
        Bool::from(bits != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_survive_the_round_trip() {
        fn same<S: Scalar + PartialEq + fmt::Debug>(value: S) {
            assert_eq!(S::from_bits(value.to_bits()), value);
        }
        same(-3i8);
        same(i64::MIN);
        same(u64::MAX);
        same(-1isize);
        same(-0.5f32);
        same(f64::MIN_POSITIVE);
        same(true);
        same(false);
        same(bf16::from_f32(1.5));
        same(Bool::TRUE);
    }

    #[test]
    fn any_bits_are_a_truth_value() {
        assert_eq!(Bool(2), Bool::TRUE);
        assert_eq!(Bool(2).cmp(&Bool(1)), Ordering::Equal);
        assert!(Bool(255) > Bool::FALSE && Bool(7) == true && !bool::from(!Bool(3)));
        assert_eq!(format!("{:?} {}", Bool(9), Bool::default()), "true false");
    }
}
