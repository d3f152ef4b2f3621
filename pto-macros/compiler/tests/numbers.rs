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
