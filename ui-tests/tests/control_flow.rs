//! Control flow around tasks: whatever path is taken, results are those of the
//! same program run one task after the other.
#![deny(warnings)]

use pto_runtime::prelude::*;
use std::mem;

/// Order matters to the result: `y = 3 y + x` modulo 2^32.
#[kernel(aiv)]
fn mix(x: In<u32>, mut y: InOut<u32>) {
    for i in 0..y.len() {
        let value = y.get(i).wrapping_mul(3).wrapping_add(x.get(i % x.len()));
        y.set(i, value);
    }
}

#[kernel(aic)]
fn plus(x: In<u32>, mut y: Out<u32>, n: u32) {
    for i in 0..x.len() {
        y.set(i, x.get(i).wrapping_add(n));
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

/// Runs `$program(&x, &mut y, args..)` on several runtimes and compares with `golden`.
macro_rules! check {
    ($program:ident($($arg:expr),*), $golden:expr) => {
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

#[orchestration]
fn branches(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!({
        for i in 0..rounds {
            let t = if i % 3 == 0 {
                plus(&x, out!([n]), 7)
            } else {
                let u = plus(&x, out!([n]), 1);
                plus(&u, out!([n]), i as u32)
            };
            match i % 4 {
                0 => mix(&t, &mut y),
                1 if i > 4 => mix(&x, &mut y),
                _ => {
                    mix(&t, &mut y.view_mut([0..4]));
                    mix(&t, &mut y.view_mut([4..8]));
                }
            }
        }
    });
}

#[test]
fn branches_in_manual_scopes() {
    check!(branches(13), |x, y| {
        for i in 0..13_u32 {
            let t = if i % 3 == 0 {
                host_plus(x, 7)
            } else {
                host_plus(&host_plus(x, 1), i)
            };
            match i % 4 {
                0 => host_mix(&t, y),
                1 if i > 4 => host_mix(x, y),
                _ => {
                    host_mix(&t, &mut y[0..4]);
                    host_mix(&t, &mut y[4..8]);
                }
            }
        }
    });
}

#[orchestration]
fn jumps(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!({
        let mut acc = plus(&x, out!([n]), 0);
        'outer: for i in 0..rounds {
            #[unroll(4)]
            for j in 0..rounds {
                if j == i {
                    continue;
                }
                if j + i == 9 {
                    break;
                }
                if i == 6 {
                    continue 'outer;
                }
                acc = plus(&acc, out!([n]), (i * j) as u32);
                mix(&acc, &mut y);
            }
            let mut k = i;
            while k > 2 {
                k /= 2;
                mix(&x, &mut acc);
            }
            loop {
                mix(&acc, &mut y);
                if i == 7 {
                    break 'outer;
                }
                break;
            }
        }
        mix(&acc, &mut y);
    });
}

#[test]
fn jumps_out_of_plain_and_unrolled_loops() {
    check!(jumps(9), |x, y| {
        let mut acc = host_plus(x, 0);
        'outer: for i in 0..9_usize {
            for j in 0..9 {
                if j == i {
                    continue;
                }
                if j + i == 9 {
                    break;
                }
                if i == 6 {
                    continue 'outer;
                }
                acc = host_plus(&acc, (i * j) as u32);
                host_mix(&acc, y);
            }
            let mut k = i;
            while k > 2 {
                k /= 2;
                host_mix(x, &mut acc);
            }
            host_mix(&acc, y);
            if i == 7 {
                break 'outer;
            }
        }
        host_mix(&acc, y);
    });
}

#[orchestration]
fn mixed_scopes(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    let mut shared = plus(&x, out!([n]), 3);
    for i in 0..rounds {
        mix(&x, &mut y);
        scope!({
            let t = plus(&shared, out!([n]), i as u32);
            mix(&t, &mut y);
            manual_scope!({
                let u = plus(&t, out!([n]), 1);
                mix(&u, &mut y.view_mut([2..6]));
                manual_scope!({
                    mix(&u, &mut shared);
                    mix(&shared, &mut y);
                });
            });
            mix(&shared, &mut y);
        });
        mix(&y.view([0..4]), &mut shared);
    }
    if rounds > 100 {
        return;
    }
    mix(&shared, &mut y);
}

#[test]
fn hazards_across_auto_and_manual_scopes() {
    check!(mixed_scopes(11), |x, y| {
        let mut shared = host_plus(x, 3);
        for i in 0..11 {
            host_mix(x, y);
            let t = host_plus(&shared, i);
            host_mix(&t, y);
            let u = host_plus(&t, 1);
            host_mix(&u, &mut y[2..6]);
            host_mix(&u, &mut shared);
            host_mix(&shared, y);
            host_mix(&shared, y);
            host_mix(&y[0..4], &mut shared);
        }
        host_mix(&shared, y);
    });
}

#[orchestration]
fn swaps(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!({
        let mut a = plus(&x, out!([n]), 1);
        let mut b = plus(&x, out!([n]), 2);
        for _ in 0..rounds {
            mix(&a, &mut b);
            (a, b) = (b, a);
            mix(&a, &mut y);
        }
    });
}

#[test]
fn buffers_that_change_places() {
    check!(swaps(10), |x, y| {
        let (mut a, mut b) = (host_plus(x, 1), host_plus(x, 2));
        for _ in 0..10 {
            host_mix(&a, &mut b);
            (a, b) = (b, a);
            host_mix(&a, y);
        }
    });
}

#[orchestration]
fn swaps_in_memory(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!({
        let mut pair = (plus(&x, out!([n]), 1), plus(&x, out!([n]), 2));
        let mut c = plus(&x, out!([n]), 3);
        for _ in 0..rounds {
            mix(&pair.0, &mut pair.1);
            std::mem::swap(&mut pair.0, &mut pair.1);
            mix(&pair.0, &mut c);
            mem::swap(&mut c, &mut pair.1);
            mix(&c, &mut y);
        }
    });
}

#[test]
fn buffers_that_are_swapped() {
    check!(swaps_in_memory(10), |x, y| {
        let (mut a, mut b, mut c) = (host_plus(x, 1), host_plus(x, 2), host_plus(x, 3));
        for _ in 0..10 {
            host_mix(&a, &mut b);
            (a, b) = (b, a);
            host_mix(&a, &mut c);
            (c, b) = (b, c);
            host_mix(&c, y);
        }
    });
}

#[orchestration]
fn tiles(x: In<u32>, y: InOut<u32>, rounds: usize, tile: usize) {
    manual_scope!({
        for _ in 0..rounds {
            parallel_for!(0..y.dim(0) / tile, |i| {
                mix(&x, &mut y.view_mut([i * tile..(i + 1) * tile]));
                mix(&x, &mut y.view_mut([i * tile..(i + 1) * tile]));
            });
            mix(&x, &mut y);
        }
    });
}

#[test]
fn parallel_tiles_between_whole_updates() {
    check!(tiles(9, 2), |x, y| {
        for _ in 0..9 {
            for tile in y.chunks_mut(2) {
                host_mix(x, tile);
                host_mix(x, tile);
            }
            host_mix(x, y);
        }
    });
}

#[orchestration]
fn by_hand(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!(deps(explicit), {
        #[unroll(3)]
        for i in 0..rounds {
            #[task(name = make)]
            let t = plus(&x, out!([n]), i as u32);
            #[task(name = fold, after = [make, fold])]
            mix(&t, &mut y);
        }
        #[task(name = last, after = [fold])]
        mix(&x, &mut y);
    });
}

#[test]
fn edges_by_hand_in_an_unrolled_loop() {
    check!(by_hand(8), |x, y| {
        for i in 0..8 {
            host_mix(&host_plus(x, i), y);
        }
        host_mix(x, y);
    });
}

macro_rules! skip_if {
    ($condition:expr) => {
        if $condition {
            continue;
        }
    };
}

macro_rules! stop_if {
    ($condition:expr) => {
        if $condition {
            break;
        }
    };
}

#[orchestration]
fn unseen_jumps(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!({
        #[unroll(3)]
        for i in 0..rounds {
            skip_if!(i == 1);
            stop_if!(i == 7);
            let t = plus(&x, out!([n]), i as u32);
            mix(&t, &mut y);
        }
        #[unroll]
        for i in 0..4 {
            let t = plus(&x, out!([n]), i as u32);
            skip_if!(i == 1);
            if i == rounds {
                continue;
            }
            stop_if!(i == 3);
            mix(&t, &mut y);
        }
        mix(&x, &mut y);
    });
}

#[test]
fn jumps_of_macros_out_of_unrolled_loops() {
    check!(unseen_jumps(10), |x, y| {
        for i in [0, 2, 3, 4, 5, 6] {
            host_mix(&host_plus(x, i), y);
        }
        for i in [0, 2] {
            host_mix(&host_plus(x, i), y);
        }
        host_mix(x, y);
    });
}

#[orchestration]
fn decided(x: In<u32>, y: InOut<u32>) {
    let n = x.dim(0);
    manual_scope!({
        let mut acc = plus(&x, out!([n]), 7);
        #[unroll]
        'outer: for i in 0..4 {
            if i == 0 {
                mix(&x, &mut acc);
                continue;
            }
            match i {
                1 => mix(&acc, &mut y),
                2 | 3 if i % 2 == 1 => {
                    acc = plus(&acc, out!([n]), 1);
                }
                _ =>
                {
                    #[unroll]
                    for j in 0..3 {
                        if j == 2 {
                            continue 'outer;
                        }
                        mix(&acc, &mut y);
                    }
                }
            }
            for j in 0..1 {
                mix(&acc, &mut y.view_mut([j..2 * n]));
            }
        }
        mix(&acc, &mut y);
    });
}

#[test]
fn conditions_that_copies_decide() {
    check!(decided(), |x, y| {
        let mut acc = host_plus(x, 7);
        host_mix(x, &mut acc);
        host_mix(&acc, y);
        host_mix(&acc, y);
        host_mix(&acc, y);
        host_mix(&acc, y);
        acc = host_plus(&acc, 1);
        host_mix(&acc, y);
        host_mix(&acc, y);
    });
}
