use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration(window = 64)]
fn layers(x: In<f32>, sum: InOut<f32>, width: usize) {
    manual_scope!({
        for i in 0..48 {
            let h = project(&x.view([i * width..(i + 1) * width]), out!([width]));
            add(&h, &mut sum);
        }
    });
}

fn main() {}
