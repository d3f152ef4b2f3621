//! Scopes.

use super::common::{codes, proven};
use super::{program, tracked};

#[test]
pub(super) fn a_scope_waits_for_its_sibling() {
    for scope in ["scope", "manual_scope"] {
        let body = format!("{scope}!({{ k(&x, &mut y); }}); {scope}!({{ k(&y, &mut z); }});");
        assert_eq!(proven(&program(&body)), ["[]", "[#0]"], "{scope}");
    }
}

#[test]
pub(super) fn a_task_outside_waits_for_one_inside() {
    for scope in ["scope", "manual_scope"] {
        let body = format!("{scope}!({{ {scope}!({{ k(&x, &mut y); }}); }}); k(&y, &mut z);");
        assert_eq!(proven(&program(&body)), ["[]", "[#0]"], "{scope}");
    }
}

#[test]
pub(super) fn a_task_inside_waits_for_one_outside() {
    for scope in ["scope", "manual_scope"] {
        let body = format!("k(&x, &mut y); {scope}!({{ {scope}!({{ k(&y, &mut z); }}); }});");
        assert_eq!(proven(&program(&body)), ["[]", "[#0]"], "{scope}");
    }
}

#[test]
pub(super) fn readers_in_different_scopes_do_not_wait() {
    let body = "scope!({ k(&x, &mut y); }); manual_scope!({ k(&x, &mut z); });";
    assert_eq!(proven(&program(body)), ["[]", "[]"]);
}

#[test]
pub(super) fn what_a_manual_scope_writes_is_seen_by_an_auto_scope_after_it() {
    // Its tasks are not in the TensorMap: unknown overlap is wired, not looked up.
    let body =
        "manual_scope!({ k(&x, &mut y.view_mut([n..n + t])); }); k(&y.view([m..m + t]), &mut z);";
    assert_eq!(proven(&program(body)), ["[]", "[#0]"]);
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
pub(super) fn what_an_auto_scope_writes_is_seen_by_a_manual_scope_after_it() {
    let body =
        "k(&x, &mut y.view_mut([n..n + t])); manual_scope!({ k(&y.view([m..m + t]), &mut z); });";
    assert_eq!(proven(&program(body)), ["[]", "[#0]"]);
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
pub(super) fn a_part_that_is_unknown_does_not_hide_later_edges() {
    let body = "for i in 0..n { let at = table[i] as usize; scope!({ k(&x, &mut y.view_mut([at..at + t])); }); }
                scope!({ k(&x, &mut z); }); scope!({ k(&z, &mut y.view_mut([0..t])); });";
    let edges = proven(&program(body));
    assert_eq!(edges, ["[]", "[]", "[#1]"]);
}

#[test]
pub(super) fn a_scope_in_a_loop_waits_for_that_of_the_iteration_before() {
    let body = "for i in 0..n { manual_scope!({ let s = k(&x, out!([t])); k(&s, &mut y); }); }";
    assert_eq!(proven(&program(body)), ["[]", "[#0, #1]"]);
}

#[test]
pub(super) fn a_tensor_is_gone_with_its_scope() {
    for body in [
        "let v = scope!({ k(&x, out!([t])) }); k(&v, &mut y);",
        "let mut v = k(&x, out!([t])); manual_scope!({ v = k(&x, out!([t])); }); k(&v, &mut y);",
        "let mut v = k(&x, out!([t])); for i in 0..n { scope!({ k(&v, &mut y); v = k(&x, out!([t])); }); }",
    ] {
        assert_eq!(codes(&program(body)), ["PTO008"], "{body}");
    }
}

#[test]
pub(super) fn scopes_nest_but_for_auto_in_manual() {
    let nested = |outer: &str, inner: &str| {
        codes(&program(&format!(
            "{outer}!({{ {inner}!({{ k(&x, &mut y); }}); }});"
        )))
    };
    assert!(nested("scope", "scope").is_empty());
    assert!(nested("scope", "manual_scope").is_empty());
    assert!(nested("manual_scope", "manual_scope").is_empty());
    assert_eq!(nested("manual_scope", "scope"), ["PTO001"]);
}
