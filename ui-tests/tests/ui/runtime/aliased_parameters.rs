// Two parameters of a run are never the same tensor.
#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn fold(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

fn main() -> Result<(), pto_runtime::Error> {
    let mut y = Tensor::zeros([8]);
    Runtime::new()?.run(fold(&y, &mut y))?;
    Ok(())
}
