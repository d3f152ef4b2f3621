#![deny(deprecated)]

use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    manual_scope!({
        let _tiles = width / 64;
    });
    #[unroll(1)]
    for _ in 0..width {
        add(&x, &mut sum);
    }
    manual_scope!({
        #[task(after = [last])]
        add(&x, &mut sum);
    });
    #[task(name = last)]
    add(&x, &mut sum);
}

fn main() {}
