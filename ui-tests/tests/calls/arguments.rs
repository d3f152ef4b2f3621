//! What is passed to a call: to other modules, to generic ones, through several, and what is refused.

use pto_runtime::prelude::*;
use pto_runtime::{Element, ErrorKind};

use super::*;

mod library {
    //! Orchestrations of another module, with a kernel that nobody else sees.

    use pto_runtime::Element;
    use pto_runtime::prelude::*;

    #[kernel(aiv)]
    fn copy<T: Element>(x: In<T>, mut y: Out<T>) {
        for i in 0..y.len() {
            y.set(i, x.get(i));
        }
    }

    #[orchestration]
    pub(super) fn copied<T: Element>(x: In<T>) -> Tensor<T> {
        copy(&x, out!([x.len()]))
    }

    #[orchestration]
    pub(super) fn fill<T: Element, const N: usize>(x: In<T>, y: Out<T>, seen: &mut [usize; N]) {
        seen[0] += 1;
        call!(fill_part::<T>(
            &x,
            &mut y.view_mut([0..N]),
            seen.as_mut_slice()
        ));
    }

    #[orchestration]
    fn fill_part<T>(x: In<T>, y: Out<T>, seen: &mut [usize])
    where
        T: Element,
    {
        *seen.last_mut().unwrap() += y.len();
        copy(&x.view([0..y.len()]), &mut y);
    }
}

#[orchestration]
fn generic<T: Element>(x: In<T>, y: InOut<T>, seen: &mut [usize; 3]) {
    for _ in 0..2 {
        call!(library::fill(&x, &mut y, seen));
    }
    let t = call!(library::copied::<T>(&y));
    call!(library::fill::<T, 3>(&t, &mut y.view_mut([4..8]), seen));
}

#[test]
fn modules_and_generics() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let x = Tensor::from_vec([4], vec![1_i32, 2, 3, 4]).unwrap();
    let mut y = Tensor::zeros([8]);
    let mut seen = [0; 3];
    rt.run(generic(&x, &mut y, &mut seen)).unwrap();
    assert_eq!(y.as_slice(), [1, 2, 3, 0, 1, 2, 3, 0]);
    assert_eq!(seen, [3, 0, 9]);
    let (x, mut y) = (Tensor::full([4], 2.5_f32), Tensor::zeros([8]));
    rt.run(generic(&x, &mut y, &mut seen)).unwrap();
    assert_eq!(y.as_slice(), [2.5, 2.5, 2.5, 0.0, 2.5, 2.5, 2.5, 0.0]);
}

#[orchestration]
fn ragged(x: In<u32>, lens: In<u32>, y: InOut<u32>, b: usize) {
    for _ in 0..lens[b] {
        mix(&x, &mut y);
    }
}

const CALL_OF_RAGGED: u32 = line!() + 5;

#[orchestration]
fn passes_on(x: In<u32>, lens: In<u32>, y: InOut<u32>) {
    for b in 0..lens.len() {
        call!(ragged(&x, &lens, &mut y, b));
    }
}

#[orchestration]
fn reads_elements(x: In<u32>, lens: In<u32>, y: InOut<u32>, computed: bool) {
    if computed {
        let lens = plus(&lens, out!([lens.len()]), 1);
        call!(passes_on(&x, &lens, &mut y));
    } else {
        call!(passes_on(&x, &lens, &mut y));
    }
}

#[test]
fn the_host_reads_what_it_was_given_through_calls() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let x = Tensor::full([4], 7_u32);
    let lens = Tensor::from_vec([3], vec![2_u32, 0, 3]).unwrap();
    let mut y = Tensor::zeros([4]);
    let done = rt.run(reads_elements(&x, &lens, &mut y, false)).unwrap();
    assert_eq!(done.report.tasks, 5);
    // What a task makes is nothing the host can read.
    let error = rt.run(reads_elements(&x, &lens, &mut y, true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.task(), Some("ragged"));
    assert_eq!(error.location().unwrap().line(), CALL_OF_RAGGED);
    assert!(error.message().contains("'lens' on the host"), "{error}");
}

const CALL_WITH_OVERLAP: u32 = line!() + 4;

#[orchestration]
fn overlapping(x: In<u32>, y: InOut<u32>, at: usize) {
    call!(auto_step(&y.view([0..4]), &mut y.view_mut([at..at + 4]), 1));
    mix(&x, &mut y);
}

#[test]
fn arguments_that_overlap_are_an_error_of_the_run() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let x = Tensor::full([4], 7_u32);
    let mut y = Tensor::zeros([8]);
    rt.run(overlapping(&x, &mut y, 4)).unwrap();
    let error = rt.run(overlapping(&x, &mut y, 3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.task(), Some("auto_step"));
    assert_eq!(error.location().unwrap().line(), CALL_WITH_OVERLAP);
    assert!(error.message().contains("alias"), "{error}");
}

const FAULT: u32 = line!() + 4;

#[orchestration]
fn faulty(x: In<u32>, y: InOut<u32>) {
    mix(&x.view([2..9]), &mut y);
}

#[orchestration]
fn calls_faulty(x: In<u32>, y: InOut<u32>) {
    call!(faulty(&x, &mut y));
}

#[test]
fn errors_name_the_lines_of_the_callee() {
    let mut rt = Runtime::builder().workers(1).build().unwrap();
    let x = Tensor::full([4], 7_u32);
    let mut y = Tensor::zeros([8]);
    let error = rt.run(calls_faulty(&x, &mut y)).unwrap_err();
    assert_eq!(error.task(), Some("mix"));
    assert_eq!(error.location().unwrap().line(), FAULT);
}
