//! The stored inputs and result of the vector example.

use crate::error::Error;
use crate::io::Archive;

/// Elements of each vector: the original's 128 x 128 tile.
pub const LEN: usize = 128 * 128;

/// The inputs and the result; all elements of a vector have the same value.
#[derive(Clone, Copy, Debug)]
pub struct Golden {
    /// Every element of the input `a`.
    pub a: f32,
    /// Every element of the input `b`.
    pub b: f32,
    /// Every element of the result.
    pub f: f32,
}

impl Golden {
    /// Reads the values that are stored in the program.
    pub fn stored() -> Result<Self, Error> {
        let bytes = include_bytes!("../../goldens/vector_example.safetensors");
        let archive = Archive::new("vector_example.safetensors", bytes)?;
        let value = |name| archive.f32(name).map(|stored| stored.data[0]);
        Ok(Self {
            a: value("a")?,
            b: value("b")?,
            f: value("f")?,
        })
    }
}
