//! Random AUTO programs of kernels that are worth a strand: short, but not very. Whatever else there is in a program comes in
//! between: scopes, tasks that create tensors, MANUAL scopes, elements on the host, loops.

use pto_runtime::prelude::*;

/// Each element of `y` depends on its old value, on all of `x`, and on the order of the tasks.
fn stir(x: impl Iterator<Item = u64>, y: u64, salt: u64) -> u64 {
    let mut mixed = x.fold(y ^ salt, |mixed, x| {
        mixed.wrapping_mul(31).rotate_left(9) ^ x
    });
    for _ in 0..48 {
        mixed = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17);
    }
    mixed
}

#[kernel(aiv)]
fn update(x: In<u64>, mut y: InOut<u64>, salt: u64) {
    let mixed = stir((0..x.len()).map(|i| x.get(i)), y.get(0), salt);
    for i in 0..y.len() {
        y.set(i, y.get(i) ^ mixed);
    }
}

#[kernel(aiv)]
fn copy(x: In<u64>, mut y: Out<u64>) {
    for i in 0..x.len() {
        y.set(i, x.get(i));
    }
}

/// A step of a program: what it does, from where to where.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    from: usize,
    to: usize,
}

const TILE: usize = 4;
const TILES: usize = 48;

fn tile(at: usize) -> std::ops::Range<usize> {
    at * TILE..(at + 1) * TILE
}

/// The compiler knows of no tile which it is.
#[orchestration]
fn program(even: InOut<u64>, odd: InOut<u64>, steps: &[Step], in_scope: usize) {
    for chunk in steps.chunks(in_scope) {
        scope!({
            for step in chunk {
                let (from, to) = (step.from * TILE, step.to * TILE);
                match step.what {
                    0 => {
                        let made = copy(&even.view([from..from + TILE]), out!([TILE]));
                        update(&made, &mut odd.view_mut([to..to + TILE]), 1);
                    }
                    1 => {
                        let value = odd.get(from);
                        even.set(to, value + 1);
                    }
                    2 => manual_scope!({
                        update(&odd.view([0..TILE]), &mut even.view_mut([to..to + TILE]), 2);
                        update(&odd.view([0..TILE]), &mut even.view_mut([to..to + TILE]), 3);
                    }),
                    3 => {
                        parallel_for!(0..TILES, |i| {
                            update(
                                &even.view([0..TILE]),
                                &mut odd.view_mut([i * TILE..(i + 1) * TILE]),
                                i as u64,
                            );
                        });
                    }
                    4 => update(&odd, &mut even.view_mut([to..to + TILE]), 4),
                    5..24 => update(
                        &odd.view([from..from + TILE]),
                        &mut even.view_mut([to..to + TILE]),
                        5,
                    ),
                    _ => update(
                        &even.view([from..from + TILE]),
                        &mut odd.view_mut([to..to + TILE]),
                        6,
                    ),
                }
            }
        });
    }
}

/// Only such tasks of which the runtime alone knows the order.
#[orchestration]
fn tracked_program(even: InOut<u64>, odd: InOut<u64>, steps: &[Step], in_scope: usize) {
    for chunk in steps.chunks(in_scope) {
        scope!({
            for step in chunk {
                let (from, to) = (step.from * TILE, step.to * TILE);
                match step.what {
                    ..5 => {
                        let value = odd.get(from);
                        even.set(to, value + 1);
                    }
                    5..24 => update(
                        &odd.view([from..from + TILE]),
                        &mut even.view_mut([to..to + TILE]),
                        5,
                    ),
                    _ => update(
                        &even.view([from..from + TILE]),
                        &mut odd.view_mut([to..to + TILE]),
                        6,
                    ),
                }
            }
        });
    }
}

/// The same, one step after the other.
fn serial(even: &mut [u64], odd: &mut [u64], steps: &[Step]) {
    fn one(x: &[u64], y: &mut [u64], salt: u64) {
        let mixed = stir(x.iter().copied(), y[0], salt);
        y.iter_mut().for_each(|y| *y ^= mixed);
    }
    for &Step { what, from, to } in steps {
        let (from_tile, to_tile) = (tile(from), tile(to));
        match what {
            0 => one(&even[from_tile], &mut odd[to_tile], 1),
            1 => even[to * TILE] = odd[from * TILE] + 1,
            2 => (2..4).for_each(|salt| one(&odd[..TILE], &mut even[to_tile.clone()], salt)),
            3 => (0..TILES).for_each(|i| one(&even[..TILE], &mut odd[tile(i)], i as u64)),
            4 => one(odd, &mut even[to_tile], 4),
            5..24 => one(&odd[from_tile], &mut even[to_tile], 5),
            _ => one(&even[from_tile], &mut odd[to_tile], 6),
        }
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % limit
    }
}

/// A program in which everything but plain tasks is `rare`, and most steps stay within `reach` tiles.
fn steps(
    random: &mut Random,
    count: usize,
    rare: usize,
    kinds: std::ops::Range<usize>,
    reach: usize,
) -> Vec<Step> {
    let mut step = |at: usize| {
        let what = match random.below(rare) {
            0 => kinds.start + random.below(kinds.len()),
            _ => 5 + random.below(40),
        };
        let near = |offset| (at / 16 + offset) % TILES;
        Step {
            what: what as u8,
            from: near(random.below(reach)),
            to: near(random.below(reach)),
        }
    };
    (0..count).map(&mut step).collect()
}

#[test]
fn random_programs_of_all_kinds() {
    compare(0..5, |runtime, even, odd, steps, in_scope| {
        runtime.run(program(even, odd, steps, in_scope)).unwrap();
    });
}

#[test]
fn random_programs_of_tracked_tasks() {
    compare(1..2, |runtime, even, odd, steps, in_scope| {
        let program = tracked_program(even, odd, steps, in_scope);
        runtime.run(program).unwrap();
    });
}

/// Runs programs with steps of these kinds, beside plain tasks, and compares what they do with what they should.
fn compare(
    kinds: std::ops::Range<usize>,
    run: impl Fn(&mut Runtime, &mut Tensor<u64>, &mut Tensor<u64>, &[Step], usize),
) {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for workers in [2, 3, 5] {
        let mut runtime = Runtime::builder().workers(workers).build().unwrap();
        for round in 0..40 {
            let rare = [4, 50, 1000, usize::MAX][round % 4];
            let reach = [1, 3, TILES][round % 3];
            let steps = steps(&mut random, 1500, rare, kinds.clone(), reach);
            let in_scope = 1 + random.below(100);
            let start = |seed: u64| (0..).map(move |i| seed * i);
            let mut expected: Vec<Vec<u64>> = [3, 5]
                .map(|seed| start(seed).take(TILES * TILE).collect())
                .to_vec();
            let [mut even, mut odd] = [0, 1].map(|which: usize| {
                Tensor::from_vec([TILES * TILE], expected[which].clone()).unwrap()
            });
            let (first, second) = expected.split_at_mut(1);
            serial(&mut first[0], &mut second[0], &steps);
            run(&mut runtime, &mut even, &mut odd, &steps, in_scope);
            let what = format!("{workers} workers, round {round}");
            assert_eq!(even.as_slice(), expected[0], "{what}");
            assert_eq!(odd.as_slice(), expected[1], "{what}");
        }
    }
}
