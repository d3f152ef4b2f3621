//! What the runtime tracks of an argument is decided for each argument.

mod common;

use common::{COPY, FILL, STEP, mix, runtime};
use pto_runtime::{
    Call, Deps, Error, OutArg, ReadArg, Site, TaskSet, Tensor, UpdateArg, read, write,
};

/// An argument that is left out is neither looked up nor found; edges given by hand order its uses.
#[test]
fn settled_arguments_cost_no_lookup() -> Result<(), Error> {
    let mut x = Tensor::full([4], 3u64);
    let mut rt = runtime(2).record_graph(true).build()?;
    let done = rt.run(|root| {
        let mut x = root.inout(&mut x);
        let mut last = pto_runtime::TaskId::NONE;
        for salt in 0..10u64 {
            let call = Call::new(&STEP, [UpdateArg::into_arg(write(&mut x))], [salt]);
            // SAFETY: each task waits for the one before.
            let mut call = unsafe { call.untracked([0], [0]) };
            let deps = Deps {
                proven: &[last],
                ..Deps::NONE
            };
            last = root.launch(&mut call, Site::here("step"), deps)?.id();
        }
        Ok(())
    })?;
    assert_eq!(x.as_slice(), [(0..10).fold(3, mix); 4]);
    let report = done.report;
    assert_eq!((report.lookups, report.inserts), (0, 0));
    assert_eq!((report.edges.proven, report.edges.tracked), (9, 0));
    Ok(())
}

/// The two halves are independent: a first task is only shown, a last one only looks.
#[test]
fn lookups_and_registrations_are_apart() -> Result<(), Error> {
    let (mut x, mut y) = (Tensor::<u64>::zeros([4]), Tensor::<u64>::zeros([4]));
    let mut rt = runtime(2).record_graph(true).build()?;
    let done = rt.run(|root| {
        let (mut x, mut y) = (root.inout(&mut x), root.inout(&mut y));
        let fill = Call::new(&FILL, [OutArg::<u64>::into_arg(write(&mut x))], [7]);
        // SAFETY: nothing accesses `x` before.
        let mut fill = unsafe { fill.untracked([0], []) };
        root.launch(&mut fill, Site::here("fill"), Deps::NONE)?;
        let args = [
            ReadArg::into_arg(read(&x)),
            OutArg::<u64>::into_arg(write(&mut y)),
        ];
        // SAFETY: nothing accesses `x` later, and nothing else accesses `y`.
        let mut copy = unsafe { Call::new(&COPY, args, []).untracked([1], [0, 1]) };
        root.launch(&mut copy, Site::here("copy"), Deps::NONE)?;
        Ok(())
    })?;
    assert_eq!(y.as_slice(), [7; 4]);
    let report = done.report;
    assert_eq!(
        (report.lookups, report.inserts, report.edges.tracked),
        (1, 1, 1)
    );
    Ok(())
}

/// A set of tasks becomes one task, and forgets what is retired.
#[test]
fn sets_of_tasks_stay_small() -> Result<(), Error> {
    let mut x = Tensor::<u64>::zeros([64]);
    // The sets of a verified run forget nothing.
    let mut rt = runtime(1).verify(false).build()?;
    let done = rt.run(|root| {
        let mut x = root.inout(&mut x);
        let mut set = TaskSet::new();
        for i in 0..1000usize {
            let mut tile = x.view_mut(i % 64..i % 64 + 1)?;
            let inner = root.auto(Site::here("inner"))?;
            let id = inner
                .task(&FILL)
                .write(&mut tile)
                .scalar(1u64)
                .submit()?
                .id();
            root.remember(&mut set, id);
        }
        assert!(set.len() <= 128, "the window holds 64 tasks");
        root.fence(&mut set, Site::here("fence"))?;
        assert_eq!(set.len(), 1);
        Ok(())
    })?;
    assert_eq!(done.report.tasks, 1001);
    assert!(done.report.edges.proven <= 64);
    Ok(())
}

/// A task of a MANUAL scope can be tracked like those around the scope, which then find it.
#[test]
fn manual_tasks_may_be_tracked() -> Result<(), Error> {
    for workers in [1, 2, 4] {
        let mut x = Tensor::full([4], 3u64);
        let mut rt = runtime(workers).record_graph(true).build()?;
        let done = rt.run(|root| {
            let mut x = root.inout(&mut x);
            root.task(&STEP).update(&mut x).scalar(1u64).submit()?;
            {
                // SAFETY: its only task is tracked.
                let manual = unsafe { root.manual(Site::here("manual"))? };
                let call = Call::new(&STEP, [UpdateArg::into_arg(write(&mut x))], [2]);
                let mut call = call.tracked([0]);
                // SAFETY: as above.
                unsafe { manual.launch(&mut call, Site::here("step"), Deps::NONE)? };
            }
            root.task(&STEP).update(&mut x).scalar(3u64).submit()?;
            Ok(())
        })?;
        assert_eq!(x.as_slice(), [mix(mix(mix(3, 1), 2), 3); 4]);
        assert_eq!(done.report.edges.tracked, 2);
    }
    Ok(())
}
