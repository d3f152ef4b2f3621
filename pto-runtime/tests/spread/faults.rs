//! Iterations that fail.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pto_runtime::{ErrorKind, RuntimeBuilder};

use super::*;

/// Fails on one value. Not by a panic that would be reported as one of the test.
#[kernel(aiv)]
fn fail_at(mut x: InOut<u64>, value: u64, at: u64) {
    if value == at {
        resume_unwind(Box::new("as it is meant to"));
    }
    x.set(0, value);
}

#[orchestration]
fn failing_kernel(x: InOut<u64>, at: u64) {
    parallel_for!(0..x.len(), |i| {
        manual_scope!({
            fail_at(&mut x.view_mut([i..i + 1]), i as u64, at);
            add(&mut x.view_mut([i..i + 1]), 1);
        });
    });
}

#[test]
fn a_kernel_that_fails_is_named_and_the_runtime_goes_on() {
    for mut runtime in runtimes() {
        for at in [0, 1, 33, COUNT as u64 - 1] {
            let mut x = Tensor::zeros([COUNT]);
            let error = runtime.run(failing_kernel(&mut x, at)).unwrap_err();
            assert_eq!(
                (error.kind(), error.task()),
                (ErrorKind::KernelPanic, Some("fail_at"))
            );
        }
        let mut x = Tensor::zeros([COUNT]);
        let count = tasks(&mut runtime, failing_kernel(&mut x, u64::MAX));
        assert_eq!(count, 2 * COUNT as u64);
        assert!((0..).zip(x.as_slice()).all(|(i, x)| *x == i + 1));
    }
}

#[orchestration]
fn failing_host(x: InOut<u64>, check: fn(usize) -> Result<u64, std::fmt::Error>) {
    parallel_for!(0..x.len(), |i| {
        add(&mut x.view_mut([i..i + 1]), check(i)?);
    });
}

#[test]
fn errors_and_panics_of_the_host_end_the_loop() {
    for mut runtime in runtimes() {
        let mut x = Tensor::zeros([COUNT]);
        let error = runtime
            .run(failing_host(&mut x, |i| match i {
                40 => Err(std::fmt::Error),
                i => Ok(i as u64),
            }))
            .unwrap_err();
        assert!(error.message().contains("formatt"), "{error}");
        let panic = catch_unwind(AssertUnwindSafe(|| {
            runtime.run(failing_host(&mut x, |i| match i {
                20 => resume_unwind(Box::new(20)),
                i => Ok(i as u64),
            }))
        }));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&20));
        let mut x = Tensor::zeros([COUNT]);
        tasks(&mut runtime, failing_host(&mut x, |_| Ok(1)));
        assert_eq!(x.as_slice(), [1; COUNT]);
    }
}

#[orchestration]
fn beyond_the_end(x: InOut<u64>) {
    parallel_for!(0..x.len(), |i| {
        add(&mut x.view_mut([2 * i..2 * i + 1]), 1);
    });
}

#[test]
fn views_that_are_out_of_bounds() {
    for mut runtime in runtimes() {
        let mut x = Tensor::zeros([COUNT]);
        let error = runtime.run(beyond_the_end(&mut x)).unwrap_err();
        assert_eq!(
            (error.kind(), error.task()),
            (ErrorKind::InvalidArgument, Some("add"))
        );
        assert!(error.to_string().contains("faults.rs"), "{error}");
    }
}

#[orchestration]
fn wide_scopes(x: InOut<u64>, tasks: usize) {
    parallel_for!(0..x.len(), |i| {
        scope!({
            for _ in 0..tasks {
                add(&mut x.view_mut([i..i + 1]), 1);
            }
        });
    });
}

#[orchestration]
fn one_wide_scope(x: InOut<u64>) {
    parallel_for!(0..x.len(), |i| {
        add(&mut x.view_mut([i..i + 1]), 1);
    });
}

#[orchestration]
fn scopes_in_one_ring(x: InOut<u64>, tasks: usize) {
    scope!({
        scope!({
            parallel_for!(0..x.len(), |i| {
                scope!({
                    for _ in 0..tasks {
                        add(&mut x.view_mut([i..i + 1]), 1);
                    }
                    scope!({
                        for _ in 0..tasks {
                            add(&mut x.view_mut([i..i + 1]), 1);
                        }
                    });
                });
            });
        });
    });
}

/// Runtimes whose rings are small.
fn small() -> impl Iterator<Item = RuntimeBuilder> {
    let build = |workers| Runtime::builder().workers(workers).window(16).heap(4096);
    (1..=3).map(build).chain([build(2).run_at_once(false)])
}

/// Whether a program is accepted must not depend on who runs it.
#[test]
fn scopes_with_more_tasks_than_slots() {
    for runtime in small() {
        let mut runtime = runtime.build().unwrap();
        let mut x = Tensor::zeros([COUNT]);
        assert!(runtime.run(wide_scopes(&mut x, 15)).is_ok());
        assert_eq!(x.as_slice(), [15; COUNT]);
        let error = runtime.run(wide_scopes(&mut x, 16)).unwrap_err();
        assert_eq!(
            (error.kind(), error.task()),
            (ErrorKind::ScopeDeadlock, Some("add"))
        );
        assert!(
            error.message().contains(
                "ring 1 (scope depth 1): 15 of 15 task slots in use, 1 needed; this is a deadlock: the oldest task, r1:"
            ),
            "{error}"
        );
        assert!(
            error.message().contains("before its scope 'scope' at"),
            "{error}"
        );

        let error = runtime.run(one_wide_scope(&mut x)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ScopeDeadlock);
        let mut x = Tensor::zeros([8]);
        assert!(runtime.run(one_wide_scope(&mut x)).is_ok());

        let mut x = Tensor::zeros([COUNT]);
        assert!(runtime.run(scopes_in_one_ring(&mut x, 7)).is_ok());
        assert_eq!(x.as_slice(), [14; COUNT]);
        let error = runtime.run(scopes_in_one_ring(&mut x, 8)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SlotDeadlock);
    }
}

#[orchestration]
fn large_tensors(x: InOut<u64>, first: usize, second: usize) {
    let held = alloc!(u64 = 0; [first]);
    parallel_for!(0..x.len(), |i| {
        manual_scope!({
            let made = count_up(out!([first]), 1);
            fold(&made, &mut x.view_mut([i..i + 1]));
            let more = alloc!(u64 = 1; [second]);
            fold(&more, &mut x.view_mut([i..i + 1]));
        });
    });
    parallel_for!(0..x.len(), |i| {
        fold(&held, &mut x.view_mut([i..i + 1]));
    });
}

#[test]
fn scopes_that_create_more_than_the_heap_has() {
    for runtime in small() {
        let mut runtime = runtime.window(256).build().unwrap();
        let mut x = Tensor::zeros([COUNT]);
        assert!(
            runtime.run(large_tensors(&mut x, 256, 256)).is_ok(),
            "4096 bytes in all"
        );
        for (first, second) in [(256, 264), (520, 8)] {
            let error = runtime
                .run(large_tensors(&mut x, first, second))
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::HeapDeadlock, "{error}");
            let what = if first > 512 {
                "more than there are"
            } else {
                "this is a deadlock"
            };
            assert!(error.message().contains(what), "{error}");
        }
    }
}

#[orchestration]
fn runs_inside(x: InOut<u64>, refused: &AtomicUsize) {
    parallel_for!(0..x.len(), |i| {
        run_another(refused);
        run_in_kernel(&mut x.view_mut([i..i + 1]));
    });
}

/// A runtime that costs next to nothing.
fn tiny() -> Runtime {
    let builder = Runtime::builder().workers(1).window(4).heap(1024);
    builder.dep_pool(4).build().unwrap()
}

/// A run that must not be: it could be given tensors of the one around it.
fn run_another(refused: &AtomicUsize) {
    let mut runtime = tiny();
    let error = runtime.run(|_| Ok(())).unwrap_err();
    assert!(
        error.message().contains("a run inside an orchestration"),
        "{error}"
    );
    refused.fetch_add(1, Ordering::Relaxed);
}

/// Kernels may have runtimes of their own.
#[kernel(aiv)]
fn run_in_kernel(mut x: InOut<u64>) {
    let mut runtime = tiny();
    x.set(0, runtime.run(|_| Ok(7)).unwrap().value);
}

#[test]
fn runs_inside_of_iterations() {
    for mut runtime in runtimes() {
        let refused = AtomicUsize::new(0);
        let mut x = Tensor::zeros([COUNT]);
        tasks(&mut runtime, runs_inside(&mut x, &refused));
        assert_eq!(
            (refused.into_inner(), x.as_slice()),
            (COUNT, &[7; COUNT][..])
        );
    }
}
