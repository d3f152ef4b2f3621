//! What a call returns is ordered, kept, and recycled as if the caller had made it.

use pto_runtime::prelude::*;

use super::*;

/// What is returned may still be written by tasks, and is used in every kind of scope.
#[orchestration]
fn made(x: In<u32>, n: u32) -> Tensor<u32> {
    let mut t = plus(&x, out!([x.len()]), n);
    manual_scope!({
        for _ in 0..3 {
            mix(&x, &mut t);
        }
    });
    t
}

/// Several, some of them made by a further call, and an early return.
#[orchestration]
fn pair(x: In<u32>, early: bool) -> (Tensor<u32>, Tensor<u32>) {
    let mut a = call!(made(&x, 5));
    if early {
        let b = plus(&a, out!([4]), 1);
        return (a, b);
    }
    let b = plus(&x, out!([4]), 2);
    mix(&b, &mut a);
    (b, a)
}

#[orchestration]
fn uses_what_is_returned(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let mut last = plus(&x, out!([4]), 0);
    for i in 0..rounds {
        let mut t = call!(made(&last, i as u32));
        mix(&x, &mut t);
        manual_scope!({
            #[task(name = zero)]
            mix(&t, &mut y);
            mix(&x, &mut t);
        });
        let (mut a, b) = call!(pair(&t, i % 2 == 0));
        manual_scope!(deps(explicit), {
            #[task(name = one)]
            mix(&b, &mut a);
            #[task(name = two, after = [zero, one])]
            mix(&a, &mut y);
        });
        mix(&a, &mut last);
        last = if i % 3 == 0 { call!(made(&last, 8)) } else { a };
    }
    mix(&last, &mut y);
}

#[test]
fn returned_tensors_are_ordered_and_kept() {
    fn host_made(x: &[u32], n: u32) -> Vec<u32> {
        let mut t = host_plus(x, n);
        (0..3).for_each(|_| host_mix(x, &mut t));
        t
    }
    fn host_pair(x: &[u32], early: bool) -> (Vec<u32>, Vec<u32>) {
        let mut a = host_made(x, 5);
        if early {
            let b = host_plus(&a, 1);
            return (a, b);
        }
        let b = host_plus(x, 2);
        host_mix(&b, &mut a);
        (b, a)
    }
    check!(uses_what_is_returned, (7), |x, y| {
        let mut last = host_plus(x, 0);
        for i in 0..7 {
            let mut t = host_made(&last, i);
            host_mix(x, &mut t);
            host_mix(&t, y);
            host_mix(x, &mut t);
            let (mut a, b) = host_pair(&t, i % 2 == 0);
            host_mix(&b, &mut a);
            host_mix(&a, y);
            host_mix(&a, &mut last);
            last = if i % 3 == 0 { host_made(&last, 8) } else { a };
        }
        host_mix(&last, y);
    });
}

/// Returned tensors are kept in collections, and go through references to other calls.
#[orchestration]
fn collects(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let mut all = Vec::new();
    for i in 0..rounds {
        all.push(call!(made(&x, i as u32)));
    }
    manual_scope!({
        for t in &all {
            mix(t, &mut y);
        }
        mix(&y.view([0..4]), &mut all[1]);
    });
    for t in &mut all {
        call!(manual_step(&x, t, 4));
    }
    let [first, mut second] = [call!(made(&all[0], 1)), call!(made(&all[1], 2))];
    let refer = &first;
    call!(auto_step(refer, &mut second, 3));
    mix(&second, &mut y);
    mix(&all[2], &mut y);
}

#[test]
fn returned_tensors_are_kept_in_collections() {
    fn host_made(x: &[u32], n: u32) -> Vec<u32> {
        let mut t = host_plus(x, n);
        (0..3).for_each(|_| host_mix(x, &mut t));
        t
    }
    check!(collects, (3), |x, y| {
        let mut all: Vec<Vec<u32>> = (0..3).map(|i| host_made(x, i)).collect();
        all.iter().for_each(|t| host_mix(t, y));
        host_mix(&y[0..4], &mut all[1]);
        all.iter_mut().for_each(|t| host_step(x, t, 4));
        let (first, mut second) = (host_made(&all[0], 1), host_made(&all[1], 2));
        host_step(&first, &mut second, 3);
        host_mix(&second, y);
        host_mix(&all[2], y);
    });
}

/// A returned tensor outlives the call, not the scope around it: rings are small.
#[orchestration]
fn in_scopes(x: In<u32>, y: InOut<u32>, rounds: usize) {
    for i in 0..rounds {
        scope!({
            let t = call!(made(&x, i as u32));
            mix(&t, &mut y);
        });
    }
}

#[test]
fn what_a_call_makes_is_recycled_with_the_scope_around_it() {
    for workers in [1, 2, 4] {
        let mut rt = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .window(16)
            .heap(1 << 12)
            .build()
            .unwrap();
        let x = Tensor::from_vec([4], vec![1_u32, 20, 300, 4000]).unwrap();
        let mut y = Tensor::zeros([8]);
        let mut expected = vec![0; 8];
        for i in 0..200 {
            let mut t = host_plus(x.as_slice(), i);
            (0..3).for_each(|_| host_mix(x.as_slice(), &mut t));
            host_mix(&t, &mut expected);
        }
        rt.run(in_scopes(&x, &mut y, 200)).unwrap();
        assert_eq!(y.as_slice(), expected);
    }
}
