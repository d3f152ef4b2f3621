//! The kernels' arithmetic strung together by hand, block by block, against the stored results.

use half::bf16;
use pto_examples::attention::{Case, Geometry, Problem};
use pto_examples::compare::Closeness;
use pto_examples::io::{self, Options};
use pto_examples::maths::{
    Tile, TileMut, matmul, matmul_transposed, online_update, softmax_prepare,
};

#[test]
fn blocks_in_sequence_give_attention() {
    for case in Case::small() {
        let loaded = io::parse(case.name, case.golden.unwrap(), Options::default()).unwrap();
        let worst =
            Closeness::NAMED.worst_error(&by_hand(&loaded.problem), &loaded.expected.unwrap());
        assert!(Closeness::NAMED.accepts(worst), "{}: {worst:e}", case.name);
    }
}

fn by_hand(problem: &Problem) -> Vec<f32> {
    let Geometry {
        batch,
        heads,
        head_dim,
        block_size,
        max_blocks,
        ..
    } = problem.geometry;
    let mut out = vec![f32::NAN; problem.geometry.query_len()];
    for b in 0..batch {
        let rows = b * heads * head_dim..(b + 1) * heads * head_dim;
        let query = Tile::packed(&problem.query[rows.clone()], head_dim);
        let (mut m, mut l, mut o) = (
            vec![0.0; heads],
            vec![0.0; heads],
            vec![0.0; heads * head_dim],
        );
        for n in 0..problem.blocks_of(b) {
            let block = problem.table[b * max_blocks + n] as usize * block_size * head_dim;
            let cache = block..block + block_size * head_dim;
            let valid = block_size.min(problem.context(b) - n * block_size);

            let mut s = vec![0.0; heads * block_size];
            let key = Tile::packed(&problem.key[cache.clone()], head_dim);
            matmul_transposed(&query, &key, &mut TileMut::packed(&mut s, block_size));

            let mut p = vec![bf16::ZERO; heads * block_size];
            let (mut mi, mut li) = (vec![0.0; heads], vec![0.0; heads]);
            let s = Tile::new(&s, heads, valid, block_size);
            let weights = &mut TileMut::packed(&mut p, block_size);
            softmax_prepare(&s, weights, &mut mi, &mut li, problem.scale);

            let mut o_new = vec![0.0; heads * head_dim];
            let value = Tile::packed(&problem.value[cache], head_dim);
            matmul(
                &Tile::packed(&p, block_size),
                &value,
                &mut TileMut::packed(&mut o_new, head_dim),
            );

            online_update(
                &mi,
                &li,
                &Tile::packed(&o_new, head_dim),
                &mut m,
                &mut l,
                &mut TileMut::packed(&mut o, head_dim),
                &mut TileMut::packed(&mut out[rows.clone()], head_dim),
                n == 0,
                n + 1 == problem.blocks_of(b),
            );
        }
    }
    out
}
