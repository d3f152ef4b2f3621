//! Sums of products of tiles: a chain of additions in each group, fed by independent products.

use pto_runtime::prelude::*;
use pto_runtime::{Input, InputOutput};

use super::{Counts, Ran, Scene, worst};
use crate::kernels::{accumulate, gemm};
use crate::random::Random;

/// `c[g] += Σ_k a[g, k] b[g, k]`, the sums of groups of `tiles` tiles. `a` and `b` are `[groups * grid * tiles, side,
/// side]`, `c` is `[groups * tiles, side, side]`.
#[orchestration]
pub fn bgemm(a: In<f32>, b: In<f32>, c: InOut<f32>, tiles: usize, grid: usize) {
    let side = a.dim(1);
    parallel_for!(0..c.dim(0) / tiles, |group| {
        let mut sum = c.view_mut([group * tiles..(group + 1) * tiles]);
        for k in 0..grid {
            let at = (group * grid + k) * tiles;
            let product = gemm(
                &a.view([at..at + tiles]),
                &b.view([at..at + tiles]),
                out!([tiles, side, side]),
            );
            accumulate(&product, &mut sum);
        }
    });
}

#[derive(Clone, Copy)]
struct Size {
    /// Products of all groups.
    products: usize,
    side: usize,
    tiles: usize,
    grid: usize,
}

/// The scene's cases: name, products, side of a tile, tiles of a product, products of a group.
const CASES: [(&str, usize, usize, usize, usize); 6] = [
    ("Case0", 500, 128, 4, 2),
    ("Case1", 64, 128, 4, 2),
    ("Case2", 256, 128, 4, 2),
    ("Case3", 64, 128, 16, 2),
    ("Case4", 64, 128, 4, 4),
    ("Bgemm64", 32, 64, 1, 4),
];

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    CASES
        .into_iter()
        .map(|(name, products, side, tiles, grid)| {
            let size = Size {
                products,
                side,
                tiles,
                grid,
            };
            let groups = products / grid;
            // Each product is added, and each addition but the first of a group waits for the one before.
            let graph = Counts {
                tasks: 2 * products as u64,
                edges: (products + products - groups) as u64,
            };
            let name = format!("benchmark_bgemm/{name}");
            Scene::new(name, "sums of products, in groups", graph, move |runtime| {
                run(runtime, size)
            })
            .listed_for("/Case0")
        })
}

fn run(runtime: &mut Runtime, size: Size) -> Result<Ran, crate::Error> {
    let Size {
        products,
        side,
        tiles,
        grid,
    } = size;
    let mut random = Random::new(42);
    let mut tensor = |count: usize| -> Vec<f32> {
        let elements = count * side * side;
        (0..elements).map(|_| random.uniform(-0.03, 0.03)).collect()
    };
    let (a, b, start) = (
        tensor(products * tiles),
        tensor(products * tiles),
        tensor(products / grid * tiles),
    );
    let factors = [products * tiles, side, side];
    let mut c = start.clone();
    let report = {
        let (a, b) = (
            Input::from_slice(&a, factors)?,
            Input::from_slice(&b, factors)?,
        );
        let c = InputOutput::from_mut_slice(&mut c, [products / grid * tiles, side, side])?;
        runtime.run(bgemm(a, b, c, tiles, grid))?.report
    };
    let want = (0..c.len()).map(|at| {
        let (tile, row, column) = (at / (side * side), at / side % side, at % side);
        let (group, tile) = (tile / tiles, tile % tiles);
        let mut sum = f64::from(start[at]);
        for k in 0..grid {
            let base = ((group * grid + k) * tiles + tile) * side * side;
            for x in 0..side {
                sum += f64::from(a[base + row * side + x]) * f64::from(b[base + x * side + column]);
            }
        }
        sum as f32
    });
    Ok(Ran {
        error: worst(&c, want, 1e-3),
        report,
    })
}
