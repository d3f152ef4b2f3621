//! Loops that are unrolled completely: each copy knows its variable, and nothing is left of the loop.

mod common;

use common::{codes, compiled, manual, parallel, proven};
use pto_compiler::model::Program;

const TILE: &str = "y.view_mut([i * t..(i + 1) * t])";

/// The names of the tasks that run.
fn running(program: &Program) -> Vec<&str> {
    let sites = program.sites.iter().filter(|site| !site.never);
    sites.map(|site| site.name.as_str()).collect()
}

#[test]
fn a_tile_of_one_copy_is_known_outside() {
    let edges = proven(&manual(&format!(
        "#[unroll] for i in 0..3 {{ f(&x, &mut {TILE}); }} g(&y.view([t..2 * t]), &mut z);"
    )));
    assert_eq!(edges, ["[]", "[]", "[]", "[#1]"]);
    let edges = proven(&manual(&format!(
        "g(&x, &mut y.view_mut([t..2 * t])); #[unroll] for i in 0..3 {{ f(&x, &mut {TILE}); }}"
    )));
    assert_eq!(edges, ["[]", "[]", "[#0]", "[]"]);
}

#[test]
fn loops_inside_each_other_are_one_sequence() {
    let edges = proven(&manual(
        "#[unroll] for i in 0..2 { #[unroll] for j in 0..2 {
             f(&x, &mut y.view_mut([(2 * i + j) * t..(2 * i + j + 1) * t]));
         } }
         g(&y.view([3 * t..4 * t]), &mut z);",
    ));
    assert_eq!(edges, ["[]", "[]", "[]", "[]", "[#3]"]);
}

#[test]
fn an_outer_loop_carries_what_the_copies_touch_and_no_more() {
    let edges = proven(&manual(
        "for k in 0..n { #[unroll] for i in 0..2 {
             f(&x, &mut y.view_mut([(2 * k + i) * t..(2 * k + i + 1) * t]));
         } }",
    ));
    assert_eq!(edges, ["[]", "[]"]);
    assert!(
        parallel(
            "#[unroll] for j in 0..2 { k(&x, &mut y.view_mut([(2 * i + j) * t..(2 * i + j + 1) * t])); }"
        )
        .is_empty()
    );
    let conflicting =
        "#[unroll] for j in 0..3 { k(&x, &mut y.view_mut([(i + j) * t..(i + j + 1) * t])); }";
    assert_eq!(parallel(conflicting), ["PTO006"]);
}

#[test]
fn elements_are_told_apart_by_their_numbers() {
    let edges = proven(&manual(
        "let mut v = [f(&x, out!([t])), f(&x, out!([t]))];
         #[unroll] for i in 0..4 { g(&x, &mut v[i % 2]); }
         h(&v[0], &mut z);",
    ));
    assert_eq!(edges, ["[]", "[]", "[#0]", "[#1]", "[#2]", "[#3]", "[#4]"]);
}

#[test]
fn what_is_left_of_a_loop_is_below_its_end() {
    let after = |tile: &str| {
        proven(&manual(&format!(
            "#[unroll(3)] for i in 0..n {{ f(&x, &mut {TILE}); }} g(&y.view([{tile}]), &mut z);"
        )))
    };
    assert_eq!(after("n * t..(n + 1) * t")[4], "[]");
    // The same tile is made by the same copy.
    let edges = proven(&manual(&format!(
        "#[unroll(2)] for i in 0..n {{ f(&x, &mut {TILE}); }}
         #[unroll(2)] for i in 0..n {{ g(&x, &mut {TILE}); }}"
    )));
    assert_eq!(edges, ["[]", "[]", "[]", "[#0[i]]", "[#1[i]]", "[#2[i]]"]);
    // With numbers for ends it is known which iteration is left.
    let edges = proven(&manual(&format!(
        "#[unroll(3)] for i in 0..7 {{ f(&x, &mut {TILE}); }} g(&y.view([6 * t..7 * t]), &mut z);"
    )));
    assert_eq!(edges[4], "[#3[6]]");
}

#[test]
fn a_loop_of_one_iteration_is_its_body() {
    let edges = proven(&manual("for i in 2..3 { f(&x, &mut y); g(&y, &mut z); }"));
    assert_eq!(edges, ["[]", "[#0]"]);
}

#[test]
fn conditions_on_the_variable_are_decided() {
    let ran = |condition: &str| {
        let source = manual(&format!(
            "#[unroll] for i in 0..4 {{ if {condition} {{ yes(&x, &mut y); }} else {{ no(&x, &mut y); }} }}"
        ));
        running(&compiled(&source).program).join(" ")
    };
    assert_eq!(ran("i == 0"), "yes no no no");
    assert_eq!(ran("i % 2 == 1 && i > 1"), "no no no yes");
    assert_eq!(ran("!(i < 3 || false)"), "no no no yes");
    assert_eq!(ran("(i + 1) * 2 <= 4"), "yes yes no no");
    assert_eq!(ran("i.min(2) >= 2 && true"), "no no yes yes");
    // It may wrap around in a small type.
    assert_eq!(ran("i + 200 > 100"), "yes no yes no yes no yes no");
    assert_eq!(ran("c && i != 1"), "yes no no yes no yes no");
    // What else it is about is for the run to tell.
    assert_eq!(ran("i < n"), "yes no yes no yes no yes no");
}

#[test]
fn arms_are_decided() {
    let ran = |arms: &str| {
        let source = manual(&format!(
            "#[unroll] for i in 0..4 {{ match i {{ {arms} }} }}"
        ));
        running(&compiled(&source).program).join(" ")
    };
    let call = |name: &str| format!("{{ {name}(&x, &mut y); }}");
    let (a, b, e) = (call("a"), call("b"), call("e"));
    assert_eq!(ran(&format!("0 | 2 => {a} _ => {b}")), "a b a b");
    assert_eq!(ran(&format!("1..=2 => {a} 3.. => {b} _ => {e}")), "e a a b");
    assert_eq!(
        ran(&format!("0 if c => {a} 0 => {b} _ => {e}")),
        "a b e e e"
    );
    assert_eq!(ran(&format!("0..3 if i > 0 => {a} _ => {b}")), "b a a b");
    // The name may be a constant's, and it may hide another.
    assert_eq!(ran(&format!("N => {a} _ => {b}")), "a b a b a b a b");
    assert_eq!(
        ran(&format!("0 => {a} i if i == 0 => {b} _ => {e}")),
        "a b e b e b e"
    );
}

#[test]
fn what_runs_in_a_copy_is_certain_there() {
    let edges = proven(&manual(
        "let mut s = f(&x, out!([t]));
         #[unroll] for i in 0..2 {
             if i == 1 { s = f(&x, out!([t])); continue; }
             g(&s, &mut y);
         }
         g(&s, &mut z);",
    ));
    // The first copy skips what the second does, and the other way around.
    assert_eq!(edges, ["[]", "[]", "[#0]", "[]", "[]", "[#3]"]);
}

#[test]
fn a_number_that_is_bound_counts_like_a_literal() {
    let source = manual("let i = 7 / 2; if i == 3 { f(&x, &mut y); } else { g(&x, &mut y); }");
    assert_eq!(running(&compiled(&source).program), ["f"]);
}

#[test]
fn assertions_by_the_variable_hold_between_copies() {
    let unrolled = "#[unroll] for i in 0..3 {
        #[task(unsafe(disjoint(y by i)))]
        f(&x, &mut y.view_mut([n..n + t]));
    }";
    assert_eq!(proven(&manual(unrolled)), ["[]"; 3]);
    // Copies of one number meet in other iterations of an outer loop.
    let edges = proven(&manual(&format!("for k in 0..n {{ {unrolled} }}")));
    assert_eq!(edges, ["[#0]", "[#1]", "[#2]"]);
}

#[test]
fn a_mistake_of_all_copies_is_one() {
    let explicit = |body: &str| {
        codes(&format!(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize, t: usize) {{
                 manual_scope!(deps(explicit), {{ #[unroll] for i in 0..3 {{ {body} }} }});
             }}"
        ))
    };
    assert_eq!(explicit("f(&x, &mut y);"), ["PTO004"]);
    assert_eq!(
        explicit("#[task(name = f, after = [f])] f(&x, &mut y);"),
        [""; 0]
    );
    let mistakes = [
        ("f(&y.view([0..t]), &mut y.view_mut([0..t]));", "PTO009"),
        (
            "parallel_for!(0..n, |j| { f(&x, &mut y.view_mut([i * t..(i + 1) * t])); });",
            "PTO006",
        ),
    ];
    for (body, code) in mistakes {
        let body = format!("#[unroll] for i in 0..3 {{ {body} }}");
        assert_eq!(codes(&manual(&body)), [code], "{body}");
    }
}

#[test]
fn copies_race_with_their_own_earlier_iterations() {
    let source = "fn program(x: In<f32>, y: InOut<f32>) {
        manual_scope!(deps(explicit), { #[unroll] for i in 0..3 { f(&x, &mut y); } });
    }";
    let errors = compiled(source).errors.into_sorted();
    let text = errors[0].plain();
    assert!(
        text.contains("`f` races on `y` with its own earlier iterations"),
        "{text}"
    );
    assert!(
        text.contains("write `#[task(name = f, after = [f])]` here"),
        "{text}"
    );
}
