//! Tasks of several blocks and several kernels: one site with the accesses of all.

mod common;

use common::{codes, compiled, proven};
use pto_compiler::dump;

fn program(body: &str) -> String {
    format!("fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, t: usize) {{ {body} }}")
}

#[test]
fn the_tree_shows_kernels_blocks_and_cohorts() {
    let source = program(
        "#[task(blocks = 2 * n, sync_start)] k(&x, &mut y, n);
         #[task(after = [last], blocks = n)] let (a, b) = mixed!(f(&x, out!([t])), g(&y, out!([t]), 1));
         #[task(name = last)] mixed!(k(&a, &b, &mut y));",
    );
    let text = dump::source(&compiled(&source).source);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "k(&x, &mut y, n) blocks 2 * n sync_start",
            "f_and_g(&x, out [t] | &y, out [t], 1) after [last] blocks n",
            "last(&a, &b, &mut y)",
        ]
    );
}

#[test]
fn a_mixed_task_is_waited_for_as_one() {
    let source = program(
        "manual_scope!({
             let (a, b) = mixed!(f(&x, out!([t])), g(&x, out!([t])), k(&x, &mut y));
             f(&a, &mut z);
             g(&b, &mut y);
             mixed!(f(&x, &mut z), g(&x, &mut y));
         });",
    );
    let edges = proven(&source);
    assert_eq!(edges.len(), 4);
    assert_eq!(edges[0], "[]");
    assert_eq!(edges[1], edges[2], "both wait for the one task: {edges:?}");
    assert_ne!(edges[3], "[]", "{edges:?}");
}

#[test]
fn kernels_of_one_task_are_apart_for_certain() {
    let mixed = |a: &str, b: &str| codes(&program(&format!("mixed!(f({a}), g({b}));")));
    assert_eq!(mixed("&x, &mut y", "&x, &mut z"), [""; 0]);
    assert_eq!(mixed("&y", "&y, out!([t])"), [""; 0]);
    assert_eq!(mixed("&x, &mut y", "&y"), ["PTO009"]);
    assert_eq!(mixed("&mut y", "&x, &mut y"), ["PTO009"]);
    let (low, high) = ("&mut y.view_mut([0..n])", "&mut y.view_mut([n..t])");
    assert_eq!(mixed(low, high), [""; 0]);
    assert_eq!(mixed(low, "&mut y.view_mut([t..2 * t])"), ["PTO009"]);
    // Within one kernel what is undecided is left to the run.
    assert_eq!(mixed(&format!("{low}, &y.view([t..2 * t])"), "&x"), [""; 0]);
    assert_eq!(
        codes(&program(&format!("mixed!(f({low}), g(&x), k({low}));"))),
        ["PTO009"]
    );
}

#[test]
fn iterations_with_mixed_tasks_are_compared_like_others() {
    let parallel = |tile: &str| {
        codes(&program(&format!(
            "parallel_for!(0..n, |i| {{
                 #[task(blocks = 2)]
                 mixed!(f(&x, &mut y.view_mut([{tile}])), g(&x, &mut z.view_mut([i * t..(i + 1) * t])));
             }});"
        )))
    };
    assert_eq!(parallel("i * t..(i + 1) * t"), [""; 0]);
    assert_eq!(parallel("i..i + t"), ["PTO007"]);
}

#[test]
fn the_condition_of_a_team_is_one_more_access() {
    let source = program(
        "manual_scope!({
             k(&x, &mut z);
             #[task(blocks = n, when = z[0] > 0.0)] k(&x, &mut y);
             #[task(when = y[n] > 0.0)] mixed!(f(&x, &mut y), g(&x, &mut z));
             barrier!(&mut z);
         });",
    );
    let text = dump::source(&compiled(&source).source);
    for line in [
        "k(&x, &mut y) when z[0] > 0.0 blocks n",
        "f_and_g(&x, &mut y | &x, &mut z) when y[n] > 0.0",
        "barrier(&mut z)",
    ] {
        assert!(text.lines().any(|found| found.trim() == line), "{text}");
    }
    assert_eq!(proven(&source), ["[]", "[#0]", "[#1]", "[#2]"]);
    let created = "#[task(when = z[0] > 0.0)] let a = mixed!(f(&x, out!([t])), g(&x, &mut y));";
    assert_eq!(codes(&program(created)), ["PTO012"]);
}

#[test]
fn the_cure_of_a_missing_edge_keeps_the_other_options() {
    let source = program(
        "manual_scope!(deps(explicit), {
             #[task(blocks = 2 * n, sync_start)] k(&x, &mut y);
             #[task(blocks = n, when = z[0] > 0.0)] k(&x, &mut y);
         });",
    );
    let errors = compiled(&source).errors.into_sorted();
    let [error] = errors.as_slice() else {
        panic!("one edge is missing");
    };
    let text = error.plain();
    assert!(
        text.contains("`#[task(name = k, blocks = 2 * n, sync_start)]` at `k`"),
        "{text}"
    );
    assert!(
        text.contains("`#[task(after = [k], blocks = n, when = z[0] > 0.0)]` here"),
        "{text}"
    );
}

#[test]
fn what_options_cannot_be() {
    for body in [
        "#[task(blocks = 0)] k(&x, &mut y);",
        "#[task(blocks)] k(&x, &mut y);",
        "#[task(blocks(4))] k(&x, &mut y);",
        "#[task(blocks = 2, blocks = 3)] k(&x, &mut y);",
        "#[task(sync_start)] k(&x, &mut y);",
        "#[task(sync_start = true, blocks = 2)] k(&x, &mut y);",
        "#[task(blocks = 2)] let t = alloc!(f32; [n]); k(&t, &mut y);",
        "#[task(blocks = 2)] barrier!(&mut y);",
        "mixed!();",
        "mixed!(y);",
        "mixed!(k(n));",
        "mixed!(a(&x), b(&x), c(&x), d(&x));",
    ] {
        let found = codes(&program(body));
        assert!(found.contains(&"PTO012".to_owned()), "{body}: {found:?}");
    }
    assert_eq!(
        codes(&program("#[task(sync_start)] mixed!(a(&x), b(&y));")),
        [""; 0]
    );
    assert_eq!(codes(&program("let v = 1 + mixed!(a(&x));")), ["PTO002"]);
}
