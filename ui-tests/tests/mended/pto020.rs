use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layers(x: In<f32>, sum: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = first)]
        add(&x, &mut sum);
        #[task(name = second, after = [first])]
        add(&x, &mut sum);
        #[task(after = [second])]
        add(&x, &mut sum);
    });
}
