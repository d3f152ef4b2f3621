//! Typed access to the tensors of a safetensors file.

use half::bf16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::error::Error;

/// The tensors of a safetensors file in memory.
pub struct Archive<'a> {
    origin: &'a str,
    tensors: SafeTensors<'a>,
}

/// A tensor as it was stored: its shape, and its elements in row-major order.
#[derive(Debug)]
pub struct Stored<T> {
    /// The extents.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: Vec<T>,
}

impl<'a> Archive<'a> {
    /// Parses a file's bytes; `origin` is what messages call the file.
    pub fn new(origin: &'a str, bytes: &'a [u8]) -> Result<Self, Error> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| Error::Broken {
            origin: origin.into(),
            reason: error.to_string(),
        })?;
        Ok(Self { origin, tensors })
    }

    /// A tensor of bf16 elements.
    pub fn bf16(&self, name: &'static str) -> Result<Stored<bf16>, Error> {
        self.read(name, Dtype::BF16, "bf16", bf16::from_le_bytes)
    }

    /// A tensor of i32 elements.
    pub fn i32(&self, name: &'static str) -> Result<Stored<i32>, Error> {
        self.read(name, Dtype::I32, "i32", i32::from_le_bytes)
    }

    /// A tensor of f32 elements.
    pub fn f32(&self, name: &'static str) -> Result<Stored<f32>, Error> {
        self.read(name, Dtype::F32, "f32", f32::from_le_bytes)
    }

    /// Whether there is a tensor of that name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    fn read<T, const SIZE: usize>(
        &self,
        name: &'static str,
        dtype: Dtype,
        expected: &'static str,
        decode: impl Fn([u8; SIZE]) -> T,
    ) -> Result<Stored<T>, Error> {
        let view = self.view(name)?;
        if view.dtype() != dtype {
            return Err(Error::Dtype {
                name,
                found: view.dtype().to_string().to_lowercase(),
                expected,
            });
        }
        let (elements, _) = view.data().as_chunks::<SIZE>();
        Ok(Stored {
            shape: view.shape().to_vec(),
            data: elements.iter().copied().map(decode).collect(),
        })
    }

    fn view(&self, name: &'static str) -> Result<TensorView<'a>, Error> {
        self.tensors.tensor(name).map_err(|_| {
            let mut present: Vec<String> =
                self.tensors.names().into_iter().map(String::from).collect();
            present.sort();
            Error::MissingTensor {
                origin: self.origin.into(),
                name,
                present,
            }
        })
    }
}
