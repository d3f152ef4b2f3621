//! What is known of the numbers that bounds are made of.

mod common;

use common::codes;

fn program(body: &str) -> String {
    format!("fn program(x: In<f32>, y: InOut<f32>, n: usize, t: usize) {{ {body} }}")
}

#[test]
fn constants_count_beside_a_usize() {
    for body in [
        "parallel_for!((0..n).step_by(TILE), |i| { let end = n.min(i + TILE); k(&x, &mut y.view_mut([i..end])); });",
        "parallel_for!(0..n, |i| { let at = i * crate::TILE; k(&x, &mut y.view_mut([at..at + crate::TILE])); });",
        "parallel_for!(0..ROWS, |i| { let at = i * t; k(&x, &mut y.view_mut([at..at + t])); });",
    ] {
        assert!(codes(&program(body)).is_empty(), "{body}");
    }
    // A variable may be of any type.
    let body = "let s = scale();
        parallel_for!(0..n, |i| { let at = i * s; k(&x, &mut y.view_mut([at..at + s])); });";
    assert_eq!(codes(&program(body)), ["PTO007"]);
}

#[test]
fn several_numbers_may_be_bound_at_once() {
    let apart = |bound: &str| {
        let body = format!(
            "parallel_for!(0..n, |i| {{ {bound} k(&x, &mut y.view_mut([first..last])); }});"
        );
        codes(&program(&body)).is_empty()
    };
    assert!(apart("let (first, last) = (i * t, (i + 1) * t);"));
    assert!(apart(
        "let (first, last): (usize, usize) = (i * t, (i + 1) * t);"
    ));
    assert!(apart(
        "let (last, first) = ((i + 1) * t, i * t); let (first, last) = (first, last);"
    ));
    // The names on the right are those of before.
    assert!(!apart(
        "let (first, last) = (0, t); let (first, last) = (last, first + i);"
    ));
    assert!(!apart(
        "let (mut first, last) = (i * t, (i + 1) * t); first = 0;"
    ));
}
