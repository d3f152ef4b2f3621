use std::sync::Arc;

use crate::args::{UpdateArg, write};
use crate::backend::{Deps, Mode};
use crate::call::Call;
use crate::config::Wishes;
use crate::kernel::{Core, Kernel, Param};
use crate::native::here::Here;
use crate::native::lane::tests::{
    SITE, add, count, created, creation, drain, finish, handle, launch, launch_one,
    orchestrator_of, part,
};
use crate::native::orchestrator::Orchestrator;
use crate::native::permits::Permits;
use crate::native::worker::Shared;
use crate::site::Site;
use crate::task::TaskId;

/// An orchestrator that queues whatever is launched.
fn queueing() -> Orchestrator {
    let mut orchestrator = orchestrator_of(1, 512);
    orchestrator.here = Here::without_clock(false, 0);
    orchestrator
}

/// One that queues whatever is launched, with so many slots and entries of the dependency pool.
fn with_few(slots: usize, deps: usize) -> Orchestrator {
    let wishes = Wishes {
        workers: Some(1),
        windows: Some([slots; 4]),
        dep_pools: Some([deps; 4]),
        run_at_once: Some(false),
        ..Wishes::default()
    };
    let config = wishes.resolve(&|_| None).unwrap();
    let shared = Arc::new(Shared::new(64, Permits::new(1, 1), 1));
    Orchestrator::new(&config, shared).unwrap()
}

fn after(ids: &[TaskId]) -> Deps<'_> {
    Deps {
        explicit: ids,
        ..Deps::NONE
    }
}

/// What a task has created stays for as long as anybody is going to use it: however many tasks come in between, in the same
/// scope or one inside it, even if all of its own batch are done and its scope is closed.
#[test]
fn what_is_created_outlives_its_batch() {
    for mode in [Mode::Manual, Mode::Auto] {
        for between in [0, 1, 62, 63, 64, 65, 90] {
            for inside in [false, true] {
                let mut orchestrator = queueing();
                let root = orchestrator.begin(Site::here("root"), false);
                let scope = orchestrator.open(root, mode, SITE).unwrap();
                let mut data = vec![0; 12];
                let mut all = handle(&mut data);
                let mut made = creation();
                let launched = launch_one(&mut orchestrator, scope, &mut made, Deps::NONE);
                let (_, creator) = launched.unwrap();
                let mut between_them = all.view_mut(0..4).unwrap();
                for _ in 0..between {
                    // SAFETY: they run one after the other.
                    let call = unsafe { count(&mut between_them).untracked([0], [0]) };
                    launch(&mut orchestrator, scope, call, Deps::NONE).unwrap();
                }
                let mut late = all.view_mut(4..8).unwrap();
                // SAFETY: nobody else accesses it.
                let call = unsafe { count(&mut late).untracked([0], [0]) };
                let (_, last) = launch(&mut orchestrator, scope, call, Deps::NONE).unwrap();
                orchestrator.settle();
                let innermost = match inside {
                    true => orchestrator.open(scope, mode, SITE).unwrap(),
                    false => scope,
                };
                let mut sum = all.view_mut(8..12).unwrap();
                // SAFETY: as above. The tensor is waited for, by name or as its creator is known.
                let call =
                    unsafe { add(part(&created(&made), 0..4), &mut sum).untracked([0, 1], [0, 1]) };
                let ids = [last, creator];
                let named = if mode == Mode::Manual {
                    &ids[..]
                } else {
                    &ids[..1]
                };
                launch(&mut orchestrator, innermost, call, after(named)).unwrap();
                orchestrator.settle();
                orchestrator.close(scope);
                // All but the last two are run, in the order of their launch.
                let shared = Arc::clone(&orchestrator.shared);
                for _ in 0..=between {
                    assert!(shared.help());
                }
                orchestrator.retire();
                assert_eq!(orchestrator.rings[1].done as usize, 1 + between);
                let what = format!("{mode:?}, {between}, inside: {inside}");
                assert!(orchestrator.rings[1].heap.used() > 0, "{what}");
                finish(&mut orchestrator);
                orchestrator.retire();
                assert_eq!(orchestrator.rings[1].heap.used(), 0, "{what}");
                drain(&mut orchestrator);
                assert_eq!(
                    (data[0], data[4], data[8]),
                    (between as u64, 1, 5),
                    "{what}"
                );
            }
        }
    }
}

/// Tasks of one batch are named twice each, in turn, by a task that the map is told of: it has as many edges as they are, for which there is
/// room. One more has none.
#[test]
fn who_is_named_twice_is_one_producer() {
    for producers in [4, 5] {
        let mut orchestrator = with_few(64, 4);
        let root = orchestrator.begin(Site::here("root"), false);
        let mut data = vec![0; 4];
        let mut x = handle(&mut data);
        let mut made: Vec<_> = (0..producers).map(|_| creation()).collect();
        let ids: Vec<TaskId> = made
            .iter_mut()
            .map(|call| {
                let launched = launch_one(&mut orchestrator, root, call, Deps::NONE);
                launched.unwrap().1
            })
            .collect();
        orchestrator.settle();
        let batch = orchestrator.rings[0].head(0);
        assert!((0..producers).all(|local| orchestrator.rings[0].head(local) == batch));
        let twice = [ids.as_slice(), ids.as_slice()].concat();
        let launched = launch(&mut orchestrator, root, count(&mut x), after(&twice));
        assert_eq!(launched.is_ok(), producers == 4, "{launched:?}");
        let report = drain(&mut orchestrator);
        assert_eq!(report.edges.explicit, if producers == 4 { 4 } else { 0 });
    }
}

/// A task is given one that is over, and whose slot is that of another one since, which it conflicts with: it waits for that one.
#[test]
fn who_is_given_does_not_stand_for_another() {
    let mut orchestrator = with_few(16, 64);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![0; 4];
    let mut x = handle(&mut data);
    let mut old = Vec::new();
    for _ in 0..16 {
        let scope = orchestrator.open(root, Mode::Auto, SITE).unwrap();
        old.push(
            launch(&mut orchestrator, scope, count(&mut x), Deps::NONE)
                .unwrap()
                .1,
        );
        orchestrator.settle();
        orchestrator.close(scope);
        finish(&mut orchestrator);
        orchestrator.retire();
    }
    let scope = orchestrator.open(root, Mode::Auto, SITE).unwrap();
    launch(&mut orchestrator, scope, count(&mut x), Deps::NONE).unwrap();
    let second = launch(&mut orchestrator, scope, count(&mut x), after(&old)).unwrap();
    assert!(second.0, "it is nothing special");
    let report = drain(&mut orchestrator);
    assert_eq!((report.edges.tracked, report.edges.explicit), (1, 0));
    assert_eq!(data[0], 18);
}

/// More tensors than are located once, and than code is written out for.
const MANY: usize = 20;

/// A kernel of so many tensors, all of which it updates.
static UPDATE_MANY: Kernel = Kernel {
    name: "update many",
    core: Core::Aiv,
    params: &[const { Param::update::<u64>("x") }; MANY],
    run: |args| {
        for _ in 0..MANY {
            let mut x = args.update::<u64>();
            x.set(0, 2 * x.get(0) + 1);
        }
    },
    file: file!(),
    line: line!(),
    check: None,
};

/// Each of many tensors is looked up and registered, whether or not there is anything in the map before.
#[test]
fn each_of_many_tensors_is_ordered() {
    for at in 0..MANY {
        for is_empty in [true, false] {
            let mut orchestrator = with_few(64, 64);
            let root = orchestrator.begin(Site::here("root"), false);
            let mut data = vec![0; MANY + 1];
            let mut all = handle(&mut data);
            // Opens the lane, and is in the map or is not.
            let mut rest = all.view_mut(MANY..).unwrap();
            // SAFETY: nobody else accesses it.
            let untracked = unsafe { count(&mut rest).untracked([0], [0]) };
            launch(&mut orchestrator, root, untracked, Deps::NONE).unwrap();
            if !is_empty {
                let mut one = all.view_mut(at..at + 1).unwrap();
                launch(&mut orchestrator, root, count(&mut one), Deps::NONE).unwrap();
            }
            let tensors = std::array::from_fn(|i| {
                UpdateArg::<u64>::into_arg(write(&mut all.view_mut(i..i + 1).unwrap()))
            });
            // SAFETY: the kernel takes so many tensors, to update them.
            let many = unsafe { Call::<MANY, 0>::fitting(&UPDATE_MANY, tensors, []) };
            let (in_lane, _) = launch(&mut orchestrator, root, many, Deps::NONE).unwrap();
            assert!(in_lane);
            let mut one = all.view_mut(at..at + 1).unwrap();
            launch(&mut orchestrator, root, count(&mut one), Deps::NONE).unwrap();
            let report = drain(&mut orchestrator);
            assert_eq!(report.edges.tracked, if is_empty { 1 } else { 2 });
            let before = u64::from(!is_empty);
            assert_eq!(data[at], 2 * before + 1 + 1, "{at}");
        }
    }
}
