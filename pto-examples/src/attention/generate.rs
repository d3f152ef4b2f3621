//! Deterministic inputs for cases that are too large to store.

use half::bf16;

use super::{Geometry, Problem};
use crate::random::Random;

/// Inputs with the given extents and context lengths: queries and keys uniform in ±0.5, values in ±1, cache blocks
/// drawn at random, scores not scaled. The same `seed` gives the same inputs everywhere.
pub fn generate(geometry: Geometry, context: impl Fn(usize) -> usize, seed: u64) -> Problem {
    let mut random = Random::new(seed);
    let mut tensor = |len: usize, bound: f32| -> Vec<bf16> {
        (0..len)
            .map(|_| bf16::from_f32(random.uniform(-bound, bound)))
            .collect()
    };
    let query = tensor(geometry.query_len(), 0.5);
    let key = tensor(geometry.cache_len(), 0.5);
    let value = tensor(geometry.cache_len(), 1.0);
    let table = (0..geometry.batch * geometry.max_blocks)
        .map(|_| random.below(geometry.blocks as u32) as i32)
        .collect();
    let lens = (0..geometry.batch)
        .map(|batch| context(batch) as i32)
        .collect();
    Problem {
        geometry,
        scale: 1.0,
        query,
        key,
        value,
        table,
        lens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::CASES;

    #[test]
    fn every_case_is_consistent() {
        for case in CASES {
            // A small cache stands for the large ones: the check does not read it.
            let blocks = case.geometry.blocks.min(4);
            let problem = generate(
                Geometry {
                    blocks,
                    ..case.geometry
                },
                |batch| case.context(batch),
                1,
            );
            problem
                .check()
                .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        }
    }

    #[test]
    fn a_seed_decides_the_inputs() {
        let geometry = CASES[0].geometry;
        let inputs = |seed| generate(geometry, |_| 20, seed);
        assert_eq!(inputs(1).query, inputs(1).query);
        assert_ne!(inputs(1).query, inputs(2).query);
    }

    #[test]
    fn tasks_and_storage_of_a_large_case() {
        let case = CASES.iter().find(|case| case.name == "Case1").unwrap();
        let problem = generate(
            Geometry {
                blocks: 1,
                ..case.geometry
            },
            |batch| case.context(batch),
            1,
        );
        assert_eq!(problem.tasks(), 65792);
        let per_block = 16 * 128 * 4 + 16 * 128 * 2 + 2 * 64 + 16 * 128 * 4;
        let scratch = 16 * 128 * 4 + 2 * 64;
        assert!(problem.heap_bytes() >= 256 * (scratch + 64 * per_block));
    }
}
