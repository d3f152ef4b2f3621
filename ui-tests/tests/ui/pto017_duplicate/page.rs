use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn two_layers(x: In<f32>, sum: InOut<f32>, width: usize) {
    manual_scope!(deps(explicit), {
        #[task(name = layer)]
        let h = project(&x, out!([width]));
        #[task(name = layer, after = [layer])]
        let y = project(&h, out!([width]));
        #[task(after = [layer])]
        add(&y, &mut sum);
    });
}

fn main() {}
