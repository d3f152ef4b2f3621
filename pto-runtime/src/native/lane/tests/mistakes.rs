//! Mistakes of programs, and kernels that fail.

use super::*;

/// What the lane cannot see to be right is left to those who find out, and say what is wrong.
#[test]
fn mistakes_are_found_as_without_the_lane() {
    let mut orchestrator = orchestrator(64);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![0; 8];
    let mut x = handle(&mut data);
    let (_, first) = launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    let mut after = |orchestrator: &mut Orchestrator, id| {
        let deps = Deps {
            explicit: &[id],
            ..Deps::NONE
        };
        launch(orchestrator, root, count(&mut x), deps)
    };
    assert!(after(&mut orchestrator, first).unwrap().0);
    assert!(after(&mut orchestrator, TaskId::NONE).unwrap().0);
    // A task of another run, and one of no ring.
    for stranger in [
        TaskId::over(0, 1000),
        TaskId::new(0, 1000),
        TaskId::new(7, 0),
    ] {
        let error = after(&mut orchestrator, stranger).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    // Arguments that alias, some that only may, and a tensor that is created.
    let mut x = handle(&mut data);
    launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    let whole = part(&x, 0..8);
    let error = launch(&mut orchestrator, root, add(whole, &mut x), Deps::NONE).unwrap_err();
    assert!(error.message().contains("alias"), "{error}");
    launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    let apart = part(&x, 0..4);
    let mut rest = x.view_mut(4..8).unwrap();
    assert!(
        launch(&mut orchestrator, root, add(apart, &mut rest), Deps::NONE)
            .unwrap()
            .0
    );
    // Tensors for which there is no room, now or ever.
    for (shape, kind) in [
        (Shape::from(1 << 28), ErrorKind::HeapDeadlock),
        (Shape::from([1; 9]), ErrorKind::InvalidArgument),
    ] {
        let shape = OutArg::<u64>::into_arg(create(shape));
        // SAFETY: the kernel takes a tensor of that type, to write it.
        let call = unsafe { Call::<1, 0>::fitting(&FILL, [shape], []) };
        let error = launch(&mut orchestrator, root, call, Deps::NONE).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        launch(&mut orchestrator, root, count(&mut x), Deps::NONE).unwrap();
    }
    drain(&mut orchestrator);
}

static MANY: Kernel = Kernel {
    name: "many",
    params: &[
        Param::read::<u64>("x"),
        Param::read::<u64>("x"),
        Param::read::<u64>("x"),
        Param::update::<u64>("y"),
        Param::read::<u64>("x"),
        Param::read::<u64>("x"),
        Param::read::<u64>("x"),
        Param::read::<u64>("x"),
        Param::read::<u64>("x"),
        Param::update::<u64>("z"),
    ],
    run: |_| {},
    ..COUNT
};

/// Of many tensors those are found that alias one that is written, wherever they stand, and no others.
#[test]
fn one_of_many_arguments_that_aliases() {
    for at_once in [true, false] {
        let mut orchestrator = orchestrator(256);
        let root = orchestrator.begin(Site::here("root"), false);
        orchestrator.here = Here::without_clock(at_once, 0);
        let mut data = vec![0; 64];
        let mut all = handle(&mut data);
        for aliased in 0..10 {
            for written in [3, 9] {
                let mut args: [TensorArg<'_>; 10] =
                    std::array::from_fn(|at| part(&all, at * 4..at * 4 + 4));
                for at in [3, 9] {
                    let mut tensor = all.view_mut(at * 4..at * 4 + 4).unwrap();
                    args[at] = UpdateArg::into_arg(write(&mut tensor));
                }
                let is_mistake = aliased != 3 && aliased != 9;
                if is_mistake {
                    // The last element of one that is written, and what follows.
                    args[aliased] = part(&all, written * 4 + 3..written * 4 + 5);
                }
                // SAFETY: the kernel takes ten tensors, and updates the fourth and the last.
                let call = unsafe { Call::<10, 0>::fitting(&MANY, args, []) };
                match launch(&mut orchestrator, root, call, Deps::NONE) {
                    Ok(_) => assert!(!is_mistake, "{aliased} and {written}"),
                    Err(error) => {
                        let (first, second) = (aliased.min(written), aliased.max(written));
                        let names = format!("tensors {first} and {second} of the call overlap");
                        assert!(is_mistake && error.message().contains(&names), "{error}");
                    }
                }
            }
        }
        drain(&mut orchestrator);
    }
}

/// A kernel that fails ends the run; those after it are skipped.
#[test]
fn a_failure_ends_the_lane() {
    let mut orchestrator = orchestrator(256);
    let root = orchestrator.begin(Site::here("root"), false);
    let mut data = vec![90; 4];
    let mut x = handle(&mut data);
    let mut launched = 0;
    let error = loop {
        match launch(&mut orchestrator, root, count(&mut x), Deps::NONE) {
            Ok(_) => launched += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((launched, error.kind()), (10, ErrorKind::KernelPanic));
    drain(&mut orchestrator);
    let failure = orchestrator.shared.take_failure().unwrap();
    assert!(
        failure.message().contains("the hundredth fails"),
        "{failure}"
    );
    assert_eq!(data[0], 99);
}
