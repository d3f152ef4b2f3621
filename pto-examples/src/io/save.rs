//! Writing a result.

use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use crate::attention::Geometry;
use crate::error::Error;

/// Writes a result as the tensor `out`, f32 `[batch, heads, head_dim]`, of a safetensors file.
pub fn save(path: &Path, geometry: Geometry, out: &[f32]) -> Result<(), Error> {
    let bytes: Vec<u8> = out.iter().flat_map(|x| x.to_le_bytes()).collect();
    let shape = vec![geometry.batch, geometry.heads, geometry.head_dim];
    let file = TensorView::new(Dtype::F32, shape, &bytes)
        .and_then(|view| safetensors::serialize([("out", view)], None))
        .map_err(|error| Error::Write {
            path: path.into(),
            source: std::io::Error::other(error),
        })?;
    fs::write(path, file).map_err(|source| Error::Write {
        path: path.into(),
        source,
    })
}
