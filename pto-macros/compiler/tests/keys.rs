//! Edges to the very instances that conflict, where loop variables tell.

mod common;

use common::{compiled, manual, proven};
use pto_compiler::analysis::VariableKind;

const TILE: &str = "y.view_mut([j * t..(j + 1) * t])";

#[test]
fn tiles_that_are_updated_again_and_again_wait_for_their_own() {
    let edges = proven(&manual(&format!(
        "for k in 0..n {{ for j in 0..m {{ f(&x, &mut {TILE}); }} }}"
    )));
    assert_eq!(edges, ["[#0[j]]"]);
}

#[test]
fn a_second_loop_waits_for_the_tile_of_the_first() {
    let edges = proven(&manual(&format!(
        "for j in 0..m {{ f(&x, &mut {TILE}); }}
         for i in 0..m {{ g(&y.view([i * t..(i + 1) * t]), &mut z.view_mut([i * t..(i + 1) * t])); }}"
    )));
    assert_eq!(edges, ["[]", "[#0[i]]"]);
}

#[test]
fn neighbours_of_a_tile_are_named() {
    let edges = proven(&manual(&format!(
        "for j in 0..m {{ f(&x, &mut {TILE}); }}
         for i in 0..m {{ g(&y.view([i * t..(i + 2) * t]), &mut z.view_mut([i * t..(i + 1) * t])); }}"
    )));
    assert_eq!(edges, ["[]", "[#0[i], #0[i+1]]"]);
}

#[test]
fn a_distance_of_two_is_not_one() {
    let edges = proven(&manual(
        "for i in 0..n { f(&y.view([i * t..(i + 1) * t]), &mut y.view_mut([(i + 2) * t..(i + 3) * t])); }",
    ));
    assert_eq!(edges, ["[#0[i-2]]"]);
    let edges = proven(&manual(
        "for i in (0..n).rev() { f(&y.view([(i + 2) * t..(i + 3) * t]), &mut y.view_mut([i * t..(i + 1) * t])); }",
    ));
    assert_eq!(edges, ["[#0[i+2]]"]);
}

#[test]
fn two_dimensions_give_two_parts() {
    let edges = proven(&manual(
        "for i in 0..n { for j in 0..m { f(&x, &mut y.view_mut([i * t..(i + 1) * t, j * t..(j + 1) * t])); } }
         for j in 0..m { for i in 0..n { g(&y.view([i * t..(i + 1) * t, j * t..(j + 1) * t]), out!([t])); } }",
    ));
    assert_eq!(edges, ["[]", "[#0[i,j]]"]);
}

#[test]
fn what_is_reduced_over_waits_for_all() {
    // Each row of tiles is read as a whole.
    let edges = proven(&manual(
        "for i in 0..n { for j in 0..m { f(&x, &mut y.view_mut([i * t..(i + 1) * t, j * t..(j + 1) * t])); } }
         for i in 0..n { g(&y.view([i * t..(i + 1) * t, ..]), out!([t])); }",
    ));
    assert_eq!(edges, ["[]", "[#0[i]]"]);
}

#[test]
fn tiles_of_a_row_are_apart_once_the_row_is_known() {
    let edges = proven(&manual(
        "for k in 0..n { for i in 0..m {
            let mut row = y.view_mut([i * n..(i + 1) * n]);
            for j in 0..4 { f(&x, &mut row.view_mut([j * t..(j + 1) * t])); }
         } }",
    ));
    assert_eq!(edges, ["[#0[i,j]]"]);
    let edges = proven(&manual(
        "for k in 0..n { for i in 0..m {
            let below = y.view([(i + 1) * n..(i + 2) * n]);
            let mut row = y.view_mut([i * n..(i + 1) * n]);
            for j in 0..4 { f(&below.view([j * t..(j + 1) * t]), &mut row.view_mut([j * t..(j + 1) * t])); }
         } }",
    ));
    assert_eq!(edges, ["[#0[i-1,j], #0[i+1,j], #0[i,j], #0[i-1,j]]"]);
}

#[test]
fn steps_count() {
    let edges = proven(&manual(
        "for k in 0..n { for j in (0..m).step_by(4) { f(&x, &mut y.view_mut([j..j + 4])); } }",
    ));
    assert_eq!(edges, ["[#0[j]]"]);
    let edges = proven(&manual(
        "for j in (0..m).step_by(4) { f(&y.view([j..j + 4]), &mut y.view_mut([j + 8..j + 12])); }",
    ));
    assert_eq!(edges, ["[#0[j-8]]"]);
}

#[test]
fn many_that_wait_for_many_share_a_fence() {
    // Nothing tells which tiles the second loop reads.
    let edges = proven(&manual(&format!(
        "for j in 0..m {{ f(&x, &mut {TILE}); }}
         for i in 0..m {{ g(&y, &mut z.view_mut([i * t..(i + 1) * t])); }}"
    )));
    assert_eq!(edges, ["[]", "[fence of #0]"]);
    // A single task waits for each by itself.
    let edges = proven(&manual(&format!(
        "for j in 0..m {{ f(&x, &mut {TILE}); }} g(&y, &mut z);"
    )));
    assert_eq!(edges, ["[]", "[all #0]"]);
}

#[test]
fn one_tile_of_a_loop_is_named_by_its_number() {
    let after = |view: &str| {
        proven(&manual(&format!(
            "for j in 0..m {{ f(&x, &mut {TILE}); }} g(&y.view([{view}]), &mut z);"
        )))
    };
    assert_eq!(after("2 * t..3 * t"), ["[]", "[#0[2]]"]);
    assert_eq!(after("0..t"), ["[]", "[#0[0]]"]);
    assert_eq!(after("t..3 * t"), ["[]", "[#0[1], #0[2]]"]);
    assert_eq!(after("t - 1..2 * t + 1"), ["[]", "[#0[0], #0[1], #0[2]]"]);
    // What only a run can tell.
    assert_eq!(after("n * t..(n + 1) * t"), ["[]", "[all #0]"]);
    assert_eq!(after(".."), ["[]", "[all #0]"]);
}

#[test]
fn a_number_and_a_variable_make_a_key() {
    let edges = proven(&manual(
        "for i in 0..n { for j in 0..m { f(&x, &mut y.view_mut([i * t..(i + 1) * t, j * t..(j + 1) * t])); } }
         for i in 0..n { g(&y.view([i * t..(i + 1) * t, t..2 * t]), out!([t])); }",
    ));
    assert_eq!(edges, ["[]", "[#0[i,1]]"]);
}

#[test]
fn the_first_iterations_of_the_loop_around_both_are_remembered() {
    let edges = proven(&manual(
        "for i in 0..n {
            f(&x, &mut y.view_mut([i * t..(i + 1) * t]));
            g(&y.view([0..t]), &mut z.view_mut([i * t..(i + 1) * t]));
         }",
    ));
    assert_eq!(edges, ["[]", "[#0[0], #0[] if i=0]"]);
}

#[test]
fn readers_of_the_next_tile_are_known_by_their_distance() {
    // Each tile is read one iteration before it is written: certain, but readers are no chain.
    let edges = proven(&manual(
        "for i in 0..n {
            f(&x, &mut y.view_mut([i * t..(i + 1) * t]));
            g(&y.view([(i + 1) * t..(i + 2) * t]), &mut z.view_mut([i * t..(i + 1) * t]));
         }",
    ));
    assert_eq!(edges, ["[#1[i-1]]", "[]"]);
}

/// A table holds the latest task of a key where those before are ordered before it, whoever orders them: else it would grow with
/// the iterations.
#[test]
fn tables_do_not_grow_where_tasks_form_chains() {
    let half = |from: &str, to: &str| {
        format!(
            "k(&{from}.view([0..t]), &{from}.view([t..2 * t]), &mut {to}.view_mut([0..t]));
             for i in 1..15 {{
                 k(&{from}.view([(i - 1) * t..i * t]), &{from}.view([(i + 1) * t..(i + 2) * t]),
                   &mut {to}.view_mut([i * t..(i + 1) * t]));
             }}
             k(&{from}.view([14 * t..15 * t]), &{from}.view([15 * t..16 * t]), &mut {to}.view_mut([15 * t..16 * t]));"
        )
    };
    let source = format!(
        "fn f(a: InOut<f32>, b: InOut<f32>, n: usize, t: usize) {{
             manual_scope!({{ for s in 0..n {{ {} {} }} }});
         }}",
        half("a", "b"),
        half("b", "a"),
    );
    let compiled = compiled(&source);
    let kinds = compiled.analysis.plan.variables.iter();
    let kinds: Vec<_> = kinds.map(|variable| &variable.kind).collect();
    let tables = kinds
        .iter()
        .filter(|kind| matches!(kind, VariableKind::Table { .. }));
    assert!(tables.count() > 4, "{kinds:?}");
    let grows = |kind: &&&VariableKind| match kind {
        VariableKind::Table { latest, .. } => !latest,
        kind => kind.is_all(),
    };
    assert_eq!(kinds.iter().filter(grows).count(), 0, "{kinds:?}");
}
