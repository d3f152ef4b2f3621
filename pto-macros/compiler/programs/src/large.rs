//! A program of any size, to see how the time to expand programs grows.

use std::fmt::Write;

/// `submits` tasks in four loops inside each other: chains over temporary tensors,
/// which read tiles of one parameter and add up in tiles of another.
pub fn large(submits: usize) -> String {
    let mut text = String::from(
        "fn large(x: In<u64>, y: InOut<u64>, z: InOut<u64>, t: usize, n: usize) {
        manual_scope!({
        for b in 0..n { for h in 0..n { for i in 0..n { for j in 0..n {\n",
    );
    for at in 0..submits / 4 {
        // Memory is enough to write to a string.
        let _ = write!(
            text,
            "let a{at} = k(&x.view([(b * n + h) * t..(b * n + h + 1) * t]), out!([t]));
            let mut c{at} = k(&a{at}, &z.view([i * t..(i + 1) * t]), out!([t]));
            k(&a{at}, &mut c{at});
            k(&c{at}, &mut y.view_mut([(i * n + j) * t..(i * n + j + 1) * t]));\n"
        );
    }
    text.push_str("} } } } }); }");
    text
}
