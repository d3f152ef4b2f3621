#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[kernel(aiv, blocks)]
fn number(_y: Out<f32>, _block: Block) {}

#[kernel(aic, blocks)]
fn cube(_y: Out<f32>, _block: Block) {}

#[orchestration]
fn blocks(x: In<f32>, y: InOut<f32>, n: u32) {
    number(&mut y);
    #[task(blocks = 4)]
    update(&x, &mut y);
    #[task(blocks = n)]
    number(&mut y);
}

#[orchestration]
fn mixed_tasks(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
    mixed!(cube(&mut y), update(&x, &mut z));
    #[task(blocks = 2)]
    mixed!(cube(&mut y), update(&x, &mut z));
    mixed!(produce(&x, &mut y), produce(&x, &mut z));
}

fn main() {}
