//! Attention as the textbook has it, to compare the tasks' results with.
//!
//! Nothing here is shared with the kernels: no blocks, no running maximum, no product library, f64 throughout.

use std::thread;

use half::bf16;

use super::Problem;

/// The attention of every query row over its sequence's whole context, `[batch * heads, head_dim]`.
///
/// Uses every core: the large cases have 10^10 multiplications.
pub fn attention(problem: &Problem) -> Vec<f32> {
    let geometry = problem.geometry;
    let mut out = vec![0.0; geometry.query_len()];
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(geometry.batch);
    let share = geometry.batch.div_ceil(threads);
    let sequence_len = geometry.heads * geometry.head_dim;
    thread::scope(|scope| {
        for (index, rows) in out.chunks_mut(share * sequence_len).enumerate() {
            scope.spawn(move || {
                for (offset, rows) in rows.chunks_mut(sequence_len).enumerate() {
                    sequence(problem, index * share + offset, rows);
                }
            });
        }
    });
    out
}

/// One sequence: scores, softmax, weighted sum, one after the other over the whole context.
fn sequence(problem: &Problem, batch: usize, out: &mut [f32]) {
    let (dim, heads) = (problem.geometry.head_dim, problem.geometry.heads);
    let context = problem.context(batch);
    let query: Vec<f64> = problem.query[batch * heads * dim..][..heads * dim]
        .iter()
        .copied()
        .map(bf16::to_f64)
        .collect();

    let mut weights = vec![0.0; heads * context];
    for token in 0..context {
        let key = row(problem, &problem.key, batch, token);
        for head in 0..heads {
            weights[head * context + token] =
                f64::from(problem.scale) * dot(&query[head * dim..][..dim], &key);
        }
    }
    for weights in weights.chunks_mut(context) {
        let max = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        weights
            .iter_mut()
            .for_each(|weight| *weight = (*weight - max).exp());
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
    }
    let mut sums = vec![0.0; heads * dim];
    for token in 0..context {
        let value = row(problem, &problem.value, batch, token);
        for (head, sums) in sums.chunks_mut(dim).enumerate() {
            let weight = weights[head * context + token];
            sums.iter_mut()
                .zip(&value)
                .for_each(|(sum, value)| *sum += weight * value);
        }
    }
    out.iter_mut()
        .zip(sums)
        .for_each(|(out, sum)| *out = sum as f32);
}

/// The cache row of a sequence's token.
fn row(problem: &Problem, cache: &[bf16], batch: usize, token: usize) -> Vec<f64> {
    let geometry = problem.geometry;
    let block = problem.table[batch * geometry.max_blocks + token / geometry.block_size] as usize;
    let row = block * geometry.block_size + token % geometry.block_size;
    cache[row * geometry.head_dim..][..geometry.head_dim]
        .iter()
        .copied()
        .map(bf16::to_f64)
        .collect()
}

/// A dot product in eight partial sums, so that the compiler may use vector registers.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        sums.iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::{Geometry, generate};

    #[test]
    fn equal_values_come_out_as_they_went_in() {
        let geometry = Geometry {
            batch: 2,
            heads: 3,
            head_dim: 5,
            block_size: 4,
            blocks: 7,
            max_blocks: 3,
        };
        let mut problem = generate(geometry, |batch| [9, 4][batch], 5);
        problem.value.fill(bf16::from_f32(0.75));
        assert!(
            attention(&problem)
                .iter()
                .all(|out| (out - 0.75).abs() < 1e-6)
        );
    }

    #[test]
    fn a_context_of_one_token_is_that_tokens_value() {
        let geometry = Geometry {
            batch: 1,
            heads: 2,
            head_dim: 3,
            block_size: 4,
            blocks: 5,
            max_blocks: 1,
        };
        let mut problem = generate(geometry, |_| 1, 5);
        problem.table[0] = 3;
        let value: Vec<f32> = problem.value[3 * 4 * 3..][..3]
            .iter()
            .map(|v| v.to_f32())
            .collect();
        let out = attention(&problem);
        assert_eq!((&out[..3], &out[3..]), (&value[..], &value[..]));
    }
}
