#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn broken(x: In<f32>, y: InOut<f32>, n: usize) {
    manual_scope!(deps(explicit), nonsense { of => any } kind);
    let t = undefined.method().clone().into();
}

#[orchestration]
fn fine(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

struct Config {
    rows: usize,
}

fn main() {
    let config = Config { rows: 4 };
    let (x, mut y) = (Tensor::full([8], 1.0_f32), Tensor::zeros([8]));
    let mut runtime = Runtime::new().unwrap();
    runtime.run(broken(&x, &mut y, config.rows)).unwrap();
    runtime.run(fine(&x, &mut y)).unwrap();
}
