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

#[kernel(aiv, blocks)]
fn sends(mut y: Out<f32>, block: Block) {
    std::thread::scope(|scope| {
        scope.spawn(|| y.set(0, block.index() as f32));
    });
}

fn main() {}
