#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[kernel(aiv, blocks)]
fn number(_y: Out<f32>, _block: Block) {}

#[orchestration]
fn options(x: In<f32>, y: InOut<f32>, n: usize) {
    #[task(blocks = 0)]
    number(&mut y);
    #[task(blocks)]
    number(&mut y);
    #[task(sync_start)]
    update(&x, &mut y);
    #[task(blocks = 4)]
    let t = alloc!(f32; [n]);
    update(&t, &mut y);
}

#[orchestration]
fn arguments(x: In<f32>, y: InOut<f32>, n: usize) {
    mixed!();
    mixed!(n);
    mixed!(update(n, n));
    mixed!(
        produce(&x, out!([n])),
        produce(&x, out!([n])),
        produce(&x, out!([n])),
        update(&x, &mut y)
    );
}

fn main() {}
