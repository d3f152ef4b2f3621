//! Values of the host: which are followed, which names stand for them, and which are not trusted.

mod common;

use common::{codes, manual, parallel, proven};

#[test]
fn values_that_change_are_not_trusted() {
    assert_eq!(
        parallel("let mut at = i * t; at += 1; k(&x, &mut y.view_mut([at..at + t]));"),
        ["PTO007"]
    );
}

#[test]
fn fields_are_trusted_behind_shared_references_only() {
    let program = |ty: &str| {
        format!(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize, cfg: {ty}) {{
                parallel_for!(0..n, |i| {{ k(&x, &mut y.view_mut([i * cfg.tile..(i + 1) * cfg.tile])); }});
            }}"
        )
    };
    assert!(codes(&program("&Config")).is_empty());
    assert_eq!(codes(&program("&mut Config")), ["PTO007"]);
}

#[test]
fn arithmetic_of_other_types_is_not_trusted() {
    // Signed, and cut off at zero by the cast: what is less is not apart.
    assert_eq!(
        parallel(
            "let at = i as i64 * 4 - 9; k(&x, &mut y.view_mut([at as usize..at as usize + 4]));"
        ),
        ["PTO007"]
    );
    assert_eq!(
        parallel("let at = rows(i).len() * t; k(&x, &mut y.view_mut([at..at + t]));"),
        ["PTO007"]
    );
    assert!(parallel("let at: usize = i * t; k(&x, &mut y.view_mut([at..at + t]));").is_empty());
    assert!(
        parallel(
            "for j in 0..4 { let at = (i * 4 + j) * t; k(&x, &mut y.view_mut([at..at + t])); }"
        )
        .is_empty()
    );
}

#[test]
fn values_that_do_not_change_are_followed() {
    assert!(
        parallel("let at = i * t; let end = at + t; k(&x, &mut y.view_mut([at..end]));").is_empty()
    );
    assert!(
        parallel(
            "let rows = x.dim(0).div_ceil(t); k(&x, &mut y.view_mut([i * rows..(i + 1) * rows]));"
        )
        .is_empty()
    );
    assert!(parallel("k(&x, &mut y.view_mut([i * x.dim(0)..(i + 1) * x.dim(0)]));").is_empty());
}

#[test]
fn names_bound_by_conditions_shadow_others() {
    for head in [
        "if let Some(i) = next()",
        "if n > 4 && let Some(i) = next()",
        "while let Some(i) = next()",
    ] {
        let body = format!("{head} {{ k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }}");
        assert_eq!(parallel(&body), ["PTO007"], "{head}");
    }
}

#[test]
fn shadowing_is_respected() {
    assert_eq!(
        parallel("let i = 4; k(&x, &mut y.view_mut([i * t..(i + 1) * t]));"),
        ["PTO006"]
    );
    assert_eq!(
        proven(&manual(
            "k(&x, &mut y); { let y = k(&x, out!([t])); k(&y, &mut z); } k(&y, &mut z);"
        )),
        ["[]", "[]", "[#1]", "[#0, #2]"]
    );
}

#[test]
fn bounds_of_many_terms_are_not_mistaken() {
    let names: Vec<String> = (0..80).map(|at| format!("a{at}")).collect();
    let params: Vec<String> = names.iter().map(|name| format!("{name}: usize")).collect();
    let edges = proven(&format!(
        "fn program(x: In<f32>, y: InOut<f32>, {}) {{
            manual_scope!({{ k(&x, &mut y.view_mut([0..{}])); k(&x, &mut y.view_mut([0..1])); }});
        }}",
        params.join(", "),
        names.join(" + "),
    ));
    assert_eq!(edges, ["[]", "[#0]"]);
}

#[test]
fn constants_of_one_name_in_different_blocks_are_different_values() {
    let body = "{ const T: usize = 4; k(&x, &mut y.view_mut([T..8])); }
        { const T: usize = 6; k(&x, &mut y.view_mut([0..T])); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
    let body = "{ use a::T; k(&x, &mut y.view_mut([T..8])); }
        { use b::T; k(&x, &mut y.view_mut([0..T])); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
    let body = "{ type A = B; k(&x, &mut y.view_mut([<A as N>::T..8])); }
        { type A = C; k(&x, &mut y.view_mut([0..<A as N>::T])); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0]"]);
    // One constant is one value, wherever it is named.
    let body = "const T: usize = 4;
        for i in 0..n { k(&x, &mut y.view_mut([i * T..(i + 1) * T])); }
        for i in 0..n { k(&y.view([i * T..(i + 1) * T]), &mut z.view_mut([i * U..i * U + U])); }";
    assert_eq!(proven(&manual(body)), ["[]", "[#0[i]]"]);
}
