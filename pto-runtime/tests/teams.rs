//! Tasks of several blocks and several kernels, by hand: what they compute, how they fail, and that nothing hangs.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "kernels are declared by a macro"
)]

#[macro_use]
mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::{ADD, COLUMNS, CUBE, INDEX, MUL, STEP, runtime};
use pto_runtime::{Core, Error, Kernel, KernelArgs, Param, RuntimeBuilder, Tensor};

// Each block takes its share of the shared input.
kernel!(
    DOUBLE,
    Aiv,
    [
        Param::read::<f32>("x"),
        Param::update::<f32>("y"),
        Param::block("block"),
        Param::scalar::<f32>("by")
    ],
    |args| {
        let (x, mut y) = (args.read::<f32>(), args.update::<f32>());
        let (block, by) = (args.block(), args.scalar::<f32>());
        for (own, all) in block.range(x.len()).enumerate() {
            y.set(own, y.get(own) + x.get(all) * by);
        }
        assert_eq!(block.range(x.len()).len(), y.len());
    }
);

// `y[i] = 2 x[n - 1 - i] + 3`, in two steps: the second reads what other blocks wrote in the first.
kernel!(
    TURN,
    Aiv,
    [
        Param::read::<f32>("x"),
        Param::update::<f32>("scratch"),
        Param::write::<f32>("y"),
        Param::block("block")
    ],
    |args| {
        let (x, mut scratch) = (args.read::<f32>(), args.update::<f32>());
        let (mut y, block) = (args.write::<f32>(), args.block());
        for (own, all) in block.range(x.len()).enumerate() {
            scratch.set(own, 2.0 * x.get(all));
        }
        let scratch = block.exchange(scratch);
        for (own, all) in block.range(x.len()).enumerate() {
            y.set(own, scratch.get(x.len() - 1 - all) + 3.0);
        }
    }
);

fn spmd(builder: RuntimeBuilder, blocks: usize, len: usize) -> Result<Vec<f32>, Error> {
    let mut y = Tensor::<f32>::full([len], -1.0);
    let mut rt = builder.build()?;
    rt.run(|root| {
        let mut y = root.inout(&mut y);
        root.task(&INDEX).write(&mut y).blocks(blocks).submit()?;
        Ok(())
    })?;
    Ok(y.as_slice().to_vec())
}

/// What each element gets from the block that owns it.
fn owners(blocks: usize, len: usize) -> Vec<f32> {
    let mut y = vec![-1.0; len];
    for block in 0..blocks {
        y[len * block / blocks..len * (block + 1) / blocks].fill(block as f32);
    }
    y
}

#[test]
fn each_block_writes_its_own_part() {
    for workers in 1..=4 {
        for (blocks, len) in [
            (1, 8),
            (4, 64),
            (7, 16),
            (16, 16),
            (96, 1536),
            (5, 3),
            (3, 0),
        ] {
            let y = spmd(runtime(workers), blocks, len).unwrap();
            assert_eq!(y, owners(blocks, len), "{workers} workers, {blocks} blocks");
        }
    }
}

#[test]
fn blocks_of_chained_tasks_follow_each_other() {
    for workers in 1..=4 {
        let mut rt = runtime(workers).build().unwrap();
        for round in 0..20 {
            let x = Tensor::from_vec([50], (0..50).map(|i| i as f32).collect()).unwrap();
            let mut y = Tensor::<f32>::zeros([50]);
            rt.run(|root| {
                let (x, mut y) = (root.input(&x), root.inout(&mut y));
                for step in 0..10 {
                    root.task(&DOUBLE)
                        .read(&x)
                        .update(&mut y)
                        .scalar(1.0f32)
                        .blocks(1 + (step + round) % 9)
                        .submit()?;
                }
                Ok(())
            })
            .unwrap();
            let wanted: Vec<f32> = (0..50).map(|i| 10.0 * i as f32).collect();
            assert_eq!(y.as_slice(), wanted);
        }
    }
}

#[test]
fn another_dimension_can_be_divided() {
    let mut y = Tensor::<u32>::zeros([3, 8]);
    let mut rt = runtime(2).build().unwrap();
    rt.run(|root| {
        let mut y = root.inout(&mut y);
        let mut part = y.view_mut((.., 1..7))?;
        root.task(&COLUMNS).write(&mut part).blocks(3).submit()?;
        Ok(())
    })
    .unwrap();
    assert_eq!(y.as_slice(), [0, 0, 0, 1, 1, 2, 2, 0].repeat(3));
}

#[test]
fn blocks_exchange_what_they_wrote() {
    for (workers, blocks) in [(1, 1), (2, 2), (3, 2), (4, 4), (8, 8)] {
        let mut rt = runtime(workers).build().unwrap();
        for _ in 0..30 {
            let x = Tensor::from_vec([40], (0..40).map(|i| i as f32).collect()).unwrap();
            let mut y = Tensor::<f32>::zeros([40]);
            rt.run(|root| {
                let (x, mut y) = (root.input(&x), root.inout(&mut y));
                for _ in 0..3 {
                    let scratch = root.alloc::<f32>([40], pto_runtime::Site::here("scratch"));
                    root.task(&TURN)
                        .read(&x)
                        .update(&mut scratch?)
                        .write(&mut y)
                        .blocks(blocks)
                        .sync_start()
                        .submit()?;
                }
                Ok(())
            })
            .unwrap();
            let wanted: Vec<f32> = (0..40).map(|i| 2.0 * (39 - i) as f32 + 3.0).collect();
            assert_eq!(y.as_slice(), wanted);
        }
    }
}

/// How many kernels of a kind run at the same time, and the most that ever did.
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    const fn new() -> Self {
        Crowd {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    fn enter(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
    }

    fn leave(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_cohort_runs_on_all_threads_at_once_amid_other_tasks() {
    static CROWD: Crowd = Crowd::new();
    kernel!(
        TOGETHER,
        Aiv,
        [Param::update::<u64>("x"), Param::block("block")],
        |args| {
            let (x, block) = (args.update::<u64>(), args.block());
            CROWD.enter();
            block.exchange(x);
            assert_eq!(CROWD.most.load(Ordering::SeqCst), block.count());
        }
    );
    for workers in [2, 3, 4] {
        CROWD.now.store(0, Ordering::SeqCst);
        CROWD.most.store(0, Ordering::SeqCst);
        let mut rt = runtime(workers).window(512).build().unwrap();
        let mut x = Tensor::<u64>::zeros([64]);
        let mut ys: Vec<_> = (0..8).map(|_| Tensor::<u64>::zeros([4])).collect();
        rt.run(|root| {
            let mut ys: Vec<_> = ys.iter_mut().map(|y| root.inout(y)).collect();
            let mut x = root.inout(&mut x);
            for round in 0..40 {
                for y in &mut ys {
                    root.task(&STEP).update(y).scalar(round as u64).submit()?;
                }
                if round == 20 {
                    let cohort = root.task(&TOGETHER).update(&mut x);
                    cohort.blocks(workers).sync_start().submit()?;
                }
            }
            Ok(())
        })
        .unwrap();
    }
}

/// Submits three kernels as one mixed task, over and over.
fn mixed(builder: RuntimeBuilder, rounds: usize) -> Vec<f32> {
    let a = Tensor::full([16], 2.0f32);
    let b = Tensor::full([16], 3.0f32);
    let mut c = Tensor::<f32>::zeros([16]);
    let mut rt = builder.window(256).build().unwrap();
    rt.run(|root| {
        let (a, b, mut c) = (root.input(&a), root.input(&b), root.inout(&mut c));
        for _ in 0..rounds {
            let task = root.task(&MUL).read(&a).read(&b).create::<f32>([16]);
            let task = task.with_kernel(&ADD).read(&a).read(&b).create::<f32>([16]);
            let task = task.with_kernel(&ADD).read(&a).read(&a).create::<f32>([16]);
            let task = task.named("three").submit()?;
            let product = task.output::<f32>(0)?;
            let sums = (task.output::<f32>(1)?, task.output::<f32>(2)?);
            let task = root
                .task(&ADD)
                .read(&product)
                .read(&sums.0)
                .create::<f32>([16]);
            let all = task.submit()?.output::<f32>(0)?;
            root.task(&ADD)
                .read(&all)
                .read(&sums.1)
                .write(&mut c)
                .submit()?;
        }
        Ok(())
    })
    .unwrap();
    c.as_slice().to_vec()
}

#[test]
fn kernels_of_a_mixed_task_run_as_one() {
    for workers in 1..=4 {
        assert_eq!(mixed(runtime(workers), 30), [15.0; 16]);
        assert_eq!(mixed(runtime(workers).clusters(1), 30), [15.0; 16]);
        assert_eq!(mixed(runtime(workers).clusters(2), 30), [15.0; 16]);
    }
}

#[test]
fn cohorts_and_ordinary_mixed_tasks_do_not_starve_each_other() {
    for (workers, clusters) in [(6, 2), (6, 6), (8, 3), (7, 2)] {
        let mut rt = runtime(workers).clusters(clusters).build().unwrap();
        for _ in 0..10 {
            let mut ys: Vec<_> = (0..60).map(|_| Tensor::<f32>::zeros([12])).collect();
            rt.run(|root| {
                let mut handles: Vec<_> = ys.iter_mut().map(|y| root.inout(y)).collect();
                for (number, task) in handles.chunks_mut(3).enumerate() {
                    let [a, b, c] = task else { unreachable!() };
                    let task = root.task(&CUBE).write(a).with_kernel(&INDEX).write(b);
                    let task = task.with_kernel(&INDEX).write(c);
                    if number % 5 == 3 {
                        task.blocks(2).sync_start().submit()?;
                    } else {
                        task.blocks(4).submit()?;
                    }
                    root.task(&CUBE).write(a).blocks(3).submit()?;
                    root.task(&ADD).read(a).read(b).write(c).submit()?;
                }
                Ok(())
            })
            .unwrap();
            for (number, task) in ys.chunks(3).enumerate() {
                let blocks = if number % 5 == 3 { 2 } else { 4 };
                assert_eq!(task[0].as_slice(), owners(3, 12));
                assert_eq!(task[1].as_slice(), owners(blocks, 12));
            }
        }
    }
}

#[test]
fn a_mixed_task_takes_the_cores_of_a_cluster() {
    static CROWD: Crowd = Crowd::new();
    kernel!(
        CROWDED,
        Aic,
        [Param::write::<f32>("y"), Param::block("block")],
        |args| {
            let (_, _) = (args.write::<f32>(), args.block());
            CROWD.enter();
            std::thread::yield_now();
            CROWD.leave();
        }
    );
    let mut rt = runtime(4).clusters(2).build().unwrap();
    let (mut y, mut z) = (Tensor::<f32>::zeros([40]), Tensor::<f32>::zeros([40]));
    rt.run(|root| {
        let (mut y, mut z) = (root.inout(&mut y), root.inout(&mut z));
        let task = root.task(&CROWDED).write(&mut y);
        task.with_kernel(&INDEX).write(&mut z).blocks(40).submit()?;
        Ok(())
    })
    .unwrap();
    assert!(CROWD.most.load(Ordering::SeqCst) <= 2);
    assert_eq!(z.as_slice(), owners(40, 40));
}

#[test]
fn graphs_show_blocks_and_kernels() {
    let mut rt = runtime(4).record_graph(true).build().unwrap();
    let graph = rt
        .run(|root| {
            let task = root.task(&CUBE).create::<f32>([8]).with_kernel(&INDEX);
            let task = task.create::<f32>([8]).blocks(2).sync_start().named("both");
            task.submit().map(drop)
        })
        .unwrap();
    let graph = graph.report.graph.unwrap();
    let dot = graph.to_dot();
    assert!(
        dot.contains(r"shape=hexagon, label=") && dot.contains(r"aic + aiv\n2 blocks\nsync_start"),
        "{dot}"
    );
    let text = graph.to_mermaid();
    assert!(
        text.contains("{{\"both<br/>aic + aiv<br/>2 blocks<br/>sync_start"),
        "{text}"
    );
}

#[test]
fn every_block_runs_once() {
    static RUNS: [AtomicUsize; 500] = [const { AtomicUsize::new(0) }; 500];
    kernel!(
        SEE,
        Aiv,
        [Param::write::<u8>("y"), Param::block("block")],
        |args| {
            let (_, block) = (args.write::<u8>(), args.block());
            RUNS[block.index()].fetch_add(1, Ordering::Relaxed);
        }
    );
    let mut rt = runtime(4).build().unwrap();
    rt.run(|root| {
        root.task(&SEE)
            .create::<u8>([1])
            .blocks(RUNS.len())
            .submit()
            .map(drop)
    })
    .unwrap();
    assert!(RUNS.iter().all(|runs| runs.load(Ordering::Relaxed) == 1));
}
