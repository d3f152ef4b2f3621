use pto_runtime::prelude::*;

#[orchestration]
async fn later(x: In<f32>, (a, b): In<f32>, f: impl Fn(usize)) -> usize {
    return 4;
}

#[orchestration]
const extern "C" fn foreign(x: In<f32>) {
    return x.dim(0);
}

struct Model;

impl Model {
    #[orchestration]
    fn forward(&self, x: In<f32>) {}
}

#[orchestration]
struct Layer;

fn called(model: &Model, x: In<f32>) {
    model.forward(x);
}

fn main() {}
