//! Loops.

use super::common::{codes, proven};
use super::{manual, program};

#[test]
pub(super) fn a_carried_tensor_is_that_of_before_the_loop_or_of_an_iteration() {
    let body =
        "let mut v = k(&x, out!([t])); for i in 0..n { v = k(&v, out!([t])); } k(&v, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[#0|#1]", "[#0|#1]"]);
}

#[test]
pub(super) fn a_tensor_carried_through_is_itself() {
    let body = "let v = k(&x, out!([t])); for i in 0..n { k(&v, &mut y); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0|#1]"]);
}

#[test]
pub(super) fn several_carried_tensors_are_told_apart() {
    let body = "let (mut a, mut b) = k(&x, out!([t]), out!([t]));
                for i in 0..n { (a, b) = k(&a, &b, out!([t]), out!([t])); } k(&a, &mut y); k(&b, &mut z);";
    assert_eq!(
        proven(&manual(body)),
        ["[]", "[#0|#1]", "[#0|#1]", "[#0|#1]"]
    );
}

#[test]
pub(super) fn buffers_that_swap_roles_are_both_meant() {
    for swap in [
        "(a, b) = (b, a)",
        "std::mem::swap(&mut a, &mut b)",
        "core::mem::swap(&mut b, &mut a)",
        "mem::swap(&mut a, &mut b)",
    ] {
        let body = format!(
            "let (mut a, mut b) = alloc!([t], [t]);
             for i in 0..n {{ k(&a, &mut b); {swap}; }} k(&a, &mut y);"
        );
        let edges = proven(&manual(&body));
        assert_eq!(edges[1], "[#1]", "{swap}");
        assert_eq!(edges[2], "[#1]", "{swap}");
        let made = body.replace("alloc!([t], [t])", "(k(&x, out!([t])), k(&x, out!([t])))");
        let expected = ["[]", "[]", "[#0|#2, #1|#2]", "[#0|#2, #1|#2]"];
        assert_eq!(proven(&manual(&made)), expected, "{swap}");
    }
}

#[test]
pub(super) fn a_consumer_of_all_iterations_waits_for_all() {
    let tiles = "k(&x, &mut y.view_mut([i * t..(i + 1) * t]));";
    let dynamic = format!("for i in 0..n {{ {tiles} }} k(&y, &mut z);");
    assert_eq!(proven(&manual(&dynamic)), ["[]", "[all #0]"]);
    let parallel =
        format!("parallel_for!(0..n, |i| {{ {tiles} }}); manual_scope!({{ k(&y, &mut z); }});");
    assert_eq!(proven(&program(&parallel)), ["[]", "[all #0]"]);
}

#[test]
pub(super) fn a_consumer_of_an_unrolled_loop_waits_for_each_copy() {
    let body =
        "#[unroll] for i in 0..3 { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); } k(&y, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[]", "[#0, #1, #2]"]);
    let single = "#[unroll] for i in 0..1 { k(&x, &mut y); } k(&y, &mut z);";
    assert_eq!(proven(&manual(single)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn a_consumer_in_a_later_loop_waits_for_its_own_part() {
    // Which iteration made a part is known by its number, without a collection that the user fills.
    let body = "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }
                for j in 0..n { k(&y.view([j * t..(j + 1) * t]), &mut z.view_mut([j * t..(j + 1) * t])); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0[j]]"]);
}

#[test]
pub(super) fn iterations_that_order_each_other_are_awaited_through_the_last() {
    let body = "for i in 0..n { k(&x, &mut y); } k(&y, &mut z);";
    assert_eq!(proven(&manual(body)), ["[#0]", "[#0]"]);
}

#[test]
pub(super) fn a_producer_of_the_same_iteration_is_the_one_meant() {
    let body =
        "for i in 0..n { let s = k(&x, out!([t])); k(&s, &mut y.view_mut([i * t..(i + 1) * t])); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn a_later_writer_is_seen_by_the_reader_of_the_next_iteration() {
    // The body is compared with its own next iteration: the write comes after the read in the text only.
    let body = "for i in 0..n { let s = k(&y, out!([t])); k(&s, &mut z); k(&x, &mut y); }";
    assert_eq!(proven(&manual(body)), ["[#2]", "[#0, #1]", "[#0]"]);
}

#[test]
pub(super) fn inner_loops_of_unknown_length_carry_like_others() {
    let body = "let mut v = k(&x, out!([t]));
                #[unroll] for i in 0..2 { for j in 0..n { v = k(&v, out!([t])); } }
                k(&v, &mut y);";
    let edges = proven(&manual(body));
    assert_eq!(edges, ["[]", "[#0|#1]", "[#0|#1|#2]", "[#0|#1|#2]"]);
}

#[test]
pub(super) fn iterations_of_a_parallel_loop_carry_nothing() {
    let carried =
        "let mut v = k(&x, out!([t])); parallel_for!(0..n, |i| { v = k(&v, out!([t])); });";
    assert_eq!(codes(&program(carried)), ["PTO006"]);
    let chain = "parallel_for!(0..n, |i| { k(&x, &mut y); });";
    assert_eq!(codes(&program(chain)), ["PTO006"]);
}

#[test]
pub(super) fn loops_without_a_variable_are_followed_too() {
    for head in ["while c", "loop", "for v in list()"] {
        let body = format!("{head} {{ k(&x, &mut y); k(&y, &mut z); if c {{ break; }} }}");
        assert_eq!(proven(&manual(&body)), ["[#1]", "[#0]"], "{head}");
    }
}

#[test]
pub(super) fn an_element_that_is_gathered_may_be_any() {
    let body = "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }
                for i in 0..n { let at = table[i] as usize; k(&y.view([at..at + t]), &mut z); }";
    // Many wait for many: once through a fence.
    assert_eq!(proven(&manual(body)), ["[]", "[fence of #0, #1]"]);
}

#[test]
pub(super) fn a_loop_of_one_iteration_has_one_task_to_wait_for() {
    for head in ["for i in 0..1", "#[unroll] for i in 0..1"] {
        let body =
            format!("{head} {{ k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }} k(&y, &mut z);");
        assert_eq!(proven(&manual(&body)), ["[]", "[#0]"], "{head}");
    }
}
