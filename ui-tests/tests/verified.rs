//! What a program asserts and the compiler takes on trust, a verified run checks.

use pto_runtime::prelude::*;
use pto_runtime::{Error, ErrorKind};

#[kernel(aiv)]
fn add(#[shape(n)] x: In<f32>, #[shape(n)] mut y: InOut<f32>) {
    for i in 0..x.len() {
        y.set(i, y.get(i) + x.get(i));
    }
}

#[kernel(aiv)]
fn copy(#[shape(n)] x: In<f32>, #[shape(n)] mut y: Out<f32>) {
    for i in 0..x.len() {
        y.set(i, x.get(i));
    }
}

fn verified() -> Runtime {
    let builder = Runtime::builder().workers(2).window(64).verify(true);
    builder.build().unwrap()
}

/// Adds to rows that a table names.
#[orchestration]
fn scatter(x: In<f32>, rows: In<i32>, y: InOut<f32>, tile: usize) {
    parallel_for!(0..rows.len(), |i| {
        let row = rows[i] as usize;
        #[task(unsafe(disjoint(y by i)))]
        add(&x, &mut y.view_mut([row * tile..(row + 1) * tile]));
    });
}

/// The same twice, and by a variable of another type.
#[orchestration]
fn scatter_twice(x: In<f32>, rows: In<i32>, y: InOut<f32>, tile: usize, last: i32) {
    manual_scope!({
        for _ in 0..2 {
            for i in -last..=last {
                let row = rows[(i + last) as usize] as usize;
                #[task(unsafe(disjoint(y by i)))]
                add(&x, &mut y.view_mut([row * tile..(row + 1) * tile]));
            }
        }
    });
}

#[test]
fn an_assertion_is_about_a_variable_of_any_type_of_integers() {
    let x = Tensor::full([8], 1.0_f32);
    let rows = Tensor::from_vec([3], vec![2, 0, 1]).unwrap();
    let mut y = Tensor::zeros([24]);
    let run = verified().run(scatter_twice(&x, &rows, &mut y, 8, 1));
    let edges = run.unwrap().report.edges.total();
    assert_eq!(edges, 3, "each row waits for its own");
    assert!(y.as_slice().iter().all(|element| *element == 2.0));
}

fn scatter_to(rows: [i32; 4]) -> Result<(), Error> {
    let x = Tensor::full([8], 1.0_f32);
    let rows = Tensor::from_vec([4], rows.to_vec()).unwrap();
    let mut y = Tensor::zeros([32]);
    let result = verified().run(scatter(&x, &rows, &mut y, 8));
    // A verified run waits where the assertion is wrong.
    assert_eq!(y.as_slice().iter().sum::<f32>(), 32.0);
    result.map(|_| ())
}

#[test]
fn iterations_that_are_wrongly_called_disjoint() {
    assert!(scatter_to([3, 0, 2, 1]).is_ok());
    let error = scatter_to([3, 0, 2, 0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Race);
    let text = error.to_string();
    assert!(
        text.contains("RAW on elements [0..8] of `y`: 'add' does not wait for 'add' at "),
        "{text}"
    );
    assert!(text.contains("which writes them as `y`\n"), "{text}");
    assert!(text.contains("verified.rs:31 "), "{text}");
}

/// A read that is said to need no order, of elements from `at` on.
#[orchestration]
fn peek(x: In<f32>, y: InOut<f32>, z: InOut<f32>, at: usize) {
    let n = z.len();
    add(&x, &mut y.view_mut([0..n]));
    scope!({
        #[task(unsafe(no_dep(y)))]
        copy(&y.view([at..at + n]), &mut z);
    });
}

#[test]
fn accesses_that_wrongly_need_no_order() {
    let peek_at = |at: usize| {
        let x = Tensor::full([8], 1.0_f32);
        let (mut y, mut z) = (Tensor::zeros([32]), Tensor::zeros([8]));
        verified().run(peek(&x, &mut y, &mut z, at)).map(|_| ())
    };
    assert!(peek_at(8).is_ok());
    let error = peek_at(5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Race);
    let text = error.message();
    assert!(
        text.starts_with("RAW on elements [5..8] of `x`: 'copy' does not wait for 'add' at "),
        "{text}"
    );
}

#[orchestration]
fn rows_of(x: In<f32>, y: InOut<f32>, tile: usize) {
    for i in 0..y.len() / tile {
        add(
            &x.view([0..tile]),
            &mut y.view_mut([i * tile..(i + 1) * tile]),
        );
    }
}

/// Called orchestrations, MANUAL scopes, and loops, all of them right.
#[orchestration]
fn mixed(x: In<f32>, y: InOut<f32>, rounds: usize) {
    for _ in 0..rounds {
        call!(rows_of(&x, &mut y, 4));
        manual_scope!({
            let t = copy(&y.view([0..8]), out!([8]));
            add(&t, &mut y.view_mut([8..16]));
            add(&t, &mut y.view_mut([16..24]));
        });
        parallel_for!(0..4, |i| {
            add(&x, &mut y.view_mut([i * 8..(i + 1) * 8]));
        });
    }
}

#[test]
fn programs_without_assertions_are_right() {
    let x = Tensor::full([8], 1.0_f32);
    let mut y = Tensor::zeros([32]);
    verified().run(mixed(&x, &mut y, 5)).unwrap();
}

/// The host looks at what a task writes, and then lets another one write it.
#[orchestration]
fn looks(x: In<f32>, y: InOut<f32>, z: InOut<f32>, sees: usize) {
    #[task(unsafe(no_dep(y)))]
    add(&x, &mut y.view_mut([0..8]));
    scope!({
        let value = y.get([sees]);
        z.set([0], value + 1.0);
    });
    copy(&z, &mut y.view_mut([8..16]));
}

#[test]
fn the_host_is_checked_like_a_task() {
    let look_at = |at: usize| {
        let x = Tensor::full([8], 1.0_f32);
        let (mut y, mut z) = (Tensor::zeros([16]), Tensor::zeros([8]));
        verified().run(looks(&x, &mut y, &mut z, at)).map(|_| ())
    };
    assert!(look_at(8).is_ok(), "{:?}", look_at(8));
    let error = look_at(5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Race);
    assert!(
        error
            .message()
            .starts_with("RAW on elements [5..6] of `tensor`: 'get' does not wait for 'add'"),
        "{}",
        error.message()
    );
}
