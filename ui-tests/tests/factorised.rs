//! Factorisations of tiled matrices in MANUAL scopes: results are those of one task after the other, by no more edges than
//! that takes.

use pto_runtime::prelude::*;

const TILES: usize = 7;

/// What `c` becomes by `a` and `b`: the order of two of these shows.
fn mixed(a: u64, b: u64, c: u64) -> u64 {
    c.wrapping_mul(3).wrapping_add(a.wrapping_mul(5) ^ b)
}

#[kernel(aic)]
fn one(mut c: InOut<u64>) {
    c.set([0, 0], mixed(1, 2, c.get([0, 0])));
}

#[kernel(aiv)]
fn two(a: In<u64>, mut c: InOut<u64>) {
    c.set([0, 0], mixed(a.get([0, 0]), 3, c.get([0, 0])));
}

#[kernel(aiv)]
fn three(a: In<u64>, b: In<u64>, mut c: InOut<u64>) {
    c.set([0, 0], mixed(a.get([0, 0]), b.get([0, 0]), c.get([0, 0])));
}

#[orchestration]
fn right_looking(y: InOut<u64>, n: usize) {
    manual_scope!({
        for k in 0..n {
            one(&mut y.view_mut([k..k + 1, k..k + 1]));
            for i in k + 1..n {
                two(
                    &y.view([k..k + 1, k..k + 1]),
                    &mut y.view_mut([i..i + 1, k..k + 1]),
                );
            }
            for i in k + 1..n {
                two(
                    &y.view([i..i + 1, k..k + 1]),
                    &mut y.view_mut([i..i + 1, i..i + 1]),
                );
                for j in k + 1..i {
                    three(
                        &y.view([i..i + 1, k..k + 1]),
                        &y.view([j..j + 1, k..k + 1]),
                        &mut y.view_mut([i..i + 1, j..j + 1]),
                    );
                }
            }
        }
    });
}

#[orchestration]
fn left_looking(y: InOut<u64>, n: usize) {
    manual_scope!({
        for k in 0..n {
            for j in 0..k {
                two(
                    &y.view([k..k + 1, j..j + 1]),
                    &mut y.view_mut([k..k + 1, k..k + 1]),
                );
            }
            one(&mut y.view_mut([k..k + 1, k..k + 1]));
            for i in k + 1..n {
                for j in 0..k {
                    three(
                        &y.view([i..i + 1, j..j + 1]),
                        &y.view([k..k + 1, j..j + 1]),
                        &mut y.view_mut([i..i + 1, k..k + 1]),
                    );
                }
                two(
                    &y.view([k..k + 1, k..k + 1]),
                    &mut y.view_mut([i..i + 1, k..k + 1]),
                );
            }
        }
    });
}

/// Either order makes of each tile the same.
fn expected() -> Vec<u64> {
    let at = |i: usize, j: usize| i * TILES + j;
    let mut y = start();
    for k in 0..TILES {
        y[at(k, k)] = mixed(1, 2, y[at(k, k)]);
        for i in k + 1..TILES {
            y[at(i, k)] = mixed(y[at(k, k)], 3, y[at(i, k)]);
        }
        for i in k + 1..TILES {
            y[at(i, i)] = mixed(y[at(i, k)], 3, y[at(i, i)]);
            for j in k + 1..i {
                y[at(i, j)] = mixed(y[at(i, k)], y[at(j, k)], y[at(i, j)]);
            }
        }
    }
    y
}

fn start() -> Vec<u64> {
    (0..TILES * TILES).map(|at| (at * at) as u64).collect()
}

#[test]
fn no_task_of_a_cholesky_factorisation_waits_for_another_twice() {
    for workers in [1, 2, 4] {
        for left in [false, true] {
            let builder = Runtime::builder().workers(workers).record_graph(true);
            let mut rt = builder.build().unwrap();
            let mut y = Tensor::from_vec([TILES, TILES], start()).unwrap();
            let done = match left {
                true => rt.run(left_looking(&mut y, TILES)).unwrap(),
                false => rt.run(right_looking(&mut y, TILES)).unwrap(),
            };
            assert_eq!(y.as_slice(), expected());
            assert_eq!(done.report.tasks, 84);
            assert_eq!(done.report.edges.proven, 168, "left-looking: {left}");
            assert_eq!(done.report.lookups, 0);
        }
    }
}
