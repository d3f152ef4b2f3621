//! The arithmetic of the kernels: what a task writes depends on its inputs and their order.

use super::Kind;

/// The value that a task has made so far.
#[derive(Clone, Copy, Debug)]
pub struct Value(u64);

impl Value {
    /// That of a task before it has read anything.
    #[inline]
    pub fn new(id: u64, kind: Kind) -> Self {
        Value(
            id.wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .wrapping_add(kind as u64),
        )
    }

    /// With something read that tasks write.
    #[inline]
    #[must_use]
    pub fn reading(self, input: u64) -> Self {
        Value((self.0 ^ input).wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// With something read that nobody writes.
    #[inline]
    #[must_use]
    pub fn with_constant(self, input: u64) -> Self {
        Value(self.0.wrapping_add(input))
    }

    /// What the task writes to its `n`-th output.
    #[inline]
    pub fn output(self, n: u64) -> u64 {
        self.0.wrapping_add(n)
    }
}
