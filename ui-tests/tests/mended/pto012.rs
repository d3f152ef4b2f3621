use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    manual_scope!(deps(explicit), {
        #[task(name = hidden)]
        let h = project(&x, out!([width]));
        #[task(after = [hidden])]
        add(&h, &mut sum);
    });
}
