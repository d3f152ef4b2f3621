#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

struct Pair<'a, T> {
    left: &'a T,
}

#[orchestration]
fn collections(x: In<f32>, y: InOut<f32>, n: usize) {
    let mut v = Vec::new();
    for _ in 0..n {
        v.push(produce(&x, out!([8])));
    }
    v.swap(0, 1);
    v.sort_by_key(|t| t.len());
    let made: Vec<_> = v.iter().map(|t| produce(t, out!([8]))).collect();
    v.remove(0);
    let last = v.pop();
    for t in &mut v {
        *t = produce(&x, out!([8]));
    }
    let pair = Pair { left: &v[0] };
    update(&v, &mut y);
    let mut sizes = Vec::new();
    v.iter().for_each(|t| sizes.push(t.len()));
}

#[orchestration]
fn emptied(x: In<f32>, y: InOut<f32>) {
    let mut v = vec![produce(&x, out!([8]))];
    v.clear();
    update(&v[0], &mut y);
    let Some((a, ref b)) = v.pop() else {
        return;
    };
}

fn main() {}
