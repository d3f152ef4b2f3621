//! Orchestrations that call orchestrations: results are those of the same
//! program run one task after the other, and no call costs more than tracking.
#![deny(warnings)]

use pto_runtime::prelude::*;
use pto_runtime::{EdgeKind, Element, ErrorKind};

/// Order matters to the result: `y = 3 y + x` modulo 2^32. It takes its time, so
/// that a task which does not wait for it comes before its end.
#[kernel(aiv)]
fn mix(x: In<u32>, mut y: InOut<u32>) {
    linger();
    for i in 0..y.len() {
        let value = y.get(i).wrapping_mul(3).wrapping_add(x.get(i % x.len()));
        y.set(i, value);
    }
}

#[kernel(aic)]
fn plus(x: In<u32>, mut y: Out<u32>, n: u32) {
    linger();
    for i in 0..x.len() {
        y.set(i, x.get(i).wrapping_add(n));
    }
}

fn linger() {
    for _ in 0..20 {
        std::thread::yield_now();
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

/// Runs `$program(&x, &mut y, args..)` on several runtimes and compares with `golden`.
macro_rules! check {
    ($program:path, ($($arg:expr),*), $golden:expr) => {
        for workers in [1, 2, 4] {
            for window in [256, 1024] {
                let mut rt = Runtime::builder().workers(workers).window(window).build().unwrap();
                let x = Tensor::from_vec([4], vec![1_u32, 20, 300, 4000]).unwrap();
                let mut y = Tensor::from_vec([8], (5..13).collect::<Vec<u32>>()).unwrap();
                let mut expected = y.as_slice().to_vec();
                let golden: fn(&[u32], &mut [u32]) = $golden;
                golden(x.as_slice(), &mut expected);
                rt.run($program(&x, &mut y, $($arg),*)).unwrap();
                assert_eq!(y.as_slice(), expected, "{workers} workers, window {window}");
            }
        }
    };
}

/// Reads `x` and writes `y` in a MANUAL scope: alone, nothing is looked up.
#[orchestration]
fn manual_step(x: In<u32>, y: InOut<u32>, n: u32) {
    manual_scope!({
        let t = plus(&x, out!([x.len()]), n);
        mix(&t, &mut y);
        mix(&x, &mut y);
    });
}

fn host_step(x: &[u32], y: &mut [u32], n: u32) {
    host_mix(&host_plus(x, n), y);
    host_mix(x, y);
}

/// The same in an AUTO scope, with edges that the compiler proves.
#[orchestration]
fn auto_step(x: In<u32>, y: InOut<u32>, n: u32) {
    let t = plus(&x, out!([x.len()]), n);
    mix(&t, &mut y);
    mix(&x, &mut y);
}

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

mod library {
    //! Orchestrations of another module, with a kernel that nobody else sees.

    use pto_runtime::Element;
    use pto_runtime::prelude::*;

    #[kernel(aiv)]
    fn copy<T: Element>(x: In<T>, mut y: Out<T>) {
        for i in 0..y.len() {
            y.set(i, x.get(i));
        }
    }

    #[orchestration]
    pub(super) fn copied<T: Element>(x: In<T>) -> Tensor<T> {
        copy(&x, out!([x.len()]))
    }

    #[orchestration]
    pub(super) fn fill<T: Element, const N: usize>(x: In<T>, y: Out<T>, seen: &mut [usize; N]) {
        seen[0] += 1;
        call!(fill_part::<T>(
            &x,
            &mut y.view_mut([0..N]),
            seen.as_mut_slice()
        ));
    }

    #[orchestration]
    fn fill_part<T>(x: In<T>, y: Out<T>, seen: &mut [usize])
    where
        T: Element,
    {
        *seen.last_mut().unwrap() += y.len();
        copy(&x.view([0..y.len()]), &mut y);
    }
}

#[orchestration]
fn generic<T: Element>(x: In<T>, y: InOut<T>, seen: &mut [usize; 3]) {
    for _ in 0..2 {
        call!(library::fill(&x, &mut y, seen));
    }
    let t = call!(library::copied::<T>(&y));
    call!(library::fill::<T, 3>(&t, &mut y.view_mut([4..8]), seen));
}

#[test]
fn modules_and_generics() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let x = Tensor::from_vec([4], vec![1_i32, 2, 3, 4]).unwrap();
    let mut y = Tensor::zeros([8]);
    let mut seen = [0; 3];
    rt.run(generic(&x, &mut y, &mut seen)).unwrap();
    assert_eq!(y.as_slice(), [1, 2, 3, 0, 1, 2, 3, 0]);
    assert_eq!(seen, [3, 0, 9]);
    let (x, mut y) = (Tensor::full([4], 2.5_f32), Tensor::zeros([8]));
    rt.run(generic(&x, &mut y, &mut seen)).unwrap();
    assert_eq!(y.as_slice(), [2.5, 2.5, 2.5, 0.0, 2.5, 2.5, 2.5, 0.0]);
}

#[orchestration]
fn ragged(x: In<u32>, lens: In<u32>, y: InOut<u32>, b: usize) {
    for _ in 0..lens[b] {
        mix(&x, &mut y);
    }
}

const CALL_OF_RAGGED: u32 = line!() + 5;

#[orchestration]
fn passes_on(x: In<u32>, lens: In<u32>, y: InOut<u32>) {
    for b in 0..lens.len() {
        call!(ragged(&x, &lens, &mut y, b));
    }
}

#[orchestration]
fn reads_elements(x: In<u32>, lens: In<u32>, y: InOut<u32>, computed: bool) {
    if computed {
        let lens = plus(&lens, out!([lens.len()]), 1);
        call!(passes_on(&x, &lens, &mut y));
    } else {
        call!(passes_on(&x, &lens, &mut y));
    }
}

#[test]
fn the_host_reads_what_it_was_given_through_calls() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let x = Tensor::full([4], 7_u32);
    let lens = Tensor::from_vec([3], vec![2_u32, 0, 3]).unwrap();
    let mut y = Tensor::zeros([4]);
    let done = rt.run(reads_elements(&x, &lens, &mut y, false)).unwrap();
    assert_eq!(done.report.tasks, 5);
    // What a task makes is nothing the host can read.
    let error = rt.run(reads_elements(&x, &lens, &mut y, true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.task(), Some("ragged"));
    assert_eq!(error.location().unwrap().line(), CALL_OF_RAGGED);
    assert!(error.message().contains("'lens' on the host"), "{error}");
}

const CALL_WITH_OVERLAP: u32 = line!() + 4;

#[orchestration]
fn overlapping(x: In<u32>, y: InOut<u32>, at: usize) {
    call!(auto_step(&y.view([0..4]), &mut y.view_mut([at..at + 4]), 1));
    mix(&x, &mut y);
}

#[test]
fn arguments_that_overlap_are_an_error_of_the_run() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let x = Tensor::full([4], 7_u32);
    let mut y = Tensor::zeros([8]);
    rt.run(overlapping(&x, &mut y, 4)).unwrap();
    let error = rt.run(overlapping(&x, &mut y, 3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.task(), Some("auto_step"));
    assert_eq!(error.location().unwrap().line(), CALL_WITH_OVERLAP);
    assert!(error.message().contains("alias"), "{error}");
}

const FAULT: u32 = line!() + 4;

#[orchestration]
fn faulty(x: In<u32>, y: InOut<u32>) {
    mix(&x.view([2..9]), &mut y);
}

#[orchestration]
fn calls_faulty(x: In<u32>, y: InOut<u32>) {
    call!(faulty(&x, &mut y));
}

#[test]
fn errors_name_the_lines_of_the_callee() {
    let mut rt = Runtime::builder().workers(1).build().unwrap();
    let x = Tensor::full([4], 7_u32);
    let mut y = Tensor::zeros([8]);
    let error = rt.run(calls_faulty(&x, &mut y)).unwrap_err();
    assert_eq!(error.task(), Some("mix"));
    assert_eq!(error.location().unwrap().line(), FAULT);
}

/// The body of `auto_step`, written out.
#[orchestration]
fn inline(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.len();
    let a = plus(&x, out!([n]), 9);
    for i in 0..rounds {
        let t = plus(&a, out!([n]), i as u32);
        mix(&t, &mut y);
        mix(&a, &mut y);
    }
}

#[orchestration]
fn called(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let a = plus(&x, out!([x.len()]), 9);
    for i in 0..rounds {
        call!(auto_step(&a, &mut y, i as u32));
    }
}

#[orchestration]
fn called_manual(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let a = plus(&x, out!([x.len()]), 9);
    for i in 0..rounds {
        call!(manual_step(&a, &mut y, i as u32));
    }
}

#[test]
fn a_call_costs_what_tracking_costs() {
    let rounds = 20;
    let report = |nested: usize| {
        // Nothing completes before all is submitted, so that every edge is drawn.
        let mut rt = Runtime::builder()
            .workers(1)
            .record_graph(true)
            .build()
            .unwrap();
        let x = Tensor::full([4], 7_u32);
        let mut y = Tensor::zeros([8]);
        let done = match nested {
            0 => rt.run(inline(&x, &mut y, rounds)),
            1 => rt.run(called(&x, &mut y, rounds)),
            _ => rt.run(called_manual(&x, &mut y, rounds)),
        };
        done.unwrap().report
    };
    let inline = report(0);
    for nested in [1, 2] {
        let called = report(nested);
        assert_eq!(called.tasks, inline.tasks);
        assert!(
            called.edges.total() <= inline.edges.total() + 1,
            "{nested}: {} {}",
            called.edges.total(),
            inline.edges.total()
        );
        // One for each access of `y`: nothing for `a`, which is never written again, nor for `t`.
        assert_eq!(called.lookups, 2 * rounds as u64, "{nested}");
        assert_eq!(called.inserts, 2 * rounds as u64, "{nested}");
        let waits = |edge: &&pto_runtime::Edge| edge.kind != EdgeKind::Lifetime;
        let graph = called.graph.unwrap();
        assert!(graph.edges.iter().filter(waits).count() > 0);
    }
}
