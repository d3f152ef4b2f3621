//! Parts of a tensor.

use super::common::{codes, proven};
use super::{manual, tracked};

/// The edges of a writer of one region of `y`, and a reader of another.
fn regions(first: &str, second: &str) -> String {
    let edges = proven(&manual(&format!(
        "k(&x, &mut y.view_mut({first})); k(&y.view({second}), &mut z);"
    )));
    edges[1].clone()
}

#[test]
pub(super) fn disjoint_constant_parts_are_apart() {
    assert_eq!(regions("[0..8]", "[8..16]"), "[]");
    assert_eq!(regions("[.., 0..8]", "[.., 8..16]"), "[]");
    assert_eq!(regions("[0..8, 0..8]", "[0..8, 8..]"), "[]");
}

#[test]
pub(super) fn overlapping_constant_parts_are_ordered() {
    assert_eq!(regions("[0..9]", "[8..16]"), "[#0]");
    assert_eq!(regions("[0..8, 0..8]", "[0..8, 7..9]"), "[#0]");
    assert_eq!(regions("[4..8]", "[..]"), "[#0]");
}

#[test]
pub(super) fn symbolic_offsets_are_compared_not_given_up() {
    // Constants are not needed: equal unknowns cancel.
    assert_eq!(regions("[n..n + t]", "[n + t..n + 2 * t]"), "[]");
    assert_eq!(
        regions("[n * t..(n + 1) * t]", "[(n + 1) * t..(n + 2) * t]"),
        "[]"
    );
    assert_eq!(regions("[n..n + 8]", "[n + 7..n + 9]"), "[#0]");
    assert_eq!(regions("[n..n + t]", "[m..m + t]"), "[#0]");
}

#[test]
pub(super) fn values_from_a_table_are_equal_to_themselves_only() {
    let rows = |second: &str| {
        let body = format!(
            "let a = table[0] as usize; let b = table[1] as usize;
             k(&x, &mut y.view_mut([a * 8..(a + 1) * 8])); k(&y.view({second}), &mut z);"
        );
        proven(&manual(&body))[1].clone()
    };
    assert_eq!(rows("[(a + 1) * 8..(a + 2) * 8]"), "[]");
    assert_eq!(rows("[b * 8..(b + 1) * 8]"), "[#0]");
}

#[test]
pub(super) fn views_of_views_are_parts_of_the_whole() {
    let body = "let mut half = y.view_mut([8..16]); k(&x, &mut half.view_mut([0..4]));
                k(&y.view([0..8]), &mut z); k(&y.view([12..16]), &mut z); k(&y.view([11..12]), &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#1]", "[#0, #2]"]);
}

#[test]
pub(super) fn a_transposed_part_stays_the_part_it_is() {
    let body = "let mut turned = y.view_mut([0..8, 8..16]).transpose_mut(0, 1);
                k(&x, &mut turned); k(&y.view([8..16]), &mut z); k(&y.view([7..8]), &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[#0, #1]"]);
}

#[test]
pub(super) fn a_region_that_is_no_list_of_ranges_may_be_any_part() {
    let body = "let r = region(n); k(&x, &mut y.view_mut(r)); k(&y.view([0..8]), &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn two_names_of_a_tensor_are_one_storage() {
    let body = "let w = y.view([..]); let v = w; k(&x, &mut y); k(&v, &mut z);";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
}

#[test]
pub(super) fn parameters_are_storages_of_their_own() {
    assert_eq!(
        proven(&manual("k(&x, &mut y); k(&x, &mut z);")),
        ["[]", "[]"]
    );
}

#[test]
pub(super) fn one_unknown_part_leaves_the_others_known() {
    let body = "k(&x, &mut y.view_mut([0..8])); k(&x, &mut y.view_mut([8..16]));
                k(&x, &mut z.view_mut([n..n + t])); k(&y.view([0..8]), &mut z.view_mut([m..m + t]));";
    assert_eq!(proven(&manual(body)), ["[]", "[]", "[]", "[#0, #2]"]);
    // In an AUTO scope only the two unknown parts are compared at run time.
    assert_eq!(tracked(body), ["- -", "- -", "- r", "- l"]);
}

#[test]
pub(super) fn iterations_with_parts_of_their_own_are_proven_independent() {
    let body = |region: &str| {
        super::program(&format!(
            "parallel_for!(0..n, |i| {{ k(&x, &mut y.view_mut({region})); }});"
        ))
    };
    assert!(codes(&body("[i * t..(i + 1) * t]")).is_empty());
    assert!(codes(&body("[.., i..i + 1]")).is_empty());
    assert_eq!(codes(&body("[i..i + 2]")), ["PTO006"]);
    assert_eq!(
        codes(&body("[table[i] as usize..table[i] as usize + t]")),
        ["PTO007"]
    );
}

#[test]
pub(super) fn parts_of_rows_with_gaps_are_told_apart() {
    // Columns of a tensor do not lie together in memory.
    let columns = |first: &str, second: &str| {
        let body = format!(
            "let mut columns = y.view_mut([.., 8..16]); k(&x, &mut columns.view_mut({first}));
             k(&columns.view({second}), &mut z);"
        );
        proven(&manual(&body))[1].clone()
    };
    assert_eq!(columns("[.., 0..4]", "[.., 4..8]"), "[]");
    assert_eq!(columns("[0..4, ..]", "[4..8, ..]"), "[]");
    assert_eq!(columns("[.., 0..5]", "[.., 4..8]"), "[#0]");
}

#[test]
pub(super) fn tiles_that_are_cut_short_at_the_end_are_apart() {
    let tile = |of: &str| format!("{of}([i * t..m.min((i + 1) * t)])");
    let (write, read) = (tile("y.view_mut"), tile("y.view"));
    let body = format!(
        "for i in 0..n {{ k(&x, &mut {write}); }}
         for i in 0..n {{ k(&{read}, &mut {}); }}",
        tile("z.view_mut")
    );
    assert_eq!(proven(&manual(&body)), ["[]", "[#0[i]]"]);
}
