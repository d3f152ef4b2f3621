use std::sync::Arc;

use crate::args::{OutArg, TensorArg, create};
use crate::backend::{Deps, Fill, Mode, ScopeId};
use crate::element::DType;
use crate::error::ErrorKind;
use crate::handle::{TensorMut, TensorRef};
use crate::native::here::Here;
use crate::native::lane::tests::{
    SITE, add, count, drain, finish, handle, launch, orchestrator_of, part,
};
use crate::native::orchestrator::Orchestrator;
use crate::site::Site;
use crate::task::TaskId;

fn orchestrator(at_once: bool) -> Orchestrator {
    let mut orchestrator = orchestrator_of(1, 512);
    orchestrator.here = Here::without_clock(at_once, 0);
    orchestrator
}

fn vector(extent: usize) -> [TensorArg<'static>; 1] {
    [OutArg::into_arg(create::<u64>([extent]))]
}

/// A vector that is allocated in the lane, and filled with a value.
fn allocate(
    orchestrator: &mut Orchestrator,
    scope: ScopeId,
    value: u64,
) -> Option<(TensorMut<'static, u64>, TaskId)> {
    let mut tensors = vector(4);
    let fill = Some(Fill {
        dtype: DType::U64,
        bits: value,
    });
    let id = orchestrator.allocate_in_lane(scope, &mut tensors, fill, &SITE)?;
    let [tensor] = &tensors;
    let tensor = TensorRef::new(tensor.base(), 0, *tensor.layout(), id, false);
    Some((TensorMut::new(tensor), id))
}

/// Each has a number and memory of its own, whether tasks before and after it are run at once or queued.
#[test]
fn allocations_are_tasks_like_others() {
    for (mode, at_once) in [
        (Mode::Manual, true),
        (Mode::Manual, false),
        (Mode::Auto, true),
        (Mode::Auto, false),
    ] {
        let mut orchestrator = orchestrator(at_once);
        let root = orchestrator.begin(Site::here("root"), false);
        let scope = orchestrator.open(root, mode, SITE).unwrap();
        let mut data = vec![0; 4];
        let mut sum = handle(&mut data);
        let (mut ids, mut last) = (Vec::new(), TaskId::NONE);
        for value in 0..100 {
            let (tensor, id) = allocate(&mut orchestrator, scope, value).unwrap();
            assert!(id.is_allocation());
            // SAFETY: one task runs after the other.
            let call = unsafe { add(part(&tensor, 0..4), &mut sum).untracked([0, 1], [0, 1]) };
            let (explicit, keep) = ([last], [id]);
            let deps = Deps {
                explicit: &explicit,
                keep: if mode == Mode::Manual { &keep } else { &[] },
                ..Deps::NONE
            };
            let (_, user) = launch(&mut orchestrator, scope, call, deps).unwrap();
            ids.extend([id, user]);
            last = user;
        }
        let numbers: Vec<u32> = ids.iter().map(|id| id.local()).collect();
        assert_eq!(numbers, (0..200).collect::<Vec<u32>>());
        orchestrator.settle();
        orchestrator.close(scope);
        finish(&mut orchestrator);
        orchestrator.retire();
        assert_eq!(orchestrator.rings[1].heap.used(), 0);
        let report = drain(&mut orchestrator);
        assert_eq!((report.tasks, report.rings[1].tasks), (200, 200));
        assert_eq!(data[0], (0..100).sum::<u64>());
    }
}

/// Memory stays for as long as anybody is going to use it, even if its batch is done and its scope is closed.
#[test]
fn what_is_allocated_outlives_its_batch() {
    for mode in [Mode::Manual, Mode::Auto] {
        for between in [0, 1, 63, 64, 90] {
            let what = format!("{mode:?}, {between}");
            let mut orchestrator = orchestrator(false);
            let root = orchestrator.begin(Site::here("root"), false);
            let scope = orchestrator.open(root, mode, SITE).unwrap();
            let mut data = vec![0; 8];
            let mut all = handle(&mut data);
            let (tensor, owner) = allocate(&mut orchestrator, scope, 7).unwrap();
            let mut between_them = all.view_mut(0..4).unwrap();
            let mut last = TaskId::NONE;
            for _ in 0..between {
                // SAFETY: they run one after the other.
                let call = unsafe { count(&mut between_them).untracked([0], [0]) };
                last = launch(&mut orchestrator, scope, call, Deps::NONE)
                    .unwrap()
                    .1;
            }
            let mut sum = all.view_mut(4..8).unwrap();
            // SAFETY: nobody else accesses it.
            let call = unsafe { add(part(&tensor, 0..4), &mut sum).untracked([0, 1], [0, 1]) };
            let (explicit, keep) = ([last], [owner]);
            let deps = Deps {
                explicit: &explicit,
                keep: if mode == Mode::Manual { &keep } else { &[] },
                ..Deps::NONE
            };
            launch(&mut orchestrator, scope, call, deps).unwrap();
            orchestrator.settle();
            orchestrator.close(scope);
            let shared = Arc::clone(&orchestrator.shared);
            // The last of them runs its successor.
            for _ in 1..between {
                assert!(shared.help());
            }
            orchestrator.retire();
            assert!(orchestrator.rings[1].heap.used() > 0, "{what}");
            finish(&mut orchestrator);
            orchestrator.retire();
            assert_eq!(orchestrator.rings[1].heap.used(), 0, "{what}");
            drain(&mut orchestrator);
            assert_eq!((data[0], data[4]), (between as u64, 7), "{what}");
        }
    }
}

/// What the lane has no room for, or is a mistake, is left to those who say so.
#[test]
fn what_is_no_allocation_for_the_lane_is_none() {
    let mut orchestrator = orchestrator(true);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut try_one = |mut tensors: [TensorArg<'static>; 1], fill: Option<Fill>| {
        orchestrator.allocate_in_lane(root, &mut tensors, fill, &SITE)
    };
    let floats = Fill {
        dtype: DType::F32,
        bits: 0,
    };
    assert!(try_one(vector(4), Some(floats)).is_none());
    assert!(try_one(vector(1 << 20), None).is_none());
    let faulty = [OutArg::into_arg(create::<u64>([usize::MAX]))];
    assert!(try_one(faulty, None).is_none());
    assert!(try_one(vector(0), None).is_some());
    assert_eq!(drain(&mut orchestrator).tasks, 1);
}

/// An allocation of another run is none of this one, whatever else its id says.
#[test]
fn allocations_of_other_runs_are_strangers() {
    for at_once in [true, false] {
        let mut orchestrator = orchestrator(at_once);
        let root = orchestrator.begin(Site::here("root"), false);
        let mut data = vec![0; 4];
        let mut x = handle(&mut data);
        let call = count(&mut x);
        let deps = Deps {
            keep: &[TaskId::allocation(0, 1000)],
            ..Deps::NONE
        };
        let error = launch(&mut orchestrator, root, call, deps).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        drain(&mut orchestrator);
    }
}
