mod mistakes;

use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use crate::args::{OutArg, ReadArg, TensorArg, UpdateArg, create, read, write};
use crate::backend::{Deps, Mode, ScopeId};
use crate::call::sealed::Request as _;
use crate::call::{Call, PackedCall};
use crate::config::Wishes;
use crate::error::ErrorKind;
use crate::handle::{TensorMut, TensorRef};
use crate::kernel::{Core, Kernel, Param};
use crate::layout::Shape;
use crate::native::here::Here;
use crate::native::orchestrator::Orchestrator;
use crate::native::pace::By;
use crate::native::permits::Permits;
use crate::native::suited::Suited;
use crate::native::worker::Shared;
use crate::site::Site;
use crate::task::TaskId;

static COUNT: Kernel = Kernel {
    name: "count",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x")],
    run: |args| {
        let mut x = args.update::<u64>();
        assert_ne!(x.get(0), 99, "the hundredth fails");
        x.set(0, x.get(0) + 1);
    },
    file: file!(),
    line: line!(),
    check: None,
};

static ADD: Kernel = Kernel {
    name: "add",
    params: &[Param::read::<u64>("x"), Param::update::<u64>("y")],
    run: |args| {
        let (x, mut y) = (args.read::<u64>(), args.update::<u64>());
        y.set(0, x.get(0) + y.get(0));
    },
    ..COUNT
};

pub(in crate::native) const SITE: Site = Site::here("task");

fn orchestrator(window: usize) -> Orchestrator {
    orchestrator_of(1, window)
}

/// Other threads than this one do not exist, but it behaves as if they did.
pub(in crate::native) fn orchestrator_of(workers: usize, window: usize) -> Orchestrator {
    let wishes = Wishes {
        workers: Some(workers),
        windows: Some([window; 4]),
        heaps: Some([1 << 16; 4]),
        ..Wishes::default()
    };
    let config = wishes.resolve(&|_| None).unwrap();
    let permits = Permits::new(config.clusters, workers);
    let shared = Shared::new(4 * window, permits, workers);
    let mut orchestrator = Orchestrator::new(&config, Arc::new(shared)).unwrap();
    orchestrator.here = Here::without_clock(true, workers - 1);
    orchestrator
}

pub(in crate::native) fn handle(data: &mut [u64]) -> TensorMut<'_, u64> {
    let layout = Shape::from([data.len()]).layout().unwrap();
    let base = NonNull::from(data).cast();
    TensorMut::new(TensorRef::new(base, 0, layout, TaskId::NONE, false))
}

pub(in crate::native) fn count<'s>(x: &mut TensorMut<'s, u64>) -> Call<'s, 1, 0> {
    // SAFETY: the kernel takes a tensor of that type, to update it.
    unsafe { Call::fitting(&COUNT, [UpdateArg::into_arg(write(x))], []) }
}

pub(in crate::native) fn add<'s>(x: TensorArg<'s>, y: &mut TensorMut<'s, u64>) -> Call<'s, 2, 0> {
    // SAFETY: the kernel takes two tensors of that type, to read the first and to update the second.
    unsafe { Call::fitting(&ADD, [x, UpdateArg::into_arg(write(y))], []) }
}

/// A part of a tensor, to read.
pub(in crate::native) fn part<'s>(x: &TensorMut<'s, u64>, range: Range<usize>) -> TensorArg<'s> {
    ReadArg::into_arg(read(&x.view(range).unwrap()))
}

/// Launches it in the lane, or does nothing: packed if its edges are given, as scopes do.
pub(in crate::native) fn try_lane<const T: usize, const S: usize>(
    orchestrator: &mut Orchestrator,
    scope: ScopeId,
    call: &mut Call<'_, T, S>,
    deps: Option<&Deps<'_>>,
) -> Option<TaskId> {
    let Some(deps) = deps else {
        return orchestrator.run_in_lane(scope, Suited::of(call)?, &SITE);
    };
    match PackedCall::of(call) {
        Some(mut packed) => {
            let suited = Suited::of_packed(&mut packed)?;
            let id = orchestrator.launch_in_lane(scope, suited, &SITE, deps)?;
            packed.bind(call);
            Some(id)
        }
        None => orchestrator.launch_in_lane(scope, Suited::of(call)?, &SITE, deps),
    }
}

/// Launches it as the backend does. Whether the lane took it, and which task it is.
pub(in crate::native) fn launch<const T: usize>(
    orchestrator: &mut Orchestrator,
    scope: ScopeId,
    mut call: Call<'_, T, 0>,
    deps: Deps<'_>,
) -> Result<(bool, TaskId), crate::Error> {
    launch_one(orchestrator, scope, &mut call, deps)
}

/// As [`launch`], for a call of which more is to be known.
pub(in crate::native) fn launch_one<const T: usize>(
    orchestrator: &mut Orchestrator,
    scope: ScopeId,
    call: &mut Call<'_, T, 0>,
    deps: Deps<'_>,
) -> Result<(bool, TaskId), crate::Error> {
    if let Some(id) = try_lane(orchestrator, scope, call, Some(&deps)) {
        return Ok((true, id));
    }
    orchestrator.settle();
    let plain = orchestrator.launch_plain(scope, call, SITE, &deps);
    let id = plain.map_or_else(|| orchestrator.launch(scope, call.request(SITE, deps)), Ok)?;
    Ok((false, id))
}

/// Runs what is queued.
pub(in crate::native) fn finish(orchestrator: &mut Orchestrator) {
    orchestrator.settle();
    for _ in 0..1000 {
        orchestrator.retire();
        if orchestrator.rings.iter().all(|ring| ring.done == ring.next) {
            return;
        }
        orchestrator.wait();
    }
    panic!("nobody else runs it");
}

pub(in crate::native) fn drain(orchestrator: &mut Orchestrator) -> crate::Report {
    orchestrator.settle();
    orchestrator.drain();
    orchestrator.report()
}

/// Each task has a number of its own, is counted, and has a slot of the ring until its scope is closed.
#[test]
fn tasks_of_the_lane_are_tasks_like_others() {
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![0; 4];
    let mut x = handle(&mut data);
    for _ in 0..2 {
        let scope = orchestrator.open(root, Mode::Auto, SITE).unwrap();
        let mut ids = Vec::new();
        let mut in_lane = 0;
        for _ in 0..40 {
            let (lane, id) = launch(&mut orchestrator, scope, count(&mut x), Deps::NONE).unwrap();
            in_lane += usize::from(lane);
            ids.push(id);
        }
        assert!(in_lane > 35, "{in_lane} of 40");
        orchestrator.settle();
        assert!(
            ids.iter()
                .zip(&ids[1..])
                .all(|(a, b)| a.local() + 1 == b.local())
        );
        assert_eq!(orchestrator.rings[1].live(), 40);
        assert_eq!(orchestrator.scopes.top().0, 40);
        orchestrator.close(scope);
        orchestrator.retire();
        assert_eq!(orchestrator.rings[1].live(), 0);
    }
    let report = drain(&mut orchestrator);
    assert_eq!((report.tasks, report.inserts), (80, 0));
    assert_eq!(report.rings[1].tasks, 40);
    assert_eq!(data[0], 80);
}

/// As many tasks fit a scope as without the lane, and one more is refused.
#[test]
fn a_ring_that_is_full_ends_the_lane() {
    let mut orchestrator = orchestrator(16);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![0; 4];
    let mut x = handle(&mut data);
    for _ in 0..15 {
        launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    }
    let error = launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ScopeDeadlock);
    assert_eq!(drain(&mut orchestrator).tasks, 15);
    assert_eq!(data[0], 15);
}

/// The lane is that of one scope, and of tasks that nothing has to be found out about.
#[test]
fn other_scopes_and_tracked_tasks_end_the_lane() {
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![0; 4];
    let mut x = handle(&mut data);
    launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    orchestrator.settle();
    let inner = orchestrator.open(root, Mode::Auto, SITE).unwrap();
    let outer = try_lane(
        &mut orchestrator,
        root,
        &mut count(&mut x),
        Some(&Deps::NONE),
    );
    assert!(outer.is_none(), "it is not the innermost");
    assert!(
        !launch(&mut orchestrator, inner, count(&mut x), Deps::NONE)
            .unwrap()
            .0
    );
    assert!(
        launch(&mut orchestrator, inner, count(&mut x), Deps::NONE)
            .unwrap()
            .0
    );
    orchestrator.settle();
    orchestrator.close(inner);
    let tracked = count(&mut x).tracked([0]);
    assert!(
        !launch(&mut orchestrator, root, tracked, Deps::NONE)
            .unwrap()
            .0
    );
    // One that waits for nothing but is queued is in the map, so that the lane does not run what comes then.
    orchestrator.settle();
    orchestrator.here = Here::without_clock(false, 0);
    launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    orchestrator.here = Here::without_clock(true, 0);
    assert!(!orchestrator.map.is_empty());
    let conflict = launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    assert!(
        conflict.0 && conflict.1.is_bare(),
        "it is queued, and waits"
    );
    let mut others = vec![0; 4];
    let free = count(&mut handle(&mut others));
    let free = launch(&mut orchestrator, root, free, Deps::NONE).unwrap();
    assert!(!free.0 && free.1.is_over(), "it is looked up, and run");
    let tasks = drain(&mut orchestrator).tasks;
    assert_eq!((data[0], others[0]), (tasks - 1, 1));
}

/// A call that creates a tensor of four, and what it creates once it was launched as `id`.
pub(in crate::native) fn creation<'s>() -> Call<'s, 1, 0> {
    let shape = OutArg::<u64>::into_arg(create([4]));
    // SAFETY: the kernel takes a tensor of that type, to write it.
    unsafe { Call::fitting(&FILL, [shape], []) }
}

pub(in crate::native) fn created<'s>(call: &Call<'s, 1, 0>) -> TensorMut<'s, u64> {
    let arg = &call.tensors[0];
    TensorMut::new(TensorRef::new(
        arg.base(),
        0,
        *arg.layout(),
        arg.owner(),
        false,
    ))
}

static FILL: Kernel = Kernel {
    name: "fill",
    params: &[Param::write::<u64>("x")],
    run: |args| args.write::<u64>().fill(5),
    ..COUNT
};

/// What creates a tensor is in no map, and is waited for all the same.
#[test]
fn the_creator_of_a_tensor_is_waited_for() {
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![0; 4];
    let mut x = handle(&mut data);
    orchestrator.here = Here::without_clock(false, 0);
    let mut call = creation();
    let id = orchestrator.launch_plain(root, &mut call, SITE, &Deps::NONE);
    assert!(id.is_some() && orchestrator.map.is_empty());
    orchestrator.here = Here::without_clock(true, 0);
    launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    assert!(
        launch(&mut orchestrator, root, count(&mut x), Deps::NONE)
            .unwrap()
            .0
    );
    let made = created(&call);
    let sum = add(part(&made, 0..4), &mut x);
    let (_, sum) = launch(&mut orchestrator, root, sum, Deps::NONE).unwrap();
    assert!(!sum.is_over(), "it waits");
    drain(&mut orchestrator);
    assert_eq!(data[0], 2 + 5);
}

/// What a task that is complete has created stays for a queued one that uses it.
#[test]
fn the_storage_of_a_queued_task_is_kept() {
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let scope = orchestrator.open(root, Mode::Manual, SITE).unwrap();
    let mut call = creation();
    let owner = orchestrator
        .launch_plain(scope, &mut call, SITE, &Deps::NONE)
        .unwrap();
    orchestrator.settle();
    orchestrator.here = Here::without_clock(false, 0);
    let deps = Deps {
        proven: &[owner],
        ..Deps::NONE
    };
    let mut made = created(&call);
    launch(&mut orchestrator, scope, count(&mut made), deps).unwrap();
    orchestrator.settle();
    orchestrator.close(scope);
    orchestrator.retire();
    assert!(
        orchestrator.rings[1].heap.used() > 0,
        "it is still to be used"
    );
    drain(&mut orchestrator);
    assert_eq!(orchestrator.rings[1].heap.used(), 0);
}

/// Without its edges a task is launched only while everything is complete.
#[test]
fn edges_matter_as_long_as_anything_is_pending() {
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let scope = orchestrator.open(root, Mode::Manual, SITE).unwrap();
    let mut data = vec![0; 8];
    let mut x = handle(&mut data);
    launch(&mut orchestrator, scope, count(&mut x), Deps::NONE).unwrap();
    let now = try_lane(&mut orchestrator, scope, &mut count(&mut x), None);
    assert!(now.is_some(), "all is complete");
    orchestrator.settle();
    orchestrator.here = Here::without_clock(false, 0);
    let (_, queued) = launch(&mut orchestrator, scope, count(&mut x), Deps::NONE).unwrap();
    orchestrator.here = Here::without_clock(true, 0);
    let mut other = x.view_mut(4..8).unwrap();
    launch(&mut orchestrator, scope, count(&mut other), Deps::NONE).unwrap();
    let now = try_lane(&mut orchestrator, scope, &mut count(&mut other), None);
    assert!(now.is_none(), "one is queued");
    assert!(
        launch(&mut orchestrator, scope, count(&mut other), Deps::NONE)
            .unwrap()
            .0
    );
    let deps = Deps {
        proven: &[queued],
        ..Deps::NONE
    };
    let (_, waits) = launch(&mut orchestrator, scope, count(&mut x), deps).unwrap();
    assert!(waits.is_bare() && !waits.is_over());
    drain(&mut orchestrator);
    assert_eq!((data[0], data[4]), (4, 2));
}

/// The lane passes on layouts of few dimensions in a shorter form.
#[test]
fn tensors_of_any_number_of_dimensions_come_as_they_are() {
    static NUMBER: Kernel = Kernel {
        name: "number",
        run: |args| {
            let mut x = args.update::<u64>();
            let numbers = x.to_vec().into_iter().zip(1..);
            let numbers: Vec<u64> = numbers.map(|(x, number)| 10 * x + number).collect();
            x.copy_from_slice(&numbers);
        },
        ..COUNT
    };
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut counted = vec![0];
    // It opens the lane.
    launch(
        &mut orchestrator,
        root,
        count(&mut handle(&mut counted)),
        Deps::NONE,
    )
    .unwrap();
    for shape in [
        &[6][..],
        &[2, 3],
        &[2, 3, 4],
        &[2, 3, 1, 4],
        &[2, 1, 3, 2, 2],
    ] {
        let mut data = vec![0; shape.iter().product()];
        let mut expected = data.clone();
        let base = NonNull::from(data.as_mut_slice()).cast();
        let layout = Shape::from(shape).layout().unwrap();
        let order: Vec<usize> = (0..shape.len()).rev().collect();
        let layout = layout.permute(&order).unwrap();
        let mut x = TensorMut::<u64>::new(TensorRef::new(base, 0, layout, TaskId::NONE, false));
        for _ in 0..3 {
            let args = [UpdateArg::into_arg(write(&mut x))];
            // SAFETY: the kernel takes a tensor of that type, to update it.
            let call = unsafe { Call::fitting(&NUMBER, args, []) };
            assert!(launch(&mut orchestrator, root, call, Deps::NONE).unwrap().0);
            for (at, x) in expected.iter_mut().enumerate() {
                // In the other order the first index of the shape changes fastest.
                let (mut rest, mut number, mut step) = (at, 0, shape.iter().product::<usize>());
                for &extent in shape.iter().rev() {
                    step /= extent;
                    number += rest % extent * step;
                    rest /= extent;
                }
                *x = 10 * *x + number as u64 + 1;
            }
        }
        assert_eq!(data, expected, "{shape:?}");
    }
    drain(&mut orchestrator);
}

/// Programs of tasks that change or add up cells, some of them run at once, others queued in the lane, others in no lane.
#[test]
fn whatever_is_queued_comes_in_order() {
    let mut random = 1_u64;
    let mut next = move |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) % below
    };
    // Those that are queued, that are run, and of the former those that are tracked.
    let mut lanes = [0; 3];
    for round in 0..60 {
        let mut orchestrator = orchestrator([16, 64, 256][round % 3]);
        let root = orchestrator.begin(Site::here("root"), false);
        let mut data = vec![1_u64; 8];
        let mut expected = data.clone();
        let mut x = handle(&mut data);
        let mut tasks = 0;
        for _ in 0..20 {
            let mode = [Mode::Manual, Mode::Auto][next(2) as usize];
            let is_tracked = mode == Mode::Auto && next(2) == 0;
            orchestrator.settle();
            let scope = orchestrator.open(root, mode, SITE).unwrap();
            // Who has written a cell, and who has read it since. The scope before is waited for.
            let mut accesses = vec![Vec::new(); 8];
            finish(&mut orchestrator);
            for _ in 0..next(15) {
                if next(4) == 0 {
                    orchestrator.settle();
                    orchestrator.here = Here::without_clock(next(2) == 0, 0);
                }
                let (a, b) = (next(8) as usize, next(8) as usize);
                let from = part(&x, a..a + 1);
                let mut to = x.view_mut(b..b + 1).unwrap();
                let id = match a == b {
                    // The whole rest of them, of which the kernel takes the first.
                    true if is_tracked => {
                        expected[b] += 1;
                        let mut to = x.view_mut(b..).unwrap();
                        launch(&mut orchestrator, scope, count(&mut to), Deps::NONE)
                    }
                    false if is_tracked => {
                        expected[b] += expected[a];
                        launch(&mut orchestrator, scope, add(from, &mut to), Deps::NONE)
                    }
                    true => {
                        expected[b] += 1;
                        let deps = Deps {
                            explicit: &accesses[b],
                            ..Deps::NONE
                        };
                        // SAFETY: `deps` are all that have accessed the cell.
                        let call = unsafe { count(&mut to).untracked([0], [0]) };
                        launch(&mut orchestrator, scope, call, deps)
                    }
                    false => {
                        expected[b] += expected[a];
                        let all = [accesses[a].clone(), accesses[b].clone()].concat();
                        let deps = Deps {
                            proven: &all,
                            ..Deps::NONE
                        };
                        // SAFETY: as above, for both cells.
                        let call = unsafe { add(from, &mut to).untracked([0, 1], [0, 1]) };
                        launch(&mut orchestrator, scope, call, deps)
                    }
                };
                let (in_lane, id) = id.unwrap();
                lanes[usize::from(id.is_over())] += usize::from(in_lane);
                lanes[2] += usize::from(in_lane && is_tracked && !id.is_over());
                accesses[a].push(id);
                accesses[b].push(id);
                tasks += 1;
            }
            orchestrator.settle();
            orchestrator.close(scope);
        }
        let report = drain(&mut orchestrator);
        assert_eq!((data, report.tasks), (expected, tasks), "round {round}");
        assert!(orchestrator.rings.iter().all(|ring| ring.deps_used() == 0));
    }
    assert!(lanes.iter().all(|&taken| taken > 300), "{lanes:?}");
}

/// The lane does not take what is tracked in spite of its scope, or what it knows nothing of.
#[test]
fn what_is_more_than_queued_ends_the_lane() {
    let mut orchestrator = orchestrator(256);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![100; 4];
    let mut x = handle(&mut data);
    orchestrator.here = Here::without_clock(false, 0);
    fn untracked<'s>(x: &mut TensorMut<'s, u64>) -> Call<'s, 1, 0> {
        // SAFETY: all tasks of this test wait for the one before.
        unsafe { count(x).untracked([0], [0]) }
    }
    let mut last = TaskId::NONE;
    let mut submit = |orchestrator: &mut Orchestrator, call| {
        let deps = Deps {
            explicit: &[last],
            ..Deps::NONE
        };
        let (in_lane, id) = launch(orchestrator, root, call, deps).unwrap();
        last = id;
        in_lane
    };
    let taken: Vec<bool> = (0..130)
        .map(|_| submit(&mut orchestrator, untracked(&mut x)))
        .collect();
    assert!(taken.iter().all(|&taken| taken), "{taken:?}");
    orchestrator.settle();
    // The first one is in the first slot; a batch has 64 tasks.
    let heads = [0, 63, 64, 127, 128].map(|local| orchestrator.rings[0].head(local));
    assert_eq!(heads, [0, 0, 64, 64, 128]);
    assert!(submit(&mut orchestrator, count(&mut x)), "it is looked up");
    let tracked = count(&mut x).tracked([0]);
    assert!(
        !submit(&mut orchestrator, tracked),
        "as it would be in a MANUAL scope"
    );
    assert!(submit(&mut orchestrator, untracked(&mut x)), "a new batch");
    assert!(submit(&mut orchestrator, untracked(&mut x)));
    let mut call = untracked(&mut x);
    let stranger = Deps {
        explicit: &[TaskId::bare(0, last.local() + 1)],
        ..Deps::NONE
    };
    assert!(try_lane(&mut orchestrator, root, &mut call, Some(&stranger)).is_none());
    drain(&mut orchestrator);
    assert_eq!(data[0], 234);
}

/// Kernels that are known to be slow. Whoever runs one from the queue may time it, and then it is not.
static SLOW: [Kernel; 2] = [const { Kernel { ..COUNT } }; 2];

/// Tasks of one batch are run and queued in turn, and each of them is known to be over when it is, and no sooner.
#[test]
fn one_batch_has_tasks_that_are_over_and_others() {
    let mut orchestrator = orchestrator_of(2, 64);
    let root = orchestrator.begin(Site::here("root"), false);
    let scope = orchestrator.open(root, Mode::Manual, SITE).unwrap();
    let mut data = vec![0; 8];
    let mut x = handle(&mut data);
    let mut slow = |orchestrator: &mut Orchestrator, kernel| {
        let args = [UpdateArg::into_arg(write(&mut x))];
        // SAFETY: the kernel takes a tensor of that type, to update it.
        let call = unsafe { Call::fitting(kernel, args, []) };
        launch(orchestrator, scope, call, Deps::NONE).unwrap()
    };
    // Two kernels may share a place in the table, where the last one is remembered.
    let learn = |orchestrator: &Orchestrator, kernel, millis| {
        let time = Duration::from_millis(millis);
        orchestrator.shared.paces.learn(kernel, By::Submitter, time);
    };
    learn(&orchestrator, &SLOW[0], 1);
    assert!(slow(&mut orchestrator, &SLOW[0]).1.is_bare());
    assert!(slow(&mut orchestrator, &SLOW[0]).1.is_bare());
    finish(&mut orchestrator);
    assert_eq!(orchestrator.rings[1].done, 2);
    let mut other = vec![0];
    learn(&orchestrator, &COUNT, 0);
    let (_, short) = launch(
        &mut orchestrator,
        scope,
        count(&mut handle(&mut other)),
        Deps::NONE,
    )
    .unwrap();
    assert!(short.is_over());
    assert_eq!(orchestrator.rings[1].done, 3);
    learn(&orchestrator, &SLOW[1], 1);
    let (in_lane, id) = slow(&mut orchestrator, &SLOW[1]);
    assert!(in_lane && id.is_bare());
    let mut counted = handle(&mut other);
    let now = try_lane(&mut orchestrator, scope, &mut count(&mut counted), None);
    assert!(now.is_none(), "one is pending");
    orchestrator.settle();
    orchestrator.retire();
    assert_eq!(
        (orchestrator.rings[1].done, orchestrator.rings[1].next),
        (3, 4)
    );
    drain(&mut orchestrator);
    assert_eq!((data[0], other[0]), (3, 1));
}

/// Tensors that tasks of the lane create have memory of their own until their scope is closed, and are done.
#[test]
fn tasks_of_the_lane_create_tensors() {
    for (mode, at_once) in [
        (Mode::Manual, true),
        (Mode::Auto, true),
        (Mode::Manual, false),
        (Mode::Auto, false),
    ] {
        let mut orchestrator = orchestrator(256);
        let root = orchestrator.begin(Site::here("root"), false);
        let mut data = vec![0; 4];
        let mut x = handle(&mut data);
        let mut in_lane = 0;
        for _ in 0..5 {
            orchestrator.settle();
            let scope = orchestrator.open(root, mode, SITE).unwrap();
            launch(&mut orchestrator, scope, count(&mut x), Deps::NONE).unwrap();
            let mut last = TaskId::NONE;
            for _ in 0..10 {
                let mut call = creation();
                let now = try_lane(&mut orchestrator, scope, &mut call, Some(&Deps::NONE));
                in_lane += usize::from(now.is_some());
                let id = now.unwrap_or_else(|| {
                    orchestrator.settle();
                    let plain = orchestrator.launch_plain(scope, &mut call, SITE, &Deps::NONE);
                    plain.unwrap()
                });
                assert!(!id.is_over() && !id.is_bare());
                let mut made = created(&call);
                assert_eq!(made.owner(), id);
                if !at_once {
                    // Its user is queued, and needs the memory when the scope is closed.
                    orchestrator.settle();
                    orchestrator.here = Here::without_clock(false, 0);
                }
                let deps = [last, id];
                let deps = Deps {
                    proven: if mode == Mode::Manual { &deps } else { &[] },
                    ..Deps::NONE
                };
                launch(&mut orchestrator, scope, count(&mut made), deps).unwrap();
                orchestrator.settle();
                let id = orchestrator.rings[1].next - 1;
                let deps = [last, TaskId::new(1, id)];
                let deps = Deps {
                    proven: if mode == Mode::Manual { &deps } else { &[] },
                    ..Deps::NONE
                };
                let sum = add(part(&made, 0..4), &mut x);
                last = launch(&mut orchestrator, scope, sum, deps).unwrap().1;
                if !at_once {
                    orchestrator.settle();
                    orchestrator.here = Here::without_clock(true, 0);
                }
            }
            orchestrator.settle();
            orchestrator.close(scope);
            orchestrator.retire();
            let is_used = orchestrator.rings[1].heap.used() > 0;
            assert_eq!(is_used, !at_once, "{mode:?}");
            finish(&mut orchestrator);
        }
        drain(&mut orchestrator);
        assert_eq!(orchestrator.rings[1].heap.used(), 0);
        // Each round counts once, and adds a filled and counted element ten times.
        assert_eq!(data[0], 5 * (1 + 10 * 6));
        assert_eq!(in_lane > 10, at_once, "{mode:?}: {in_lane}");
    }
}
