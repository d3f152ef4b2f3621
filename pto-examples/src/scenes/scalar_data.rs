//! The host reads and writes single elements between the tasks that use them.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};
use crate::kernels::{add, copy, touch};

const SIZE: usize = 16384;

/// Thirteen steps, most of which leave a number in `check`; `result` is `a + b`.
#[orchestration]
pub fn scalar_data(a: In<f32>, b: InOut<f32>, result: Out<f32>, check: InOut<f32>) {
    let mut c = add(&a, &b, out!([a.len()]));
    // A read waits for the task that writes.
    let (first, hundredth) = (0, 100);
    let at_first = c.get(first);
    check.set(0, at_first);
    let at_hundredth = c.get(hundredth);
    check.set(1, at_hundredth);
    // Scratch with a value from the start, before and after a task that may change it.
    let mut scratch = alloc!(f32 = 77.0; [1]);
    let value = scratch.get(0);
    check.set(2, value);
    touch(&mut scratch);
    let value = scratch.get(0);
    check.set(3, value);
    // The host computes with what it has read.
    check.set(4, at_first + value);
    // There and back.
    scratch.set(0, 42.0);
    let value = scratch.get(0);
    check.set(5, value);
    // A kernel reads what the host has written.
    let mut d = alloc!([1]);
    d.set(0, 10.0);
    let sum = add(&d, &c.view([..1]), out!([1]));
    let value = sum.get(0);
    check.set(6, value);
    // A write waits for those that read, and for those that wrote.
    copy(&c, &mut result);
    c.set(0, 88.0);
    let value = c.get(0);
    check.set(7, value);
    // The same on memory of the host.
    touch(&mut b);
    let before = b.get(0);
    b.set(0, 55.0);
    let value = b.get(0);
    check.set(8, value);
    b.set(0, before);
}

pub(super) fn scenes() -> [Scene; 1] {
    // Two additions, two allocations, a copy, two tasks that may write. What the host does itself is no task, and whatever it
    // has waited for needs no edge any more.
    let graph = Counts { tasks: 7, edges: 4 };
    let about = "the host reads and writes elements between tasks";
    [Scene::new("scalar_data", about, graph, run)]
}

fn run(runtime: &mut Runtime) -> Result<Ran, crate::Error> {
    let numbers: Vec<f32> = (0..SIZE).map(|i| i as f32).collect();
    let a = Tensor::full([SIZE], 2.0);
    let mut b = Tensor::from_vec([SIZE], numbers.clone())?;
    let (mut result, mut check) = (Tensor::zeros([SIZE]), Tensor::zeros([9]));
    let program = scalar_data(&a, &mut b, &mut result, &mut check);
    let report = runtime.run(program)?.report;
    let mut sums = result.as_slice().iter().zip(&numbers);
    let right = check.as_slice() == [2.0, 102.0, 77.0, 77.0, 79.0, 42.0, 12.0, 88.0, 55.0]
        && sums.all(|(sum, number)| *sum == number + 2.0)
        && b.as_slice() == numbers;
    Ok(Ran {
        error: exact(right),
        report,
    })
}
