//! Rings that are too small, and waits for room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pto_runtime::{AutoScope, Core, Error, Kernel, Param, Site, Tensor};

use crate::common::{FILL, STEP, mix, runtime};
use crate::{assert_says, failing, fill};

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
    let mut rt = runtime(2).window(4).run_at_once(false).build().unwrap();
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
    let mut rt = runtime(2).window(4).run_at_once(false).build().unwrap();
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
    // What is run at once is over, and there are no edges to it.
    let builder = runtime(2).window(256).dep_pool(4).run_at_once(false);
    let mut rt = builder.build().unwrap();
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

/// However many of them are complete when it is submitted.
#[test]
fn more_edges_than_the_pool_has_where_tasks_are_run_at_once() {
    for workers in 1..=3 {
        let mut x = Tensor::<u64>::zeros([128]);
        let mut rt = runtime(workers).window(256).dep_pool(4).build().unwrap();
        for round in 1..=20 {
            rt.run(|root| {
                let mut x = root.inout(&mut x);
                // Their producers are of another ring, and so long that most are queued for others, if there are others.
                for i in 0..128 {
                    let mut part = x.view_mut(i..i + 1)?;
                    root.task(&NAP).update(&mut part).submit()?;
                }
                let inner = root.auto(Site::here("inner"))?;
                inner.task(&STEP).update(&mut x).scalar(1u64).submit()?;
                Ok(())
            })
            .unwrap();
            let napped = x.as_slice().iter().all(|&x| x == x_after(round));
            assert!(napped, "{:?}", x.as_slice());
        }
    }
}

static NAP: Kernel = Kernel {
    name: "nap",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x")],
    run: |args| {
        let mut x = args.update::<u64>();
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(3) {
            std::hint::spin_loop();
        }
        x.set(0, x.get(0) + 1);
    },
    file: file!(),
    line: line!(),
    check: None,
};

/// An element after so many rounds of a nap and a step.
fn x_after(rounds: u64) -> u64 {
    (0..rounds).fold(0, |x, _| mix(x + 1, 1))
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
