use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[orchestration]
fn scatter(x: In<f32>, table: In<u32>, cache: InOut<f32>, rows: usize) {
    parallel_for!(0..table.dim(0), |i| {
        let page = table[i] as usize;
        let mut slot = cache.view_mut([page * rows..(page + 1) * rows]);
        project(&x.view([i * rows..(i + 1) * rows]), &mut slot);
    });
}

fn main() {}
