//! Every way to fail names code, task, source line and cure; and the runtime goes on working.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{ADD, COPY, FILL, PANIC, STEP, mix, runtime};
use pto_runtime::shape_contract::{Dim, ShapeContract};
use pto_runtime::{
    AutoScope, Core, Error, ErrorKind, Kernel, Param, Root, Runtime, RuntimeBuilder, Site, TaskId,
    Tensor,
};

/// Runs something that fails, then checks that the runtime still works.
fn failing(builder: RuntimeBuilder, f: impl FnOnce(&Root<'_>) -> Result<(), Error>) -> Error {
    let mut rt = builder.build().unwrap();
    let error = rt.run(|root| f(root)).map(|_| ()).unwrap_err();
    let mut x = Tensor::<u64>::zeros([4]);
    for _ in 0..2 {
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            root.task(&STEP).update(&mut x).scalar(1u64).submit()?;
            Ok(())
        })
        .unwrap();
    }
    assert_eq!(x.as_slice(), [mix(mix(0, 1), 1); 4]);
    error
}

#[track_caller]
fn assert_says(error: &Error, code: u32, task: &str, help: &str) {
    assert_eq!((error.code(), error.task()), (code, Some(task)), "{error}");
    assert!(
        error.location().unwrap().file().ends_with("faults.rs"),
        "{error}"
    );
    assert!(error.help().unwrap().contains(help), "{error}");
    assert!(error.to_string().contains("faults.rs:"), "{error}");
}

fn fill(scope: &AutoScope<'_>, len: usize, name: &'static str) -> Result<(), Error> {
    scope
        .task(&FILL)
        .create::<u64>([len])
        .scalar(1u64)
        .named(name)
        .submit()
        .map(drop)
}

#[test]
fn a_scope_with_more_tasks_than_slots() {
    let error = failing(runtime(2).window(4), |root| {
        (0..8).try_for_each(|_| fill(root, 1, "task"))
    });
    assert_says(&error, 1, "task", "PTO_RING_WINDOW");
    assert!(
        error
            .message()
            .contains("ring 0 (scope depth 0): 3 of 3 task slots in use"),
        "{error}"
    );
    assert!(
        error
            .message()
            .contains("1 needed; this is a deadlock: the oldest task, r0:0 'task' at"),
        "{error}"
    );
    assert!(
        error.message().contains("before its scope 'root' at"),
        "{error}"
    );
    assert!(error.help().unwrap().contains("`.window(..)`"), "{error}");
}

#[test]
fn nested_scopes_that_share_a_full_ring() {
    fn nest(scope: &AutoScope<'_>, depth: usize) -> Result<(), Error> {
        (0..3).try_for_each(|_| fill(scope, 1, "nested"))?;
        match depth {
            0 => Ok(()),
            _ => nest(&scope.auto(Site::here("deeper"))?, depth - 1),
        }
    }
    let error = failing(runtime(2).window(4), |root| nest(root, 8));
    assert_says(&error, 3, "nested", "split the scope 'deeper'");
    assert!(
        error.message().contains(
            "ring 3 (scope depth 4): 3 of 3 task slots in use, 1 needed; this is a deadlock"
        ),
        "{error}"
    );
}

/// A task of an open scope further out is the oldest of the ring that both share.
#[test]
fn an_open_scope_around_holds_the_ring_it_shares() {
    let error = failing(runtime(2).window(4), |root| {
        let (one, two) = (root.auto(Site::here("one"))?, Site::here("two"));
        let two = one.auto(two)?;
        let three = two.auto(Site::here("three"))?;
        fill(&three, 1, "outer")?;
        let four = three.auto(Site::here("four"))?;
        let five = four.auto(Site::here("five"))?;
        (0..3).try_for_each(|_| fill(&five, 1, "inner"))
    });
    assert_says(&error, 3, "inner", "split the scope 'five'");
    let message = error.message();
    assert!(
        message.contains("the oldest task, r3:0 'outer' at"),
        "{error}"
    );
    assert!(message.contains("before its scope 'three' at"), "{error}");
}

/// The oldest tasks of the shared ring belong to a closed scope: they are waited for, though the one around is open.
#[test]
fn a_closed_scope_inside_an_open_one_is_waited_for() {
    let mut rt = runtime(2).window(4).build().unwrap();
    rt.run(|root| {
        let one = root.auto(Site::here("one"))?;
        let two = one.auto(Site::here("two"))?;
        for _ in 0..50 {
            let three = two.auto(Site::here("three"))?;
            let four = three.auto(Site::here("four"))?;
            (0..3).try_for_each(|_| fill(&four, 1, "inner"))?;
            drop(four);
            (0..3).try_for_each(|_| fill(&three, 1, "outer"))?;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_closed_sibling_is_waited_for() {
    let mut rt = runtime(2).window(4).build().unwrap();
    rt.run(|root| {
        for _ in 0..50 {
            let inner = root.auto(Site::here("inner"))?;
            (0..3).try_for_each(|_| fill(&inner, 1, "task"))?;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_heap_that_is_too_small() {
    let error = failing(runtime(2).heap(1024), |root| {
        (0..8).try_for_each(|_| fill(root, 32, "block"))
    });
    assert_says(&error, 2, "block", "PTO_RING_HEAP");
    assert!(
        error
            .message()
            .contains("1024 of 1024 heap bytes in use, 256 needed"),
        "{error}"
    );
}

#[test]
fn an_output_larger_than_the_heap() {
    let error = failing(runtime(2).heap(1024), |root| fill(root, 4096, "huge"));
    assert_says(&error, 2, "huge", "PTO_RING_HEAP");
    assert!(
        error
            .message()
            .contains("0 of 1024 heap bytes in use, 32768 needed, more than there are"),
        "{error}"
    );
}

#[test]
fn more_edges_than_the_pool_has() {
    let mut x = Tensor::<u64>::zeros([128]);
    let mut rt = runtime(2).window(256).dep_pool(4).build().unwrap();
    let error = rt
        .run(|root| {
            let mut x = root.inout(&mut x);
            for i in 0..128 {
                root.task(&FILL)
                    .write(&mut x.view_mut(i..i + 1)?)
                    .scalar(1u64)
                    .submit()?;
            }
            root.task(&STEP)
                .update(&mut x)
                .scalar(1u64)
                .named("gather")
                .submit()?;
            Ok(())
        })
        .unwrap_err();
    assert_says(&error, 4, "gather", "PTO_RING_DEP_POOL");
    assert!(
        error
            .message()
            .contains("of 4 dependency pool entries in use, 128 needed, more than there are"),
        "{error}"
    );
    // What was submitted before has run.
    assert_eq!(x.as_slice(), [1; 128]);
    assert!(rt.run(|root| fill(root, 4, "again")).is_ok());
}

static WIDE: Kernel = Kernel {
    name: "wide",
    core: Core::Aiv,
    params: &[Param::read::<u64>("x"); 400],
    run: |_| {},
    file: file!(),
    line: line!(),
    check: None,
};

#[test]
fn arguments_that_exceed_the_arena() {
    let error = failing(runtime(1).window(4), |root| {
        let x = root.alloc::<u64>([1; 5], Site::here("x"))?;
        (0..400)
            .fold(root.task(&WIDE), |task, _| task.read(&x))
            .submit()
            .map(drop)
    });
    assert_says(&error, 201, "wide", "PTO_RING_WINDOW");
    assert!(error.message().contains("more than there are"), "{error}");
}

#[test]
fn a_kernel_that_panics() {
    for workers in [1, 2, 4] {
        let error = failing(runtime(workers), |root| {
            let mut x = root.alloc::<u64>([4], Site::here("x"))?;
            root.task(&FILL).write(&mut x).scalar(7u64).submit()?;
            root.task(&PANIC).update(&mut x).named("doomed").submit()?;
            (0..200).try_for_each(|i| {
                let inner = root.auto(Site::here("inner"))?;
                inner
                    .task(&STEP)
                    .update(&mut x)
                    .scalar(i as u64)
                    .submit()
                    .map(drop)
            })
        });
        assert_says(&error, 200, "doomed", "the kernel is defined at");
        assert_eq!(error.message(), "kernel 'PANIC' panicked: no luck with 7");
        assert_eq!(error.kind(), ErrorKind::KernelPanic);
    }
}

#[test]
fn an_orchestration_that_panics_is_drained_first() {
    let mut rt = runtime(2).build().unwrap();
    let mut x = Tensor::<u64>::zeros([4]);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = rt.run(|root| -> Result<(), Error> {
            let mut x = root.inout(&mut x);
            let inner = root.auto(Site::here("inner"))?;
            for i in 0..20u64 {
                inner.task(&STEP).update(&mut x).scalar(i).submit()?;
            }
            panic!("enough")
        });
    }));
    assert!(caught.is_err());
    assert_eq!(x.as_slice(), [(0..20).fold(0, mix); 4]);
    assert!(rt.run(|root| fill(root, 4, "again")).is_ok());
    assert_eq!(rt.last_report().tasks, 1);
}

#[test]
fn views_out_of_bounds() {
    let error = failing(runtime(1), |root| {
        let x = root.alloc::<u64>([4, 4], Site::here("x"))?;
        x.view((2..5, ..)).map(drop)
    });
    assert_eq!(error.code(), 5);
    assert!(
        error.location().unwrap().file().ends_with("faults.rs"),
        "{error}"
    );
    assert!(
        error
            .message()
            .contains("view 2..5 of dimension 0 is out of bounds: its extent is 4"),
        "{error}"
    );
}

static STARTED: AtomicBool = AtomicBool::new(false);
static GO_ON: AtomicBool = AtomicBool::new(false);

static HELD: Kernel = Kernel {
    name: "held",
    core: Core::Aiv,
    params: &[],
    run: |_| {
        STARTED.store(true, Ordering::Release);
        spin_until(&GO_ON);
    },
    file: file!(),
    line: line!(),
    check: None,
};

/// Waits, but not for ever.
fn spin_until(flag: &AtomicBool) {
    let start = Instant::now();
    while !flag.load(Ordering::Acquire) && start.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
}

/// A kernel that takes long is no deadlock. With a limit it is an error all the same, which says what it is.
#[test]
fn a_wait_without_progress() {
    let builder = runtime(2)
        .window(4)
        .run_at_once(false)
        .stall_limit(Duration::from_millis(20));
    let error = failing(builder, |root| {
        let inner = root.auto(Site::here("inner"))?;
        inner.task(&HELD).named("slow").submit()?;
        fill(&inner, 1, "after")?;
        drop(inner);
        // A worker has it, so that this thread does not run it while it waits.
        spin_until(&STARTED);
        let second = root.auto(Site::here("second"))?;
        let outcome = (0..3).try_for_each(|_| fill(&second, 1, "waiting"));
        GO_ON.store(true, Ordering::Release);
        outcome
    });
    assert_says(&error, 100, "waiting", "PTO_STALL_LIMIT_MS");
    let message = error.message();
    assert!(
        message.starts_with("ring 1 (scope depth 1): 3 of 3 task slots in use, 1 needed; no progress for 20ms, though this is no deadlock: the oldest task, r1:0 'slow' at "),
        "{error}"
    );
    assert!(
        message.contains("retires as soon as r1:0 'slow' at "),
        "{error}"
    );
    assert_eq!(error.kind().name(), "SCHEDULER_TIMEOUT");
}

static CHECKED: Kernel = Kernel {
    name: "checked",
    core: Core::Aiv,
    params: &[Param::read::<u64>("x"), Param::write::<u64>("y")],
    run: |_| {},
    file: file!(),
    line: line!(),
    check: Some(|tensors| {
        ShapeContract::new(&[("x", 0, &[Dim::Var("n")]), ("y", 1, &[Dim::Var("n")])]).check(tensors)
    }),
};

#[test]
fn shapes_that_break_the_contract() {
    let error = failing(runtime(1), |root| {
        let x = root.alloc::<u64>([4], Site::here("x"))?;
        root.task(&CHECKED)
            .read(&x)
            .create::<u64>([5])
            .submit()
            .map(drop)
    });
    assert_says(&error, 5, "checked", "the shapes are stated at");
    assert!(
        error
            .message()
            .contains("`x` has extent 4 in dimension 0 and `y` has extent 5"),
        "{error}"
    );
}

#[test]
fn a_faulty_shape_is_reported_at_submit() {
    let error = failing(runtime(1), |root| {
        root.task(&FILL)
            .create::<u64>([1, 1, 1, 1, 1, 1])
            .scalar(0u64)
            .submit()
            .map(drop)
    });
    assert_says(&error, 5, "FILL", "1 to 5 extents");
}

#[test]
fn arguments_of_the_wrong_type_access_or_number() {
    let submit = |f: fn(&Root<'_>) -> Result<(), Error>| failing(runtime(1), f);
    let error = submit(|root| {
        let x = root.alloc::<u64>([4], Site::here("x"))?;
        root.task(&ADD).read(&x).submit().map(drop)
    });
    assert_says(&error, 5, "ADD", "order of the parameters");
    assert!(
        error
            .message()
            .contains("'a: In(F32)' and got a tensor of u64"),
        "{error}"
    );
    let error = submit(|root| {
        root.task(&STEP)
            .create::<u64>([4])
            .scalar(0u64)
            .submit()
            .map(drop)
    });
    assert!(error.message().contains("accesses as Create"), "{error}");
    let error = submit(|root| root.task(&FILL).create::<u64>([4]).submit().map(drop));
    assert!(
        error
            .message()
            .contains("takes 1 tensors and 1 scalars, and got 1 and 0"),
        "{error}"
    );
    let error = submit(|root| {
        root.task(&FILL)
            .create::<u64>([4])
            .scalar(0u64)
            .submit()?
            .output::<f32>(0)
            .map(drop)
    });
    assert!(
        error.message().contains("the task has one of u64"),
        "{error}"
    );
}

#[test]
fn arguments_that_alias() {
    let error = failing(runtime(1), |root| {
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let upper = x.view(4..8)?;
        root.task(&COPY)
            .read(&upper)
            .write(&mut x.view_mut(0..4)?)
            .submit()?;
        root.task(&COPY)
            .read(&upper)
            .write(&mut x.view_mut(1..5)?)
            .named("shift")
            .submit()
            .map(drop)
    });
    assert_says(&error, 5, "shift", "parts that do not overlap");
}

#[test]
fn a_scope_that_is_not_the_innermost() {
    let error = failing(runtime(1), |root| {
        let _inner = root.auto(Site::here("inner"))?;
        fill(root, 1, "outside")
    });
    assert_says(&error, 5, "outside", "the innermost scope");
    assert!(error.message().contains("scope 'inner' at"), "{error}");
    let error = failing(runtime(1), |root| {
        let _inner = root.auto(Site::here("inner"))?;
        root.auto(Site::here("second")).map(drop)
    });
    assert_eq!(error.code(), 5);
}

#[test]
fn dependencies_on_tasks_that_do_not_exist() {
    let error = failing(runtime(1), |root| {
        root.task(&FILL)
            .create::<u64>([1])
            .scalar(0u64)
            .after(TaskId::new(2, 7))
            .submit()
            .map(drop)
    });
    assert_says(&error, 5, "FILL", "submitted before");
}

#[test]
fn a_run_inside_a_run() {
    let error = failing(runtime(1), |_| {
        runtime(1).build()?.run(|_| Ok(())).map(drop)
    });
    assert!(
        error.message().contains("a run inside an orchestration"),
        "{error}"
    );
}

#[test]
fn values_that_the_builder_refuses() {
    let builders: [(RuntimeBuilder, &str); 6] = [
        (Runtime::builder().workers(0), "workers(0)"),
        (Runtime::builder().window(48), "windows(48)"),
        (Runtime::builder().windows([8, 8, 2, 8]), "windows(2)"),
        (Runtime::builder().heap(1000), "heaps(1000)"),
        (Runtime::builder().dep_pool(3), "dep_pools(3)"),
        (Runtime::builder().clusters(0), "clusters(0)"),
    ];
    for (builder, what) in builders {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains(what), "{error}");
    }
}
