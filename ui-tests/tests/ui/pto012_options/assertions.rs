#[path = "../kernels.rs"]
mod kernels;
use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn scattered(x: In<f32>, rows: In<i32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        let row = rows[i] as usize;
        #[task(disjoint(y by i))]
        update(&x, &mut y.view_mut([row * 8..(row + 1) * 8]));
    });
    for i in 0..n {
        #[task(unsafe(disjoint(rows by i)))]
        update(&x, &mut y.view_mut([i * 8..(i + 1) * 8]));
        #[task(unsafe(disjoint(y by n)))]
        update(&x, &mut y.view_mut([i * 8..(i + 1) * 8]));
        #[task(unsafe(y is fine))]
        update(&x, &mut y.view_mut([i * 8..(i + 1) * 8]));
    }
}

fn main() {}
