//! Programs that mean no good, in safe code: kernels, destructors and orchestrations that run runtimes, launch where nobody
//! expects it, forget what they hold, or panic once more. Nothing hangs, and the runtime goes on.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "kernels are declared by a macro"
)]

#[macro_use]
mod common;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use common::{COPY, FILL, PANIC, STEP, mix, runtime};
use pto_runtime::{
    AutoScope, Core, Error, ErrorKind, InputOutput, Kernel, KernelArgs, Param, Root, Runtime,
    RuntimeBuilder, Site, Tensor,
};

/// Runtimes that run kernels on the submitting thread, on workers, on both.
fn machines() -> impl Iterator<Item = RuntimeBuilder> {
    let kinds = [(1, true), (1, false), (3, true), (3, false)];
    kinds
        .map(|(workers, at_once)| runtime(workers).run_at_once(at_once))
        .into_iter()
}

/// Runs `f`, unless that takes for ever.
fn in_time<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, outcome) = mpsc::channel();
    std::thread::spawn(move || done.send(f()));
    let outcome = outcome.recv_timeout(Duration::from_secs(60));
    outcome.expect("it neither hangs nor panics")
}

/// A run that uses what a run can use.
fn good_run(rt: &mut Runtime) {
    let mut x = Tensor::<u64>::zeros([4]);
    rt.run(|root| {
        let mut x = root.inout(&mut x);
        (0..20).try_for_each(|i: u64| root.task(&STEP).update(&mut x).scalar(i).submit().map(drop))
    })
    .unwrap();
    assert_eq!(x.as_slice(), [(0..20).fold(0, mix); 4]);
}

/// The error of a task on a fresh tensor, on a runtime that is then used again.
fn fails(builder: RuntimeBuilder, kernel: &'static Kernel, blocks: Option<usize>) -> Error {
    in_time(move || {
        let mut rt = builder.build().unwrap();
        let outcome = rt.run(|root| {
            let mut x = root.alloc_filled([4], 7_u64, Site::here("x"))?;
            let task = root.task(kernel).update(&mut x);
            match blocks {
                Some(blocks) => task.blocks(blocks),
                None => task,
            }
            .submit()
            .map(drop)
        });
        good_run(&mut rt);
        outcome.map(drop).unwrap_err()
    })
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Bomb);
    }
}

kernel!(BOMB, Aiv, [Param::update::<u64>("x")], |_args| {
    panic_any(Bomb)
});

kernel!(
    BOMBS,
    Aiv,
    [Param::update::<u64>("x"), Param::block("block")],
    |_args| { panic_any(Bomb) }
);

#[test]
fn a_panic_whose_value_panics_when_dropped() {
    for builder in machines() {
        for (kernel, blocks) in [(&BOMB, None), (&BOMBS, Some(4))] {
            let error = fails(builder.clone(), kernel, blocks);
            assert_eq!(error.kind(), ErrorKind::KernelPanic, "{error}");
            assert!(
                error.message().contains("a value that is no text"),
                "{error}"
            );
        }
    }
}

struct RunsWhenDropped;

impl Drop for RunsWhenDropped {
    fn drop(&mut self) {
        let error = fails(runtime(2), &PANIC, None);
        assert_eq!(error.kind(), ErrorKind::KernelPanic);
    }
}

kernel!(UNWINDS, Aiv, [Param::update::<u64>("x")], |_args| {
    let _runs = RunsWhenDropped;
    panic!("the first panic")
});

#[test]
fn a_kernel_that_runs_another_runtime_while_it_unwinds() {
    for builder in machines() {
        let error = fails(builder, &UNWINDS, None);
        assert!(error.message().contains("the first panic"), "{error}");
    }
}

static INNER: Mutex<Option<Runtime>> = Mutex::new(None);

kernel!(RUNS, Aiv, [Param::update::<u64>("x")], |args| {
    let mut inner = INNER.lock().unwrap();
    good_run(inner.get_or_insert_with(|| runtime(2).build().unwrap()));
    args.update::<u64>().fill(9);
});

/// On whichever thread: a kernel is no orchestration.
#[test]
fn kernels_run_a_runtime_in_a_static() {
    for builder in machines() {
        in_time(move || {
            let mut x = Tensor::<u64>::zeros([4]);
            let mut rt = builder.build().unwrap();
            rt.run(|root| {
                let mut x = root.inout(&mut x);
                (0..20).try_for_each(|_| root.task(&RUNS).update(&mut x).submit().map(drop))
            })
            .unwrap();
            assert_eq!(x.as_slice(), [9; 4]);
        });
    }
}

struct LaunchesWhenDropped<'a, 'env>(&'a Root<'env>);

impl Drop for LaunchesWhenDropped<'_, '_> {
    fn drop(&mut self) {
        let mut late = self.0.alloc::<u64>([4], Site::here("late")).unwrap();
        let fill = self.0.task(&FILL).write(&mut late).scalar(1_u64);
        fill.submit().unwrap();
    }
}

#[test]
fn an_orchestration_that_launches_while_it_unwinds() {
    for builder in machines() {
        in_time(move || {
            let mut rt = builder.build().unwrap();
            let caught = catch_unwind(AssertUnwindSafe(|| {
                rt.run(|root| -> Result<(), Error> {
                    let _launches = LaunchesWhenDropped(root);
                    let _inner = root.auto(Site::here("inner"))?;
                    panic!("enough")
                })
            }));
            assert!(caught.is_err());
            assert_eq!(rt.last_report().tasks, 2);
            good_run(&mut rt);
        });
    }
}

/// Tasks in a scope so deep, none of those around which is closed.
fn never_closed(scope: &AutoScope<'_>, depth: usize) -> Result<(), Error> {
    if depth > 0 {
        let inner = scope.auto(Site::here("deeper"))?;
        let outcome = never_closed(&inner, depth - 1);
        std::mem::forget(inner);
        return outcome;
    }
    let mut x = scope.alloc::<u64>([4], Site::here("x"))?;
    (0..20).try_for_each(|i: u64| {
        scope
            .task(&STEP)
            .update(&mut x)
            .scalar(i)
            .submit()
            .map(drop)
    })
}

#[test]
fn scopes_that_are_never_closed() {
    in_time(|| {
        let mut rt = runtime(2).build().unwrap();
        let forgotten = rt.run(|root| {
            let inner = root.auto(Site::here("inner"))?;
            inner.alloc::<u64>([4], Site::here("x"))?;
            std::mem::forget(inner);
            root.alloc::<u64>([4], Site::here("y")).map(drop)
        });
        let error = forgotten.map(drop).unwrap_err();
        assert!(error.message().contains("scope 'inner' at"), "{error}");
        good_run(&mut rt);
        rt.run(|root| never_closed(root, 1000)).unwrap();
        good_run(&mut rt);
    });
}

static CHECKED: Kernel = Kernel {
    name: "checked",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x")],
    run: |args| args.update::<u64>().fill(5),
    file: file!(),
    line: line!(),
    check: Some(|_| panic!("no shape is good enough")),
};

#[test]
fn a_check_of_shapes_that_panics() {
    for builder in machines() {
        in_time(move || {
            let mut x = Tensor::<u64>::zeros([4]);
            let mut rt = builder.build().unwrap();
            rt.run(|root| {
                let mut x = root.inout(&mut x);
                for i in 0..3_u64 {
                    let task = root.task(&CHECKED).update(&mut x);
                    assert!(catch_unwind(AssertUnwindSafe(|| task.submit().map(drop))).is_err());
                    root.task(&STEP).update(&mut x).scalar(i).submit()?;
                }
                Ok(())
            })
            .unwrap();
            assert_eq!(rt.last_report().tasks, 3);
            assert_eq!(x.as_slice(), [(0..3).fold(0, mix); 4]);
        });
    }
}

/// An empty tensor may begin where another one does. It has no elements that anybody could wait for.
#[test]
fn empty_tensors_at_the_address_of_others() {
    for verify in [false, true] {
        let mut data = vec![0_u64; 8];
        let (empty, all) = data.split_at_mut(0);
        // A recorded run has all edges.
        let builder = runtime(2).verify(verify).record_graph(true);
        let mut rt = builder.build().unwrap();
        let done = rt.run(|root| {
            let mut all = root.inout(InputOutput::from_mut_slice(all, [8])?);
            let mut empty = root.inout(InputOutput::from_mut_slice(empty, [0])?);
            for i in 0..5_u64 {
                root.task(&STEP).update(&mut all).scalar(i).submit()?;
                root.task(&STEP).update(&mut empty).scalar(i).submit()?;
                let nothing = root.alloc::<u64>([0], Site::here("nothing"))?;
                let mut beside = root.alloc::<u64>([1], Site::here("beside"))?;
                root.task(&COPY).read(&nothing).write(&mut empty).submit()?;
                root.task(&FILL).write(&mut beside).scalar(3_u64).submit()?;
            }
            Ok(())
        });
        // The steps on `all` wait for each other, and `beside` is kept; nobody waits for the empty ones.
        assert_eq!(done.unwrap().report.edges.tracked, 4 + 5 + 5);
        assert_eq!(data, [(0..5).fold(0, mix); 8]);
    }
}

static SHARED: Mutex<Option<Runtime>> = Mutex::new(None);

/// One after the other, as a run borrows the runtime for itself; some runs fail.
#[test]
fn threads_take_turns_with_one_runtime() {
    in_time(|| {
        *SHARED.lock().unwrap() = Some(runtime(3).build().unwrap());
        std::thread::scope(|threads| {
            for thread in 0..4 {
                threads.spawn(move || {
                    for turn in 0..30 {
                        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
                        let rt = shared.as_mut().unwrap();
                        if turn % 4 != thread {
                            good_run(rt);
                            continue;
                        }
                        let outcome = rt.run(|root| {
                            let mut x = root.alloc::<u64>([4], Site::here("x"))?;
                            root.task(&PANIC).update(&mut x).submit().map(drop)
                        });
                        assert!(outcome.is_err());
                    }
                });
            }
        });
    });
}

thread_local! {
    static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    static RUNS_AT_EXIT: RunsWhenDropped = const { RunsWhenDropped };
}

#[test]
fn runtimes_that_end_with_their_thread() {
    in_time(|| {
        let thread = std::thread::spawn(|| {
            RUNS_AT_EXIT.with(|_| {});
            let mut rt = runtime(3).build().unwrap();
            good_run(&mut rt);
            KEPT.set(Some(rt));
        });
        thread.join().unwrap();
    });
}

/// What runs on other threads meanwhile has nothing to do with an orchestration.
#[test]
fn an_orchestration_whose_threads_run_runtimes() {
    in_time(|| {
        let mut rt = runtime(2).build().unwrap();
        rt.run(|root| {
            let mut x = root.alloc::<u64>([4], Site::here("x"))?;
            root.task(&FILL).write(&mut x).scalar(3_u64).submit()?;
            std::thread::scope(|threads| {
                for _ in 0..3 {
                    threads.spawn(|| good_run(&mut runtime(2).build().unwrap()));
                }
            });
            root.task(&STEP)
                .update(&mut x)
                .scalar(1_u64)
                .submit()
                .map(drop)
        })
        .unwrap();
    });
}
