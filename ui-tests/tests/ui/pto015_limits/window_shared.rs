#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration(window = 8)]
fn window_shared(x: In<f32>, y: InOut<f32>) {
    scope!({
        scope!({
            scope!({
                let t = produce(&x, out!([8]));
                // At this depth the inner scopes use the same ring, behind `produce`.
                for _ in 0..4 {
                    scope!({
                        update(&t, &mut y);
                        update(&x, &mut y);
                    });
                }
            });
        });
    });
}

fn main() {}
