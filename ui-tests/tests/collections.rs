//! Tensors in tuples, arrays and vectors: results are those of the same program run one task after the other.
#![deny(warnings)]

use pto_runtime::ErrorKind;
use pto_runtime::prelude::*;

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

/// Two orchestrations of one body: in an AUTO scope, and in a MANUAL one.
macro_rules! program {
    ($auto:ident, $manual:ident, |$x:ident, $y:ident, $rounds:ident, $n:ident| { $($body:tt)* }) => {
        #[orchestration]
        fn $auto($x: In<u32>, $y: InOut<u32>, $rounds: usize) {
            let $n = $x.dim(0);
            scope!({ $($body)* });
        }

        #[orchestration]
        fn $manual($x: In<u32>, $y: InOut<u32>, $rounds: usize) {
            let $n = $x.dim(0);
            manual_scope!({ $($body)* });
        }
    };
}

/// Runs both on several runtimes and compares with `golden`.
macro_rules! check {
    ($auto:ident, $manual:ident, $rounds:expr, $golden:expr) => {
        for workers in [1, 2, 4] {
            let mut rt = Runtime::builder()
                .workers(workers)
                .run_at_once(workers % 2 == 1)
                .window(256)
                .build()
                .unwrap();
            let x = Tensor::from_vec([4], vec![1_u32, 20, 300, 4000]).unwrap();
            let start: Vec<u32> = (5..13).collect();
            let mut expected = start.clone();
            let golden: fn(&[u32], &mut [u32]) = $golden;
            golden(x.as_slice(), &mut expected);
            let mut y = Tensor::from_vec([8], start.clone()).unwrap();
            rt.run($auto(&x, &mut y, $rounds)).unwrap();
            assert_eq!(y.as_slice(), expected, "AUTO, {workers} workers");
            let mut y = Tensor::from_vec([8], start).unwrap();
            rt.run($manual(&x, &mut y, $rounds)).unwrap();
            assert_eq!(y.as_slice(), expected, "MANUAL, {workers} workers");
        }
    };
}

program!(tuples_auto, tuples_manual, |x, y, rounds, n| {
    let mut pair = (plus(&x, out!([n]), 1), plus(&x, out!([n]), 2));
    for i in 0..rounds {
        mix(&pair.0, &mut pair.1);
        mix(&pair.1, &mut y);
        if i % 2 == 0 {
            pair = (plus(&pair.1, out!([n]), 3), plus(&pair.0, out!([n]), 4));
        } else {
            let (a, b) = pair;
            let nested = ((b, i as u32), a);
            mix(&nested.0.0, &mut y.view_mut([0..4]));
            pair = if nested.0.1 % 3 == 0 {
                (nested.0.0, nested.1)
            } else {
                (nested.1, nested.0.0)
            };
        }
        pair.0 = plus(&pair.0, out!([n]), 5);
    }
    let whole = &pair;
    mix(&whole.0, &mut y);
});

#[test]
fn tuples_are_taken_apart_and_put_together() {
    check!(tuples_auto, tuples_manual, 9, |x, y| {
        let mut pair = (host_plus(x, 1), host_plus(x, 2));
        for i in 0..9 {
            host_mix(&pair.0, &mut pair.1);
            host_mix(&pair.1, y);
            if i % 2 == 0 {
                pair = (host_plus(&pair.1, 3), host_plus(&pair.0, 4));
            } else {
                host_mix(&pair.1, &mut y[0..4]);
                if i % 3 == 0 {
                    pair = (pair.1, pair.0);
                }
            }
            pair.0 = host_plus(&pair.0, 5);
        }
        host_mix(&pair.0, y);
    });
}

program!(arrays_auto, arrays_manual, |x, y, rounds, n| {
    let mut ts = [
        plus(&x, out!([n]), 1),
        plus(&x, out!([n]), 2),
        plus(&x, out!([n]), 3),
    ];
    for i in 0..rounds {
        mix(&ts[i % 3], &mut ts[(i + 1) % 3]);
        ts[0] = plus(&ts[0], out!([n]), i as u32);
        ts[(i + 2) % 3] = plus(&ts[1], out!([n]), 9);
        for (k, t) in ts.iter_mut().enumerate() {
            mix(&x.view([k..k + 1]), t);
        }
        for t in &ts {
            mix(t, &mut y);
        }
    }
    let [a, mut b, c] = ts;
    mix(&a, &mut b);
    mix(&c, &mut b.view_mut([1..3]));
    mix(&b, &mut y);
});

#[test]
fn arrays_are_indexed_assigned_and_iterated() {
    check!(arrays_auto, arrays_manual, 7, |x, y| {
        let mut ts = [host_plus(x, 1), host_plus(x, 2), host_plus(x, 3)];
        for i in 0..7 {
            let read = ts[i % 3].clone();
            host_mix(&read, &mut ts[(i + 1) % 3]);
            ts[0] = host_plus(&ts[0], i as u32);
            ts[(i + 2) % 3] = host_plus(&ts[1], 9);
            for (k, t) in ts.iter_mut().enumerate() {
                host_mix(&x[k..k + 1], t);
            }
            for t in &ts {
                host_mix(t, y);
            }
        }
        let [a, mut b, c] = ts;
        host_mix(&a, &mut b);
        host_mix(&c, &mut b[1..3]);
        host_mix(&b, y);
    });
}

program!(vectors_auto, vectors_manual, |x, y, rounds, n| {
    let mut v = Vec::with_capacity(rounds);
    for i in 0..rounds {
        if i > 0 {
            let t = plus(&v[i - 1], out!([n]), i as u32);
            v.push(t);
        } else {
            v.push(plus(&x, out!([n]), 7));
        }
    }
    parallel_for!(0..v.len(), |i| {
        mix(&x, &mut v[i]);
        mix(&x.view([0..2]), &mut v[i].view_mut([1..3]));
    });
    for t in &mut v {
        mix(&x, t);
    }
    let mut i = 0;
    while i + 1 < v.len() {
        mix(&v[i], &mut v[i + 1]);
        v[i] = plus(&v[i + 1], out!([n]), 1);
        i += 2;
    }
    if let Some(last) = v.last() {
        mix(last, &mut y);
    }
    for (t, u) in v.iter().zip(v.iter()) {
        mix(t, &mut y);
        mix(&u.view([0..1]), &mut y.view_mut([2..5]));
    }
    let mut taken = v.pop().unwrap();
    mix(&x, &mut taken);
    v.push(taken);
    while let Some(t) = v.pop() {
        mix(&t, &mut y);
    }
    assert!(v.is_empty());
    let mut more = vec![(plus(&x, out!([n]), 1), plus(&x, out!([n]), 2))];
    more.push((plus(&x, out!([n]), 3), plus(&x, out!([n]), 4)));
    for (a, b) in &mut more {
        mix(&a, b);
    }
    for pair in more {
        mix(&pair.1, &mut y);
    }
});

#[test]
fn vectors_are_filled_indexed_and_emptied() {
    check!(vectors_auto, vectors_manual, 11, |x, y| {
        let mut v: Vec<Vec<u32>> = Vec::new();
        for i in 0..11 {
            v.push(match i {
                0 => host_plus(x, 7),
                i => host_plus(&v[i - 1], i as u32),
            });
        }
        for t in &mut v {
            host_mix(x, t);
            host_mix(&x[0..2], &mut t[1..3]);
        }
        for t in &mut v {
            host_mix(x, t);
        }
        for i in (0..10).step_by(2) {
            let read = v[i].clone();
            host_mix(&read, &mut v[i + 1]);
            v[i] = host_plus(&v[i + 1], 1);
        }
        host_mix(&v[10], y);
        for t in &v {
            host_mix(t, y);
            host_mix(&t[0..1], &mut y[2..5]);
        }
        host_mix(x, &mut v[10]);
        for t in v.iter().rev() {
            host_mix(t, y);
        }
        for (a, b) in [(1, 2), (3, 4)] {
            let mut b = host_plus(x, b);
            host_mix(&host_plus(x, a), &mut b);
            host_mix(&b, y);
        }
    });
}

program!(grids_auto, grids_manual, |x, y, rounds, n| {
    let mut rows = Vec::new();
    for i in 0..rounds {
        let mut row = Vec::new();
        for j in 0..3 {
            row.push(plus(&x, out!([n]), (i * j) as u32));
        }
        rows.push(row);
    }
    parallel_for!(0..rounds, |i| {
        for j in 0..2 {
            mix(&rows[i][j], &mut rows[i][j + 1]);
        }
    });
    for row in &rows {
        for t in row {
            mix(t, &mut y);
        }
    }
    rows[0].clear();
    rows[1].push(plus(&y.view([0..n]), out!([n]), 1));
    mix(&rows[1][3], &mut y);
});

#[test]
fn vectors_of_vectors() {
    check!(grids_auto, grids_manual, 5, |x, y| {
        for i in 0..5 {
            let mut row: Vec<Vec<u32>> = (0..3).map(|j| host_plus(x, i * j)).collect();
            for j in 0..2 {
                let read = row[j].clone();
                host_mix(&read, &mut row[j + 1]);
            }
            for t in &row {
                host_mix(t, y);
            }
        }
        let last = host_plus(&y[0..4], 1);
        host_mix(&last, y);
    });
}

program!(references_auto, references_manual, |x, y, rounds, n| {
    let mut t = plus(&x, out!([n]), 1);
    for _ in 0..rounds {
        let m = &mut t;
        mix(&x, m);
        mix(&x, &mut *m);
        mix(&x, &mut m.view_mut([0..2]));
        let r = &t;
        let s = &*r;
        mix(r, &mut y);
        mix(&s.view([r.dim(0) - 1..n]), &mut y);
    }
});

#[test]
fn references_are_passed_on() {
    check!(references_auto, references_manual, 4, |x, y| {
        let mut t = host_plus(x, 1);
        for _ in 0..4 {
            host_mix(x, &mut t);
            host_mix(x, &mut t);
            host_mix(x, &mut t[0..2]);
            host_mix(&t, y);
            host_mix(&t[3..4], y);
        }
    });
}

/// The line of the first access in `beyond`.
const BEYOND: u32 = line!() + 9;

#[orchestration]
fn beyond(x: In<u32>, y: InOut<u32>, at: usize) {
    let n = x.dim(0);
    let mut v = Vec::new();
    for _ in 0..3 {
        v.push(plus(&x, out!([n]), 1));
    }
    mix(&v[at - 1], &mut y);
    v[at] = plus(&v[0], out!([n]), v[at].dim(0) as u32);
}

#[orchestration]
fn empty(x: In<u32>, y: InOut<u32>, fill: bool) {
    let mut v = Vec::new();
    if fill {
        v.push(plus(&x, out!([4]), 1));
    }
    let t = v.pop().unwrap();
    mix(&t, &mut y);
}

#[test]
fn an_index_out_of_bounds_is_an_error_that_names_the_place() {
    let mut rt = Runtime::builder().workers(1).build().unwrap();
    let x = Tensor::from_vec([4], vec![1_u32, 20, 300, 4000]).unwrap();
    let mut y = Tensor::zeros([8]);
    rt.run(beyond(&x, &mut y, 2)).unwrap();
    rt.run(empty(&x, &mut y, true)).unwrap();
    for (at, words, line) in [
        (4, "in task 'mix'", BEYOND),
        (3, "index 3 is out of bounds for 3 elements", BEYOND + 1),
        (0, "0 - 1 is less than zero", BEYOND),
    ] {
        let error = rt.run(beyond(&x, &mut y, at)).map(|_| ()).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
        assert!(text.contains(words) && text.contains("help: "), "{text}");
        assert!(text.contains(&format!("collections.rs:{line}")), "{text}");
    }
    let error = rt.run(empty(&x, &mut y, false)).map(|_| ()).unwrap_err();
    assert!(
        error.to_string().contains("`pop` found no element"),
        "{error}"
    );
}
