use pto_runtime::prelude::*;

#[kernel(aiv, blocks)]
fn writes_afterwards(mut y: InOut<f32>, block: Block) {
    let all = block.exchange(y);
    y.set(0, all.get(1));
}

#[kernel(aiv, blocks)]
fn shares(x: In<f32>, _y: Out<f32>, block: Block) {
    block.exchange(x);
}

fn main() {}
