//! Orchestrations that call orchestrations: results are those of the same
//! program run one task after the other, and no call costs more than tracking.
#![deny(warnings)]

use pto_runtime::prelude::*;

/// Runs `$program(&x, &mut y, args..)` on several runtimes and compares with `golden`.
macro_rules! check {
    ($program:path, ($($arg:expr),*), $golden:expr) => {
        for workers in [1, 2, 4] {
            for window in [256, 1024] {
                let mut rt = Runtime::builder().workers(workers).run_at_once(workers % 2 == 1).window(window).build().unwrap();
                let x = Tensor::from_vec([4], vec![1_u32, 20, 300, 4000]).unwrap();
                let mut y = Tensor::from_vec([8], (5..13).collect::<Vec<u32>>()).unwrap();
                let mut expected = y.as_slice().to_vec();
                let golden: fn(&[u32], &mut [u32]) = $golden;
                golden(x.as_slice(), &mut expected);
                rt.run($program(&x, &mut y, $($arg),*)).unwrap();
                assert_eq!(y.as_slice(), expected, "{workers} workers, window {window}");
            }
        }
    };
}

mod arguments;
mod cost;
mod order;
mod returns;

/// Order matters to the result: `y = 3 y + x` modulo 2^32. It takes its time, so
/// that a task which does not wait for it comes before its end.
#[kernel(aiv)]
fn mix(x: In<u32>, mut y: InOut<u32>) {
    linger();
    for i in 0..y.len() {
        let value = y.get(i).wrapping_mul(3).wrapping_add(x.get(i % x.len()));
        y.set(i, value);
    }
}

#[kernel(aic)]
fn plus(x: In<u32>, mut y: Out<u32>, n: u32) {
    linger();
    for i in 0..x.len() {
        y.set(i, x.get(i).wrapping_add(n));
    }
}

fn linger() {
    for _ in 0..20 {
        std::thread::yield_now();
    }
}

fn host_mix(x: &[u32], y: &mut [u32]) {
    for (i, y) in y.iter_mut().enumerate() {
        *y = y.wrapping_mul(3).wrapping_add(x[i % x.len()]);
    }
}

fn host_plus(x: &[u32], n: u32) -> Vec<u32> {
    x.iter().map(|x| x.wrapping_add(n)).collect()
}

/// Reads `x` and writes `y` in a MANUAL scope: alone, nothing is looked up.
#[orchestration]
fn manual_step(x: In<u32>, y: InOut<u32>, n: u32) {
    manual_scope!({
        let t = plus(&x, out!([x.len()]), n);
        mix(&t, &mut y);
        mix(&x, &mut y);
    });
}

fn host_step(x: &[u32], y: &mut [u32], n: u32) {
    host_mix(&host_plus(x, n), y);
    host_mix(x, y);
}

/// The same in an AUTO scope, with edges that the compiler proves.
#[orchestration]
fn auto_step(x: In<u32>, y: InOut<u32>, n: u32) {
    let t = plus(&x, out!([x.len()]), n);
    mix(&t, &mut y);
    mix(&x, &mut y);
}
