//! Jumps, seen and unseen: what may be skipped orders nothing.

mod common;

use common::{manual, parallel, proven};

#[test]
fn a_continue_may_skip_what_follows() {
    // Without the `continue` the second write would imply the edge from the first.
    let edges = proven(&manual(
        "for i in 0..n { k(&x, &mut y); if c { continue; } k(&x, &mut y); }",
    ));
    assert_eq!(edges, ["[#0|#1]", "[#0]"]);
}

#[test]
fn a_continue_in_an_unrolled_copy_leads_to_the_next_copy() {
    let edges = proven(&manual(
        "let mut s = k(&x, out!([t]));
         #[unroll] for i in 0..2 { k(&x, &mut s); if c { continue; } s = k(&x, out!([t])); }",
    ));
    // The second copy updates the first storage or that of the first copy.
    assert_eq!(edges[3], "[#1, #2]");
}

#[test]
fn a_break_out_of_a_labelled_block_leads_to_its_end() {
    let edges = proven(&manual(
        "let mut s = k(&x, out!([t]));
         'a: { s = k(&x, out!([t])); if c { break 'a; } s = k(&x, out!([t])); }
         k(&s, &mut y);",
    ));
    assert_eq!(edges, ["[]", "[]", "[]", "[#1, #2]"]);
}

#[test]
fn jumps_inside_of_one_parallel_iteration_are_fine() {
    assert!(
        parallel("'a: { if i == m { break 'a; } k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }")
            .is_empty()
    );
    assert!(
        parallel("'a: for j in 0..m { loop { if j == i { continue 'a; } break; } }").is_empty()
    );
    assert!(parallel("if i == m { continue; } loop { break; }").is_empty());
    assert_eq!(parallel("break;"), ["PTO011"]);
    assert_eq!(parallel("loop { return; }"), ["PTO011"]);
    assert_eq!(parallel("'a: loop { break 'b; }"), ["PTO011"]);
}

#[test]
fn what_an_early_return_may_skip_keeps_nothing() {
    let keeps = |body: &str| -> Vec<bool> {
        let lines = common::sites(&manual(body));
        lines.iter().map(|line| !line.contains("keep=[]")).collect()
    };
    let [before, after] = ["", "if c { return; }"].map(|jump| {
        keeps(&format!(
            "let mut u = alloc!([n]); let mut v = alloc!([n]);
             k(&x, &mut u); k(&x, &mut v); {jump} k(&u, &v, &mut y);"
        ))
    });
    // What keeps `u` for the last task keeps `v` for the one before, if the last comes.
    assert_eq!(before, [false, false, true, false, true]);
    assert_eq!(after, [false, false, true, true, true]);
}

#[test]
fn a_macro_may_hide_a_jump() {
    let body = |jump: &str| {
        proven(&manual(&format!(
            "for i in 0..n {{ k(&x, &mut y); {jump} k(&x, &mut y); }} k(&y, &mut z);"
        )))
    };
    let hidden = ["[#0|#1]", "[#0]", "[#0|#1]"];
    assert_eq!(body("if c { continue; }"), hidden);
    assert_eq!(body("skip_if!(c);"), hidden);
    assert_eq!(body("let w = n + value!(c);"), hidden);
    // Those of the standard library do not, nor does one in a closure leave it.
    let plain = ["[#1]", "[#0]", "[#1]"];
    for harmless in ["println!(\"{n}\");", "assert!(c);", "let f = || value!(c);"] {
        assert_eq!(body(harmless), plain);
    }
}

#[test]
fn a_jump_that_a_macro_hides_in_a_guard_leads_out_too() {
    let body = |guard: &str| {
        proven(&manual(&format!(
            "for i in 0..n {{ k(&x, &mut y); match m {{ 0 if {guard} => {{}} _ => {{}} }} k(&x, &mut y); }} k(&y, &mut z);"
        )))
    };
    assert_eq!(body("stop!(c)"), ["[#0|#1]", "[#0]", "[#0|#1]"]);
    assert_eq!(body("c"), ["[#1]", "[#0]", "[#1]"]);
}

#[test]
fn a_jump_that_a_macro_hides_leads_out_of_all_loops() {
    let source = "for j in 0..m {
        let mut a = alloc!([t]);
        for i in 0..n { k(&x, &mut a); stop!(c); a = k(&x, out!([t])); }
        k(&a, &mut y);
    }";
    // After a `break` it is what it was before.
    let edges = proven(&manual(source));
    assert_eq!(
        edges[3],
        proven(&manual(&source.replace("stop!(c)", "if c { break }")))[3]
    );
}
