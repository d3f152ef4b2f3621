//! Programs whose edges lead from the very tiles that a task needs.

use pto_runtime::prelude::*;

const TILES: usize = 6;
const TILE: usize = 4;

/// `y = 3 y + x + salt`: the order of two of these shows.
fn mixed(y: u64, x: u64, salt: u64) -> u64 {
    y.wrapping_mul(3).wrapping_add(x).wrapping_add(salt)
}

#[kernel(aiv)]
fn mix(#[shape(n)] x: In<u64>, #[shape(n)] mut y: InOut<u64>, salt: u64) {
    for i in 0..x.len() {
        y.set(i, mixed(y.get(i), x.get(i), salt));
    }
}

#[orchestration]
fn sweeps(x: In<u64>, y: InOut<u64>, rounds: usize) {
    manual_scope!({
        for round in 0..rounds {
            for j in 0..TILES {
                mix(
                    &x.view([j * TILE..(j + 1) * TILE]),
                    &mut y.view_mut([j * TILE..(j + 1) * TILE]),
                    (round * 10 + j) as u64,
                );
            }
        }
    });
}

#[orchestration]
fn phases(x: In<u64>, y: InOut<u64>, z: InOut<u64>) {
    manual_scope!({
        for j in (0..24).step_by(4) {
            mix(&x.view([j..j + 4]), &mut y.view_mut([j..j + 4]), j as u64);
        }
        for j in (0..24).step_by(4).rev() {
            mix(&y.view([j..j + 4]), &mut z.view_mut([j..j + 4]), 1);
        }
    });
}

#[orchestration]
fn skipping(y: InOut<u64>) {
    manual_scope!({
        #[unroll(3)]
        for i in 0..TILES - 2 {
            mix(
                &y.view([i * TILE..(i + 1) * TILE]),
                &mut y.view_mut([(i + 2) * TILE..(i + 3) * TILE]),
                i as u64,
            );
        }
    });
}

/// Which tiles a reader needs is known when it runs.
#[kernel(aiv)]
fn gather(y: In<u64>, #[shape(n)] mut z: InOut<u64>, from: u64) {
    for i in 0..z.len() {
        let at = (from as usize + i) % y.len();
        z.set(i, mixed(z.get(i), y.get(at), from));
    }
}

#[orchestration]
fn gathered(x: In<u64>, y: InOut<u64>, z: InOut<u64>) {
    manual_scope!({
        for j in 0..TILES {
            mix(
                &x.view([j * TILE..(j + 1) * TILE]),
                &mut y.view_mut([j * TILE..(j + 1) * TILE]),
                0,
            );
        }
        for i in 0..TILES {
            gather(&y, &mut z.view_mut([i * TILE..(i + 1) * TILE]), i as u64);
        }
    });
}

fn numbers(seed: u64) -> Vec<u64> {
    let count = (TILES * TILE) as u64;
    (0..count).map(|i| i * i + seed).collect()
}

fn tensor(values: &[u64]) -> Tensor<u64> {
    Tensor::from_vec([values.len()], values.to_vec()).unwrap()
}

/// `mix` of one tile on plain slices.
fn mix_tile(x: &[u64], y: &mut [u64], salt: u64) {
    for (x, y) in x.iter().zip(y) {
        *y = mixed(*y, *x, salt);
    }
}

#[test]
fn sweeps_go_over_tiles_independently() {
    let (x, mut expected) = (numbers(1), numbers(2));
    for round in 0..5 {
        for j in 0..TILES {
            let tile = j * TILE..(j + 1) * TILE;
            mix_tile(
                &x[tile.clone()],
                &mut expected[tile],
                (round * 10 + j) as u64,
            );
        }
    }
    for workers in [1, 2, 4] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap();
        let mut y = tensor(&numbers(2));
        let done = rt.run(sweeps(&tensor(&x), &mut y, 5)).unwrap();
        assert_eq!(y.as_slice(), expected);
        // Each tile has a chain of its own.
        assert!(done.report.edges.proven <= 4 * TILES as u64);
        assert_eq!(done.report.lookups, 0);
    }
}

#[test]
fn the_second_phase_waits_tile_by_tile() {
    let (x, mut y, mut z) = (numbers(1), numbers(2), numbers(3));
    for j in (0..TILES * TILE).step_by(TILE) {
        mix_tile(&x[j..j + TILE], &mut y[j..j + TILE], j as u64);
        mix_tile(&y[j..j + TILE], &mut z[j..j + TILE], 1);
    }
    for workers in [1, 2, 4] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap();
        let (mut ours, mut result) = (tensor(&numbers(2)), tensor(&numbers(3)));
        let done = rt.run(phases(&tensor(&x), &mut ours, &mut result)).unwrap();
        assert_eq!((ours.as_slice(), result.as_slice()), (&y[..], &z[..]));
        assert!(done.report.edges.proven <= TILES as u64);
    }
}

#[test]
fn dependences_over_two_iterations_are_met() {
    let mut expected = numbers(4);
    for i in 0..TILES - 2 {
        let (source, target) = expected.split_at_mut((i + 2) * TILE);
        mix_tile(
            &source[i * TILE..(i + 1) * TILE],
            &mut target[..TILE],
            i as u64,
        );
    }
    for workers in [1, 2, 4] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap();
        let mut y = tensor(&numbers(4));
        rt.run(skipping(&mut y)).unwrap();
        assert_eq!(y.as_slice(), expected);
    }
}

#[test]
fn many_readers_of_many_tiles_share_a_fence() {
    let (x, mut y, mut z) = (numbers(1), numbers(2), numbers(3));
    mix_tile(&x, &mut y, 0);
    for i in 0..TILES * TILE {
        let from = i / TILE;
        z[i] = mixed(z[i], y[from + i % TILE], from as u64);
    }
    for workers in [1, 2, 4] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap();
        let (mut ours, mut result) = (tensor(&numbers(2)), tensor(&numbers(3)));
        let done = rt
            .run(gathered(&tensor(&x), &mut ours, &mut result))
            .unwrap();
        assert_eq!((ours.as_slice(), result.as_slice()), (&y[..], &z[..]));
        let tiles = TILES as u64;
        assert_eq!(done.report.tasks, 2 * tiles + 1);
        assert!(
            done.report.edges.proven <= 2 * tiles,
            "and not one for each pair"
        );
    }
}
