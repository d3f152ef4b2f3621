//! Hazards of two tasks.

use super::common::{codes, proven};
use super::{explicit, manual, program};

const HAZARDS: [(&str, &str); 3] = [
    ("RAW", "k(&x, &mut y); k(&y, &mut z);"),
    ("WAR", "k(&y, &mut z); k(&x, &mut y);"),
    ("WAW", "k(&x, &mut y); k(&x, &mut y);"),
];

#[test]
pub(super) fn a_hazard_in_a_manual_scope_is_wired() {
    for (hazard, body) in HAZARDS {
        assert_eq!(proven(&manual(body)), ["[]", "[#0]"], "{hazard}");
    }
}

#[test]
pub(super) fn a_certain_hazard_in_an_auto_scope_is_wired() {
    for (hazard, body) in HAZARDS {
        assert_eq!(proven(&program(body)), ["[]", "[#0]"], "{hazard}");
        let inner = format!("scope!({{ {body} }});");
        assert_eq!(proven(&program(&inner)), ["[]", "[#0]"], "{hazard}");
    }
}

#[test]
pub(super) fn a_hazard_that_is_left_to_the_user_is_refused_until_there_is_an_edge() {
    for (hazard, body) in HAZARDS {
        assert_eq!(codes(&explicit(body)), ["PTO004"], "{hazard}");
        let mended = body.replacen("k(", "#[task(name = first)] k(", 1);
        let (first, second) = mended.split_at(mended.find("; ").unwrap_or(0) + 2);
        let mended = format!("{first}#[task(after = [first])] {second}");
        assert!(codes(&explicit(&mended)).is_empty(), "{hazard}");
    }
}

#[test]
pub(super) fn readers_do_not_wait_for_each_other() {
    let body = "k(&x, &mut y); k(&x, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]"]);
    assert_eq!(proven(&program(body)), ["[]", "[]"]);
    assert!(codes(&explicit(body)).is_empty());
}

#[test]
pub(super) fn a_writer_waits_for_all_readers() {
    let body = "let a = k(&y, out!([t])); let b = k(&y, out!([t])); k(&x, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]"]);
}

#[test]
pub(super) fn a_write_hides_what_came_before_it() {
    let body = "k(&x, &mut y); k(&x, &mut y); k(&y, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]", "[#1]"]);
}

#[test]
pub(super) fn names_of_tasks_change_nothing() {
    let body = "#[task(name = a)] k(&x, &mut y); #[task(name = b)] k(&y, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn a_task_with_several_hazards_has_an_edge_for_each_producer() {
    let body = "let (a, b) = k(&x, out!([t]), out!([t])); let d = k(&x, out!([t]));
                k(&a, &b, &d, &mut y);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]"]);
}
