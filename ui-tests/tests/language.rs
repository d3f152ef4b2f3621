//! Programs in the language that compile and run, with their results.

use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(#[shape(n)] a: In<f32>, #[shape(n)] b: In<f32>, #[shape(n)] c: Out<f32>) {
    let mut c = c;
    for i in 0..a.len() {
        c.set(i, a.get(i) + b.get(i));
    }
}

#[kernel(aiv)]
fn add_scalar(a: In<f32>, c: Out<f32>, x: f32) {
    let mut c = c;
    for i in 0..a.len() {
        c.set(i, a.get(i) + x);
    }
}

#[kernel(aic)]
fn accumulate(x: In<f32>, mut total: InOut<f32>) {
    for i in 0..x.len() {
        total.set(i, total.get(i) * 2.0 + x.get(i));
    }
}

#[orchestration]
fn vector(a: In<f32>, b: In<f32>, f: Out<f32>) {
    let n = a.dim(0);
    let c = add(&a, &b, out!([n]));
    scope!({
        let d = add_scalar(&c, out!([n]), 1.0);
        let e = add_scalar(&c, out!([n]), 2.0);
        let g = add(&d, &e, out!([n]));
        add(&g, &c, &mut f);
    });
}

#[orchestration]
fn chain(x: In<f32>, total: InOut<f32>, rounds: usize) {
    let n = x.dim(0);
    manual_scope!({
        #[unroll(4)]
        for i in 0..rounds {
            let y = add_scalar(&x, out!([n]), i as f32);
            accumulate(&y, &mut total);
        }
    });
}

#[test]
fn vector_example() {
    let mut rt = Runtime::builder()
        .workers(2)
        .record_graph(true)
        .build()
        .unwrap();
    let a = Tensor::full([16], 2.0_f32);
    let b = Tensor::full([16], 3.0_f32);
    let mut f = Tensor::zeros([16]);
    let done = rt.run(vector(&a, &b, &mut f)).unwrap();
    assert_eq!(done.report.tasks, 5);
    assert_eq!(done.report.edges.tracked, 6);
    assert!(f.as_slice().iter().all(|x| *x == 18.0));
}

#[test]
fn unrolled_chain_is_in_order() {
    for rounds in 0..11 {
        // A recorded run has all edges.
        let builder = Runtime::builder().workers(2).record_graph(true);
        let mut rt = builder.build().unwrap();
        let x = Tensor::full([4], 1.0_f32);
        let mut total = Tensor::zeros([4]);
        let done = rt.run(chain(&x, &mut total, rounds)).unwrap();
        let mut expected = 0.0;
        for i in 0..rounds {
            expected = expected * 2.0 + 1.0 + i as f32;
        }
        assert_eq!(total.as_slice(), [expected; 4]);
        assert_eq!(done.report.tasks, 2 * rounds as u64);
        assert_eq!(
            done.report.edges.proven,
            (2 * rounds).saturating_sub(1) as u64
        );
    }
}

#[orchestration]
fn reads(x: In<f32>, at: In<i32>, y: InOut<f32>, seen: &mut Vec<f32>) {
    assert!(x[0] > 0.0, "{} is not positive", x[0]);
    seen.push(x[at[0] as usize]);
    let mut all = vec![x[0]];
    all.extend([x[1]]);
    let highest = (0..x.len()).map(|i| x[i]).fold(0.0, f32::max);
    seen.extend([all[1], highest]);
    accumulate(&x, &mut y);
}

#[test]
fn the_host_reads_inputs_also_in_macros_and_closures() {
    let mut rt = Runtime::builder().workers(1).build().unwrap();
    let x = Tensor::from_vec([3], vec![1.0_f32, 5.0, 9.0]).unwrap();
    let at = Tensor::from_vec([1], vec![2]).unwrap();
    let mut y = Tensor::zeros([3]);
    let mut seen = Vec::new();
    rt.run(reads(&x, &at, &mut y, &mut seen)).unwrap();
    assert_eq!(seen, [9.0, 5.0, 9.0]);
}

#[orchestration]
#[rustfmt::skip]
fn ends_in_an_expression(x: In<f32>, y: InOut<f32>, seen: &mut Vec<f32>) {
    accumulate(&x, &mut y);
    seen.push(x[0])
}

#[test]
fn a_body_may_end_in_an_expression() {
    let mut rt = Runtime::builder().workers(1).build().unwrap();
    let x = Tensor::full([3], 4.0_f32);
    let mut y = Tensor::zeros([3]);
    let mut seen = Vec::new();
    rt.run(ends_in_an_expression(&x, &mut y, &mut seen))
        .unwrap();
    assert_eq!((seen, y.as_slice()), (vec![4.0], &[4.0; 3][..]));
}

/// Small kernels are compiled into orchestrations, unless they say something else.
mod inlined {
    #![deny(warnings)]
    use super::*;

    #[kernel(aiv)]
    #[inline(never)]
    fn never(mut x: InOut<f32>) {
        x.set(0, x.get(0) + 1.0);
    }

    #[kernel(aiv)]
    #[inline(always)]
    #[cold]
    fn always(mut x: InOut<f32>) {
        x.set(0, x.get(0) * 2.0);
    }

    #[kernel(aiv)]
    #[cfg_attr(all(), inline(never))]
    fn perhaps(mut x: InOut<f32>) {
        x.set(0, x.get(0) - 3.0);
    }

    /// It is not said to be inline.
    #[kernel(aiv)]
    fn described(mut x: InOut<f32>) {
        x.set(0, x.get(0) * 10.0);
    }

    #[orchestration]
    pub(super) fn all(x: InOut<f32>) {
        never(&mut x);
        always(&mut x);
        perhaps(&mut x);
        described(&mut x);
    }
}

#[test]
fn kernels_say_themselves_whether_they_are_inlined() {
    for at_once in [true, false] {
        let builder = Runtime::builder().workers(1).run_at_once(at_once);
        let mut x = Tensor::full([1], 4.0_f32);
        builder.build().unwrap().run(inlined::all(&mut x)).unwrap();
        assert_eq!(x.as_slice(), [70.0]);
    }
}
