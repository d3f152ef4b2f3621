//! Small orchestrations, each of which builds a runtime, runs, and looks at what came out.
#![allow(unreachable_pub, reason = "kernels are declared by a macro")]

use std::panic::resume_unwind;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use pto_runtime::spread::Again;
use pto_runtime::{
    AutoScope, Backend, Core, Deps, Error, ErrorKind, HostAccess, Kernel, KernelArgs, Param,
    Runtime, Site, Tensor, TensorMut,
};

use shuttle::rand::RngCore;

use crate::calls;
use crate::common::{COPY, FILL, FOLD, STEP, STEP_COLUMNS, STEP_ROWS, mix, tiny_of};
use crate::model::{self, SIDE};
use crate::submit::{Room, submit};

kernel!(BOMB, Aiv, [Param::update::<u64>("x")], |_args| {
    // Not by a panic that would be reported as one of the test.
    resume_unwind(Box::new("as it is meant to"));
});

// Changes its part, then folds the whole into each element of its part of another tensor.
kernel!(
    MEET,
    Aiv,
    [
        Param::update::<u64>("x"),
        Param::update::<u64>("y"),
        Param::block("block"),
        Param::scalar::<u64>("salt")
    ],
    |args| {
        let (mut x, mut y) = (args.update::<u64>(), args.update::<u64>());
        let (block, salt) = (args.block(), args.scalar::<u64>());
        let changed: Vec<u64> = x.to_vec().into_iter().map(|x| mix(x, salt)).collect();
        x.copy_from_slice(&changed);
        let all = block.exchange(x).to_vec();
        (0..y.len()).for_each(|i| y.set(i, all.iter().copied().fold(y.get(i), mix)));
    }
);

kernel!(
    BOMB_IN_BLOCK,
    Aiv,
    [Param::update::<u64>("x"), Param::block("block")],
    |args| {
        let (x, block) = (args.update::<u64>(), args.block());
        if block.index() == 0 {
            resume_unwind(Box::new("as it is meant to"));
        }
        block.exchange(x);
    }
);

fn rings(workers: usize, window: usize) -> Runtime {
    let builder = Runtime::builder().workers(workers).window(window);
    let builder = builder.heap(4096).dep_pool(4 * window);
    builder.run_at_once(at_once()).build().unwrap()
}

/// What the submitting thread runs at once no other thread hears of: mostly nothing.
fn at_once() -> bool {
    shuttle::rand::thread_rng().next_u64().is_multiple_of(4)
}

fn step(scope: &AutoScope<'_>, x: &mut TensorMut<'_, u64>, salt: u64) -> Result<(), Error> {
    scope.task(&STEP).update(x).scalar(salt).submit().map(drop)
}

pub(crate) fn a_diamond() {
    let mut sum = Tensor::<u64>::zeros([1]);
    rings(3, 16)
        .run(|root| {
            let mut sum = root.inout(&mut sum);
            let top = root.task(&FILL).create::<u64>([2]).scalar(7u64).submit()?;
            let top = top.output::<u64>(0)?;
            for salt in [1, 2] {
                let side = root.task(&COPY).read(&top).create::<u64>([2]).submit()?;
                let mut side = side.output::<u64>(0)?;
                step(root, &mut side, salt)?;
                root.task(&FOLD).read(&side).update(&mut sum).submit()?;
            }
            Ok(())
        })
        .unwrap();
    let folded = [1, 2].into_iter().fold(0, |sum, salt| {
        let side = mix(7, salt);
        mix(mix(sum, side), side)
    });
    assert_eq!(sum.as_slice(), [folded]);
}

pub(crate) fn a_chain_in_which_slots_and_memory_are_reused() {
    let mut x = Tensor::<u64>::zeros([2]);
    let done = rings(3, 4).run(|root| {
        let mut x = root.inout(&mut x);
        for salt in 0..6 {
            let inner = root.auto(Site::here("inner"))?;
            // Two of them do not fit into the heap.
            let copy = inner.task(&COPY).read(&x).create::<u64>([2]).submit()?;
            let scratch = inner.alloc::<u64>([300], Site::here("scratch"))?;
            assert_eq!(scratch.len(), 300);
            let mut copy = copy.output::<u64>(0)?;
            step(&inner, &mut copy, salt)?;
            let inmost = inner.auto(Site::here("inmost"))?;
            inmost.task(&COPY).read(&copy).write(&mut x).submit()?;
        }
        Ok(())
    });
    assert_eq!(done.unwrap().report.tasks, 24);
    assert_eq!(x.as_slice(), [(0..6).fold(0, mix); 2]);
}

/// One iteration: its tasks, in a scope of their own.
fn iterate<B: Backend>(
    scope: &AutoScope<'_, B>,
    x: &TensorMut<'_, u64>,
    at: usize,
) -> Result<(), Error> {
    let inner = scope.auto(Site::here("inner"))?;
    // SAFETY: iterations access elements of their own.
    let mut x = unsafe { x.again() }.view_mut(at..at + 1)?;
    let copy = inner.task(&COPY).read(&x).create::<u64>([1]).submit()?;
    let mut copy = copy.output::<u64>(0)?;
    let stepped = inner.task(&STEP).update(&mut copy).scalar(at as u64);
    stepped.submit()?;
    inner.task(&FOLD).read(&copy).update(&mut x).submit()?;
    Ok(())
}

pub(crate) fn iterations_of_loops() {
    const COUNT: usize = 24;
    let mut x = Tensor::<u64>::zeros([COUNT]);
    let runtime = Runtime::builder().workers(3).window(16).heap(4096);
    let mut runtime = runtime.dep_pool(64).build().unwrap();
    for _ in 0..2 {
        let done = runtime.run(|root| {
            let mut x = root.inout(&mut x);
            for salt in 0..2 {
                // It is in the way, or over, when the loop begins.
                step(root, &mut x, salt)?;
                let x = &x;
                // SAFETY: iterations access elements of their own; all that the closure refers to is read.
                let done = unsafe {
                    root.spread(COUNT, true, &Site::here("loop"), |scope, part| {
                        part.into_iter().try_for_each(|at| iterate(scope, x, at))
                    })?
                };
                (done..COUNT).try_for_each(|at| iterate(root, x, at))?;
            }
            Ok(())
        });
        assert_eq!(done.unwrap().report.tasks, 2 * (1 + 3 * COUNT as u64));
    }
    let expected: Vec<u64> = (0..COUNT as u64)
        .map(|at| {
            (0..4).fold(0, |x, round| {
                let x = mix(x, round % 2);
                mix(x, mix(x, at))
            })
        })
        .collect();
    assert_eq!(x.as_slice(), expected);
}

pub(crate) fn more_ready_tasks_than_threads() {
    let mut x = Tensor::<u64>::zeros([8]);
    rings(3, 16)
        .run(|root| {
            let mut x = root.inout(&mut x);
            for i in 0..8 {
                step(root, &mut x.view_mut(i..i + 1)?, i as u64)?;
            }
            step(root, &mut x, 9)
        })
        .unwrap();
    let wanted: Vec<u64> = (0..8).map(|i| mix(mix(0, i), 9)).collect();
    assert_eq!(x.as_slice(), wanted);
}

pub(crate) fn elements_on_the_host() {
    let mut x = Tensor::<u64>::zeros([2]);
    rings(2, 8)
        .run(|root| {
            let mut x = root.inout(&mut x);
            for salt in 0..3 {
                let inner = root.auto(Site::here("inner"))?;
                step(&inner, &mut x, salt)?;
                let get = HostAccess::get(&x, 0)?;
                let first = inner.access(get, Site::here("get"), Deps::NONE)?;
                let set = HostAccess::set(&mut x, 1, first ^ salt)?;
                inner.access(set, Site::here("set"), Deps::NONE)?;
            }
            Ok(())
        })
        .unwrap();
    let first = (0..3).fold(0, mix);
    assert_eq!(x.as_slice(), [first, first ^ 2]);
}

pub(crate) fn teams_and_cohorts() {
    let (mut x, mut y) = (Tensor::<u64>::zeros([4, 2]), Tensor::<u64>::zeros([3]));
    rings(3, 8)
        .run(|root| {
            let (mut x, mut y) = (root.inout(&mut x), root.inout(&mut y));
            let rows = root.task(&STEP_ROWS).update(&mut x).scalar(1u64);
            rows.blocks(4).submit()?;
            let meet = root.task(&MEET).update(&mut x).update(&mut y);
            meet.scalar(2u64).blocks(3).sync_start().submit()?;
            let columns = root.task(&STEP_COLUMNS).update(&mut x).scalar(3u64);
            let mixed = columns.with_kernel(&STEP_ROWS).update(&mut y).scalar(4u64);
            mixed.blocks(2).submit()?;
            Ok(())
        })
        .unwrap();
    let met = mix(mix(0, 1), 2);
    assert_eq!(x.as_slice(), [mix(met, 3); 8]);
    assert_eq!(y.as_slice(), [mix([met; 8].into_iter().fold(0, mix), 4); 3]);
}

pub(crate) fn cores_that_are_fewer_than_threads() {
    let mut x = Tensor::<u64>::zeros([4, 2]);
    tiny_of(3, 1)
        .run_at_once(at_once())
        .build()
        .unwrap()
        .run(|root| {
            let mut x = root.inout(&mut x);
            for row in 0..4 {
                step(root, &mut x.view_mut(row..row + 1)?, row as u64)?;
            }
            let rows = root.task(&STEP_ROWS).update(&mut x).scalar(5u64);
            rows.blocks(2).sync_start().submit()?;
            step(root, &mut x.view_mut(..2)?, 6)
        })
        .unwrap();
    let row = |row: u64| mix(mix(0, row), 5);
    let rows = [mix(row(0), 6), mix(row(1), 6), row(2), row(3)];
    assert_eq!(x.as_slice(), rows.map(|row| [row; 2]).concat());
}

/// Runs `bomb` between tasks, then the same tasks without it.
fn fails(bomb: impl Fn(&AutoScope<'_>, &mut TensorMut<'_, u64>) -> Result<(), Error>) {
    let mut runtime = rings(2, 8);
    for with_bomb in [true, false] {
        let mut x = Tensor::<u64>::zeros([4]);
        let done = runtime.run(|root| {
            let mut x = root.inout(&mut x);
            for salt in 0..3 {
                let inner = root.auto(Site::here("inner"))?;
                step(&inner, &mut x, salt)?;
                if with_bomb && salt == 1 {
                    bomb(&inner, &mut x)?;
                }
            }
            Ok(())
        });
        match with_bomb {
            true => assert_eq!(done.unwrap_err().kind(), ErrorKind::KernelPanic),
            false => {
                done.unwrap();
                assert_eq!(x.as_slice(), [(0..3).fold(0, mix); 4]);
            }
        }
    }
}

pub(crate) fn a_kernel_that_panics() {
    fails(|scope, x| scope.task(&BOMB).update(x).submit().map(drop));
}

pub(crate) fn a_block_that_panics_while_others_wait() {
    fails(|scope, x| {
        let bomb = scope.task(&BOMB_IN_BLOCK).update(x).blocks(2);
        bomb.sync_start().submit().map(drop)
    });
}

/// Another one each time: that, too, is chosen by what orders the threads.
fn any<T>(of: impl Strategy<Value = T>) -> T {
    let number = shuttle::rand::thread_rng().next_u64();
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::default(), &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    of.new_tree(&mut runner).unwrap().current()
}

pub(crate) fn random_programs() {
    let ops = any(prop::collection::vec(model::op(), 1..8));
    let mut expected = model::start();
    model::run_in_order(&ops, &mut expected);
    let (workers, clusters) = [(2, 1), (2, 2), (3, 3)][any(0..3_usize)];
    let mut tensors = model::start().map(|data| Tensor::from_vec([SIDE, SIDE], data).unwrap());
    let builder = tiny_of(workers, clusters).run_at_once(at_once());
    let done = builder.build().unwrap().run(|root| {
        let mut tensors = tensors.iter_mut();
        let mut buffers = std::array::from_fn(|_| root.inout(tensors.next().unwrap()));
        for op in ops.chunks(1) {
            let scope = root.auto(Site::here("op"))?;
            submit(&scope, op, &mut buffers, Room { workers, clusters })?;
        }
        Ok(())
    });
    done.unwrap();
    assert_eq!(tensors.map(Tensor::into_vec), expected, "{ops:?}");
}

/// Half of them with tasks that are run at once, of which the others depend.
pub(crate) fn random_calls() {
    let program = any(calls::program());
    let runtime = Runtime::builder().workers(any(2..4_usize)).window(16);
    let runtime = runtime
        .heap(4096)
        .dep_pool(32)
        .run_at_once(any(prop::bool::ANY));
    let mut cells = Tensor::<u64>::zeros([calls::CELLS]);
    let done = runtime
        .build()
        .unwrap()
        .run(|root| calls::submit(root, &program, &mut root.inout(&mut cells)));
    done.unwrap();
    assert_eq!(cells.into_vec(), calls::in_order(&program), "{program:?}");
}
