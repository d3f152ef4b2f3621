#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn too_deep(x: In<f32>, y: InOut<f32>) {
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
    scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({ scope!({
        update(&x, &mut y);
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
    }); }); }); }); }); }); }); });
}

fn main() {}
