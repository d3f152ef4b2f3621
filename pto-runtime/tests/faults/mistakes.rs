//! Kernels and orchestrations that panic, and calls that cannot be accepted.

use std::time::Duration;

use pto_runtime::shape_contract::{Dim, ShapeContract};
use pto_runtime::{
    Core, Error, ErrorKind, Kernel, Param, Root, Runtime, RuntimeBuilder, Site, TaskId, Tensor,
};

use crate::common::{ADD, COPY, FILL, PANIC, STEP, mix, runtime};
use crate::{assert_says, failing, fill};

#[test]
fn a_kernel_that_panics() {
    for (workers, at_once) in [(1, true), (1, false), (2, true), (2, false), (4, false)] {
        let error = failing(runtime(workers).run_at_once(at_once), |root| {
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
    // Nothing has run when it panics but what another thread has taken.
    let mut rt = runtime(2).run_at_once(false).build().unwrap();
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
        error.location().unwrap().file().ends_with("mistakes.rs"),
        "{error}"
    );
    assert!(
        error
            .message()
            .contains("view 2..5 of dimension 0 is out of bounds: its extent is 4"),
        "{error}"
    );
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
    let builders: [(RuntimeBuilder, &str); 9] = [
        (Runtime::builder().workers(0), "workers(0)"),
        (Runtime::builder().window(48), "windows(48)"),
        (Runtime::builder().windows([8, 8, 2, 8]), "windows(2)"),
        (Runtime::builder().heap(1000), "heaps(1000)"),
        (Runtime::builder().dep_pool(3), "dep_pools(3)"),
        (Runtime::builder().clusters(0), "clusters(0)"),
        (
            Runtime::builder().stall_limit(Duration::ZERO),
            "stall_limit(0)",
        ),
        (
            Runtime::builder().wait_limit(Duration::ZERO),
            "wait_limit(0)",
        ),
        (Runtime::builder().wait_limit(Duration::MAX), "wait_limit("),
    ];
    for (builder, what) in builders {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains(what), "{error}");
    }
}
