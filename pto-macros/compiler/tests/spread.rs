//! Which loops with independent iterations several threads may run, and what their bodies may refer to.

use proc_macro2::TokenStream;

/// What `#[orchestration]` makes of a function with this body, as text without spaces.
fn expansion(body: &str) -> String {
    let program = format!(
        "fn program(x: In<f32>, y: InOut<f32>, n: usize, t: usize, mut m: usize, list: &[usize]) {{ {body} }}"
    );
    let item: TokenStream = program.parse().expect("the test's source is tokens");
    let tokens = pto_compiler::orchestration(TokenStream::new(), item).to_string();
    assert!(!tokens.contains("PTO0"), "it has a mistake: {tokens}");
    tokens
        .chars()
        .filter(|char| !char.is_whitespace())
        .collect()
}

/// How many loops several threads may run.
fn spread(body: &str) -> usize {
    expansion(body).matches("__is_shareable=").count()
}

/// The variables whose types decide whether they may.
fn decided_by(body: &str) -> Vec<String> {
    let text = expansion(body);
    let captured = text.split("Captured(&").skip(1);
    let names = captured.map(|rest| rest.split(')').next().unwrap_or_default().to_owned());
    names.collect()
}

/// The handles of which each thread makes its own.
fn handles(body: &str) -> Vec<String> {
    let text = expansion(body);
    let again = text.split("Again::again(&").skip(1);
    let names = again.map(|rest| rest.split(')').next().unwrap_or_default().to_owned());
    names.collect()
}

const TILE: &str = "k(&x, &mut y.view_mut([i * t..(i + 1) * t]));";

fn looped(body: &str) -> String {
    format!("parallel_for!(0..n, |i| {{ {body} }});")
}

#[test]
fn loops_over_ranges_of_plain_tasks() {
    assert_eq!(spread(&looped(TILE)), 1);
    assert_eq!(
        spread(&format!("manual_scope!({{ {} }});", looped(TILE))),
        1
    );
    assert_eq!(
        spread(&format!(
            "parallel_for!(1..n + 1, |_| {{ {} }});",
            "k0(&x);"
        )),
        1
    );
    let inside = [
        "scope!({ let a = k(&x, out!([t])); k(&a, &mut y.view_mut([i * t..(i + 1) * t])); });",
        "manual_scope!({ let a = alloc!(f32 = 0.0; [t]); k(&a, &mut y.view_mut([i * t..(i + 1) * t])); });",
        "if i == 3 { continue; } k(&x, &mut y.view_mut([i * t..(i + 1) * t]));",
        "let at = list[i % 2] + helper(i); k(&x, &mut y.view_mut([i * t..(i + 1) * t]), at);",
        "for j in 0..3 { k(&x, &mut y.view_mut([i * t..(i + 1) * t]), j); }",
        "#[unroll(2)] for j in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t]), j); }",
        "y.view_mut([i * t..(i + 1) * t]).set(0, 1.0);",
        "barrier!(&mut y.view_mut([i * t..(i + 1) * t]));",
    ];
    for body in inside {
        assert_eq!(spread(&looped(body)), 1, "{body}");
    }
}

/// Inside another one a loop is a loop: it is emitted once as such, and once more for those who run the outer one task by task.
#[test]
fn loops_in_loops() {
    let inner = "parallel_for!(0..m2, |j| { k(&x, &mut y.view_mut([(i * m2 + j) * t..(i * m2 + j + 1) * t])); });";
    let body = format!("let m2 = n; {}", looped(inner));
    assert_eq!(spread(&body), 2);
    assert_eq!(expansion(&body).matches(".now(").count(), 3);
}

#[test]
fn what_one_thread_cannot_do_alone_or_leaves_something() {
    let outside = [
        // It is created in the scope around the loop, and stays until that closes.
        "let a = k(&x, out!([t])); k(&a, &mut y.view_mut([i * t..(i + 1) * t]));",
        "let a = alloc!(f32 = 0.0; [t]); k(&a, &mut y.view_mut([i * t..(i + 1) * t]));",
        "if i > 0 { let a = k(&x, out!([t])); k(&a, &mut y.view_mut([i * t..(i + 1) * t])); }",
        // Several threads run it, or it is not known what it is.
        "#[task(blocks = 4)] k(&x, &mut y.view_mut([i * t..(i + 1) * t]));",
        "mixed!(a(&x), b(&x, &mut y.view_mut([i * t..(i + 1) * t])));",
        "call!(other(&x, &mut y.view_mut([i * t..(i + 1) * t])));",
        // It may refer to anything.
        "println!(\"{m}\"); k(&x, &mut y.view_mut([i * t..(i + 1) * t]));",
        // It may be changed.
        "k(&x, &mut y.view_mut([i * t..(i + 1) * t]), m);",
        "m += 1; k(&x, &mut y.view_mut([i * t..(i + 1) * t]));",
    ];
    for body in outside {
        assert_eq!(spread(&looped(body)), 0, "{body}");
    }
    assert_eq!(
        spread(&format!("parallel_for!((0..n).rev(), |i| {{ {TILE} }});")),
        0
    );
    assert_eq!(
        spread(&format!("parallel_for!(0..=n, |i| {{ {TILE} }});")),
        0
    );
    assert_eq!(spread(&format!("for i in 0..n {{ {TILE} }}")), 0);
    let vector = "let mut v = vec![k(&x, out!([t])), k(&x, out!([t]))]; parallel_for!(0..v.len(), |i| { k(&x, &mut v[i]); });";
    assert_eq!(spread(vector), 0);
    let pair = "let mut pair = (k(&x, out!([n * t])), 1); parallel_for!(0..n, |i| { k(&x, &mut pair.0.view_mut([i * t..(i + 1) * t])); });";
    assert_eq!(spread(pair), 0);
}

#[test]
fn what_is_referred_to_and_declared_outside() {
    let body = "let (a, b) = (1, 2); let c = 3; let z = k(&x, out!([n * t]));
        parallel_for!(0..n, |i| {
            let b = i; let local = c + list[b];
            k(&z.view([i * t..(i + 1) * t]), &mut y.view_mut([i * t..(i + 1) * t]), local, |list: usize| list + t);
        });
        k(&x, &mut y, a, b);";
    let mut names = decided_by(body);
    names.sort();
    assert_eq!(names, ["c", "list", "t"]);
    let mut names = handles(body);
    names.sort();
    assert_eq!(names, ["y", "z"]);
}

/// Copies of a body know each other's tasks. Where there are no edges the loop stays as it is.
#[test]
fn unrolled_loops_in_loops() {
    let body =
        looped("#[unroll(8)] for j in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t]), j); }");
    // Once in order, and eight copies and the rest elsewhere.
    assert_eq!(expansion(&body).matches(".now(").count(), 1 + 8 + 1);
    let body =
        looped("#[unroll] for j in 0..3 { k(&x, &mut y.view_mut([i * t..(i + 1) * t]), j); }");
    assert_eq!(expansion(&body).matches(".now(").count(), 3 + 3);
}

/// What a loop refers to is what the loop around it does as well.
#[test]
fn what_inner_loops_refer_to() {
    let body = looped(
        "scope!({ parallel_for!(0..t, |j| { k(&x.view([j..j + 1]), &mut y.view_mut([i * t + j..i * t + j + 1])); }); });",
    );
    let mut names = handles(&body);
    names.sort();
    assert_eq!(names, ["x", "x", "y", "y"]);
}
