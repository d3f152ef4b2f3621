// What gives names another meaning than the text has.
#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

mod constants {
    #[expect(non_upper_case_globals)]
    pub const i: usize = 0;
}

macro_rules! exchange {
    ($a:ident with $b:ident) => {
        std::mem::swap(&mut $a, &mut $b)
    };
}

macro_rules! named {
    ($name:ident) => {
        $name
    };
}

#[orchestration]
fn macros(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
    macro_rules! exchange_here {
        () => {
            std::mem::swap(&mut y, &mut z)
        };
    }
    exchange_here!();
    exchange!(y with z);
    update(&x, &mut y);
}

#[orchestration]
fn names(x: In<f32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        let j = 0;
        #[cfg(any())]
        let j = i;
        let named!(k) = i;
        update(&x, &mut y.view_mut([(i + j + k) * 8..(i + j + k + 1) * 8]));
    });
    parallel_for!(0..n, |i| {
        use constants::i;
        update(&x, &mut y.view_mut([i * 8..(i + 1) * 8]));
    });
    for n in 0..4 {
        use constants::*;
        const n: usize = 2;
        update(&x, &mut y.view_mut([n * 8..(n + 1) * 8]));
    }
}

fn main() {}
