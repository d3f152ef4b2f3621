//! Random programs give the result of running their tasks one after the other.

mod common;

use common::{COPY, FOLD, STEP, STEP_COLUMNS, STEP_ROWS, mix, tiny_of};
use proptest::prelude::*;
use pto_runtime::{AutoScope, Error, Site, Tensor, TensorMut};

const BUFFERS: usize = 3;
const SIDE: usize = 6;

/// A rectangle of a buffer.
#[derive(Clone, Copy, Debug)]
struct Rect {
    buffer: usize,
    rows: (usize, usize),
    columns: (usize, usize),
    transposed: bool,
}

#[derive(Clone, Debug)]
enum Op {
    /// Changes a rectangle in place.
    Step(Rect, u64),
    /// Folds a rectangle into a corner of another buffer.
    Fold(Rect, usize),
    /// Copies a rectangle through a fresh tensor, which is changed in between.
    Through(Rect, u64),
    /// Changes a rectangle in place, in blocks of its rows or columns: together, where there are threads for them.
    Blocks(Rect, u64, usize, bool),
    /// Changes rectangles of two buffers, in one task of two kernels.
    Pair([Rect; 2], u64),
    /// Runs the operations in a scope of their own.
    Scope(Vec<Op>),
}

fn rect() -> impl Strategy<Value = Rect> {
    let range = (0..SIDE, 1..=SIDE).prop_map(|(start, len)| (start, (start + len).min(SIDE)));
    (0..BUFFERS, range.clone(), range, any::<bool>()).prop_map(
        |(buffer, rows, columns, transposed)| Rect {
            buffer,
            rows,
            columns,
            transposed,
        },
    )
}

fn op() -> impl Strategy<Value = Op> {
    let leaf = prop_oneof![
        4 => (rect(), any::<u64>()).prop_map(|(rect, salt)| Op::Step(rect, salt)),
        2 => (rect(), 0..BUFFERS).prop_map(|(rect, to)| Op::Fold(rect, to)),
        2 => (rect(), any::<u64>()).prop_map(|(rect, salt)| Op::Through(rect, salt)),
        2 => (rect(), any::<u64>(), 1..5_usize, any::<bool>())
            .prop_map(|(rect, salt, blocks, turned)| Op::Blocks(rect, salt, blocks, turned)),
        2 => (rect(), rect(), any::<u64>()).prop_map(|(a, b, salt)| Op::Pair([a, b], salt)),
    ];
    // A scope may not have more tasks than the window has slots.
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop::collection::vec(inner, 1..=2).prop_map(Op::Scope)
    })
}

/// The elements of a rectangle, in the order in which a view of it shows them.
fn indices(rect: Rect) -> Vec<usize> {
    let (rows, columns) = (rect.rows.0..rect.rows.1, rect.columns.0..rect.columns.1);
    match rect.transposed {
        false => rows
            .flat_map(|row| columns.clone().map(move |column| row * SIDE + column))
            .collect(),
        true => columns
            .flat_map(|column| rows.clone().map(move |row| row * SIDE + column))
            .collect(),
    }
}

fn run_in_order(ops: &[Op], buffers: &mut [Vec<u64>]) {
    for op in ops {
        match op {
            &Op::Step(rect, salt) | &Op::Through(rect, salt) | &Op::Blocks(rect, salt, ..) => {
                indices(rect)
                    .into_iter()
                    .for_each(|i| buffers[rect.buffer][i] = mix(buffers[rect.buffer][i], salt));
            }
            &Op::Pair(rects, salt) if rects[0].buffer != rects[1].buffer => {
                run_in_order(&rects.map(|rect| Op::Step(rect, salt)), buffers);
            }
            &Op::Fold(rect, to) if to != rect.buffer => {
                buffers[to][0] = indices(rect)
                    .into_iter()
                    .fold(buffers[to][0], |sum, i| mix(sum, buffers[rect.buffer][i]));
            }
            Op::Fold(..) | Op::Pair(..) => {}
            Op::Scope(ops) => run_in_order(ops, buffers),
        }
    }
}

fn view<'s>(buffers: &mut [TensorMut<'s, u64>], rect: Rect) -> Result<TensorMut<'s, u64>, Error> {
    let mut view = buffers[rect.buffer]
        .view_mut((rect.rows.0..rect.rows.1, rect.columns.0..rect.columns.1))?;
    if rect.transposed {
        view.transpose_mut(0, 1)
    } else {
        Ok(view)
    }
}

fn submit(
    scope: &AutoScope<'_>,
    ops: &[Op],
    buffers: &mut [TensorMut<'_, u64>],
    width: usize,
) -> Result<(), Error> {
    for op in ops {
        match op {
            &Op::Step(rect, salt) => {
                scope
                    .task(&STEP)
                    .update(&mut view(buffers, rect)?)
                    .scalar(salt)
                    .submit()?;
            }
            &Op::Blocks(rect, salt, blocks, turned) => {
                let mut view = view(buffers, rect)?;
                let kernel = if turned { &STEP_COLUMNS } else { &STEP_ROWS };
                let task = scope.task(kernel).update(&mut view).scalar(salt);
                let task = task.blocks(blocks);
                match blocks <= width {
                    true => task.sync_start().submit()?,
                    false => task.submit()?,
                };
            }
            &Op::Pair([a, b], salt) if a.buffer != b.buffer => {
                let (mut a, mut b) = (view(buffers, a)?, view(buffers, b)?);
                let task = scope.task(&STEP).update(&mut a).scalar(salt);
                task.with_kernel(&STEP)
                    .update(&mut b)
                    .scalar(salt)
                    .submit()?;
            }
            Op::Pair(..) => {}
            &Op::Fold(rect, to) if to != rect.buffer => {
                let from = view(buffers, rect)?;
                let mut to = buffers[to].view_mut((0..1, 0..1))?;
                scope.task(&FOLD).read(&from).update(&mut to).submit()?;
            }
            Op::Fold(..) => {}
            &Op::Through(rect, salt) => {
                let mut at = view(buffers, rect)?;
                let shape = [at.dim(0), at.dim(1)];
                let inner = scope.auto(Site::here("through"))?;
                let mut copy = inner
                    .task(&COPY)
                    .read(&at)
                    .create::<u64>(shape)
                    .submit()?
                    .output::<u64>(0)?;
                inner.task(&STEP).update(&mut copy).scalar(salt).submit()?;
                inner.task(&COPY).read(&copy).write(&mut at).submit()?;
            }
            Op::Scope(ops) => submit(&scope.auto(Site::here("scope"))?, ops, buffers, width)?,
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_give_the_sequential_result(ops in prop::collection::vec(op(), 1..40)) {
        let start: Vec<Vec<u64>> = (0..BUFFERS).map(|b| (0..SIDE * SIDE).map(|i| (b * 100 + i) as u64).collect()).collect();
        let mut expected = start.clone();
        run_in_order(&ops, &mut expected);
        for (workers, clusters) in [(1, 1), (2, 1), (2, 2), (3, 2), (4, 1), (4, 4)] {
            let mut tensors = start.clone().into_iter().map(|data| Tensor::from_vec([SIDE, SIDE], data).unwrap());
            let mut tensors: [Tensor<u64>; BUFFERS] = std::array::from_fn(|_| tensors.next().unwrap());
            tiny_of(workers, clusters).unwrap().run(|root| {
                let mut buffers = Vec::new();
                for tensor in &mut tensors {
                    buffers.push(root.inout(tensor));
                }
                for op in ops.chunks(1) {
                    submit(&root.auto(Site::here("op"))?, op, &mut buffers, clusters)?;
                }
                Ok(())
            }).unwrap();
            for (tensor, expected) in tensors.iter().zip(&expected) {
                prop_assert_eq!(tensor.as_slice(), expected.as_slice());
            }
        }
    }
}
