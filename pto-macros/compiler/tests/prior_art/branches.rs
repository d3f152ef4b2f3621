//! Alternatives.

use super::common::proven;
use super::{manual, tracked};

#[test]
pub(super) fn the_value_of_a_branch_is_one_of_its_tensors() {
    let body = "let a = k(&x, out!([t])); let b = k(&x, out!([t]));
                let v = if c { a } else { b }; k(&v, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]"]);
}

#[test]
pub(super) fn a_tensor_made_in_either_arm_has_one_of_two_producers() {
    let body = "let v = if c { k(&x, out!([t])) } else { k(&y, out!([t])) }; k(&v, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0|#1]"]);
}

#[test]
pub(super) fn a_match_is_a_branch_of_many_arms() {
    let body =
        "let v = match n { 0 => k(&x, out!([t])), 1 => k(&x, out!([t])), _ => k(&y, out!([t])) };
                k(&v, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[]", "[#0|#1|#2]"]);
}

#[test]
pub(super) fn many_alternatives_are_all_followed() {
    // Nothing is given up at a number of storages.
    let makes: String = (0..9)
        .map(|i| format!("let v{i} = k(&x, out!([t]));"))
        .collect();
    let arms: String = (0..8).map(|i| format!("{i} => v{i},")).collect();
    let body = format!("{makes} let v = match n {{ {arms} _ => v8 }}; k(&v, &mut y);");
    let edges = proven(&manual(&body));
    assert_eq!(edges[9], "[#0, #1, #2, #3, #4, #5, #6, #7, #8]");
}

#[test]
pub(super) fn arms_that_view_one_storage_differently_are_both_meant() {
    let body = "k(&x, &mut y.view_mut([0..8])); k(&x, &mut y.view_mut([8..16])); k(&x, &mut y.view_mut([16..24]));
                let v = if c { y.view([0..8]) } else { y.view([8..16]) }; k(&v, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[]", "[#0, #1]"]);
}

#[test]
pub(super) fn a_write_that_may_not_happen_hides_nothing() {
    let body = "k(&x, &mut y); if c { k(&x, &mut y); } k(&y, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]", "[#0|#1]"]);
}

#[test]
pub(super) fn a_tensor_assigned_in_one_arm_is_the_old_or_the_new_one() {
    let body = "let mut v = k(&x, out!([t])); if c { v = k(&x, out!([t])); } k(&v, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]"]);
}

#[test]
pub(super) fn tasks_of_different_arms_do_not_wait_for_each_other() {
    let body = "if c { k(&x, &mut y); } else { k(&y, &mut z); } k(&z, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0|#1]"]);
}

#[test]
pub(super) fn what_follows_an_early_exit_may_not_run() {
    let body = "for i in 0..n { k(&x, &mut y); if c { break; } k(&y, &mut z); } k(&x, &mut y);";
    let edges = proven(&manual(body));
    // The last task of the loop may be either; each waits for the one before it.
    assert_eq!(edges[2], "[#0|#1]");
}

#[test]
pub(super) fn tuples_of_alternatives_are_followed_part_by_part() {
    let body = "let a = k(&x, out!([t])); let b = k(&x, out!([t]));
                let (v, w) = if c { (a, b) } else { (b, a) }; k(&v, &mut y); k(&w, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]", "[#0, #1]"]);
}

#[test]
pub(super) fn an_arm_whose_part_is_unknown_leaves_the_other_known() {
    let body = "let a = k(&x, out!([t])); let r = region(n); k(&x, &mut y.view_mut([0..t]));
                let v = if c { a.view([..]) } else { y.view(r) }; k(&v, &mut z); k(&z, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]", "[#2]"]);
    // In an AUTO scope only the part is compared at run time.
    assert_eq!(tracked(body), ["-", "- r", "l -", "- -"]);
}
