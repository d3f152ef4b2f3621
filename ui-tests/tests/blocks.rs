//! Tasks of several blocks: what they compute on any number of threads, and how they fail.

use pto_runtime::ErrorKind;
use pto_runtime::prelude::*;

/// Elements of a cache line.
const LINE: usize = 16;

/// Each block writes its number in a line of its own.
#[kernel(aiv, blocks)]
fn number(mut lines: Out<f32>, block: Block) {
    lines.fill(block.index() as f32);
}

#[kernel(aiv, blocks)]
fn add_shares(x: In<f32>, block: Block, mut y: InOut<f32>, factor: f32) {
    for (own, all) in block.range(x.len()).enumerate() {
        y.set(own, y.get(own) + factor * x.get(all));
    }
}

/// Adds the number of each column's block.
#[kernel(aiv, blocks)]
fn number_columns(block: Block, #[split(1)] mut y: InOut<f32>) {
    for row in 0..y.dim(0) {
        y.row_mut(row)
            .iter_mut()
            .for_each(|y| *y += block.index() as f32);
    }
}

/// `out[i] = 2 x[i] + 3`, where the first step is done by another block than the second.
#[kernel(aiv, blocks)]
fn pipeline(
    #[shape(n)] x: In<f32>,
    #[shape(n)] mut half: InOut<f32>,
    #[shape(n)] mut out: Out<f32>,
    block: Block,
) {
    let n = x.len();
    for (own, all) in block.range(n).enumerate() {
        half.set(own, 2.0 * x.get(n - 1 - all));
    }
    let half = block.exchange(half);
    for (own, all) in block.range(n).enumerate() {
        out.set(own, half.get(n - 1 - all) + 3.0);
    }
}

#[kernel(aiv)]
fn scale(x: In<f32>, mut y: Out<f32>, factor: f32) {
    for i in 0..x.len() {
        y.set(i, x.get(i) * factor);
    }
}

#[orchestration]
fn multiblock(counts: &[usize], out: InOut<f32>) {
    let mut base = 0;
    for &count in counts {
        let end = base + count * LINE;
        #[task(blocks = count)]
        number(&mut out.view_mut([base..end]));
        base = end;
    }
}

/// Blocks beside plain tasks, in a scope of either kind, and in one whose edges are written.
#[orchestration]
fn chained(x: In<f32>, y: InOut<f32>, blocks: usize, rounds: usize) {
    for round in 0..rounds {
        let scaled = scale(&x, out!([x.len()]), 1.0);
        #[task(name = shares, blocks = blocks + round)]
        add_shares(&scaled, &mut y, 1.0);
    }
    manual_scope!({
        for _ in 0..rounds {
            let scaled = scale(&x, out!([x.len()]), 2.0);
            #[task(name = more, blocks = 3)]
            add_shares(&scaled, &mut y, 0.5);
        }
    });
    manual_scope!(deps(explicit), {
        #[task(name = made)]
        let scaled = scale(&x, out!([x.len()]), 1.0);
        #[task(name = added, blocks = x.len(), after = [made, shares, more])]
        add_shares(&scaled, &mut y, 1.0);
        #[task(after = [added], blocks = 2)]
        number_columns(&mut y.reshape_mut([1, x.len()]));
    });
}

#[orchestration]
fn cohorts(x: In<f32>, out: InOut<f32>, blocks: usize, rounds: usize) {
    for _ in 0..rounds {
        let mut half = alloc!(f32; [x.len()]);
        #[task(blocks = blocks, sync_start)]
        pipeline(&x, &mut half, &mut out);
    }
}

/// Blocks that create what they write.
#[orchestration]
fn created(counts: In<u32>, out: InOut<f32>) {
    for i in 0..counts.len() {
        #[task(blocks = counts[i] as usize)]
        let lines = number(out!([LINE]));
        scale(&lines, &mut out.view_mut([i * LINE..(i + 1) * LINE]), 1.0);
    }
}

fn runtime(workers: usize) -> Runtime {
    Runtime::builder()
        .workers(workers)
        .window(128)
        .build()
        .unwrap()
}

fn ramp(len: usize) -> Tensor<f32> {
    Tensor::from_vec([len], (0..len).map(|i| i as f32).collect()).unwrap()
}

/// What each of `len` elements gets from the block that it belongs to.
fn numbered(blocks: usize, len: usize) -> impl Iterator<Item = f32> {
    (0..blocks).flat_map(move |block| {
        let share = len * block / blocks..len * (block + 1) / blocks;
        share.map(move |_| block as f32)
    })
}

#[test]
fn five_tasks_of_many_blocks() {
    let counts = [4, 16, 24, 48, 96];
    let wanted: Vec<f32> = counts
        .into_iter()
        .flat_map(|count| numbered(count, count * LINE))
        .collect();
    for workers in 1..=4 {
        let mut rt = runtime(workers);
        for _ in 0..20 {
            let mut out = Tensor::full([wanted.len()], -1.0);
            rt.run(multiblock(&counts, &mut out)).unwrap();
            assert_eq!(out.as_slice(), wanted);
        }
    }
}

#[test]
fn blocks_are_ordered_like_any_task() {
    for workers in 1..=4 {
        let mut rt = runtime(workers);
        for blocks in 1..9 {
            let (x, mut y) = (ramp(37), Tensor::zeros([37]));
            rt.run(chained(&x, &mut y, blocks, 6)).unwrap();
            let columns = numbered(2, 37);
            let wanted: Vec<f32> = columns
                .enumerate()
                .map(|(i, number)| 13.0 * i as f32 + number)
                .collect();
            assert_eq!(y.as_slice(), wanted);
        }
    }
}

#[test]
fn blocks_of_a_cohort_exchange_their_parts() {
    for workers in 1..=8 {
        let mut rt = runtime(workers);
        for round in 0..20 {
            let (x, mut out) = (ramp(64), Tensor::zeros([64]));
            rt.run(cohorts(&x, &mut out, 1 + round % workers, 3))
                .unwrap();
            let wanted: Vec<f32> = (0..64).map(|i| 2.0 * i as f32 + 3.0).collect();
            assert_eq!(out.as_slice(), wanted);
        }
    }
}

#[test]
fn the_number_of_blocks_may_be_read_from_a_tensor() {
    let counts = Tensor::from_vec([4], vec![1, 2, 16, 5]).unwrap();
    let mut out = Tensor::zeros([4 * LINE]);
    runtime(2).run(created(&counts, &mut out)).unwrap();
    let wanted: Vec<f32> = [1, 2, 16, 5]
        .into_iter()
        .flat_map(|count| numbered(count, LINE))
        .collect();
    assert_eq!(out.as_slice(), wanted);
}

#[test]
fn no_blocks_are_an_error_of_the_run() {
    let counts = Tensor::from_vec([2], vec![1, 0]).unwrap();
    let mut out = Tensor::zeros([2 * LINE]);
    let error = runtime(2).run(created(&counts, &mut out)).unwrap_err();
    assert_eq!(
        (error.kind(), error.task()),
        (ErrorKind::InvalidArgument, Some("number"))
    );
    assert!(error.message().contains("0 blocks"), "{error}");
    assert!(
        error.location().unwrap().file().ends_with("blocks.rs"),
        "{error}"
    );
}

#[test]
fn a_cohort_wider_than_the_runtime_is_an_error_of_the_run() {
    let (x, mut out) = (ramp(64), Tensor::zeros([64]));
    let error = runtime(3).run(cohorts(&x, &mut out, 4, 1)).unwrap_err();
    assert_eq!((error.code(), error.task()), (7, Some("pipeline")));
    assert!(error.help().unwrap().contains("`.workers(4)`"), "{error}");
}

#[test]
fn an_exchange_without_sync_start_is_an_error_of_the_run() {
    #[orchestration]
    fn apart(x: In<f32>, half: InOut<f32>, out: InOut<f32>) {
        #[task(blocks = 2)]
        pipeline(&x, &mut half, &mut out);
    }
    let (x, mut half, mut out) = (ramp(8), ramp(8), ramp(8));
    let error = runtime(2).run(apart(&x, &mut half, &mut out)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KernelPanic);
    assert!(error.message().contains("sync_start"), "{error}");
}

#[test]
fn a_kernel_of_blocks_is_a_function_like_any_other() {
    let (x, mut half, mut out) = (ramp(8), ramp(8), ramp(8));
    pipeline(
        In::from(&x),
        InOut::from(&mut half),
        Out::from(&mut out),
        Block::single(),
    );
    assert_eq!(out.as_slice()[7], 17.0);
}
