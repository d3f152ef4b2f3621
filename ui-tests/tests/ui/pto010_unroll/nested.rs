//! Unrolled loops in each other, with more copies than anybody would wait for.

use pto_runtime::prelude::*;

#[kernel(aiv)]
fn step(mut y: InOut<f32>) {
    y.fill(0.0);
}

#[orchestration]
fn outermost(y: InOut<f32>) {
    #[unroll]
    for _i in 0..64 {
        #[unroll]
        for _j in 0..64 {
            #[unroll]
            for _k in 0..2 {
                step(&mut y);
            }
        }
    }
}

#[orchestration]
fn remainders_count(y: InOut<f32>, n: usize) {
    #[unroll(7)]
    for _i in 0..n {
        #[unroll(7)]
        for _j in 0..n {
            #[unroll(7)]
            for _k in 0..n {
                #[unroll(7)]
                for _l in 0..n {
                    #[unroll(2)]
                    for _m in 0..n {
                        step(&mut y);
                    }
                }
            }
        }
    }
}

fn main() {}
