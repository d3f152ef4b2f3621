//! Reading a problem, and the expected result if the file has one.

use std::fs;
use std::path::Path;

use super::archive::{Archive, Stored};
use crate::attention::{Geometry, Problem};
use crate::error::Error;

/// What a file does not say by itself.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What scores are multiplied by before the softmax.
    pub scale: f32,
    /// Tokens of a cache block, needed if the caches are stored flattened.
    pub block_size: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scale: 1.0,
            block_size: None,
        }
    }
}

/// A checked problem from a file.
#[derive(Debug)]
pub struct Loaded {
    /// The inputs.
    pub problem: Problem,
    /// The tensor `out`, if the file has it.
    pub expected: Option<Vec<f32>>,
}

/// Reads a problem from a safetensors file.
pub fn load(path: &Path, options: Options) -> Result<Loaded, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.into(),
        source,
    })?;
    parse(&path.display().to_string(), &bytes, options)
}

/// Reads a problem from the bytes of a safetensors file, which messages call `origin`.
///
/// The tensors: `query` bf16 `[batch, heads, head_dim]`; `key_cache` and `value_cache` bf16
/// `[blocks, block_size, 1, head_dim]`, the same without the extent of 1, or flattened to
/// `[blocks * block_size, head_dim]`; `block_table` i32 `[batch, max_blocks]`; `context_lens` i32 `[batch]`; and, if
/// there is an expected result, `out` f32 in the shape of the query.
pub fn parse(origin: &str, bytes: &[u8], options: Options) -> Result<Loaded, Error> {
    let archive = Archive::new(origin, bytes)?;
    let query = archive.bf16("query")?;
    let key = archive.bf16("key_cache")?;
    let value = archive.bf16("value_cache")?;
    let table = archive.i32("block_table")?;
    let lens = archive.i32("context_lens")?;
    let expected = archive.has("out").then(|| archive.f32("out")).transpose()?;

    let [batch, heads, head_dim] = extents("query", &query, "[batch, heads, head_dim]")?;
    let [blocks, block_size, cache_dim] = cache("key_cache", &key, options)?;
    let values = cache("value_cache", &value, options)?;
    let [table_rows, max_blocks] = extents("block_table", &table, "[batch, max_blocks]")?;
    let [lengths] = extents("context_lens", &lens, "[batch]")?;

    agree(head_dim == cache_dim, || {
        format!("`query` has heads of {head_dim} elements, `key_cache` of {cache_dim}")
    })?;
    agree(values == [blocks, block_size, cache_dim], || {
        format!(
            "`key_cache` has shape {:?}, `value_cache` {:?}",
            key.shape, value.shape
        )
    })?;
    agree(table_rows == batch, || {
        format!("`query` has {batch} sequences, `block_table` {table_rows}")
    })?;
    agree(lengths == batch, || {
        format!("`query` has {batch} sequences, `context_lens` {lengths}")
    })?;
    if let Some(out) = &expected {
        agree(out.data.len() == query.data.len(), || {
            format!("`query` has shape {:?}, `out` {:?}", query.shape, out.shape)
        })?;
    }

    let geometry = Geometry {
        batch,
        heads,
        head_dim,
        block_size,
        blocks,
        max_blocks,
    };
    let (query, key, value) = (query.data, key.data, value.data);
    let problem = Problem {
        geometry,
        scale: options.scale,
        query,
        key,
        value,
        table: table.data,
        lens: lens.data,
    };
    problem.check()?;
    Ok(Loaded {
        problem,
        expected: expected.map(|out| out.data),
    })
}

/// The extents of a tensor that must have `N` of them, none zero.
fn extents<T, const N: usize>(
    name: &'static str,
    tensor: &Stored<T>,
    expected: &'static str,
) -> Result<[usize; N], Error> {
    match <[usize; N]>::try_from(&tensor.shape[..]) {
        Ok(extents) if !extents.contains(&0) => Ok(extents),
        _ => Err(Error::Shape {
            name,
            found: tensor.shape.clone(),
            expected,
        }),
    }
}

/// Blocks, block size and head size of a cache, however it is stored.
fn cache<T>(name: &'static str, tensor: &Stored<T>, options: Options) -> Result<[usize; 3], Error> {
    let found = match (&tensor.shape[..], options.block_size) {
        (&[blocks, size, 1, dim] | &[blocks, size, dim], None) => [blocks, size, dim],
        (&[blocks, size, 1, dim] | &[blocks, size, dim], Some(given)) if given == size => {
            [blocks, size, dim]
        }
        (&[rows, dim], Some(size)) if size > 0 && rows.is_multiple_of(size) => {
            [rows / size, size, dim]
        }
        (&[_, _], None) => {
            return Err(Error::Inconsistent {
                facts: format!("`{name}` is flattened, so the size of a block is not known"),
                rule: "give it with `--block-size TOKENS`",
            });
        }
        (shape, Some(size)) if matches!(shape.len(), 2..=4) => {
            return Err(Error::Inconsistent {
                facts: format!(
                    "`{name}` has shape {shape:?}, which is not in blocks of {size} tokens"
                ),
                rule: "give the cache's own block size with `--block-size`, or leave the option out",
            });
        }
        _ => [0; 3],
    };
    if found.contains(&0) {
        let expected = "[blocks, block_size, 1, head_dim] or [blocks * block_size, head_dim]";
        return Err(Error::Shape {
            name,
            found: tensor.shape.clone(),
            expected,
        });
    }
    Ok(found)
}

fn agree(consistent: bool, facts: impl FnOnce() -> String) -> Result<(), Error> {
    if consistent {
        return Ok(());
    }
    Err(Error::Inconsistent {
        facts: facts(),
        rule: "all tensors of a file describe the same sequences, heads and cache",
    })
}
