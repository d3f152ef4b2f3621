//! Accesses of common elements that no path of edges orders.

use pto_runtime::{Call, Deps, ErrorKind, OutArg, Site, TaskId, Tensor, create, read};

use crate::common::{COPY, FILL, STEP, runtime};
use crate::{assert_fails, chain, manual, verified};

#[test]
fn a_reader_that_does_not_wait_for_the_writer() {
    let outcome = verified(|root| {
        let mut x = root.alloc::<u64>([8, 16], Site::here("x"))?;
        let mut y = root.alloc::<u64>([2, 16], Site::here("y"))?;
        let scope = manual(root)?;
        let mut rows = x.view_mut(2..6)?;
        // SAFETY: see `manual`.
        unsafe {
            scope
                .task(&FILL)
                .write(&mut rows)
                .scalar(1u64)
                .named("produce")
                .submit()?;
            let copy = scope.task(&COPY).read(&x.view(4..6)?).write(&mut y);
            copy.named("consume").submit()?;
        }
        Ok(())
    });
    assert_fails(
        outcome,
        ErrorKind::Race,
        "RAW on elements [4..6, 0..16] of `x`: 'consume' does not wait for 'produce' at HERE (r1:0), which writes them \
         as `x`",
    );
}

#[test]
fn a_writer_that_does_not_wait_for_readers_and_writers() {
    let (mut x, mut y) = (Tensor::full([8], 1u64), Tensor::<u64>::zeros([8]));
    let mut rt = runtime(2).verify(true).build().unwrap();
    let error = rt
        .run(|root| {
            let (mut x, mut y) = (root.inout(&mut x), root.inout(&mut y));
            let scope = manual(root)?;
            // SAFETY: see `manual`.
            unsafe {
                scope
                    .task(&COPY)
                    .read(&x)
                    .write(&mut y)
                    .named("first")
                    .submit()?;
                let mut part = y.view_mut(2..3)?;
                scope
                    .task(&FILL)
                    .write(&mut part)
                    .scalar(9u64)
                    .named("second")
                    .submit()?;
                let mut part = x.view_mut(6..)?;
                scope
                    .task(&FILL)
                    .write(&mut part)
                    .scalar(9u64)
                    .named("third")
                    .submit()?;
            }
            Ok(())
        })
        .unwrap_err();
    assert!(
        error
            .message()
            .starts_with("WAW on elements [2..3] of `x`: 'second' does not wait for 'first'"),
        "{error}"
    );
    assert!(
        error
            .message()
            .ends_with("which writes them as `y`; 1 more such conflict in this run"),
        "{error}"
    );
    // A verified run waits where an edge is missing.
    assert_eq!(y.as_slice(), [1, 1, 9, 1, 1, 1, 1, 1]);
    assert_eq!(x.as_slice(), [1, 1, 1, 1, 1, 1, 9, 9]);
}

#[test]
fn columns_of_a_transposed_view_are_named_by_the_indices_of_the_tensor() {
    let mut x = Tensor::<u64>::zeros([4, 6]);
    let mut rt = runtime(1).verify(true).build().unwrap();
    let error = rt
        .run(|root| {
            let mut x = root.inout(&mut x);
            let scope = manual(root)?;
            let mut turned = x.transpose_mut(0, 1)?;
            // SAFETY: see `manual`.
            unsafe {
                scope
                    .task(&FILL)
                    .write(&mut turned.view_mut(1..4)?)
                    .scalar(1u64)
                    .submit()?;
                scope
                    .task(&STEP)
                    .update(&mut x.view_mut((1..3, 3..6))?)
                    .scalar(1u64)
                    .submit()?;
            }
            Ok(())
        })
        .unwrap_err();
    assert!(
        error
            .message()
            .starts_with("RAW on elements [1..3, 3..4] of `x`"),
        "{error}"
    );
}

#[test]
fn a_path_of_edges_is_order_enough() {
    verified(|root| {
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let mut y = root.alloc::<u64>([8], Site::here("y"))?;
        let scope = manual(root)?;
        // SAFETY: `third` comes after `first` through `second`, and the root scope outlives all of them.
        unsafe {
            let first = scope.task(&FILL).write(&mut x).scalar(1u64).submit()?.id();
            let second = scope
                .task(&FILL)
                .write(&mut y)
                .scalar(2u64)
                .after(first)
                .submit()?
                .id();
            scope
                .task(&STEP)
                .update(&mut x)
                .scalar(3u64)
                .after(second)
                .submit()?;
        }
        Ok(())
    })
    .unwrap();
}

/// The edge that was named to a task which is long over counts; that the task is over does not.
#[test]
fn luck_is_no_order() {
    let tiny = || runtime(1).window(4);
    let run = |named: bool| {
        let mut x = Tensor::<u64>::zeros([4]);
        let mut rt = tiny().verify(true).build().unwrap();
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            let first = {
                let scope = manual(root)?;
                // SAFETY: see `manual`.
                unsafe { scope.task(&FILL).write(&mut x).scalar(1u64).submit()?.id() }
            };
            // In a window of four and with one worker, the first task is over when this is done.
            for _ in 0..20 {
                chain(&root.auto(Site::here("inner"))?, 2)?;
            }
            let scope = manual(root)?;
            let first = if named { first } else { TaskId::NONE };
            // SAFETY: see `manual`.
            unsafe {
                scope
                    .task(&STEP)
                    .update(&mut x)
                    .scalar(1u64)
                    .after(first)
                    .submit()?
            };
            Ok(())
        })
    };
    assert!(run(true).is_ok());
    assert_eq!(run(false).unwrap_err().kind(), ErrorKind::Race);
}

/// A submit that has to wait for entries of the dependency pool finds its edges again, and reports its races once.
#[test]
fn a_race_is_counted_once() {
    for workers in [1, 2, 4] {
        let mut x = Tensor::<u64>::zeros([3]);
        let mut rt = runtime(workers).dep_pool(6).verify(true).build().unwrap();
        let error = rt
            .run(|root| {
                let mut x = root.inout(&mut x);
                for i in 0..50u64 {
                    let inner = root.auto(Site::here("inner"))?;
                    for tile in 0..3 {
                        let mut tile = x.view_mut(tile..tile + 1)?;
                        inner.task(&STEP).update(&mut tile).scalar(i).submit()?;
                    }
                    let spec = create::<u64>([3]);
                    let args = [
                        pto_runtime::ReadArg::into_arg(read(&x)),
                        OutArg::into_arg(spec),
                    ];
                    // SAFETY: it is not true; see `manual`.
                    let mut copy = unsafe { Call::new(&COPY, args, []).untracked([0], []) };
                    inner.launch(&mut copy, Site::here("copy"), Deps::NONE)?;
                    inner.task(&STEP).update(&mut x).scalar(i).submit()?;
                }
                Ok(())
            })
            .map(drop)
            .unwrap_err();
        let end = "; 149 more such conflicts in this run";
        assert!(error.message().ends_with(end), "{error}");
    }
}
