//! The host reads and writes elements of tensors between tasks.

use pto_runtime::ErrorKind;
use pto_runtime::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[kernel(aiv)]
fn add(a: In<f32>, b: In<f32>, mut c: Out<f32>) {
    for i in 0..a.len() {
        c.set(i, a.get(i) + b.get(i));
    }
}

#[kernel(aiv)]
fn leave(_x: InOut<f32>) {}

#[kernel(aiv)]
fn overwrite(mut _x: Out<f32>) {}

#[kernel(aiv)]
fn increment(mut x: InOut<f32>) {
    for i in 0..x.len() {
        x.set(i, x.get(i) + 1.0);
    }
}

#[kernel(aiv)]
fn copy(x: In<f32>, mut y: Out<f32>) {
    for i in 0..x.len() {
        y.set(i, x.get(i));
    }
}

#[kernel(aiv)]
fn fails(_y: Out<f32>) {
    panic!("as it should");
}

fn runtimes() -> impl Iterator<Item = Runtime> {
    (1..=4).map(|workers| {
        Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap()
    })
}

/// What an orchestrator may do with single elements, step by step.
#[orchestration]
fn scalar_data(a: In<f32>, b: InOut<f32>, result: Out<f32>, check: InOut<f32>) {
    let n = a.len();
    let mut c = add(&a, &b, out!([n]));
    // Reads wait for the task.
    let first = c.get(0);
    check.set(0, first);
    let hundredth = c.get([100]);
    check.set(1, hundredth);
    // Scratch that the host fills, before and after a task that may write it.
    let mut scratch = alloc!([1]);
    scratch.set(0, 77.0);
    let value = scratch.get(0);
    check.set(2, value);
    leave(&mut scratch);
    let kept = scratch.get(0);
    check.set(3, kept);
    // Arithmetic on what was read.
    check.set(4, first + kept);
    // There and back.
    scratch.set(0, 42.0);
    let back = scratch.get(0);
    check.set(5, back);
    // A kernel reads what the host wrote.
    let mut d = alloc!([1]);
    d.set(0, 10.0);
    let sum = add(&d, &c.view([0..1]), out!([1]));
    let sum = sum.get(0);
    check.set(6, sum);
    // A write waits for readers and writers; the next one sees it.
    copy(&c, &mut result);
    c.set(0, 88.0);
    let value = c.get(0);
    check.set(7, value);
    // Host memory, of which a task has written a part.
    overwrite(&mut b);
    b.set(0, 55.0);
    let value = b.get(0);
    check.set(8, value);
    b.set(0, 0.0);
}

#[test]
fn the_steps_of_scalar_data() {
    const SIZE: usize = 16384;
    let a = Tensor::full([SIZE], 2.0_f32);
    let numbers: Vec<f32> = (0..SIZE).map(|i| i as f32).collect();
    for mut rt in runtimes() {
        let mut b = Tensor::from_vec([SIZE], numbers.clone()).unwrap();
        let (mut result, mut check) = (Tensor::zeros([SIZE]), Tensor::zeros([9]));
        rt.run(scalar_data(&a, &mut b, &mut result, &mut check))
            .unwrap();
        let wanted = [2.0, 102.0, 77.0, 77.0, 79.0, 42.0, 12.0, 88.0, 55.0];
        assert_eq!(check.as_slice(), wanted);
        assert!(
            result
                .as_slice()
                .iter()
                .zip(&numbers)
                .all(|(r, b)| *r == b + 2.0)
        );
        assert_eq!(b.as_slice(), numbers);
    }
}

/// Scopes of all kinds, loops, branches; tensors of outer scopes.
#[orchestration]
fn counters(x: InOut<f32>, log: InOut<f32>, rounds: usize) {
    for i in 0..rounds {
        manual_scope!({
            increment(&mut x.view_mut([0..2]));
            let odd = x.get(1);
            if odd as usize % 2 == 1 {
                x.set(1, odd + 10.0);
                increment(&mut x);
            }
            log.set([i], odd);
        });
        scope!({
            #[task(name = rest)]
            increment(&mut x.view_mut([1..4]));
        });
    }
    manual_scope!(deps(explicit), {
        #[task(name = last, after = [rest])]
        increment(&mut x);
        #[task(after = [last])]
        let end = x.get(0);
        // The access has waited: no edge is needed any more.
        log.set(rounds, end);
        increment(&mut x);
    });
}

fn counters_in_order(x: &mut [f32; 4], log: &mut [f32], rounds: usize) {
    for seen in &mut log[..rounds] {
        x[0] += 1.0;
        x[1] += 1.0;
        let odd = x[1];
        if odd as usize % 2 == 1 {
            x[1] = odd + 10.0;
            x.iter_mut().for_each(|x| *x += 1.0);
        }
        *seen = odd;
        x[1..].iter_mut().for_each(|x| *x += 1.0);
    }
    x.iter_mut().for_each(|x| *x += 1.0);
    log[rounds] = x[0];
    x.iter_mut().for_each(|x| *x += 1.0);
}

#[test]
fn accesses_are_in_order_in_scopes_loops_and_branches() {
    for mut rt in runtimes() {
        let (mut x, mut log) = (Tensor::zeros([4]), Tensor::zeros([10]));
        rt.run(counters(&mut x, &mut log, 9)).unwrap();
        let (mut wanted, mut wanted_log) = ([0.0; 4], [0.0; 10]);
        counters_in_order(&mut wanted, &mut wanted_log, 9);
        assert_eq!(
            (x.as_slice(), log.as_slice()),
            (&wanted[..], &wanted_log[..])
        );
    }
}

#[orchestration]
fn halve(x: InOut<f32>, seen: InOut<f32>) {
    let mut local = copy(&x, out!([x.len()]));
    manual_scope!({
        increment(&mut x);
        let first = x.get([0]);
        x.set([0], first / 2.0);
        seen.set([0], first);
    });
    let second = local.get(1);
    local.set(1, second);
    increment(&mut x);
}

#[orchestration]
fn calls(x: InOut<f32>, seen: InOut<f32>) {
    increment(&mut x);
    call!(halve(&mut x, &mut seen));
    let first = x.get(0);
    seen.set(1, first);
    manual_scope!({
        let second = x.get(1);
        seen.set(2, second);
        x.set(1, 100.0);
    });
    call!(halve(&mut x, &mut seen));
}

#[test]
fn called_orchestrations_share_what_they_access() {
    for mut rt in runtimes() {
        let (mut x, mut seen) = (Tensor::zeros([2]), Tensor::zeros([3]));
        rt.run(calls(&mut x, &mut seen)).unwrap();
        assert_eq!(x.as_slice(), [2.5, 102.0]);
        assert_eq!(seen.as_slice(), [3.0, 2.0, 3.0]);
    }
}

/// Handles in collections, rearranged, and values in them.
#[orchestration]
fn collected(grid: InOut<f32>, sums: Out<f32>) {
    let mut parts = Vec::new();
    for _ in 0..3 {
        parts.push(alloc!([2]));
    }
    for i in 0..parts.len() {
        parts[i].set(0, i as f32);
        parts[i].set([1], 1.0);
        increment(&mut parts[i]);
    }
    let mut values = Vec::new();
    for part in &parts {
        values.push(part.get(0));
    }
    let turned = grid.transpose_mut(0, 1).get([2, 1]);
    let (a, b) = (grid.get([0, 0]), grid.view([1..2, 1..3]).get([0, 1]));
    let chosen = if turned == b { grid.get([1, 0]) } else { -1.0 };
    grid.view_mut([1..2]).set([0, 0], a + b);
    sums.set(0, values.iter().sum());
    sums.set(1, turned);
    sums.set(2, chosen);
    parallel_for!(0..3, |i| {
        let v = parts[i].get(1);
        grid.set([0, i], v);
    });
}

#[test]
fn any_handle_can_be_accessed() {
    for mut rt in runtimes() {
        let numbers = (1..=6).map(|i| i as f32).collect();
        let mut grid = Tensor::from_vec([2, 3], numbers).unwrap();
        let mut sums = Tensor::zeros([3]);
        rt.run(collected(&mut grid, &mut sums)).unwrap();
        assert_eq!(sums.as_slice(), [6.0, 6.0, 4.0]);
        assert_eq!(grid.as_slice(), [2.0, 2.0, 2.0, 7.0, 5.0, 6.0]);
    }
}

#[orchestration]
fn out_of_bounds(x: In<f32>, at: usize) {
    let _ = x.get(at);
}

#[orchestration]
fn of_another_rank(x: InOut<f32>) {
    x.set([0, 0], 1.0);
}

#[orchestration]
fn after_a_failure(y: InOut<f32>) {
    fails(&mut y);
    let value = y.get(0);
    assert!(value.is_nan(), "there is no value");
}

#[test]
fn what_goes_wrong_is_an_error_of_the_run() {
    for mut rt in runtimes() {
        let mut x = Tensor::zeros([4]);
        let error = rt.run(out_of_bounds(&x, 4)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("[4] is out of bounds"), "{error}");
        let line = error.location().unwrap().line();
        let text = include_str!("host_access.rs")
            .lines()
            .nth(line as usize - 1);
        assert!(text.unwrap().contains("let _ = x.get(at);"), "{error}");
        assert!(rt.run(out_of_bounds(&x, 3)).is_ok());
        let error = rt.run(of_another_rank(&mut x)).unwrap_err();
        assert!(error.message().contains("wrong rank"), "{error}");
        let error = rt.run(after_a_failure(&mut x)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KernelPanic);
        assert!(error.message().contains("as it should"), "{error}");
    }
}

static STARTED: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicBool = AtomicBool::new(false);

fn wait_for(flag: &AtomicBool) {
    let start = Instant::now();
    while !flag.load(Ordering::Acquire) && start.elapsed() < Duration::from_secs(20) {
        std::thread::yield_now();
    }
}

/// Lets the kernel go on as soon as the orchestration is left.
struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        RELEASED.store(true, Ordering::Release);
    }
}

#[kernel(aiv)]
fn hang(mut x: InOut<f32>) {
    STARTED.store(true, Ordering::Release);
    wait_for(&RELEASED);
    x.set(0, 1.0);
}

#[orchestration]
fn waits_for_ever(x: InOut<f32>) {
    let _release = Release;
    hang(&mut x);
    // Another thread has taken it, so this one does not.
    wait_for(&STARTED);
    let value = x.get(0);
    assert!(value.is_nan(), "there is no value");
}

#[test]
fn a_wait_for_a_kernel_that_hangs_ends() {
    let mut rt = Runtime::builder()
        .workers(2)
        .run_at_once(false)
        .wait_limit(Duration::from_millis(20))
        .build()
        .unwrap();
    let mut x = Tensor::zeros([1]);
    let error = rt.run(waits_for_ever(&mut x)).unwrap_err();
    assert_eq!((error.code(), error.name()), (8, "TENSOR_WAIT_TIMEOUT"));
    assert_eq!(error.task(), Some("get"));
    assert!(error.message().contains("'hang' at"), "{error}");
    // The run has waited for the kernel all the same: it borrows the tensor.
    assert_eq!(x.as_slice(), [1.0]);
}
