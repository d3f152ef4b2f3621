//! What is known of regions: rearranged tensors, tiles, halos, bounds that are divided and compared.

mod common;

use common::{codes, manual, proven};

/// `parallel_for!` over `body`: accepted or not.
fn parallel(body: &str) -> Vec<String> {
    codes(&format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, m: usize, t: usize, rows: In<i32>) {{
            parallel_for!(0..n, |i| {{ {body} }});
        }}"
    ))
}

/// Whether `second` waits for `first`, in a MANUAL scope.
fn waits(first: &str, second: &str) -> bool {
    let edges = proven(&manual(&format!(
        "k(&x, &mut {first}); k(&x, &mut {second});"
    )));
    edges[1] == "[#0]"
}

#[test]
fn a_view_of_a_transposed_tensor_restricts_the_other_dimension() {
    let edges = proven(&manual(
        "let mut turned = y.transpose_mut(0, 1);
         k(&x, &mut turned.view_mut([0..4]));
         k(&x, &mut y.view_mut([.., 4..8]));
         k(&x, &mut y.view_mut([4..8]));",
    ));
    assert_eq!(edges, ["[]", "[]", "[#0, #1]"]);
}

#[test]
fn rearranged_tensors_are_boxes_of_their_root() {
    let turned = "y.permute_mut([2, 0, 1])";
    assert!(!waits(
        &format!("{turned}.view_mut([0..t])"),
        "y.view_mut([.., .., t..])"
    ));
    assert!(!waits(
        &format!("{turned}.view_mut([.., 0..t])"),
        "y.view_mut([t..])"
    ));
    assert!(!waits(
        &format!("{turned}.view_mut([.., .., 0..t])"),
        "y.view_mut([.., t..])"
    ));
    assert!(waits(
        &format!("{turned}.view_mut([0..t])"),
        "y.view_mut([t..])"
    ));
    // Twice the same exchange is none.
    let back = "y.transpose_mut(0, 2).transpose_mut(2, 0)";
    assert!(!waits(
        &format!("{back}.view_mut([0..t])"),
        "y.view_mut([t..])"
    ));
    // Cut, turned, cut again.
    let part = "y.view_mut([0..4, 8..16]).transpose_mut(0, 1).view_mut([0..4, 2..])";
    assert!(!waits(part, "y.view_mut([.., 12..])"));
    assert!(!waits(part, "y.view_mut([0..2])"));
    assert!(waits(part, "y.view_mut([2..3, 11..12])"));
}

#[test]
fn slices_are_views_of_one_dimension() {
    assert!(!waits("y.slice_mut(1, 0..t)", "y.view_mut([.., t..])"));
    assert!(waits("y.slice_mut(1, 0..t)", "y.view_mut([t..])"));
    assert!(!waits(
        "y.slice_mut(1, 0..t)",
        "y.transpose_mut(0, 1).slice_mut(0, t..)"
    ));
    assert!(parallel("k(&x, &mut y.slice_mut(2, i * t..(i + 1) * t));").is_empty());
    assert!(parallel("let dim = 2; k(&x, &mut y.slice_mut(dim, i * t..(i + 1) * t));").is_empty());
}

#[test]
fn dimensions_that_are_not_known_decide_nothing() {
    assert!(waits("y.slice_mut(m, 0..t)", "y.slice_mut(0, t..)"));
    assert!(waits(
        "y.transpose_mut(n, m).view_mut([0..t])",
        "y.view_mut([t..])"
    ));
    // What the slice begins with is not known, nor what is cut out of it.
    assert!(waits(
        "y.slice_mut(m, t..2 * t).view_mut([0..t])",
        "y.view_mut([t..2 * t])"
    ));
    // Known all the same: the part that was cut before, and what has the same dimensions.
    assert!(!waits(
        "y.view_mut([0..t]).slice_mut(m, 0..1)",
        "y.view_mut([t..])"
    ));
    assert!(!waits(
        "y.transpose_mut(n, m).view_mut([0..t])",
        "y.transpose_mut(n, m).view_mut([t..])"
    ));
    assert_eq!(
        parallel("k(&x, &mut y.slice_mut(m, i * t..(i + 1) * t));"),
        ["PTO007"]
    );
}

#[test]
fn tensors_of_one_shape_are_compared_in_it() {
    assert!(!waits(
        "y.reshape_mut([n * m]).view_mut([0..t])",
        "y.reshape_mut([m * n]).view_mut([t..])"
    ));
    assert!(waits(
        "y.reshape_mut([n * m]).view_mut([0..t])",
        "y.reshape_mut([n, m]).view_mut([t..])"
    ));
    assert!(waits(
        "y.reshape_mut([n * m]).view_mut([0..t])",
        "y.view_mut([t..])"
    ));
    assert!(waits("y.reshape_mut([n * m]).view_mut([0..t])", "y"));
    // The shapes on the way do not matter, the order of the dimensions does.
    assert!(!waits(
        "y.reshape_mut([n, m]).reshape_mut([t, m]).view_mut([0..2])",
        "y.reshape_mut([t, m]).view_mut([2..])"
    ));
    assert!(waits(
        "y.reshape_mut([n, m]).transpose_mut(0, 1).reshape_mut([n * m]).view_mut([0..2])",
        "y.reshape_mut([n * m]).view_mut([2..])"
    ));
    // Parts that are apart stay so.
    assert!(!waits(
        "y.view_mut([0..t]).reshape_mut([n])",
        "y.view_mut([t..]).reshape_mut([m])"
    ));
    assert!(
        parallel("k(&x, &mut y.reshape_mut([n * t, m]).view_mut([i * t..(i + 1) * t]));")
            .is_empty()
    );
    assert!(
        parallel(
            "let mut row = y.view_mut([i..i + 1]).reshape_mut([m]);
         for j in 0..m { k(&x, &mut row.view_mut([j..j + 1])); }"
        )
        .is_empty()
    );
}

#[test]
fn shapes_that_change_are_not_compared() {
    assert_eq!(
        parallel("k(&x, &mut y.reshape_mut([n, i + 1]).view_mut([i..i + 1]));"),
        ["PTO007"]
    );
    let edges = proven(&manual(
        "let mut s = m; k(&x, &mut y.reshape_mut([s, n]).view_mut([0..1])); s += 1;
         k(&x, &mut y.reshape_mut([s, n]).view_mut([1..2]));",
    ));
    assert_eq!(edges, ["[]", "[#0]"]);
}

#[test]
fn rearrangements_that_come_around_a_loop_come_to_an_end() {
    for step in [
        "a.transpose_mut(0, 1)",
        "a.permute_mut([1, 2, 0])",
        "a.reshape_mut([n, m])",
        "a.reshape_mut([n, m]).transpose_mut(0, 1)",
        "a.slice_mut(1, 1..)",
        "a.slice_mut(m, 1..).reshape_mut([n])",
    ] {
        let body =
            format!("let mut a = y.view_mut([..]); for i in 0..n {{ k(&x, &mut a); a = {step}; }}");
        assert_eq!(proven(&manual(&body)), ["[#0]"], "{step}");
    }
}

#[test]
fn parts_of_parts_around_nested_loops_come_to_an_end() {
    let body = "let mut a = y.view_mut([n..=n]);
        for i in t..n { for j in 0..n { a = a.view_mut([n * t..(n + 1) * t]); for l in 0..n { k(&x, &mut a); } } }";
    assert_eq!(proven(&manual(body)), ["[#0]"]);
}

#[test]
fn parts_of_a_part_that_is_apart_are_apart() {
    // Nothing is known of `at` but that the rows it cuts out are in the tile.
    let body = "let at = rows[i] as usize;
        let mut tile = y.view_mut([i * t..(i + 1) * t]);
        k(&x, &mut tile.view_mut([at..at + 2]));";
    assert!(parallel(body).is_empty());
}

#[test]
fn dimensions_that_no_tensor_has_are_mistakes() {
    let body = |expr: &str| codes(&manual(&format!("k(&x, &mut {expr});")));
    assert_eq!(body("y.permute_mut([0, 0])"), ["PTO012"]);
    assert_eq!(body("y.permute_mut([1, 2])"), ["PTO012"]);
    assert_eq!(body("y.transpose_mut(0)"), ["PTO012"]);
    assert_eq!(body("y.slice_mut(0)"), ["PTO012"]);
    assert!(body("y.permute_mut([1, 0])").is_empty());
    assert!(body("y.permute_mut([n, m])").is_empty());
}

/// Whether an iteration of a loop waits for an earlier one, in a MANUAL scope.
fn carried(head: &str, write: &str) -> bool {
    let edges = proven(&manual(&format!(
        "{head} {{ k(&x, &mut y.view_mut([{write}])); }}"
    )));
    assert_eq!(edges.len(), 1, "{edges:?}");
    edges[0] != "[]"
}

#[test]
fn tiles_of_consecutive_iterations_are_apart() {
    for tile in [
        "i * t..i * t + t",
        "(i + 1) * t..(i + 2) * t",
        "n + i * t..n + i * t + t",
        "i * t + 3..(i + 1) * t + 3",
        "i * m * t..(i + 1) * m * t",
        "i * t..(i + 1) * t, ..",
        ".., i * t..(i + 1) * t",
        "i..=i",
        "m..m",
        "2 * i..2 * i + 2",
    ] {
        assert!(!carried("for i in 0..n", tile), "{tile}");
        assert!(
            parallel(&format!("k(&x, &mut y.view_mut([{tile}]));")).is_empty(),
            "{tile}"
        );
    }
    for tile in [
        "i * t..i * t + t + 1",
        "i * m..i * m + t",
        "0..i",
        "i..n",
        "2 * i..2 * i + 3",
    ] {
        assert!(carried("for i in 0..n", tile), "{tile}");
    }
}

#[test]
fn tiles_of_another_loop_may_be_any() {
    let both = |second: &str| {
        proven(&manual(&format!(
            "for i in 0..n {{ k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }}
             for j in 0..m {{ k(&y.view([{second}]), &mut z.view_mut([j..j + 1])); }}"
        )))
    };
    assert_eq!(both("j * t..(j + 1) * t"), ["[]", "[#0[j]]"]);
    // What begins where the first loop ends.
    assert_eq!(both("n * t + j * t..n * t + (j + 1) * t"), ["[]", "[]"]);
    assert_eq!(both("(n + j) * t..(n + j + 1) * t"), ["[]", "[]"]);
    assert_eq!(both("n * t - 1..n * t"), ["[]", "[fence of #0]"]);
}

#[test]
fn next_tiles_meet_the_neighbour_only() {
    let body = |read: &str| {
        parallel(&format!(
            "k(&y.view([{read}]), &mut z.view_mut([i..i + 1])); k(&x, &mut y.view_mut([i * t..(i + 1) * t]));"
        ))
    };
    assert_eq!(body("(i + 1) * t..(i + 2) * t"), ["PTO006"]);
    assert!(body("i * t..(i + 1) * t").is_empty());
    // In the same iteration the next tile is another one.
    let edges = proven(&manual(
        "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t]));
                         k(&y.view([(i + 1) * t..(i + 2) * t]), &mut z.view_mut([i..i + 1])); }",
    ));
    // Only the next iteration's write waits for the read.
    assert!(edges[0].contains("#1"), "{edges:?}");
    assert_eq!(edges[1], "[]");
}

#[test]
fn halos_meet_their_neighbours() {
    let halo = |read: &str| {
        proven(&manual(&format!(
            "for i in 1..n {{ k(&y.view([{read}]), &mut z.view_mut([i * t..(i + 1) * t])); }}
             for j in 0..m {{ k(&x, &mut y.view_mut([j * t..(j + 1) * t])); }}"
        )))
    };
    let neighbours = "[#0[j-1], #0[j], #0[j+1]]";
    assert_eq!(halo("i * t - 1..i * t + t + 1"), ["[]", neighbours]);
    assert_eq!(
        halo("i * t - 2..i * t + t"),
        ["[]", "[#0[j], #0[j+1], #0[j+2]]"]
    );
    // In one loop: the tile before, this one and the next, but no other.
    let own = |read: &str, level: &str| {
        parallel(&format!(
            "k(&y.view([{read}]), &mut z.view_mut([i..i + 1])); k(&x, &mut y.view_mut([{level}]));"
        ))
    };
    assert_eq!(
        own("i * t - 1..i * t + t + 1", "i * t..(i + 1) * t"),
        ["PTO006"]
    );
    assert!(own("i * t + 1..i * t + t - 1", "i * t..(i + 1) * t").is_empty());
    // Far away: nothing the halo of a tile below `n` could meet.
    assert!(
        own(
            "i * t - 1..i * t + t + 1",
            "n * t + 1 + i * t..n * t + 1 + (i + 1) * t"
        )
        .is_empty()
    );
    assert_eq!(
        own(
            "i * t - 1..i * t + t + 1",
            "n * t + i * t..n * t + (i + 1) * t"
        ),
        ["PTO007"]
    );
}

#[test]
fn tiles_of_two_dimensions_need_one_that_is_apart() {
    assert!(
        parallel("k(&x, &mut y.view_mut([m * t..(m + 1) * t, i * t..(i + 1) * t]));").is_empty()
    );
    assert!(parallel("k(&x, &mut y.view_mut([0..i + 1, i..i + 1]));").is_empty());
    assert_eq!(
        parallel("k(&x, &mut y.view_mut([0..t, i..i + 2]));"),
        ["PTO006"]
    );
    let body = "for i in 0..n { for j in 0..m { k(&x, &mut y.view_mut([i..i + 1, j..j + 2])); } }";
    assert_eq!(proven(&manual(body)), ["[#0]"]);
}

#[test]
fn nested_tiles_stay_in_theirs() {
    for inner in [
        "for j in 0..m { k(&x, &mut y.view_mut([(i * m + j) * t..(i * m + j + 1) * t])); }",
        "for j in 0..m { for l in 0..t { k(&x, &mut y.view_mut([(i * m + j) * t + l..(i * m + j) * t + l + 1])); } }",
        "for j in (0..m).rev() { k(&x, &mut y.view_mut([(i * m + j) * t..(i * m + j + 1) * t])); }",
        "for j in i * m..(i + 1) * m { k(&x, &mut y.view_mut([j * t..(j + 1) * t])); }",
        "for j in (i * m..i * m + m).step_by(t) { k(&x, &mut y.view_mut([j..(j + t).min(i * m + m)])); }",
    ] {
        assert!(parallel(inner).is_empty(), "{inner}");
    }
    assert_eq!(
        parallel(
            "for j in 0..=m { k(&x, &mut y.view_mut([(i * m + j) * t..(i * m + j + 1) * t])); }"
        ),
        ["PTO007"]
    );
}

#[test]
fn empty_ranges_overlap_nothing() {
    assert!(!waits("y.view_mut([n..n])", "y.view_mut([n..n])"));
    assert!(!waits("y.view_mut([n..n])", "y"));
    assert!(!waits("y.view_mut([0..n, m + 1..m])", "y"));
    assert!(waits("y.view_mut([n..m])", "y"));
}

#[test]
fn last_tiles_that_are_cut_off_are_apart() {
    for tile in [
        "i * t..((i + 1) * t).min(n)",
        "i * t..n.min(i * t + t)",
        "i * t..n.min(m).min(i * t + t)",
        "i * t..i * t + t.min(n - i * t)",
        "i * t..i * t + (n - i * t).min(t)",
        "(i * t).max(m)..(i + 1) * t",
        "(i * t).max(m)..((i + 1) * t).min(n)",
        "(n - i * t).saturating_sub(t)..n - i * t",
        "i * t..i * t + m % t",
        "i * t..i * t + (t / 2)",
        "i * t..i * t + m.min(t / 4)",
        "i * n.div_ceil(m)..(i + 1) * n.div_ceil(m)",
        "i * n.next_multiple_of(m)..i * n.next_multiple_of(m) + n",
        "i * n.div_ceil(t) * t..i * n.div_ceil(t) * t + n",
    ] {
        assert!(!carried("for i in 0..m", tile), "{tile}");
    }
    for tile in [
        "i * t..((i + 1) * t).max(n)",
        "(i * t).min(m)..(i + 1) * t",
        "i * t..i * t + t.max(n)",
        "i * t..i * t + n % m",
        "i * t..i * t + n / m",
        "i * (n / m)..i * (n / m) + n",
    ] {
        assert!(carried("for i in 0..m", tile), "{tile}");
    }
}

#[test]
fn divided_ranges_bound_their_loops() {
    // All tiles, then what is left of the tensor.
    let rest = |bound: &str, rest: &str| {
        proven(&manual(&format!(
            "for i in 0..{bound} {{ k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }}
             k(&x, &mut y.view_mut([{rest}]));"
        )))[1]
            .clone()
    };
    assert_eq!(rest("n / t", "n / t * t.."), "[]");
    assert_eq!(rest("n / t", "n..n + m"), "[]");
    assert_eq!(rest("n / t", "n - n % t.."), "[all #0]");
    assert_eq!(rest("n.div_ceil(t)", "n.."), "[all #0]");
    assert_eq!(rest("n.div_ceil(t)", "n + t.."), "[]");
    assert_eq!(rest("n / 4", "n * t.."), "[]");
    assert_eq!(rest("n / m", "n.."), "[all #0]");
    assert_eq!(rest("y.dim(0) / t", "y.dim(0).."), "[]");
    // The two halves, one read from its end.
    assert!(codes(
        "fn program(y: InOut<f32>, n: usize) {
            parallel_for!(0..n / 2, |i| { k(&y.view([i..i + 1]), &mut y.view_mut([n - i - 1..n - i])); });
        }"
    )
    .is_empty());
}

#[test]
fn loops_that_step_are_apart_by_their_step() {
    for (head, tile) in [
        ("for i in (0..n).step_by(t)", "i..i + t"),
        ("for i in (0..n).step_by(t)", "i..(i + t).min(n)"),
        ("for i in (0..n).step_by(t)", "i..n.min(i + t)"),
        ("for i in (0..n).step_by(t)", "i..i + 1"),
        ("for i in (0..n).step_by(2 * t)", "i + t..i + 2 * t"),
        ("for i in (0..n).step_by(m + 1)", "i..i + m"),
        ("for i in (m..n).step_by(t).rev()", "i..i + t"),
        ("for i in (0..n).rev()", "n - i - 1..n - i"),
        ("for i in 0..n", "n - i - 1..n - i"),
        ("for i in 0..n", "(n - i - 1) * t..(n - i) * t"),
        ("for i in (0..n).rev()", "i * t..(i + 1) * t"),
    ] {
        assert!(!carried(head, tile), "{head} {tile}");
    }
    for (head, tile) in [
        ("for i in (0..n).step_by(t)", "i..i + m"),
        ("for i in (0..n).step_by(t)", "i..i + t + 1"),
        ("for i in (0..n).step_by(t).step_by(2)", "i..i + t"),
        ("for i in 0..n", "n - i..n - i + 2"),
    ] {
        assert!(carried(head, tile), "{head} {tile}");
    }
}

#[test]
fn triangles_are_apart() {
    // Row `i` of a triangle of `n` blocks, each column below the diagonal.
    assert!(
        parallel(
            "for j in 0..i { k(&y.view([j..j + 1, i..i + 1]), &mut z.view_mut([i..i + 1])); }"
        )
        .is_empty()
    );
    let body = "for i in 0..n { k(&y.view([0..i]), &mut y.view_mut([i..i + 1])); }";
    assert_eq!(proven(&manual(body)), ["[#0]"]);
    assert!(
        parallel("for j in i + 1..n { k(&x, &mut y.view_mut([i..i + 1, j..j + 1])); }").is_empty()
    );
}

#[test]
fn operands_that_change_prove_nothing() {
    let body = "let mut end = n; for i in 0..m { end += 1; k(&x, &mut y.view_mut([i * t..i * t + end.min(m)])); }";
    assert_eq!(proven(&manual(body)), ["[#0]"]);
    let body = "let mut end = n; for i in 0..m { end += 1; k(&x, &mut y.view_mut([i * t..i * t + end.min(t)])); }";
    assert_eq!(proven(&manual(body)), ["[]"]);
}

#[test]
fn what_one_pair_of_bounds_tells_of_a_divisor_is_not_known_of_others() {
    // Both tasks of a pair lie to each other as those of the other do, but only one pair divides by `t`.
    let body = "for i in 0..m {
            k(&x, &mut y.view_mut([0..1, n / t + i * t..n / t + i * t + 1]));
            k(&x, &mut y.view_mut([1..2, i * t..i * t + 1]));
        }";
    assert_eq!(proven(&manual(body)), ["[]", "[#1]"]);
}
