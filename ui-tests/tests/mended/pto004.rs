use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layers(x: In<f32>, sum: InOut<f32>, width: usize, count: usize) {
    manual_scope!(deps(explicit), {
        for i in 0..count {
            #[task(name = hidden)]
            let h = project(&x.view([i * width..(i + 1) * width]), out!([width]));
            #[task(name = fold, after = [hidden, fold])]
            add(&h, &mut sum);
        }
    });
}
