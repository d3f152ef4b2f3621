use pto_runtime::prelude::*;

#[orchestration]
#[deny(deprecated)]
fn host_access(y: InOut<f32>) {
    let mut t = alloc!([8]);
    let never = t.get(0);
    t.set(1, never);
    let written = t.get(1);
    y.set(0, written);
}

fn main() {}
