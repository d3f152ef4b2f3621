//! Every code that a run can end with: what the message says, that the runtime goes on, and that nothing is left of it once it
//! is dropped, neither memory nor threads.

mod common;
#[path = "stress/memory.rs"]
mod memory;

use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{FILL, FOLD, PANIC, STEP, mix, runtime};
use memory::live_bytes;
use pto_runtime::{
    AutoScope, Call, Core, Deps, Error, HostAccess, Kernel, Param, Root, Runtime, RuntimeBuilder,
    Site, TaskId, Tensor, create, fatal,
};

/// A way to fail.
struct Scene {
    code: u32,
    name: &'static str,
    builder: fn() -> RuntimeBuilder,
    run: fn(&Root<'_>) -> Result<(), Error>,
    /// What the message says: of a ring its number, the depth of the scope, how full it is, the task that holds it up with
    /// its line, and whether that is for ever.
    message: &'static [&'static str],
    help: &'static [&'static str],
}

const LINE: &str = "nothing_left.rs:";

static SCENES: [Scene; 15] = [
    Scene {
        code: 1,
        name: "SCOPE_DEADLOCK",
        builder: || small(2).window(4),
        run: |root| {
            let inner = root.auto(Site::here("inner"))?;
            (0..8).try_for_each(|_| make(&inner, 1))
        },
        message: &[
            "ring 1 (scope depth 1): 3 of 3 task slots in use, 1 needed; this is a deadlock: the oldest task, r1:0 'FILL' at ",
            LINE,
            "cannot retire before its scope 'inner' at ",
        ],
        help: &[
            "`.window(..)`",
            "of ring 1",
            "PTO_RING_WINDOW",
            "split the scope 'inner'",
        ],
    },
    Scene {
        code: 2,
        name: "HEAP_RING_DEADLOCK",
        builder: || small(2).heap(1024),
        run: |root| {
            let inner = root.auto(Site::here("inner"))?;
            (0..8).try_for_each(|_| make(&inner, 32))
        },
        message: &[
            "ring 1 (scope depth 1): 1024 of 1024 heap bytes in use, 256 needed; this is a deadlock: the oldest task, r1:0 'FILL' at ",
            LINE,
        ],
        help: &[
            "`.heap(..)`",
            "of ring 1",
            "PTO_RING_HEAP",
            "split the scope",
        ],
    },
    Scene {
        code: 2,
        name: "HEAP_RING_DEADLOCK",
        builder: || small(2).heap(1024),
        run: |root| make(root, 4096),
        message: &[
            "ring 0 (scope depth 0): 0 of 1024 heap bytes in use, 32768 needed, more than there are",
        ],
        help: &["`.heap(..)`", "of ring 0", "PTO_RING_HEAP"],
    },
    Scene {
        code: 3,
        name: "FLOW_CONTROL_DEADLOCK",
        builder: || small(2).window(4),
        run: |root| nest(root, 8),
        message: &[
            "ring 3 (scope depth 4): 3 of 3 task slots in use, 1 needed; this is a deadlock: the oldest task, r3:0 'FILL' at ",
            LINE,
        ],
        help: &["`.window(..)`", "of ring 3", "PTO_RING_WINDOW"],
    },
    Scene {
        code: 4,
        name: "DEP_POOL_OVERFLOW",
        // What is run at once is over, and there are no edges to it.
        builder: || small(2).window(256).dep_pool(4).run_at_once(false),
        run: |root| {
            let mut x = root.alloc::<u64>([128], Site::here("x"))?;
            for i in 0..128 {
                let mut part = x.view_mut(i..i + 1)?;
                root.task(&FILL).write(&mut part).scalar(1_u64).submit()?;
            }
            root.task(&STEP)
                .update(&mut x)
                .scalar(1_u64)
                .submit()
                .map(drop)
        },
        message: &[
            "ring 0 (scope depth 0): ",
            " of 4 dependency pool entries in use, 128 needed, more than there are",
        ],
        help: &["`.dep_pool(..)`", "of ring 0", "PTO_RING_DEP_POOL"],
    },
    Scene {
        code: 5,
        name: "INVALID_ARGS",
        builder: || small(2),
        run: |root| {
            let task = root.task(&FILL).create::<u64>([1]).scalar(0_u64);
            task.after(TaskId::new(2, 7)).submit().map(drop)
        },
        message: &["a dependency on r2:7, which no task of this run is"],
        help: &["submitted before"],
    },
    Scene {
        code: 7,
        name: "REQUIRE_SYNC_START_INVALID",
        builder: || small(2),
        run: |root| {
            let task = root.task(&common::INDEX).create::<f32>([1000]).blocks(1000);
            task.sync_start().submit().map(drop)
        },
        message: &[
            "1000 blocks of",
            "need 1000 threads at the same time, and the runtime has 2",
        ],
        help: &["`.workers(1000)`", "PTO_WORKERS=1000"],
    },
    Scene {
        code: 8,
        name: "TENSOR_WAIT_TIMEOUT",
        builder: || {
            small(2)
                .run_at_once(false)
                .wait_limit(Duration::from_millis(5))
        },
        run: |root| {
            let mut x = root.alloc::<u64>([1], Site::here("x"))?;
            let release = Release::new();
            root.task(&HELD).update(&mut x).submit()?;
            release.await_start();
            let access = HostAccess::get(&x, 0)?;
            root.access(access, Site::here("get"), Deps::NONE).map(drop)
        },
        message: &[
            "waited for task r0:1 'HELD' at ",
            LINE,
            "no task was completed for 5ms",
        ],
        help: &["`.wait_limit(..)`", "PTO_WAIT_LIMIT_MS"],
    },
    Scene {
        code: 9,
        name: "EXPLICIT_ORCH_FATAL",
        builder: || small(2),
        run: |root| {
            let inner = root.auto(Site::here("inner"))?;
            make(&inner, 4)?;
            Err(fatal(format_args!("no route")))
        },
        message: &["no route"],
        help: &[],
    },
    Scene {
        code: 100,
        name: "SCHEDULER_TIMEOUT",
        builder: || {
            small(2)
                .window(4)
                .run_at_once(false)
                .stall_limit(Duration::from_millis(5))
        },
        run: |root| {
            let mut x = root.alloc::<u64>([1], Site::here("x"))?;
            let release = Release::new();
            let inner = root.auto(Site::here("inner"))?;
            inner.task(&HELD).update(&mut x).submit()?;
            drop(inner);
            release.await_start();
            let second = root.auto(Site::here("second"))?;
            (0..3).try_for_each(|_| make(&second, 1))
        },
        message: &[
            "ring 1 (scope depth 1): 3 of 3 task slots in use, 1 needed; no progress for 5ms, though this is no deadlock: the oldest task, r1:0 'HELD' at ",
            LINE,
            "retires as soon as r1:0 'HELD' at ",
        ],
        help: &["`.stall_limit(..)`", "PTO_STALL_LIMIT_MS"],
    },
    Scene {
        code: 200,
        name: "KERNEL_PANIC",
        builder: || small(2),
        run: |root| {
            let mut x = root.alloc_filled([4], 7_u64, Site::here("x"))?;
            root.task(&PANIC).update(&mut x).submit()?;
            (0..20)
                .try_for_each(|i: u64| root.task(&STEP).update(&mut x).scalar(i).submit().map(drop))
        },
        message: &["kernel 'PANIC' panicked: no luck with 7"],
        help: &["the kernel is defined at"],
    },
    Scene {
        code: 200,
        name: "KERNEL_PANIC",
        builder: || small(3),
        run: |root| {
            let mut x = root.alloc_filled([4], 7_u64, Site::here("x"))?;
            let panics = root.task(&PANICS).update(&mut x).blocks(4);
            panics.submit()?;
            let later = root.task(&PANICS).update(&mut x).blocks(3).sync_start();
            later.submit().map(drop)
        },
        message: &["kernel 'PANICS' panicked in block 2 of 4: a block"],
        help: &["the kernel is defined at"],
    },
    Scene {
        code: 201,
        name: "ARGUMENT_ARENA_DEADLOCK",
        builder: || small(1).window(4),
        run: |root| {
            let x = root.alloc::<u64>([1; 5], Site::here("x"))?;
            let task = (0..400).fold(root.task(&WIDE), |task, _| task.read(&x));
            task.submit().map(drop)
        },
        message: &[
            "ring 0 (scope depth 0): 0 of 16384 argument bytes in use, ",
            "more than there are",
        ],
        help: &["`.window(..)`", "of ring 0", "PTO_RING_WINDOW"],
    },
    Scene {
        code: 210,
        name: "RACE",
        builder: || small(2).verify(true),
        run: |root| {
            let mut x = root.alloc_filled([4], 7_u64, Site::here("x"))?;
            // SAFETY: it breaks the contract, and the run is verified, which draws the edge that is missing.
            unsafe {
                let manual = root.manual(Site::here("manual"))?;
                manual.task(&STEP).update(&mut x).scalar(1_u64).submit()?;
                manual.task(&STEP).update(&mut x).scalar(2_u64).submit()?;
            }
            Ok(())
        },
        message: &["'STEP' at ", LINE],
        help: &[],
    },
    Scene {
        code: 211,
        name: "USE_AFTER_FREE",
        builder: || small(2).verify(true),
        run: |root| {
            let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
            let spec = create::<u64>([8]);
            let mut call = Call::alloc_filled([pto_runtime::OutArg::into_arg(spec)], 1_u64);
            // SAFETY: as above.
            unsafe {
                let manual = root.manual(Site::here("manual"))?;
                let scratch = manual.launch(&mut call, Site::here("scratch"), Deps::NONE)?;
                let scratch = scratch.output(&call, 0, spec);
                manual
                    .task(&FOLD)
                    .read(&scratch)
                    .update(&mut sum)
                    .submit()?;
            }
            Ok(())
        },
        message: &[
            "can be recycled while 'FOLD' uses it: its owner 'scratch' at ",
            LINE,
        ],
        help: &[],
    },
];

fn small(workers: usize) -> RuntimeBuilder {
    runtime(workers).verify(false)
}

fn make(scope: &AutoScope<'_>, len: usize) -> Result<(), Error> {
    let task = scope.task(&FILL).create::<u64>([len]).scalar(1_u64);
    task.submit().map(drop)
}

fn nest(scope: &AutoScope<'_>, depth: usize) -> Result<(), Error> {
    (0..3).try_for_each(|_| make(scope, 1))?;
    match depth {
        0 => Ok(()),
        _ => nest(&scope.auto(Site::here("deeper"))?, depth - 1),
    }
}

static STARTED: AtomicBool = AtomicBool::new(false);
static GO_ON: AtomicBool = AtomicBool::new(false);

/// Lets the kernel `HELD` end when dropped.
struct Release;

impl Release {
    fn new() -> Self {
        STARTED.store(false, Ordering::Release);
        GO_ON.store(false, Ordering::Release);
        Release
    }

    /// Returns when a worker has it, so that this thread does not run it while it waits.
    fn await_start(&self) {
        spin_until(&STARTED);
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        GO_ON.store(true, Ordering::Release);
    }
}

/// Waits, but not for ever.
fn spin_until(flag: &AtomicBool) {
    let start = Instant::now();
    while !flag.load(Ordering::Acquire) && start.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
}

static HELD: Kernel = Kernel {
    name: "HELD",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x")],
    run: |_| {
        STARTED.store(true, Ordering::Release);
        spin_until(&GO_ON);
    },
    file: file!(),
    line: line!(),
    check: None,
};

static PANICS: Kernel = Kernel {
    name: "PANICS",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x"), Param::block("block")],
    run: |args| {
        let block = args.block();
        assert!(block.index() != 2, "a block");
    },
    file: file!(),
    line: line!(),
    check: None,
};

static WIDE: Kernel = Kernel {
    name: "WIDE",
    core: Core::Aiv,
    params: &[Param::read::<u64>("x"); 400],
    run: |_| {},
    file: file!(),
    line: line!(),
    check: None,
};

/// Threads that have run `SEEN` and have not ended.
static THREADS: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        THREADS.fetch_sub(1, Ordering::SeqCst);
    }
}

thread_local! {
    static COUNTED: Counted = {
        THREADS.fetch_add(1, Ordering::SeqCst);
        Counted
    };
}

static SEEN: Kernel = Kernel {
    name: "SEEN",
    core: Core::Aiv,
    params: &[Param::block("block")],
    run: |_| COUNTED.with(|_| {}),
    file: file!(),
    line: line!(),
    check: None,
};

/// Has all threads of a runtime run something.
fn good_run(rt: &mut Runtime) {
    let mut x = Tensor::<u64>::zeros([4]);
    let workers = rt.workers();
    rt.run(|root| {
        root.task(&SEEN).blocks(workers).sync_start().submit()?;
        let mut x = root.inout(&mut x);
        for i in 0..20_u64 {
            let inner = root.auto(Site::here("inner"))?;
            inner.task(&STEP).update(&mut x).scalar(i).submit()?;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(x.as_slice(), [(0..20).fold(0, mix); 4]);
}

/// The errors of a runtime that fails twice, works, and is dropped.
fn play(scene: &Scene) -> [Error; 2] {
    let mut rt = (scene.builder)().build().unwrap();
    let errors = [0, 1].map(|_| {
        let error = rt.run(|root| (scene.run)(root)).map(drop).unwrap_err();
        good_run(&mut rt);
        error
    });
    let workers = rt.workers();
    assert!(THREADS.load(Ordering::SeqCst) >= workers);
    errors
}

#[test]
fn of_runs_that_fail() {
    // What kernels panic with is not written to the output, which the harness keeps.
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        if !["no luck with 7", "a block"].contains(&text) {
            usual(panic);
        }
    }));
    // What is made once is there afterwards.
    SCENES.iter().for_each(|scene| drop(play(scene)));
    for scene in &SCENES {
        let errors = play(scene);
        let before = (live_bytes(), THREADS.load(Ordering::SeqCst));
        (0..3).for_each(|_| drop(play(scene)));
        let after = (live_bytes(), THREADS.load(Ordering::SeqCst));
        assert_eq!(before, after, "bytes and threads, {}", scene.name);
        // This thread is one of the runtime's.
        assert_eq!(after.1, 1, "{}", scene.name);
        for error in errors {
            assert_eq!(
                (error.code(), error.name()),
                (scene.code, scene.name),
                "{error}"
            );
            assert!(
                error.location().is_some_and(
                    |at| LINE.starts_with(at.file().rsplit(['/', '\\']).next().unwrap())
                ),
                "{error}"
            );
            for part in scene.message {
                assert!(error.message().contains(part), "no {part:?} in {error}");
            }
            for part in scene.help {
                assert!(
                    error.help().is_some_and(|help| help.contains(part)),
                    "no {part:?} in {error}"
                );
            }
        }
    }
}
