//! AUTO scopes: what is settled at compile time, argument by argument.

use super::common::{proven, sites};
use super::{program, tracked};

#[test]
pub(super) fn a_read_whose_producer_is_certain_is_not_looked_up() {
    let body = "k(&x, &mut y); k(&y, &mut z);";
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
pub(super) fn an_update_whose_producer_is_certain_is_not_looked_up() {
    let body = "k(&x, &mut y); k(&x, &mut y); k(&y, &mut z);";
    assert_eq!(tracked(body), ["- -", "- -", "- -"]);
    assert_eq!(proven(&program(body)), ["[]", "[#0]", "[#1]"]);
}

#[test]
pub(super) fn a_part_whose_overlap_is_certain_is_not_looked_up() {
    let body = "k(&x, &mut y.view_mut([0..9])); k(&y.view([8..16]), &mut z);";
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
pub(super) fn a_symbolic_part_is_settled_where_it_can_be_proven() {
    let apart = "k(&x, &mut y.view_mut([n..n + t])); k(&y.view([n + t..n + 2 * t]), &mut z);";
    assert_eq!(tracked(apart), ["- -", "- -"]);
    assert_eq!(proven(&program(apart)), ["[]", "[]"]);
    let unknown = "k(&x, &mut y.view_mut([n..n + t])); k(&y.view([m..m + t]), &mut z);";
    assert_eq!(tracked(unknown), ["- r", "l -"]);
}

#[test]
pub(super) fn one_undecided_hazard_leaves_the_edges_of_the_others() {
    let body = "k(&x, &mut y.view_mut([n..n + t])); k(&x, &mut z); k(&y.view([m..m + t]), &mut z);";
    assert_eq!(proven(&program(body)), ["[]", "[]", "[#1]"]);
    assert_eq!(tracked(body), ["- r", "- -", "l -"]);
}

#[test]
pub(super) fn a_read_with_a_writer_that_may_follow_is_registered() {
    let body = "k(&y.view([n..n + t]), &mut z); k(&x, &mut y.view_mut([m..m + t]));";
    assert_eq!(tracked(body), ["r -", "- l"]);
}

#[test]
pub(super) fn a_fresh_tensor_is_ordered_by_its_maker() {
    let body =
        "for i in 0..n { let s = k(&x, out!([t])); k(&s, &mut y.view_mut([i * t..(i + 1) * t])); }";
    assert_eq!(tracked(body), ["-", "- -"]);
}

#[test]
pub(super) fn a_tensor_that_may_be_one_of_two_is_ordered_by_its_maker() {
    let body = "let a = k(&x, out!([t])); let b = k(&x, out!([t])); let v = if c { a } else { b }; k(&v, &mut y);";
    assert_eq!(tracked(body), ["-", "-", "- -"]);
}

#[test]
pub(super) fn a_tensor_carried_around_a_loop_is_ordered_by_its_maker() {
    let body =
        "let mut v = k(&x, out!([t])); for i in 0..n { v = k(&v, out!([t])); } k(&v, &mut y);";
    assert_eq!(tracked(body), ["-", "-", "- -"]);
}

#[test]
pub(super) fn the_iterations_of_a_loop_with_parts_of_their_own_are_settled() {
    let body = "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); k(&y.view([i * t..(i + 1) * t]), &mut z.view_mut([i * t..(i + 1) * t])); }";
    assert_eq!(tracked(body), ["- -", "- -"]);
    assert_eq!(proven(&program(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn a_gathered_part_is_looked_up_and_nothing_else_is() {
    let body = "for i in 0..n { let at = table[i] as usize; k(&x, &mut y.view_mut([at..at + t])); k(&x, &mut z.view_mut([i..i + 1])); }";
    assert_eq!(tracked(body), ["- lr", "- -"]);
}

#[test]
pub(super) fn what_is_settled_in_one_scope_is_settled_in_its_sibling() {
    let body = "scope!({ k(&x, &mut y); }); scope!({ k(&y, &mut z); });";
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
pub(super) fn a_read_only_parameter_is_never_tracked() {
    let body = "for i in 0..n { k(&x.view([table[i] as usize..]), &mut y.view_mut([i..i + 1])); }";
    assert_eq!(tracked(body), ["- -"]);
}

#[test]
pub(super) fn a_scope_whose_hazards_are_settled_stays_auto() {
    let body = "scope!({ k(&x, &mut y); k(&y, &mut z); });";
    let sites = sites(&program(body));
    assert!(
        sites.iter().all(|site| site.contains(" Auto ")),
        "{sites:?}"
    );
    assert_eq!(proven(&program(body)), ["[]", "[#0]"]);
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
pub(super) fn a_tensor_carried_around_an_unrolled_loop_is_ordered_by_its_maker() {
    let body = "let mut v = k(&x, out!([t])); #[unroll] for i in 0..3 { v = k(&v, out!([t])); } k(&v, &mut y);";
    assert_eq!(tracked(body), ["-", "-", "-", "-", "- -"]);
}

#[test]
pub(super) fn a_tensor_of_another_orchestrations_tasks_is_looked_up_and_nothing_else_is() {
    // Nobody here knows the task that has made it; the other tensors have the edges that they have anyway.
    let arms = "let a = k(&x, out!([t])); let b = call!(other(&x)); let v = if c { a } else { b };
                k(&v, &mut z); k(&z, &mut y);";
    assert_eq!(tracked(arms), ["-", "-", "l -", "- -"]);
    assert_eq!(proven(&program(arms)), ["[]", "[]", "[]", "[#2]"]);
    let carried =
        "let mut v = k(&x, out!([t])); for i in 0..n { k(&v, &mut z); v = call!(other(&v)); }
                   k(&v, &mut y); k(&z, &mut y);";
    assert_eq!(tracked(carried), ["-", "l -", "l", "l -", "- -"]);
    assert_eq!(
        proven(&program(carried)),
        ["[]", "[#1]", "[]", "[]", "[#1, #3]"]
    );
}
