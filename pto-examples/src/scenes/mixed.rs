//! Tasks of one to three kernels, in every combination of the cores of a cluster.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, worst};
use crate::kernels::{add_tiles, gemm, mul_tiles};
use crate::random::Random;

const SIDE: usize = 64;

/// In each round three times `a b`, four times `d + e`, and twice `g h` element by element, of the tiles of the round.
/// Inputs are `[rounds, side, side]`; `ab` has three tiles for each round, `de` four and `gh` two.
#[orchestration]
pub fn mixed_example(
    a: In<f32>,
    b: In<f32>,
    d: In<f32>,
    e: In<f32>,
    g: In<f32>,
    h: In<f32>,
    ab: InOut<f32>,
    de: InOut<f32>,
    gh: InOut<f32>,
) {
    for i in 0..a.dim(0) {
        let (a, b) = (a.view([i..i + 1]), b.view([i..i + 1]));
        let (d, e) = (d.view([i..i + 1]), e.view([i..i + 1]));
        let (g, h) = (g.view([i..i + 1]), h.view([i..i + 1]));
        let (p, s, m) = (3 * i, 4 * i, 2 * i);
        #[task(name = all_cores)]
        mixed!(
            gemm(&a, &b, &mut ab.view_mut([p..p + 1])),
            add_tiles(&d, &e, &mut de.view_mut([s..s + 1])),
            mul_tiles(&g, &h, &mut gh.view_mut([m..m + 1]))
        );
        gemm(&a, &b, &mut ab.view_mut([p + 1..p + 2]));
        add_tiles(&d, &e, &mut de.view_mut([s + 1..s + 2]));
        #[task(name = both_vectors)]
        mixed!(
            add_tiles(&d, &e, &mut de.view_mut([s + 2..s + 3])),
            mul_tiles(&g, &h, &mut gh.view_mut([m + 1..m + 2]))
        );
        #[task(name = cube_and_vector)]
        mixed!(
            gemm(&a, &b, &mut ab.view_mut([p + 2..p + 3])),
            add_tiles(&d, &e, &mut de.view_mut([s + 3..s + 4]))
        );
    }
}

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    [("Case1", 4), ("Case2", 1)]
        .into_iter()
        .map(|(name, rounds)| {
            let graph = Counts {
                tasks: 5 * rounds as u64,
                edges: 0,
            };
            let about = "every combination of the cores of a cluster";
            Scene::new(
                format!("mixed_example/{name}"),
                about,
                graph,
                move |runtime| run(runtime, rounds),
            )
            .on(|builder| builder.workers(4).clusters(2))
            .listed_like_this()
        })
}

fn run(runtime: &mut Runtime, rounds: usize) -> Result<Ran, crate::Error> {
    let mut random = Random::new(5);
    let mut tensor = || -> Result<Tensor<f32>, crate::Error> {
        let elements = rounds * SIDE * SIDE;
        let data = (0..elements).map(|_| random.uniform(-0.1, 0.1)).collect();
        Ok(Tensor::from_vec([rounds, SIDE, SIDE], data)?)
    };
    let [a, b, d, e, g, h] = [
        tensor()?,
        tensor()?,
        tensor()?,
        tensor()?,
        tensor()?,
        tensor()?,
    ];
    let zeros = |tiles: usize| Tensor::zeros([rounds * tiles, SIDE, SIDE]);
    let (mut ab, mut de, mut gh) = (zeros(3), zeros(4), zeros(2));
    let program = mixed_example(&a, &b, &d, &e, &g, &h, &mut ab, &mut de, &mut gh);
    let report = runtime.run(program)?.report;
    let product = |at: usize| {
        let (base, row, column) = (
            at / (SIDE * SIDE) * SIDE * SIDE,
            at / SIDE % SIDE,
            at % SIDE,
        );
        let terms = (0..SIDE).map(|k| {
            f64::from(a.as_slice()[base + row * SIDE + k])
                * f64::from(b.as_slice()[base + k * SIDE + column])
        });
        terms.sum::<f64>() as f32
    };
    let sum = |at: usize| d.as_slice()[at] + e.as_slice()[at];
    let multiple = |at: usize| g.as_slice()[at] * h.as_slice()[at];
    let errors = [
        of_rounds(&ab, 3, product),
        of_rounds(&de, 4, sum),
        of_rounds(&gh, 2, multiple),
    ];
    Ok(Ran {
        error: errors.into_iter().fold(0.0, f64::max),
        report,
    })
}

/// The error of a tensor that has the tile of each round so many times.
fn of_rounds(got: &Tensor<f32>, times: usize, want: impl Fn(usize) -> f32) -> f64 {
    let tile = SIDE * SIDE;
    let want = (0..got.as_slice().len()).map(|at| want(at / (times * tile) * tile + at % tile));
    worst(got.as_slice(), want, 1e-3)
}
