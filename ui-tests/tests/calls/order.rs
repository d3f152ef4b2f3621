//! Tasks of a call are ordered with those around it, however each scope finds its edges.

use pto_runtime::prelude::*;

use super::*;

/// Every hazard with tasks of the caller, before and after, in both directions.
#[orchestration]
fn hazards(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.len();
    let mut a = plus(&x, out!([n]), 9);
    for i in 0..rounds {
        mix(&x, &mut a); // RAW: the callee reads what is written here
        call!(manual_step(&a, &mut y, i as u32));
        mix(&x, &mut a); // WAR: the callee may still read it
        mix(&a, &mut y); // RAW, WAW: and write this
        call!(auto_step(&a, &mut y, i as u32));
        mix(&y, &mut a); // RAW from the callee
        call!(manual_step(&x, &mut a, i as u32)); // WAW, and WAR on nothing else
    }
    mix(&a, &mut y);
}

#[test]
fn tasks_around_a_call_wait_for_those_inside() {
    check!(hazards, (5), |x, y| {
        let mut a = host_plus(x, 9);
        for i in 0..5 {
            host_mix(x, &mut a);
            host_step(&a, y, i);
            host_mix(x, &mut a);
            host_mix(&a, y);
            host_step(&a, y, i);
            host_mix(&y[..], &mut a);
            host_step(x, &mut a, i);
        }
        host_mix(&a, y);
    });
}

/// MANUAL scopes of the caller, inferred and explicit, beside calls.
#[orchestration]
fn manual_around(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.len();
    #[task(name = make)]
    let mut a = plus(&x, out!([n]), 3);
    for _ in 0..rounds {
        manual_scope!({
            let t = plus(&a, out!([n]), 1);
            #[task(name = before)]
            mix(&t, &mut a);
            #[task(name = also_before)]
            mix(&a, &mut y);
        });
        call!(auto_step(&a, &mut y, 4));
        manual_scope!(deps(explicit), {
            #[task(name = first, after = [also_before])]
            let t = plus(&y.view([0..4]), out!([n]), 1);
            #[task(name = second, after = [make, before, first])]
            mix(&t, &mut a);
        });
        call!(manual_step(&y.view([4..8]), &mut a, 5));
    }
}

#[test]
fn manual_scopes_beside_a_call_are_ordered_with_it() {
    check!(manual_around, (4), |x, y| {
        let mut a = host_plus(x, 3);
        for _ in 0..4 {
            let t = host_plus(&a, 1);
            host_mix(&t, &mut a);
            host_mix(&a, y);
            host_step(&a, y, 4);
            let t = host_plus(&y[..4], 1);
            host_mix(&t, &mut a);
            host_step(&y[4..], &mut a, 5);
        }
    });
}

/// Three calls deep, the innermost in scopes of its own.
#[orchestration]
fn middle(x: In<u32>, y: InOut<u32>, n: u32) {
    scope!({
        call!(manual_step(&x, &mut y.view_mut([0..4]), n));
        mix(&y.view([0..4]), &mut y.view_mut([4..8]));
        call!(auto_step(&x, &mut y.view_mut([2..6]), n + 1));
    });
}

#[orchestration]
fn outer(x: In<u32>, y: InOut<u32>, rounds: usize) {
    for i in 0..rounds {
        scope!({
            call!(middle(&x, &mut y, i as u32));
            mix(&x, &mut y);
        });
    }
    call!(middle(&x, &mut y, 77));
}

#[test]
fn calls_nest() {
    fn host_middle(x: &[u32], y: &mut [u32], n: u32) {
        host_step(x, &mut y[0..4], n);
        let (low, high) = y.split_at_mut(4);
        host_mix(low, high);
        host_step(x, &mut y[2..6], n + 1);
    }
    check!(outer, (6), |x, y| {
        for i in 0..6 {
            host_middle(x, y, i);
            host_mix(x, y);
        }
        host_middle(x, y, 77);
    });
}

/// Iterations that call are as independent as those that submit tasks.
#[orchestration]
fn rows(x: In<u32>, y: InOut<u32>, width: usize) {
    mix(&x, &mut y);
    parallel_for!(0..y.dim(0) / width, |i| {
        call!(manual_step(
            &x,
            &mut y.view_mut([i * width..(i + 1) * width]),
            i as u32
        ));
    });
    mix(&x, &mut y);
}

#[test]
fn parallel_iterations_call() {
    check!(rows, (2), |x, y| {
        host_mix(x, y);
        for (i, row) in y.chunks_mut(2).enumerate() {
            host_step(x, row, i as u32);
        }
        host_mix(x, y);
    });
}

/// Ends on the host's decision.
#[orchestration]
fn countdown(x: In<u32>, y: InOut<u32>, left: u32) {
    if left == 0 {
        return;
    }
    mix(&x, &mut y);
    call!(countdown(&x, &mut y, left - 1));
    call!(manual_step(&x, &mut y, left));
}

#[test]
fn an_orchestration_may_call_itself() {
    fn host(x: &[u32], y: &mut [u32], left: u32) {
        if left > 0 {
            host_mix(x, y);
            host(x, y, left - 1);
            host_step(x, y, left);
        }
    }
    check!(countdown, (9), |x, y| host(x, y, 9));
}
