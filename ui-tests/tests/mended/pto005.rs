use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn multiply(_x: In<f32>, _gate: In<f32>, _y: Out<f32>) {}

#[orchestration]
fn gated(x: In<f32>, y: InOut<f32>, width: usize) {
    manual_scope!(deps(explicit), {
        #[task(name = hidden)]
        let h = project(&x, out!([width]));
        #[task(name = gate, after = [hidden])]
        let g = project(&h, out!([width]));
        #[task(after = [gate, hidden])]
        multiply(&h, &g, &mut y);
    });
}
