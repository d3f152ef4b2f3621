//! A verified run reports every race and every early end of storage, whatever happened to run first, and nothing else.

mod common;

use common::{COPY, FILL, FOLD, STEP, mix, runtime};
use pto_runtime::{
    AutoScope, Call, Deps, Done, Error, ErrorKind, ManualScope, OutArg, Root, Site, TaskId, Tensor,
    create, read, write,
};

/// Runs `f` with one and with several workers, some times each: the outcome is always the same.
fn verified(f: impl Fn(&Root<'_>) -> Result<(), Error>) -> Result<Done<()>, Error> {
    let mut outcomes = Vec::new();
    for workers in [1, 2, 4] {
        let mut rt = runtime(workers).verify(true).build()?;
        outcomes.extend((0..3).map(|_| rt.run(|root| f(root))));
        // The runtime is as good as new.
        rt.run(|root| chain(root, 3))?;
    }
    let text =
        |outcome: &Result<Done<()>, Error>| outcome.as_ref().map_err(Error::to_string).map(|_| ());
    let (first, rest) = outcomes.split_first().unwrap();
    assert!(rest.iter().all(|other| text(other) == text(first)));
    outcomes.remove(0)
}

fn chain(scope: &AutoScope<'_>, tasks: u64) -> Result<(), Error> {
    let mut x = scope.alloc::<u64>([4], Site::here("x"))?;
    (0..tasks).try_for_each(|i| {
        scope
            .task(&STEP)
            .update(&mut x)
            .scalar(i)
            .submit()
            .map(drop)
    })
}

#[track_caller]
fn assert_fails(outcome: Result<Done<()>, Error>, kind: ErrorKind, message: &str) {
    let error = outcome.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.message();
    let place = |text: &str| {
        // Lines and columns move with every edit.
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for word in words.iter_mut().filter(|word| word.contains("verify.rs:")) {
            *word = "HERE".into();
        }
        words.join(" ")
    };
    assert_eq!(place(text), message, "{error}");
    assert!(
        error.location().unwrap().file().ends_with("verify.rs"),
        "{error}"
    );
    assert!(
        error.task_id().is_some() && error.help().is_some(),
        "{error}"
    );
}

/// A MANUAL scope, and what it uses.
fn manual<'s>(scope: &'s AutoScope<'_>) -> Result<ManualScope<'s>, Error> {
    // SAFETY: these programs break the contract on purpose, and a verified run waits all the same.
    unsafe { scope.manual(Site::here("manual")) }
}

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

/// What the tensor map finds counts, whether or not the producer has retired before it is asked.
#[test]
fn tracked_tasks_are_ordered_in_any_window() {
    for window in [4, 8, 64] {
        let mut x = Tensor::<u64>::zeros([8, 8]);
        let mut rt = runtime(2).window(window).verify(true).build().unwrap();
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            for round in 0..40usize {
                let inner = root.auto(Site::here("round"))?;
                let mut column = x.view_mut((.., round % 8..round % 8 + 1))?;
                inner
                    .task(&STEP)
                    .update(&mut column)
                    .scalar(1u64)
                    .submit()?;
                let mut row = x.view_mut(round % 5..round % 5 + 2)?;
                inner.task(&STEP).update(&mut row).scalar(2u64).submit()?;
            }
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn arguments_that_are_wrongly_left_out_of_the_tracking() {
    let outcome = verified(|root| {
        let mut x = root.alloc::<u64>([4], Site::here("x"))?;
        root.task(&FILL).write(&mut x).scalar(1u64).submit()?;
        let spec = create::<u64>([4]);
        let call = Call::new(
            &COPY,
            [
                pto_runtime::ReadArg::into_arg(read(&x)),
                OutArg::into_arg(spec),
            ],
            [],
        );
        // SAFETY: it is not true; see `manual`.
        let mut call = unsafe { call.untracked([0], [0]) };
        root.launch(&mut call, Site::here("copy"), Deps::NONE)?;
        Ok(())
    });
    assert_fails(
        outcome,
        ErrorKind::Race,
        "RAW on elements [0..4] of `x`: 'copy' does not wait for 'FILL' at HERE (r0:1), which writes them as `x`",
    );
}

#[test]
fn arguments_that_are_wrongly_called_disjoint() {
    let outcome = verified(|root| {
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let upper = x.view(3..)?;
        let mut lower = x.view_mut(..5)?;
        let args = [
            pto_runtime::ReadArg::into_arg(read(&upper)),
            OutArg::<u64>::into_arg(write(&mut lower)),
        ];
        // SAFETY: it is not true; the kernel copies five elements through a vector.
        let mut call = unsafe { Call::new(&COPY, args, []).disjoint() };
        root.launch(&mut call, Site::here("copy"), Deps::NONE)?;
        Ok(())
    });
    assert_fails(
        outcome,
        ErrorKind::Race,
        "'copy' gets elements [3..5] both as `x` and as `y`, and writes one of them",
    );
}

/// Storage of a MANUAL scope, used by two tasks; `keep` says which of them keep it.
fn short_lived(keep: [bool; 2], ordered: bool) -> Result<Done<()>, Error> {
    verified(|root| {
        let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
        {
            let scope = manual(root)?;
            let spec = create::<u64>([8]);
            let mut call = Call::alloc([OutArg::into_arg(spec)]);
            // SAFETY: see `manual`.
            unsafe {
                let alloc = scope.launch(&mut call, Site::here("scratch"), Deps::NONE)?;
                let mut scratch = alloc.output(&call, 0, spec);
                let kept = keep.map(|keep| if keep { alloc.id() } else { TaskId::NONE });
                let fill = scope
                    .task(&FILL)
                    .write(&mut scratch)
                    .scalar(1u64)
                    .keep(kept[0]);
                let fill = fill.named("fill").submit()?.id();
                let after = if ordered { fill } else { TaskId::NONE };
                let fold = scope
                    .task(&FOLD)
                    .read(&scratch)
                    .update(&mut sum)
                    .keep(kept[1]);
                fold.after(after).named("fold").submit()?;
            }
        }
        chain(root, 3)
    })
}

#[test]
fn storage_that_nothing_keeps_until_its_user_is_done() {
    assert!(short_lived([true, true], true).is_ok());
    // Keeping it for the second task keeps it for the first one too, which is older on the same ring.
    assert!(short_lived([false, true], true).is_ok());
    assert_fails(
        short_lived([true, false], true),
        ErrorKind::UseAfterFree,
        "the storage of `x` can be recycled while 'fold' uses it: its owner 'scratch' at HERE (r1:0) is not kept until \
         then, and its scope closes before",
    );
    assert_fails(
        short_lived([false, false], true),
        ErrorKind::UseAfterFree,
        "the storage of `x` can be recycled while 'fill' uses it: its owner 'scratch' at HERE (r1:0) is not kept until \
         then, and its scope closes before; 1 more such conflict in this run",
    );
    // A race comes first in the order of submission if its task does.
    let error = short_lived([true, false], false).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Race);
}

/// Keeping an older task of the ring keeps a younger one; keeping a task of a scope inside does not keep one outside.
#[test]
fn rings_take_back_storage_in_order() {
    let run = |keep_older: bool| {
        verified(|root| {
            let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
            let scope = manual(root)?;
            // SAFETY: see `manual`.
            unsafe {
                let older = scope.task(&FILL).create::<u64>([4]).scalar(1u64).submit()?;
                let younger = scope.task(&FILL).create::<u64>([4]).scalar(2u64).submit()?;
                let y = younger.output::<u64>(0)?;
                let kept = if keep_older { older.id() } else { TaskId::NONE };
                let inner = scope.manual(Site::here("inner"))?;
                let between = inner
                    .task(&FILL)
                    .create::<u64>([4])
                    .scalar(3u64)
                    .after(younger.id())
                    .submit()?;
                // Ordered after the younger task through the one between, which alone is kept.
                let fold = inner.task(&FOLD).read(&y).update(&mut sum).keep(kept);
                fold.after(between.id()).submit()?;
            }
            Ok(())
        })
    };
    assert!(run(true).is_ok());
    assert_eq!(
        run(false).map(|_| ()).unwrap_err().kind(),
        ErrorKind::UseAfterFree
    );
}

/// The scope of the owner is closed, but a kept task comes after the user.
#[test]
fn what_waits_for_a_user_keeps_for_it() {
    verified(|root| {
        let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
        let scope = manual(root)?;
        // SAFETY: the owner is kept by the last task, which comes after the one in the scope inside.
        unsafe {
            let owner = scope.task(&FILL).create::<u64>([4]).scalar(1u64).submit()?;
            let x = owner.output::<u64>(0)?;
            let fold = {
                let inner = scope.manual(Site::here("inner"))?;
                let waits = Deps {
                    proven: &[owner.id()],
                    ..Deps::NONE
                };
                let args = [
                    pto_runtime::ReadArg::into_arg(read(&x)),
                    pto_runtime::UpdateArg::into_arg(write(&mut sum)),
                ];
                inner
                    .launch(&mut Call::new(&FOLD, args, []), Site::here("fold"), waits)?
                    .id()
            };
            scope
                .task(&FILL)
                .create::<u64>([4])
                .scalar(2u64)
                .after(fold)
                .keep(owner.id())
                .submit()?;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_run_that_is_not_verified_costs_and_finds_nothing() {
    let mut rt = runtime(1).verify(false).build().unwrap();
    let mut x = Tensor::<u64>::zeros([4]);
    rt.run(|root| {
        let mut x = root.inout(&mut x);
        let scope = manual(root)?;
        for salt in 1..3u64 {
            // SAFETY: one worker runs them in the order of their submission.
            unsafe { scope.task(&STEP).update(&mut x).scalar(salt).submit()? };
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(x.as_slice(), [mix(mix(0, 1), 2); 4]);
}

/// What is remembered does not grow with how often elements are written, and a search does not go back to the beginning.
#[test]
fn long_runs_are_verified_in_time() {
    let mut x = Tensor::<u64>::zeros([64]);
    let mut rt = runtime(2).verify(true).build().unwrap();
    let done = rt
        .run(|root| {
            let mut x = root.inout(&mut x);
            for round in 0..10_000usize {
                let inner = root.auto(Site::here("round"))?;
                let mut tile = x.view_mut(round % 64..round % 64 + 1)?;
                inner.task(&STEP).update(&mut tile).scalar(1u64).submit()?;
                let all = inner.task(&COPY).read(&x).create::<u64>([64]);
                all.submit()?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(done.report.tasks, 20_000);
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
