//! Random programs give the result of running their tasks one after the other.

mod common;

use common::{COPY, FOLD, STEP, mix, tiny};
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
            &Op::Step(rect, salt) | &Op::Through(rect, salt) => {
                indices(rect)
                    .into_iter()
                    .for_each(|i| buffers[rect.buffer][i] = mix(buffers[rect.buffer][i], salt));
            }
            &Op::Fold(rect, to) if to != rect.buffer => {
                buffers[to][0] = indices(rect)
                    .into_iter()
                    .fold(buffers[to][0], |sum, i| mix(sum, buffers[rect.buffer][i]));
            }
            Op::Fold(..) => {}
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
            Op::Scope(ops) => submit(&scope.auto(Site::here("scope"))?, ops, buffers)?,
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
        for workers in 1..=4 {
            let mut tensors = start.clone().into_iter().map(|data| Tensor::from_vec([SIDE, SIDE], data).unwrap());
            let mut tensors: [Tensor<u64>; BUFFERS] = std::array::from_fn(|_| tensors.next().unwrap());
            tiny(workers).unwrap().run(|root| {
                let mut buffers = Vec::new();
                for tensor in &mut tensors {
                    buffers.push(root.inout(tensor));
                }
                for op in ops.chunks(1) {
                    submit(&root.auto(Site::here("op"))?, op, &mut buffers)?;
                }
                Ok(())
            }).unwrap();
            for (tensor, expected) in tensors.iter().zip(&expected) {
                prop_assert_eq!(tensor.as_slice(), expected.as_slice());
            }
        }
    }
}
