//! One task of eight blocks in two phases: each block passes its part on to all before the second.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};

const LEN: usize = 4096;
const BLOCKS: usize = 8;

/// `out[i] = 2 x[i] + 3`. The products are made by other blocks than those that add: none may add too early.
#[kernel(aiv, blocks)]
pub fn merge(
    #[shape(n)] x: In<f32>,
    #[shape(n)] mut products: InOut<f32>,
    #[shape(n)] mut out: Out<f32>,
    block: Block,
) {
    let n = x.len();
    for (own, all) in block.range(n).enumerate() {
        products.set(own, 2.0 * x.get(n - 1 - all));
    }
    let products = block.exchange(products);
    for (own, all) in block.range(n).enumerate() {
        out.set(own, products.get(n - 1 - all) + 3.0);
    }
}

/// One task that does it all.
#[orchestration]
pub fn merge_pipeline(x: In<f32>, out: InOut<f32>, blocks: usize) {
    let mut products = alloc!(f32; [x.len()]);
    #[task(blocks = blocks, sync_start)]
    merge(&x, &mut products, &mut out);
}

pub(super) fn scenes() -> [Scene; 1] {
    let graph = Counts { tasks: 2, edges: 1 };
    let about = "two phases in one task of eight blocks";
    [Scene::new("merge_pipeline_barrier", about, graph, run)
        .on(|builder| builder.workers(BLOCKS).clusters(BLOCKS))
        .listed(
            1,
            0,
            "the products between the phases are a tensor that is allocated",
        )]
}

fn run(runtime: &mut Runtime) -> Result<Ran, crate::Error> {
    let x = Tensor::from_vec([LEN], (0..LEN).map(|i| i as f32).collect())?;
    let mut out = Tensor::zeros([LEN]);
    let report = runtime.run(merge_pipeline(&x, &mut out, BLOCKS))?.report;
    let mut pairs = x.as_slice().iter().zip(out.as_slice());
    Ok(Ran {
        error: exact(pairs.all(|(x, out)| *out == 2.0 * x + 3.0)),
        report,
    })
}
