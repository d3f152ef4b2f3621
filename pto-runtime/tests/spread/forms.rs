//! What iterations may consist of.

use super::*;

#[orchestration]
fn plain(x: InOut<u64>) {
    parallel_for!(0..x.len(), |i| {
        add(&mut x.view_mut([i..i + 1]), i as u64);
        add(&mut x.view_mut([i..i + 1]), 1);
    });
}

#[test]
fn tasks_of_the_scope_around() {
    let (x, count) = run_everywhere(COUNT, |x, runtime| tasks(runtime, plain(x)));
    assert_eq!(count, 2 * COUNT as u64);
    assert!((0..).zip(&x).all(|(i, x)| *x == i + 1));
}

#[orchestration]
fn nested(x: InOut<u64>, wide: usize) {
    parallel_for!(0..x.len() / wide, |i| {
        scope!({
            let mut part = x.view_mut([i * wide..(i + 1) * wide]);
            let mut sums = alloc!(u64 = 5; [wide]);
            for k in 0..3 {
                manual_scope!({
                    let made = count_up(out!([wide]), k as u64);
                    fold(&made, &mut sums);
                    manual_scope!({
                        let again = count_up(out!([2 * wide]), i as u64);
                        fold(&again, &mut sums);
                    });
                    fold(&made, &mut sums);
                });
            }
            fold(&sums, &mut part);
        });
    });
}

#[test]
fn scopes_in_scopes_and_what_they_create() {
    let wide = 8;
    let (x, count) = run_everywhere(COUNT * wide, |x, runtime| tasks(runtime, nested(x, wide)));
    assert_eq!(count, COUNT as u64 * (1 + 3 * 5 + 1));
    for (i, part) in (0..).zip(x.chunks(wide)) {
        let sum = |from: u64, count: u64| from * count + count * (count - 1) / 2;
        let mut each = 5;
        for k in 0..3 {
            for made in [sum(k, 8), sum(i, 16), sum(k, 8)] {
                each = each * 3 + made;
            }
        }
        assert!(part.iter().all(|x| *x == 8 * each), "iteration {i}");
    }
}

#[orchestration]
fn conditional(x: InOut<u64>, skipped: usize) {
    parallel_for!(0..x.len() / 2, |i| {
        if i == skipped {
            continue;
        }
        let mut pair = x.view_mut([2 * i..2 * i + 2]);
        let old = pair.get(0);
        pair.set(1, old + i as u64);
        let limit = 10;
        #[task(when = pair[1] > limit)]
        add(&mut pair.view_mut([0..1]), 100);
        barrier!(&mut pair);
        match i % 3 {
            0 => add(&mut pair, 1),
            1 => add(&mut pair, 2),
            _ => {}
        }
    });
}

#[test]
fn branches_conditions_and_elements_on_the_host() {
    let (x, count) = run_everywhere(2 * COUNT, |x, runtime| tasks(runtime, conditional(x, 7)));
    let third = (0..COUNT as u64).filter(|i| *i != 7 && i % 3 != 2).count();
    assert_eq!(count, 2 * (COUNT as u64 - 1) + third as u64);
    for (i, pair) in (0..).zip(x.chunks(2)) {
        let more = [1, 2, 0][i as usize % 3];
        let expected = match i {
            7 => [0, 0],
            i if i > 10 => [100 + more, i + more],
            i => [more, i + more],
        };
        assert_eq!(pair, expected, "iteration {i}");
    }
}

#[orchestration]
fn loops(x: InOut<u64>, rows: usize, columns: usize) {
    // What is in the way is over before the loop, and the loop before what comes after it.
    add(&mut x, 1);
    for round in 0..3 {
        parallel_for!(0..rows, |i| {
            parallel_for!(0..columns, |j| {
                let at = i * columns + j;
                add(&mut x.view_mut([at..at + 1]), round);
            });
            #[unroll(4)]
            for j in 0..columns {
                let at = i * columns + j;
                add(&mut x.view_mut([at..at + 1]), 10);
            }
        });
    }
    let sums = count_up(out!([1]), 1);
    parallel_for!(0..rows * columns, |i| {
        fold(&sums, &mut x.view_mut([i..i + 1]));
    });
    add(&mut x, 1);
}

#[test]
fn loops_in_loops_and_after_each_other() {
    let (rows, columns) = (COUNT, 6);
    let (x, _) = run_everywhere(rows * columns, |x, runtime| {
        tasks(runtime, loops(x, rows, columns))
    });
    assert!(
        x.iter().all(|x| *x == (1 + (1 + 2) + 30) * 3 + 1 + 1),
        "{x:?}"
    );
}

#[orchestration]
fn signed(x: InOut<u64>, from: i32, to: i32) {
    let base = 0 - from;
    parallel_for!(from..to, |i| {
        let at = (i + base) as usize;
        #[task(unsafe(disjoint(x by i)))]
        add(&mut x.view_mut([at..at + 1]), (i + 100) as u64);
    });
}

#[test]
fn ranges_of_other_numbers() {
    let half = COUNT as i32 / 2;
    let (x, count) = run_everywhere(COUNT, |x, runtime| tasks(runtime, signed(x, -half, half)));
    assert_eq!(count, COUNT as u64);
    let expected: Vec<u64> = (-half..half).map(|i| (i + 100) as u64).collect();
    assert_eq!(x, expected);
    let (x, count) = run_everywhere(COUNT, |x, runtime| tasks(runtime, signed(x, half, -half)));
    assert_eq!((x.iter().sum::<u64>(), count), (0, 0));
}

/// As `add`, for tensors of any number of dimensions.
#[kernel(aiv)]
fn add_to_all(mut x: InOut<u64>, value: u64) {
    let all: Vec<u64> = x.to_vec().into_iter().map(|x| x + value).collect();
    x.copy_from_slice(&all);
}

#[orchestration]
fn of_five_dimensions(x: InOut<u64>) {
    parallel_for!(0..x.dim(2), |i| {
        add_to_all(&mut x.view_mut((.., .., i..i + 1, .., ..)), i as u64);
    });
}

#[test]
fn tensors_of_many_dimensions() {
    for mut runtime in runtimes() {
        let mut x = Tensor::zeros([2, 1, 40, 2, 3]);
        tasks(&mut runtime, of_five_dimensions(&mut x));
        for (at, x) in x.as_slice().iter().enumerate() {
            assert_eq!(*x, (at / 6 % 40) as u64);
        }
    }
}

#[orchestration]
fn many_small(x: InOut<u64>) {
    for _ in 0..200 {
        parallel_for!(0..x.len(), |i| {
            add(&mut x.view_mut([i..i + 1]), 1);
        });
    }
}

#[test]
fn many_loops_one_after_the_other() {
    let (x, count) = run_everywhere(COUNT, |x, runtime| tasks(runtime, many_small(x)));
    assert_eq!((x, count), (vec![200; COUNT], 200 * COUNT as u64));
}
