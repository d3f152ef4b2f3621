use pto_runtime::prelude::*;

struct Layer;

impl Layer {
    #[kernel(aiv)]
    fn forward(&self, _x: In<f32>) {}
}

fn called(layer: &Layer, x: In<f32>) {
    layer.forward(x);
}

fn main() {}
