//! The same bits, whatever the version, the number of threads, and the room in the rings.

use pto_examples::attention::{Geometry, Problem, attention, generate};
use pto_examples::compare::Closeness;
use pto_examples::{Scopes, Version};
use pto_runtime::{Runtime, RuntimeBuilder};

/// Runs every version on each number of workers, `runs` times in all, and compares the bits of all results.
fn same_bits(builder: &RuntimeBuilder, problem: &Problem, scopes: Scopes, runs: usize) {
    let expected = attention(problem);
    let mut first: Option<Vec<u32>> = None;
    for workers in [1, 2, 4] {
        let mut runtime: Runtime = builder
            .clone()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap();
        for run in 0..runs.div_ceil(3) {
            for version in Version::ALL {
                let mut out = vec![f32::NAN; problem.geometry.query_len()];
                version
                    .run(&mut runtime, problem, scopes, &mut out)
                    .unwrap();
                let worst = Closeness::NAMED.worst_error(&out, &expected);
                let place = format!("{}, {workers} workers, run {run}", version.name());
                assert!(Closeness::NAMED.accepts(worst), "{place}: {worst:e}");
                let bits: Vec<u32> = out.iter().map(|x| x.to_bits()).collect();
                assert!(
                    *first.get_or_insert_with(|| bits.clone()) == bits,
                    "{place}: other bits than the first run"
                );
            }
        }
    }
}

#[test]
fn small_cases_give_the_same_bits_every_time() {
    let geometry = Geometry {
        batch: 4,
        heads: 16,
        head_dim: 16,
        block_size: 16,
        blocks: 16,
        max_blocks: 8,
    };
    same_bits(
        &Runtime::builder(),
        &generate(geometry, |batch| [33, 64, 128, 15][batch], 1),
        Scopes::Tiles,
        200,
    );
}

/// Many more tasks than slots, and heaps of which every byte is used again and again. Fifteen blocks to a sequence are
/// the most that the versions with one scope to a tile can have in a window of 64.
#[test]
fn tight_rings_change_nothing() {
    let geometry = Geometry {
        batch: 32,
        heads: 16,
        head_dim: 16,
        block_size: 16,
        blocks: 64,
        max_blocks: 15,
    };
    let problem = generate(geometry, |_| 15 * 16, 2);
    assert!(problem.tasks() > 30 * 64 && problem.heap_bytes() > 20 * (64 << 10));
    same_bits(
        &Runtime::builder().window(64).heap(64 << 10).dep_pool(256),
        &problem,
        Scopes::Tiles,
        15,
    );
}

/// The tasks of the ring stress case, with small kernels: 129 to a tile, in rings of 64 slots.
#[test]
fn tiles_larger_than_a_ring_go_through_it_block_by_block() {
    let geometry = Geometry {
        batch: 32,
        heads: 4,
        head_dim: 4,
        block_size: 4,
        blocks: 64,
        max_blocks: 32,
    };
    let problem = generate(geometry, |_| 32 * 4, 4);
    assert_eq!(problem.tasks(), 32 * 129);
    same_bits(
        &Runtime::builder().window(64).heap(64 << 10).dep_pool(256),
        &problem,
        Scopes::Blocks,
        200,
    );
}

/// More heads than a tile has rows: several tiles of one sequence share its context.
#[test]
fn sequences_of_several_tiles_are_solved() {
    let geometry = Geometry {
        batch: 2,
        heads: 256,
        head_dim: 8,
        block_size: 4,
        blocks: 9,
        max_blocks: 4,
    };
    same_bits(
        &Runtime::builder(),
        &generate(geometry, |batch| [13, 6][batch], 3),
        Scopes::Tiles,
        3,
    );
}
