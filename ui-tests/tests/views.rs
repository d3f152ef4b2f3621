//! Tensors that are cut, turned and reshaped: results are those of plain loops over the elements.
#![deny(warnings)]

use pto_runtime::prelude::*;

/// Order matters to the result: `y = 3 y + x` modulo 2^32, element by element, whatever the shape.
#[kernel(aiv)]
fn mix(x: In<u32>, mut y: InOut<u32>) {
    let x = x.to_vec();
    let mixed: Vec<u32> = y.to_vec();
    let mixed: Vec<u32> = (0..mixed.len())
        .map(|i| mixed[i].wrapping_mul(3).wrapping_add(x[i % x.len()]))
        .collect();
    y.copy_from_slice(&mixed);
}

/// What `mix` does to the elements of `y` that are listed.
fn host_mix(x: &[u32], y: &mut [u32], elements: impl IntoIterator<Item = usize>) {
    for (i, at) in elements.into_iter().enumerate() {
        y[at] = y[at].wrapping_mul(3).wrapping_add(x[i % x.len()]);
    }
}

/// Runs `$program(&x, &mut y, args..)` on tensors of 8 and 6 x 4 elements, and compares with `$golden`.
macro_rules! check {
    ($program:ident($($arg:expr),*), $golden:expr) => {
        for workers in [1, 2, 4] {
            let mut rt = Runtime::builder().workers(workers).run_at_once(workers % 2 == 1).build().unwrap();
            let x = Tensor::from_vec([8], (1..9).collect::<Vec<u32>>()).unwrap();
            let mut y = Tensor::from_vec([6, 4], (100..124).collect::<Vec<u32>>()).unwrap();
            let mut expected = y.as_slice().to_vec();
            let golden: fn(&[u32], &mut [u32]) = $golden;
            golden(x.as_slice(), &mut expected);
            rt.run($program(&x, &mut y, $($arg),*)).unwrap();
            assert_eq!(y.as_slice(), expected, "{workers} workers");
        }
    };
}

/// The same program with edges that the runtime finds and with edges that the compiler proves.
macro_rules! both_modes {
    ($auto:ident, $manual:ident, ($($arg:ident: $ty:ty),*), |$x:ident, $y:ident| { $($body:tt)* }) => {
        #[orchestration]
        fn $auto($x: In<u32>, $y: InOut<u32>, $($arg: $ty),*) {
            scope!({ $($body)* });
        }

        #[orchestration]
        fn $manual($x: In<u32>, $y: InOut<u32>, $($arg: $ty),*) {
            manual_scope!({ $($body)* });
        }
    };
}

both_modes!(turned_auto, turned_manual, (rounds: usize), |x, y| {
    for r in 0..rounds {
        for c in 0..y.dim(1) {
            mix(&x, &mut y.transpose_mut(0, 1).view_mut([c..c + 1]));
        }
        mix(&x, &mut y.view_mut([r..r + 1]));
        mix(&y.view([r..r + 1]), &mut y.permute_mut([1, 0]).view_mut([.., r + 1..]));
    }
});

fn turned(x: &[u32], y: &mut [u32]) {
    for r in 0..4 {
        for c in 0..4 {
            host_mix(x, y, (0..6).map(|row| row * 4 + c));
        }
        host_mix(x, y, r * 4..r * 4 + 4);
        let row = y[r * 4..r * 4 + 4].to_vec();
        let below = (0..4).flat_map(|c| (r + 1..6).map(move |row| row * 4 + c));
        host_mix(&row, y, below);
    }
}

#[test]
fn rows_and_columns_of_one_tensor() {
    check!(turned_auto(4), turned);
    check!(turned_manual(4), turned);
}

both_modes!(shaped_auto, shaped_manual, (tile: usize), |x, y| {
    let n = y.len();
    let mut flat = y.reshape_mut([n]);
    for i in (0..n).step_by(tile) {
        mix(&x, &mut flat.view_mut([i..n.min(i + tile)]));
    }
    let mut cube = y.reshape_mut([2, 3, 4]).permute_mut([2, 0, 1]);
    for k in 0..cube.dim(0) {
        mix(&x, &mut cube.slice_mut(0, k..k + 1));
        mix(&x, &mut flat.slice_mut(0, k * tile..(k + 1) * tile));
    }
    mix(&x, &mut cube.slice_mut(2, 1..));
    mix(&flat.view([0..4]), &mut y.reshape_mut([3, 8]).view_mut([1..]));
});

fn shaped(x: &[u32], y: &mut [u32]) {
    let at = |k: usize, i: usize, j: usize| (i * 3 + j) * 4 + k;
    for i in (0..24).step_by(5) {
        host_mix(x, y, i..(i + 5).min(24));
    }
    for k in 0..4 {
        host_mix(x, y, (0..2).flat_map(|i| (0..3).map(move |j| at(k, i, j))));
        host_mix(x, y, k * 5..(k + 1) * 5);
    }
    let part = (0..4).flat_map(|k| (0..2).flat_map(move |i| (1..3).map(move |j| at(k, i, j))));
    host_mix(x, y, part);
    let start = y[0..4].to_vec();
    host_mix(&start, y, 8..24);
}

#[test]
fn shapes_of_one_tensor() {
    check!(shaped_auto(5), shaped);
    check!(shaped_manual(5), shaped);
}

#[orchestration]
fn independent(x: In<u32>, y: InOut<u32>, tile: usize) {
    // Columns, then pieces of the flat tensor, the last of them cut off.
    parallel_for!(0..y.dim(1), |c| {
        manual_scope!({
            let mut column = y.transpose_mut(0, 1).slice_mut(0, c..c + 1);
            mix(&x, &mut column);
            mix(&x, &mut column.slice_mut(1, 1..));
        });
    });
    let n = y.len();
    parallel_for!(0..n.div_ceil(tile), |i| {
        let mut flat = y.reshape_mut([n]);
        mix(&x, &mut flat.view_mut([i * tile..n.min((i + 1) * tile)]));
    });
}

#[test]
fn independent_columns_and_tiles() {
    check!(independent(7), |x, y| {
        for c in 0..4 {
            host_mix(x, y, (0..6).map(|row| row * 4 + c));
            host_mix(x, y, (1..6).map(|row| row * 4 + c));
        }
        for i in 0..4 {
            host_mix(x, y, i * 7..24.min((i + 1) * 7));
        }
    });
}

#[orchestration]
fn carried(x: In<u32>, y: InOut<u32>, rounds: usize) {
    manual_scope!({
        let mut part = y.view_mut([..]);
        for i in 0..rounds {
            mix(&x, &mut part.slice_mut(0, 0..2));
            mix(&x, &mut y.slice_mut(i % 2, 1..3));
            part = part.transpose_mut(0, 1);
        }
        mix(&x, &mut part);
    });
}

#[test]
fn handles_that_turn_around_a_loop() {
    check!(carried(5), |x, y| {
        let at = |row: usize, column: usize| row * 4 + column;
        for i in 0..5 {
            match i % 2 {
                0 => {
                    host_mix(x, y, (0..2).flat_map(|r| (0..4).map(move |c| at(r, c))));
                    host_mix(x, y, (1..3).flat_map(|r| (0..4).map(move |c| at(r, c))));
                }
                _ => {
                    host_mix(x, y, (0..2).flat_map(|c| (0..6).map(move |r| at(r, c))));
                    host_mix(x, y, (0..6).flat_map(|r| (1..3).map(move |c| at(r, c))));
                }
            }
        }
        host_mix(x, y, (0..4).flat_map(|c| (0..6).map(move |r| at(r, c))));
    });
}
