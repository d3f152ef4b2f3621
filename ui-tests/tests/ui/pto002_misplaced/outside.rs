#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

fn host() {
    scope!({ 1 });
    let t = alloc!([4]);
}

fn main() {}
