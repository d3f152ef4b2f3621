//! The user's own edges.

use super::common::{codes, proven};
use super::{explicit, manual, program, tracked, users};

#[test]
pub(super) fn the_users_edges_are_kept_apart_from_the_compilers() {
    let body = "#[task(name = a)] k(&x, &mut y); let s = k(&x, out!([t])); #[task(after = [a])] k(&s, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#1]"]);
    assert_eq!(users(&manual(body)), ["[]", "[]", "[#0]"]);
}

#[test]
pub(super) fn an_edge_of_the_user_is_not_repeated() {
    let body = "#[task(name = a)] k(&x, &mut y); #[task(after = [a])] k(&y, &mut z);";
    for source in [manual(body), program(body)] {
        assert_eq!(proven(&source), ["[]", "[]"]);
        assert_eq!(users(&source), ["[]", "[#0]"]);
    }
}

#[test]
pub(super) fn an_edge_without_a_hazard_is_kept() {
    let body = "#[task(name = a)] k(&x, &mut y); #[task(after = [a])] k(&x, &mut z);";
    assert_eq!(users(&program(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn explicit_scopes_get_no_edge_but_the_users() {
    let body = "#[task(name = a)] k(&x, &mut y); #[task(name = b, after = [a])] k(&y, &mut z);
                #[task(after = [b])] k(&z, &mut y);";
    assert_eq!(proven(&explicit(body)), ["[]", "[]", "[]"]);
    assert_eq!(users(&explicit(body)), ["[]", "[#0]", "[#1]"]);
}

#[test]
pub(super) fn edges_for_a_part_of_the_hazards_leave_the_others() {
    let body = "#[task(name = a)] let s = k(&x, out!([t])); let v = k(&x, out!([t]));
                #[task(after = [a])] k(&s, &v, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#1]"]);
    assert_eq!(codes(&explicit(body)), ["PTO004"]);
}

#[test]
pub(super) fn a_path_of_the_users_edges_orders_its_ends() {
    let body = "#[task(name = a)] k(&x, &mut y); #[task(name = b, after = [a])] k(&x, &mut z);
                #[task(after = [b])] k(&x, &mut y);";
    assert!(codes(&explicit(body)).is_empty());
}

#[test]
pub(super) fn a_task_named_in_a_loop_is_the_latest() {
    let chain = "for i in 0..n { #[task(name = a, after = [a])] k(&x, &mut y); } #[task(after = [a])] k(&y, &mut z);";
    assert!(codes(&explicit(chain)).is_empty());
    // The latest of tasks that form no chain is not all of them.
    let tiles = "for i in 0..n { #[task(name = a)] k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }
                 #[task(after = [a])] k(&y, &mut z);";
    assert_eq!(codes(&explicit(tiles)), ["PTO004"]);
    // With inferred edges the rest is added.
    assert_eq!(proven(&manual(tiles))[1], "[all #0]");
}

#[test]
pub(super) fn an_edge_settles_an_argument_that_would_be_tracked() {
    let body = |after: &str| {
        format!(
            "#[task(name = a)] k(&x, &mut y.view_mut([n..n + t]));
             {after} k(&y.view([m..m + t]), &mut z);"
        )
    };
    assert_eq!(tracked(&body("")), ["- r", "l -"]);
    assert_eq!(tracked(&body("#[task(after = [a])]")), ["- -", "- -"]);
}

#[test]
pub(super) fn edges_for_a_part_of_the_producers_leave_the_argument_tracked() {
    let body =
        "#[task(name = a)] k(&x, &mut y.view_mut([n..n + t])); k(&x, &mut y.view_mut([m..m + t]));
                #[task(after = [a])] k(&y.view([0..t]), &mut z);";
    let tracked = tracked(body);
    assert_eq!(tracked[2], "l -", "{tracked:?}");
}

#[test]
pub(super) fn edges_lead_across_scopes() {
    let body = "#[task(name = a)] k(&x, &mut y); manual_scope!(deps(explicit), { #[task(after = [a])] k(&y, &mut z); });";
    assert_eq!(users(&program(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn an_edge_to_no_task_is_refused() {
    let body = "#[task(after = [nobody])] k(&x, &mut y);";
    assert_eq!(codes(&program(body)), ["PTO003"]);
}

#[test]
pub(super) fn storage_is_kept_by_naming_its_owner() {
    let body = |after: &str| {
        format!(
            "#[task(name = a)] let s = k(&x, out!([t])); #[task(name = b, after = [a])] let v = k(&s, out!([t]));
             #[task(after = [{after}])] k(&s, &v, &mut y);"
        )
    };
    assert_eq!(codes(&explicit(&body("b"))), ["PTO005"]);
    assert!(codes(&explicit(&body("a, b"))).is_empty());
}

#[test]
pub(super) fn an_edge_to_the_maker_of_a_tensor_is_all_that_its_user_needs() {
    let body = "#[task(name = a)] let s = k(&x, out!([t])); #[task(after = [a])] k(&s, &mut y);";
    assert_eq!(proven(&explicit(body)), ["[]", "[]"]);
    assert_eq!(users(&explicit(body)), ["[]", "[#0]"]);
    assert_eq!(
        codes(&explicit(&body.replace("#[task(after = [a])]", ""))),
        ["PTO004"]
    );
}

#[test]
pub(super) fn a_task_named_in_the_same_iteration_is_the_one_of_it() {
    let body = |after: &str| {
        format!(
            "for i in 0..n {{ #[task(name = a)] let s = k(&x, out!([t]));
             #[task(after = [{after}])] k(&s, &mut y.view_mut([i * t..(i + 1) * t])); }}"
        )
    };
    assert_eq!(users(&explicit(&body("a"))), ["[]", "[#0]"]);
    assert_eq!(codes(&explicit(&body(""))), ["PTO004"]);
}

#[test]
pub(super) fn a_barrier_that_names_itself_stands_for_all_iterations() {
    let body = |named: &str| {
        format!(
            "for i in 0..n {{ #[task(name = a)] k(&x, &mut y.view_mut([i * t..(i + 1) * t]));
             #[task(name = all, after = [{named}])] barrier!(); }}
             #[task(after = [all])] k(&y, &mut z);"
        )
    };
    assert_eq!(
        users(&explicit(&body("a, all"))),
        ["[]", "[#0, #1]", "[#1]"]
    );
    // Without its own name it stands for one of them.
    assert_eq!(codes(&explicit(&body("a"))), ["PTO004"]);
}

#[test]
pub(super) fn all_iterations_named_through_a_barrier_settle_the_argument() {
    let body = |after: &str| {
        format!(
            "for i in 0..n {{ let at = table[i] as usize; #[task(name = a)] k(&x, &mut y.view_mut([at..at + 1]));
             #[task(name = all, after = [a, all])] barrier!(); }}
             {after} k(&y, &mut z);"
        )
    };
    assert_eq!(tracked(&body(""))[2], "l -");
    assert_eq!(tracked(&body("#[task(after = [all])]"))[2], "- -");
    // The latest of them is not all.
    assert_eq!(tracked(&body("#[task(after = [a])]"))[2], "l -");
}
