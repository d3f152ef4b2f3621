//! What is inferred for small programs: hazards, levels, disjointness, branches.

mod common;

use common::{codes, manual, parallel, proven};

#[test]
fn read_read_has_no_edge() {
    let edges = proven(&manual("k(&x, &mut y); k(&x, &mut z);"));
    assert_eq!(edges, ["[]", "[]"]);
}

#[test]
fn raw_war_and_waw_have_one() {
    assert_eq!(
        proven(&manual("k(&x, &mut y); k(&y, &mut z);")),
        ["[]", "[#0]"]
    );
    assert_eq!(
        proven(&manual("k(&y, &mut z); k(&x, &mut y);")),
        ["[]", "[#0]"]
    );
    assert_eq!(
        proven(&manual("k(&x, &mut y); k(&x, &mut y);")),
        ["[]", "[#0]"]
    );
}

#[test]
fn implied_edges_are_dropped() {
    let edges = proven(&manual(
        "k(&x, &mut y); k(&y, &mut z); k(&y, &mut z); k(&z, &mut y);",
    ));
    assert_eq!(edges, ["[]", "[#0]", "[#1]", "[#2]"]);
}

#[test]
fn an_edge_over_a_task_that_may_not_run_stays() {
    let edges = proven(&manual(
        "k(&x, &mut y); if c { k(&x, &mut y); } k(&x, &mut y);",
    ));
    assert_eq!(edges, ["[]", "[#0]", "[#0|#1]"]);
}

#[test]
fn alternatives_do_not_wait_for_each_other() {
    let edges = proven(&manual(
        "if c { k(&x, &mut y); } else { k(&x, &mut y); } k(&y, &mut z);",
    ));
    assert_eq!(edges, ["[]", "[]", "[#0|#1]"]);
}

#[test]
fn tiles_are_disjoint() {
    let edges = proven(&manual(
        "k(&x, &mut y.view_mut([0..t])); k(&x, &mut y.view_mut([t..2 * t])); k(&y.view([0..t]), &mut z);",
    ));
    assert_eq!(edges, ["[]", "[]", "[#0]"]);
}

#[test]
fn columns_are_disjoint() {
    let edges = proven(&manual(
        "k(&x, &mut y.view_mut([.., 0..t])); k(&x, &mut y.view_mut([.., t..])); k(&x, &mut y.view_mut([0..1]));",
    ));
    assert_eq!(edges, ["[]", "[]", "[#0, #1]"]);
}

#[test]
fn tiles_of_a_loop_do_not_wait_for_each_other() {
    let edges = proven(&manual(
        "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }",
    ));
    assert_eq!(edges, ["[]"]);
    let edges = proven(&manual(
        "for i in 0..n { k(&x, &mut y.view_mut([i * t..i * t + t + 1])); }",
    ));
    assert_eq!(edges, ["[#0]"]);
}

#[test]
fn steps_and_reversed_ranges_are_understood() {
    for range in [
        "(0..n).rev()",
        "(0..n).step_by(2)",
        "(0..n).step_by(2).rev()",
        "0..=n",
    ] {
        let body = format!("for i in {range} {{ k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }}");
        assert_eq!(proven(&manual(&body)), ["[]"], "{range}");
    }
    let edges = proven(&manual(
        "for i in (0..n).step_by(2) { k(&x, &mut y.view_mut([i * t..(i + 2) * t])); }",
    ));
    assert_eq!(edges, ["[]"]);
    let edges = proven(&manual(
        "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 2) * t])); }",
    ));
    assert_eq!(edges, ["[#0]"]);
}

#[test]
fn unrolled_tiles_do_not_wait_for_each_other() {
    let edges = proven(&manual(
        "#[unroll(4)] for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }",
    ));
    assert_eq!(edges, ["[]"; 5]);
}

#[test]
fn two_dimensional_tiles_are_disjoint() {
    let body = "for i in 0..n { for j in 0..m {
        k(&x, &mut y.view_mut([i * t..(i + 1) * t, j * t..(j + 1) * t]));
    } }";
    assert_eq!(proven(&manual(body)), ["[]"]);
    assert!(
        parallel(
            "for j in 0..m { k(&x, &mut y.view_mut([i * t..(i + 1) * t, j * t..(j + 1) * t])); }"
        )
        .is_empty()
    );
}

#[test]
fn inner_tiles_inside_outer_ones_are_disjoint() {
    // Row i*m + j of an n*m grid: j stays below m, so rows of different i never meet.
    assert!(
        parallel(
            "for j in 0..m { k(&x, &mut y.view_mut([(i * m + j) * t..(i * m + j + 1) * t])); }"
        )
        .is_empty()
    );
    assert_eq!(
        parallel(
            "for j in 0..m + 1 { k(&x, &mut y.view_mut([(i * m + j) * t..(i * m + j + 1) * t])); }"
        ),
        ["PTO007"]
    );
}

#[test]
fn halo_reads_conflict_with_the_neighbour() {
    let edges = proven(&manual(
        "for i in 1..n { k(&y.view([i * t - 1..i * t]), &mut y.view_mut([i * t..(i + 1) * t])); }",
    ));
    assert_eq!(edges, ["[#0]"]);
    assert_eq!(
        parallel(
            "k(&y.view([i * t..(i + 2) * t]), &mut z.view_mut([i..i + 1])); k(&x, &mut y.view_mut([i * t..(i + 1) * t]));"
        ),
        ["PTO006"]
    );
}

#[test]
fn reads_of_shared_storage_are_independent() {
    assert!(parallel("k(&y, &mut z.view_mut([i * t..(i + 1) * t]));").is_empty());
    assert!(parallel("k(&x, &mut y.view_mut([i * t..(i + 1) * t])); k(&y.view([i * t..(i + 1) * t]), &mut z.view_mut([i..i + 1]));").is_empty());
}

#[test]
fn fresh_storage_is_of_its_iteration() {
    assert!(parallel("let s = k(&x, out!([t])); let mut a = alloc!([t]); k(&s, &mut a); k(&a, &mut y.view_mut([i..i + 1]));").is_empty());
    let edges = proven(&manual(
        "for i in 0..n { let s = k(&x, out!([t])); k(&s, &mut y.view_mut([i..i + 1])); }",
    ));
    assert_eq!(edges, ["[]", "[#0]"]);
}

#[test]
fn a_value_carried_around_a_loop_orders_it() {
    let edges = proven(&manual(
        "let mut s = k(&x, out!([t])); for _ in 0..n { s = k(&s, out!([t])); } k(&s, &mut y);",
    ));
    assert_eq!(edges, ["[]", "[#0|#1]", "[#0|#1]"]);
    assert_eq!(
        parallel("let mut s = k(&x, out!([t])); k(&s, &mut y);"),
        ["PTO006"]
    );
}

#[test]
fn swapped_buffers_are_followed() {
    let body = "let mut a = k(&x, out!([t])); let mut b = k(&x, out!([t]));
        for _ in 0..n { k(&a, &mut b); (a, b) = (b, a); } k(&a, &mut y);";
    // Either variable may be either buffer after a swap: the loop's task is a chain.
    assert_eq!(
        proven(&manual(body)),
        ["[]", "[]", "[#0|#2, #1|#2]", "[#0|#2, #1|#2]"]
    );
}

#[test]
fn long_rotations_of_buffers_are_followed_to_their_end() {
    let names: Vec<String> = (0..40).map(|i| format!("v{i}")).collect();
    let made: String = names
        .iter()
        .map(|v| format!("let mut {v} = k(&x, out!([t]));"))
        .collect();
    let mut turned = names.clone();
    turned.rotate_left(1);
    let body = format!(
        "{made} for _ in 0..n {{ ({}) = ({}); k(&v0, &mut y); }}",
        names.join(", "),
        turned.join(", ")
    );
    // Any of the forty may be the one that is read.
    let edges = proven(&manual(&body));
    assert!(edges[40].contains("#39"), "{}", edges[40]);
}

#[test]
fn what_cannot_be_followed_to_its_end_is_refused() {
    let names: Vec<String> = (0..140).map(|i| format!("v{i}")).collect();
    let made: String = names
        .iter()
        .map(|v| format!("let mut {v} = alloc!([t]);"))
        .collect();
    let mut turned = names.clone();
    turned.rotate_left(1);
    let left = names.join(", ");
    let right = turned.join(", ");
    let body = format!("{made} for _ in 0..n {{ ({left}) = ({right}); }} k(&v0, &mut y);");
    assert_eq!(codes(&manual(&body)), ["PTO011"]);
}

#[test]
fn a_chain_is_reset_where_it_cannot_matter() {
    // Each i has a tile of its own: only the inner loop is a chain.
    let edges = proven(&manual(
        "for i in 0..n { for _ in 0..m { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); } }",
    ));
    assert_eq!(edges, ["[#0]"]);
}

#[test]
fn all_iterations_are_awaited_where_no_chain_orders_them() {
    let edges = proven(&manual(
        "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); } k(&y, &mut z);",
    ));
    assert_eq!(edges, ["[]", "[all #0]"]);
}

#[test]
fn what_an_outer_loop_carries_makes_no_chain_of_an_inner_one() {
    // The outer loop orders the tiles of different rounds, nothing those of one round.
    let edges = proven(&manual(
        "for _ in 0..m { for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); } k(&x, &mut y); }",
    ));
    assert_eq!(edges, ["[#1]", "[all #0, #1]"]);
}

#[test]
fn views_of_views_are_composed() {
    let edges = proven(&manual(
        "let mut top = y.view_mut([0..2 * t]); k(&x, &mut top.view_mut([t..2 * t])); k(&y.view([0..t]), &mut z); k(&y.view([t..t + 1]), &mut z);",
    ));
    assert_eq!(edges, ["[]", "[]", "[#0, #1]"]);
}

#[test]
fn edges_cross_scopes_in_both_directions() {
    let edges = proven(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
            k(&x, &mut y);
            manual_scope!({ k(&y, &mut z); });
            k(&z, &mut y);
            k(&z, &mut y);
        }",
    );
    // AUTO tasks wait for MANUAL ones as for each other: by edges, where the overlap is certain.
    assert_eq!(edges, ["[]", "[#0]", "[#1]", "[#2]"]);
}

#[test]
fn a_conflict_is_certain_only_if_it_happens_in_every_iteration() {
    // The first iteration reads nothing that the second writes.
    let halo =
        "k(&y.view([i..i + 4]), &mut z.view_mut([i..i + 1])); k(&x, &mut y.view_mut([4..]));";
    assert_eq!(parallel(halo), ["PTO007"]);
    assert_eq!(parallel("k(&x, &mut y.view_mut([0..t]));"), ["PTO006"]);
    assert_eq!(
        parallel("k(&x, &mut y.view_mut([i * t..(i + 2) * t]));"),
        ["PTO006"]
    );
}

#[test]
fn storage_of_an_unknown_earlier_iteration_conflicts_perhaps() {
    let body = "let mut v = k(&x, out!([n]));
        parallel_for!(0..m, |j| { k(&mut v); v = k(&v, out!([n])); });";
    assert!(!parallel(body).contains(&"PTO006".to_owned()));
}

#[test]
fn both_iterations_lie_inside_the_range() {
    let source = |read: usize| {
        format!(
            "fn program(y: InOut<f32>, t: usize) {{
                parallel_for!(0..3, |i| {{
                    k(&y.view([{read} * t..({read} + 1) * t]), &mut y.view_mut([i * t..(i + 1) * t]));
                }});
            }}"
        )
    };
    assert!(codes(&source(3)).is_empty(), "{:?}", codes(&source(3)));
    assert!(!codes(&source(2)).is_empty());
}

#[test]
fn options_of_an_assignment_are_those_of_its_task() {
    let edges = |options: &str| {
        proven(&manual(&format!(
            "let mut v = k(&x, out!([n])); #[task(name = a)] k(&x, &mut z); {options} v = k(&y, out!([n])); k(&x, &mut v);"
        )))
    };
    assert_eq!(edges(""), ["[]", "[]", "[]", "[#2]"]);
    let explicit = |options: &str| {
        codes(&format!(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize) {{ manual_scope!(deps(explicit), {{
                #[task(name = a)] k(&x, &mut y);
                #[task(name = b)] let mut v = k(&x, out!([n]));
                {options} v = k(&y, out!([n]));
                let mut pair = (v, 1);
                {options} pair.0 = k(&y, out!([n]));
            }}); }}"
        ))
    };
    assert_eq!(explicit(""), ["PTO004", "PTO004"]);
    assert!(explicit("#[task(after = [a])]").is_empty());
    // Elsewhere they are as misplaced as on any other statement.
    assert_eq!(
        codes(&manual(
            "let mut i = 0; #[task(name = a)] i += n; k(&x, &mut y);"
        )),
        ["PTO002"]
    );
    assert_eq!(
        codes(&manual(
            "#[task(name = a)] #[task(name = b)] k(&x, &mut y);"
        )),
        ["PTO012"]
    );
}
