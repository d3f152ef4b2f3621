use pto_runtime::prelude::*;

#[kernel(aiv, blocks)]
fn no_block(_y: Out<f32>) {}

#[kernel(aiv)]
fn not_in_blocks(_y: Out<f32>, _block: Block) {}

#[kernel(aiv, blocks)]
fn two(_a: Block, _y: Out<f32>, _b: Block) {}

#[kernel(aiv, blocks)]
fn shared(#[split(1)] _x: In<f32>, #[split(0)] _n: usize, _block: Block, _y: Out<f32>) {}

#[kernel(aiv)]
fn whole(#[split(1)] _y: Out<f32>) {}

#[kernel(aiv, blocks)]
fn high(#[split(5)] _y: Out<f32>, #[split(n)] _z: Out<f32>, _block: Block) {}

#[orchestration]
fn used(y: InOut<f32>) {
    #[task(blocks = 2)]
    not_in_blocks(&mut y);
}

fn main() {}
