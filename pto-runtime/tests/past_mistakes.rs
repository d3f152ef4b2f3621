//! What has gone wrong in ring-buffer runtimes before, each as a program that shows it.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{COPY, FILL, FOLD, STEP, mix};
use pto_runtime::{
    Core, Error, ErrorKind, Kernel, Runtime, RuntimeBuilder, Site, TaskBuilder, Tensor,
};

/// Runtimes that hand all tasks over, even the shortest: so they complete on other threads, or when the run waits.
fn runtime(workers: usize) -> RuntimeBuilder {
    common::runtime(workers).run_at_once(false)
}

/// Waits, but not for ever: a program that hangs is to fail instead.
fn spin_until(flag: &AtomicBool) -> bool {
    let start = Instant::now();
    while !flag.load(Ordering::Acquire) && start.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    flag.load(Ordering::Acquire)
}

/// The completer of a task walked a list that the next task in the slot had begun already. Here slots are reused at once,
/// by tasks whose producers complete on other threads.
#[test]
fn a_slot_reused_while_its_task_still_tells_its_consumers() -> Result<(), Error> {
    for workers in [2, 4, 8] {
        let mut rt = runtime(workers).window(4).build()?;
        let mut x = Tensor::<u64>::zeros([2]);
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            for i in 0..3000u64 {
                let inner = root.auto(Site::here("inner"))?;
                let (mut a, mut b) = (x.view_mut(..1)?, x.view_mut(1..)?);
                inner.task(&STEP).update(&mut a).scalar(i).submit()?;
                inner.task(&STEP).update(&mut b).scalar(i).submit()?;
                inner.task(&FOLD).read(&a).update(&mut b).submit()?;
            }
            Ok(())
        })?;
        let (mut a, mut b) = (0, 0);
        for i in 0..3000 {
            (a, b) = (mix(a, i), mix(b, i));
            b = mix(b, a);
        }
        assert_eq!(x.as_slice(), [a, b]);
    }
    Ok(())
}

/// A heap whose blocks were all returned stayed parked in its middle, where a large block fits on neither side.
#[test]
fn a_large_block_in_an_empty_heap_whose_end_is_near() -> Result<(), Error> {
    let mut rt = runtime(2).heap(4096).build()?;
    rt.run(|root| {
        for len in [300usize, 512, 100, 512, 511, 512] {
            let inner = root.auto(Site::here("inner"))?;
            inner
                .task(&FILL)
                .create::<u64>([len])
                .scalar(1u64)
                .submit()?;
        }
        Ok(())
    })?;
    assert_eq!(rt.last_report().rings[1].heap, 4096);
    Ok(())
}

/// Clearing away the accesses of a retired task took those of a later task in the same slot with them.
#[test]
fn accesses_of_a_later_task_in_the_slot_of_a_retired_one() -> Result<(), Error> {
    for workers in [1, 2, 4] {
        let mut rt = runtime(workers).window(4).build()?;
        let mut x = Tensor::<u64>::zeros([8]);
        let done = rt.run(|root| {
            let mut x = root.inout(&mut x);
            for i in 0..2000u64 {
                let inner = root.auto(Site::here("inner"))?;
                let part = (i % 5) as usize;
                let mut part = x.view_mut(part..part + 4)?;
                inner.task(&STEP).update(&mut part).scalar(i).submit()?;
            }
            Ok(())
        })?;
        let mut expected = [0; 8];
        for i in 0..2000 {
            let part = (i % 5) as usize;
            expected[part..part + 4]
                .iter_mut()
                .for_each(|x| *x = mix(*x, i));
        }
        assert_eq!(x.as_slice(), expected);
        assert_eq!(done.report.lookups, 2000);
    }
    Ok(())
}

/// A thread that could not reclaim left it to another, which did not hear of it. Here every submit needs a slot that
/// some worker has just made reclaimable.
#[test]
fn a_reclaim_that_nobody_does() -> Result<(), Error> {
    let mut rt = runtime(4)
        .window(4)
        .stall_limit(Duration::from_secs(60))
        .build()?;
    rt.run(|root| {
        for _ in 0..5000 {
            let inner = root.auto(Site::here("inner"))?;
            let x = inner
                .task(&FILL)
                .create::<u64>([8])
                .scalar(1u64)
                .submit()?
                .output::<u64>(0)?;
            let deeper = inner.auto(Site::here("deeper"))?;
            deeper.task(&COPY).read(&x).create::<u64>([8]).submit()?;
        }
        Ok(())
    })?;
    assert_eq!(rt.last_report().tasks, 10_000);
    Ok(())
}

/// A look-up returned at most sixteen producers, and dropped the edges to the others.
#[test]
fn a_reader_of_what_many_tasks_have_written() -> Result<(), Error> {
    for writers in [16usize, 17, 200] {
        let mut rt = runtime(1).window(256).record_graph(true).build()?;
        let [mut x, mut y] = [Tensor::<u64>::zeros([writers]), Tensor::zeros([writers])];
        let done = rt.run(|root| {
            let (mut x, mut y) = (root.inout(&mut x), root.inout(&mut y));
            for i in 0..writers {
                let mut tile = x.view_mut(i..i + 1)?;
                root.task(&FILL)
                    .write(&mut tile)
                    .scalar(i as u64)
                    .submit()?;
            }
            root.task(&COPY).read(&x).write(&mut y).submit()?;
            Ok(())
        })?;
        assert_eq!(done.report.edges.tracked, writers as u64);
        assert!(y.as_slice().iter().copied().eq(0..writers as u64));
    }
    Ok(())
}

/// Each new edge was compared with all edges of the task. Now a producer is known by its mark: a million names are nothing.
#[test]
fn one_producer_named_again_and_again() -> Result<(), Error> {
    // One worker, and nothing is run before the run waits, so that all edges are there.
    let rt = runtime(1).run_at_once(false);
    let mut rt = rt.window(1024).dep_pool(1024).build()?;
    let done = rt.run(|root| {
        let ids: Result<Vec<_>, Error> = (0..1000u64)
            .map(|i| Ok(root.task(&FILL).create::<u64>([1]).scalar(i).submit()?.id()))
            .collect();
        let ids = ids?;
        let names = (0..1_000_000).map(|i| ids[i % 1000]);
        let task = names.fold(root.task(&FILL), TaskBuilder::after);
        task.create::<u64>([1]).scalar(0u64).submit()?;
        Ok(())
    })?;
    assert_eq!(done.report.edges.explicit, 1000);
    Ok(())
}

/// A full dependency pool ended the run, though its entries become free by themselves.
#[test]
fn a_dependency_pool_that_is_full_for_a_while() -> Result<(), Error> {
    for workers in [1, 2, 4] {
        let mut rt = runtime(workers).dep_pool(4).build()?;
        let mut x = Tensor::<u64>::zeros([3]);
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            for i in 0..500u64 {
                let inner = root.auto(Site::here("inner"))?;
                for tile in 0..3 {
                    let mut tile = x.view_mut(tile..tile + 1)?;
                    inner.task(&STEP).update(&mut tile).scalar(i).submit()?;
                }
                inner.task(&STEP).update(&mut x).scalar(i).submit()?;
            }
            Ok(())
        })?;
        let expected = (0..500).fold(0, |x, i| mix(mix(x, i), i));
        assert_eq!(x.as_slice(), [expected; 3]);
        let used = rt.last_report().rings[1].deps;
        // Other threads may be so fast that there is little to wait for.
        assert!(used == 4 || (used < 4 && workers > 1), "{used} of 4");
    }
    Ok(())
}

static KEPT_RUNS: AtomicBool = AtomicBool::new(false);
static KEEPER_RAN: AtomicBool = AtomicBool::new(false);

static KEPT: Kernel = Kernel {
    name: "kept",
    core: Core::Aiv,
    params: &[],
    run: |_| {
        KEPT_RUNS.store(true, Ordering::Release);
        assert!(spin_until(&KEEPER_RAN), "its keeper waits for it");
    },
    file: file!(),
    line: line!(),
    check: None,
};

static KEEPER: Kernel = Kernel {
    name: "keeper",
    run: |_| KEEPER_RAN.store(true, Ordering::Release),
    line: line!(),
    ..KEPT
};

/// Keeping and waiting were one thing, so that whoever kept a task's storage waited for the task.
#[test]
fn keeping_a_task_without_waiting_for_it() -> Result<(), Error> {
    let mut rt = runtime(2).build()?;
    rt.run(|root| {
        let kept = root.task(&KEPT).submit()?.id();
        // A worker runs it, so that this thread is free for the keeper.
        assert!(spin_until(&KEPT_RUNS));
        root.task(&KEEPER).keep(kept).submit()?;
        Ok(())
    })?;
    assert_eq!(rt.last_report().edges.lifetime, 1);
    Ok(())
}

static PUBLISHED: AtomicBool = AtomicBool::new(false);

static PUBLISH: Kernel = Kernel {
    name: "publish",
    run: |_| PUBLISHED.store(true, Ordering::Release),
    line: line!(),
    ..KEPT
};

/// Tasks of MANUAL scopes were handed to the workers when the scope closed, which a full ring kept from happening.
#[test]
fn tasks_of_a_manual_scope_run_before_it_closes() -> Result<(), Error> {
    let mut rt = runtime(2).build()?;
    rt.run(|root| {
        // SAFETY: its task accesses nothing.
        let scope = unsafe { root.manual(Site::here("open"))? };
        // SAFETY: as above.
        unsafe { scope.task(&PUBLISH).submit()? };
        assert!(spin_until(&PUBLISHED));
        Ok(())
    })
    .map(drop)
}

/// A scope that filled its window hung until a clock ran out. What fits runs; one more is an error at once.
#[test]
fn a_scope_exactly_as_large_as_its_window() {
    let run = |tasks: usize| {
        let mut rt = Runtime::builder()
            .workers(2)
            .window(64)
            .heap(1 << 16)
            .build()?;
        rt.run(|root| {
            // SAFETY: its tasks use nothing but what they create.
            let scope = unsafe { root.manual(Site::here("tile"))? };
            for _ in 0..tasks {
                // SAFETY: as above.
                unsafe { scope.task(&FILL).create::<u64>([1]).scalar(1u64).submit()? };
            }
            Ok(())
        })
    };
    assert!(run(63).is_ok());
    assert_eq!(run(64).unwrap_err().kind(), ErrorKind::ScopeDeadlock);
}
