//! Tasks that run under a condition, or in a loop that may be empty: the next one waits for the last that ran.

mod common;

use common::{manual, proven};

#[test]
fn a_task_under_a_condition_waits_for_its_own_last_instance() {
    for condition in ["c", "i > 0", "i % 2 == 0"] {
        let edges = proven(&manual(&format!(
            "for i in 0..n {{ if {condition} {{ f(&x, &mut y); }} }} g(&y, &mut z);"
        )));
        assert_eq!(edges, ["[#0]", "[#0]"]);
    }
}

#[test]
fn alternatives_wait_for_the_last_of_both() {
    let edges = proven(&manual(
        "for i in 0..n { if c { f(&x, &mut y); } else { g(&x, &mut y); } }",
    ));
    assert_eq!(edges, ["[#0|#1]"; 2]);
    let edges = proven(&manual(
        "for i in 0..n { match i { 0 => f(&x, &mut y), 1 if c => g(&x, &mut y), _ => {} } }",
    ));
    assert_eq!(edges, ["[#0|#1]"; 2]);
}

#[test]
fn a_task_after_one_that_may_not_run_waits_for_one_of_them() {
    // If `f` ran, it has waited for the `g` of the iteration before.
    let edges = proven(&manual(
        "for i in 0..n { if c { f(&y, &mut z); } g(&x, &mut y); }",
    ));
    assert_eq!(edges, ["[#1]", "[#0|#1]"]);
    let edges = proven(&manual(
        "for i in 0..n { if c { f(&x, &mut y); } else if i > m { g(&x, &mut y); } h(&y, &mut z); }",
    ));
    assert_eq!(edges, ["[#2]", "[#2]", "[#0|#1|#2]"]);
}

#[test]
fn an_inner_loop_may_be_empty() {
    let edges = proven(&manual(
        "for k in 0..m { for i in 0..n { f(&x, &mut y); } h(&y, &mut z); }",
    ));
    assert_eq!(edges, ["[#0|#1]"; 2]);
}

#[test]
fn what_is_of_one_iteration_is_not_awaited_by_the_next() {
    // `f` and `g` meet in one iteration, on what `p` made in it; an earlier one is nothing to `g`.
    let edges = proven(&manual(
        "for i in 0..n {
             let mut a = p(&x, out!([t]));
             if c { f(&x, &mut a); }
             g(&a, &mut y);
         }",
    ));
    assert_eq!(edges, ["[]", "[#0]", "[#0|#1, #2]"]);
}
