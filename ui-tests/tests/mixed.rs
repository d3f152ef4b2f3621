//! Tasks of several kernels: what they compute on any number of threads and clusters.

use pto_runtime::prelude::*;

#[kernel(aic)]
fn matmul(#[shape(m, k)] a: In<f32>, #[shape(k, n)] b: In<f32>, #[shape(m, n)] mut c: Out<f32>) {
    for i in 0..c.dim(0) {
        for j in 0..c.dim(1) {
            c.set(
                [i, j],
                (0..b.dim(0)).map(|k| a.get([i, k]) * b.get([k, j])).sum(),
            );
        }
    }
}

#[kernel(aiv)]
fn add(a: In<f32>, b: In<f32>, mut c: Out<f32>) {
    for row in 0..a.dim(0) {
        let sums = a.row(row).iter().zip(b.row(row)).map(|(a, b)| a + b);
        c.row_mut(row)
            .iter_mut()
            .zip(sums)
            .for_each(|(c, sum)| *c = sum);
    }
}

#[kernel(aiv)]
fn mul(a: In<f32>, b: In<f32>, mut c: Out<f32>) {
    for row in 0..a.dim(0) {
        let products = a.row(row).iter().zip(b.row(row)).map(|(a, b)| a * b);
        c.row_mut(row)
            .iter_mut()
            .zip(products)
            .for_each(|(c, product)| *c = product);
    }
}

#[kernel(aic, blocks)]
fn cube_number(mut y: Out<f32>, block: Block) {
    y.fill(block.index() as f32);
}

#[kernel(aiv, blocks)]
fn vector_number(mut y: InOut<f32>, block: Block, base: f32) {
    y.fill(block.index() as f32 + base);
}

/// Five tasks over the cores of a cluster, in all the ways there are.
#[orchestration]
fn five(
    a: In<f32>,
    b: In<f32>,
    d: In<f32>,
    e: In<f32>,
    g: In<f32>,
    h: In<f32>,
    c: InOut<f32>,
    out: InOut<f32>,
    rounds: usize,
) {
    let n = a.dim(0);
    for i in 0..rounds {
        scope!({
            let mut tile = out.view_mut([i * n..(i + 1) * n]);
            let (f, p) = mixed!(
                matmul(&a, &b, &mut c),
                add(&d, &e, out!([n, n])),
                mul(&g, &h, out!([n, n]))
            );
            matmul(&f, &p, &mut tile);
            #[task(name = two_vectors)]
            let (k, m) = mixed!(add(&f, &tile, out!([n, n])), mul(&p, &c, out!([n, n])));
            let o = mixed!(matmul(&c, &m, out!([n, n])), add(&k, &c, &mut tile));
            mixed!(add(&o, &k, &mut tile));
        });
    }
}

/// The same with edges that the compiler draws.
#[orchestration]
fn five_manual(
    a: In<f32>,
    b: In<f32>,
    d: In<f32>,
    e: In<f32>,
    g: In<f32>,
    h: In<f32>,
    c: InOut<f32>,
    out: InOut<f32>,
    rounds: usize,
) {
    let n = a.dim(0);
    manual_scope!({
        for i in 0..rounds {
            let mut tile = out.view_mut([i * n..(i + 1) * n]);
            let (f, p) = mixed!(
                matmul(&a, &b, &mut c),
                add(&d, &e, out!([n, n])),
                mul(&g, &h, out!([n, n]))
            );
            matmul(&f, &p, &mut tile);
            let (k, m) = mixed!(add(&f, &tile, out!([n, n])), mul(&p, &c, out!([n, n])));
            let o = mixed!(matmul(&c, &m, out!([n, n])), add(&k, &c, &mut tile));
            add(&o, &k, &mut tile);
        }
    });
}

/// Ordinary tasks of four blocks, and after every ninth one of six that run together.
#[orchestration]
fn crowd(a: InOut<f32>, b: InOut<f32>, c: InOut<f32>, rounds: usize) {
    for round in 0..rounds {
        let at = round * 24;
        if round % 10 == 9 {
            #[task(blocks = 6, sync_start)]
            mixed!(
                cube_number(&mut a.view_mut([at..at + 24])),
                vector_number(&mut b.view_mut([at..at + 24]), 1.0),
                vector_number(&mut c.view_mut([at..at + 24]), 2.0)
            );
        } else {
            #[task(name = ordinary, blocks = 4)]
            mixed!(
                vector_number(&mut b.view_mut([at..at + 24]), 1.0),
                cube_number(&mut a.view_mut([at..at + 24])),
                vector_number(&mut c.view_mut([at..at + 24]), 2.0)
            );
        }
    }
}

/// Tasks of so many blocks, each of which writes a line for each core of its cluster.
#[orchestration]
fn lines(counts: &[usize], out: InOut<f32>) {
    let mut base = 0;
    for &count in counts {
        let end = base + count;
        #[task(name = three_lines, blocks = count)]
        mixed!(
            cube_number(&mut out.view_mut([base..end, 0..1])),
            vector_number(&mut out.view_mut([base..end, 1..2]), 0.25),
            vector_number(&mut out.view_mut([base..end, 2..3]), 0.5)
        );
        base = end;
    }
}

/// One tensor, apart for certain: two kernels of a task may write it.
#[orchestration]
fn halves(y: InOut<f32>) {
    let n = y.len() / 2;
    #[task(blocks = 2)]
    mixed!(
        vector_number(&mut y.view_mut([0..n]), 0.0),
        vector_number(&mut y.view_mut([n..2 * n]), 10.0)
    );
}

type Matrix = Vec<f32>;

fn matrix(n: usize, seed: usize) -> Matrix {
    (0..n * n)
        .map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0)
        .collect()
}

fn times(a: &Matrix, b: &Matrix, n: usize) -> Matrix {
    let cell = |i: usize, j: usize| (0..n).map(|k| a[i * n + k] * b[k * n + j]).sum();
    (0..n * n).map(|at| cell(at / n, at % n)).collect()
}

fn each(a: &Matrix, b: &Matrix, f: impl Fn(f32, f32) -> f32) -> Matrix {
    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()
}

#[test]
fn all_shapes_of_mixed_tasks() {
    let (n, rounds) = (4, 5);
    let input: Vec<Matrix> = (0..6).map(|seed| matrix(n, seed)).collect();
    let [a, b, d, e, g, h] = input.as_slice() else {
        unreachable!()
    };
    let (c, f, p) = (
        times(a, b, n),
        each(d, e, |x, y| x + y),
        each(g, h, |x, y| x * y),
    );
    let k = each(&f, &times(&f, &p, n), |x, y| x + y);
    let o = times(&c, &each(&p, &c, |x, y| x * y), n);
    let wanted = each(&o, &k, |x, y| x + y).repeat(rounds);
    let tensors: Vec<Tensor<f32>> = input
        .iter()
        .map(|data| Tensor::from_vec([n, n], data.clone()).unwrap())
        .collect();
    let [a, b, d, e, g, h] = tensors.as_slice() else {
        unreachable!()
    };
    for (workers, clusters) in [(1, 1), (2, 1), (2, 2), (3, 1), (4, 1), (4, 3)] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .clusters(clusters)
            .build()
            .unwrap();
        for _ in 0..20 {
            let (mut c, mut out) = (Tensor::zeros([n, n]), Tensor::zeros([rounds * n, n]));
            rt.run(five(a, b, d, e, g, h, &mut c, &mut out, rounds))
                .unwrap();
            assert_eq!(
                out.as_slice(),
                wanted,
                "{workers} workers, {clusters} clusters"
            );
            let mut out = Tensor::zeros([rounds * n, n]);
            rt.run(five_manual(a, b, d, e, g, h, &mut c, &mut out, rounds))
                .unwrap();
            assert_eq!(
                out.as_slice(),
                wanted,
                "{workers} workers, {clusters} clusters, manual"
            );
        }
    }
}

#[test]
fn cohorts_of_mixed_tasks_amid_ordinary_ones() {
    for (workers, clusters) in [(18, 18), (18, 6), (20, 7)] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .clusters(clusters)
            .build()
            .unwrap();
        for _ in 0..5 {
            let [mut a, mut b, mut c] = [(); 3].map(|()| Tensor::zeros([20 * 24]));
            rt.run(crowd(&mut a, &mut b, &mut c, 20)).unwrap();
            for (base, y) in [a, b, c].into_iter().enumerate() {
                for (round, tile) in y.as_slice().chunks(24).enumerate() {
                    let share = if round % 10 == 9 { 4 } else { 6 };
                    let numbers = (0..24).map(|i| (i / share + base) as f32);
                    assert!(numbers.eq(tile.iter().copied()), "{round}: {tile:?}");
                }
            }
        }
    }
}

#[test]
fn a_line_for_each_core_of_each_block() {
    let counts = [2, 8, 12, 24, 48, 1];
    let blocks = counts.into_iter().flat_map(|count| 0..count);
    let wanted: Vec<f32> = blocks
        .flat_map(|block| [0.0, 0.25, 0.5].map(|core| [block as f32 + core; 16]))
        .flatten()
        .collect();
    for (workers, clusters) in [(1, 1), (2, 1), (2, 2), (4, 2), (4, 4)] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .clusters(clusters)
            .build()
            .unwrap();
        for _ in 0..10 {
            let mut out = Tensor::full([95, 3, 16], -1.0);
            rt.run(lines(&counts, &mut out)).unwrap();
            assert_eq!(out.as_slice(), wanted);
        }
    }
}

#[test]
fn kernels_of_a_task_may_write_parts_of_one_tensor() {
    let mut y = Tensor::zeros([8]);
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    rt.run(halves(&mut y)).unwrap();
    assert_eq!(y.as_slice(), [0.0, 0.0, 1.0, 1.0, 10.0, 10.0, 11.0, 11.0]);
}

#[test]
fn a_cohort_that_no_thread_is_left_for_is_an_error_of_the_run() {
    let [mut a, mut b, mut c] = [(); 3].map(|()| Tensor::zeros([10 * 24]));
    let mut rt = Runtime::builder().workers(4).build().unwrap();
    let error = rt.run(crowd(&mut a, &mut b, &mut c, 10)).unwrap_err();
    assert_eq!(error.name(), "REQUIRE_SYNC_START_INVALID");
    assert!(error.message().contains("need 18 threads"), "{error}");
    assert_eq!(
        error.task(),
        Some("cube_number_and_vector_number_and_vector_number")
    );
}
