use pto_runtime::prelude::*;

fn host() {
    scope!({ 1 });
    manual_scope!({ 1 });
    parallel_for!(0..4, |i| { i });
    let t = alloc!([4]);
    let s = out!([4]);
}

fn main() {}
