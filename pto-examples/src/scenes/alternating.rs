//! Products on the cube cores and sums on the vector cores, in turn, none of which waits for another.

use pto_runtime::prelude::*;
use pto_runtime::{Input, InputOutput};

use super::{Counts, Ran, Scene, worst};
use crate::kernels::{add_tiles, gemm};
use crate::random::Random;

/// `c = a b` tile by tile, in groups of `products` tiles, and `z = x + y`, in groups of `sums`. All tensors are
/// `[tiles, side, side]`.
#[orchestration]
pub fn alternating(
    a: In<f32>,
    b: In<f32>,
    c: InOut<f32>,
    x: In<f32>,
    y: In<f32>,
    z: InOut<f32>,
    products: usize,
    sums: usize,
) {
    let (first, second) = (c.dim(0) / products, z.dim(0) / sums);
    parallel_for!(0..first.max(second), |i| {
        if i < first {
            gemm(
                &a.view([i * products..(i + 1) * products]),
                &b.view([i * products..(i + 1) * products]),
                &mut c.view_mut([i * products..(i + 1) * products]),
            );
        }
        if i < second {
            add_tiles(
                &x.view([i * sums..(i + 1) * sums]),
                &y.view([i * sums..(i + 1) * sums]),
                &mut z.view_mut([i * sums..(i + 1) * sums]),
            );
        }
    });
}

const SIDE: usize = 128;

#[derive(Clone, Copy)]
struct Size {
    batch: usize,
    /// Tiles of each of the batch that are multiplied, and that are added.
    tiles: [usize; 2],
    /// Tiles of one task.
    together: [usize; 2],
}

/// The scene's cases: name, batch, tiles of each, tiles of a task.
const CASES: [(&str, usize, [usize; 2], [usize; 2]); 3] = [
    ("default", 1, [1, 1], [1, 1]),
    ("Case1", 500, [4, 4], [4, 4]),
    ("Case2", 512, [2, 5], [4, 5]),
];

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    CASES.into_iter().map(|(name, batch, tiles, together)| {
        let size = Size {
            batch,
            tiles,
            together,
        };
        let tasks = (0..2).map(|kind| batch * tiles[kind] / together[kind]);
        let graph = Counts {
            tasks: tasks.sum::<usize>() as u64,
            edges: 0,
        };
        let name = format!("alternating_matmul_add/{name}");
        Scene::new(name, "products and sums in turn", graph, move |runtime| {
            run(runtime, size)
        })
        .listed_for("/Case1")
    })
}

fn run(runtime: &mut Runtime, size: Size) -> Result<Ran, crate::Error> {
    let Size {
        batch,
        tiles: [products, sums],
        together,
    } = size;
    let mut random = Random::new(42);
    let mut tensor = |count: usize| -> Vec<f32> {
        let elements = count * SIDE * SIDE;
        (0..elements).map(|_| random.uniform(-0.03, 0.03)).collect()
    };
    let (a, b) = (tensor(batch * products), tensor(batch * products));
    let (x, y) = (tensor(batch * sums), tensor(batch * sums));
    let (mut c, mut z) = (vec![0.0; a.len()], vec![0.0; x.len()]);
    let of = |count: usize| [count, SIDE, SIDE];
    let (first, second) = (of(batch * products), of(batch * sums));
    let report = {
        let (a, b) = (Input::from_slice(&a, first)?, Input::from_slice(&b, first)?);
        let (x, y) = (
            Input::from_slice(&x, second)?,
            Input::from_slice(&y, second)?,
        );
        let c = InputOutput::from_mut_slice(&mut c, first)?;
        let z = InputOutput::from_mut_slice(&mut z, second)?;
        let program = alternating(a, b, c, x, y, z, together[0], together[1]);
        runtime.run(program)?.report
    };
    let products = (0..c.len()).map(|at| {
        let (tile, row, column) = (at / (SIDE * SIDE), at / SIDE % SIDE, at % SIDE);
        let base = tile * SIDE * SIDE;
        let terms = (0..SIDE)
            .map(|k| f64::from(a[base + row * SIDE + k]) * f64::from(b[base + k * SIDE + column]));
        terms.sum::<f64>() as f32
    });
    let sums = x.iter().zip(&y).map(|(x, y)| x + y);
    Ok(Ran {
        error: worst(&c, products, 1e-3).max(worst(&z, sums, 1e-3)),
        report,
    })
}
