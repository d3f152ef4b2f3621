#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
async fn signature(x: In<f32>, (a, b): In<f32>, f: impl Fn(usize)) -> usize {
    return 4;
}

fn main() {}
