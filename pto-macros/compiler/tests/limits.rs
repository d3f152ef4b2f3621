//! What the runtime could not hold is refused; what it just can is not.

use pto_compiler::compile;

/// The titles and labels of what is refused in `#[orchestration(attr)] source`.
fn refused(attr: &str, source: &str) -> Vec<String> {
    let attr = attr.parse().expect("the test's attribute is Rust");
    let item = syn::parse_str(source).expect("the test's source is Rust");
    let errors = compile(attr, item).errors.into_sorted();
    let shown = errors.iter();
    shown
        .map(|error| format!("{}: {} | {}", error.code, error.title, error.label))
        .collect()
}

/// In a scope of a ring of 8 slots, which has room for 7 tasks.
fn in_a_scope(body: &str) -> Vec<String> {
    let source = format!(
        "fn program(x: In<f32>, y: InOut<f32>, n: usize, c: bool) {{ manual_scope!({{ {body} }}); }}"
    );
    refused("window = 8", &source)
}

/// How many tasks `body` is certain to hold, found by making the ring larger.
fn held(body: &str) -> Option<u64> {
    let found = in_a_scope(body);
    let found = found.first()?;
    let (_, from) = found.split_once("at least ")?;
    from.split(' ').next()?.parse().ok()
}

#[test]
fn a_ring_has_room_for_all_but_one_of_its_slots() {
    let task = "k(&x, &mut y);";
    assert!(in_a_scope(&task.repeat(7)).is_empty());
    let refused = in_a_scope(&task.repeat(8));
    assert_eq!(
        refused,
        [
            "PTO015: `manual_scope` holds at least 8 tasks, and its ring has room for 7 | this is task 8 of the scope"
        ]
    );
}

#[test]
fn nothing_is_refused_without_a_stated_window() {
    let source = format!(
        "fn program(x: In<f32>, y: InOut<f32>) {{ {} }}",
        "k(&x, &mut y);".repeat(40)
    );
    assert!(refused("", &source).is_empty());
    assert_eq!(refused("window = 32", &source).len(), 1);
}

#[test]
fn iterations_are_counted_where_bounds_are_known() {
    for (head, trips) in [
        ("for _ in 0..12", 12),
        ("for i in 0..=12", 13),
        ("for i in (0..12).rev()", 12),
        ("for i in (0..45).step_by(4)", 12),
        ("for i in n..n + 12", 12),
        ("let m = 12; for i in 0..m", 12),
        ("#[unroll] for i in 0..12", 12),
        ("#[unroll(5)] for i in 0..12", 12),
    ] {
        assert_eq!(
            held(&format!("{head} {{ k(&x, &mut y); }}")),
            Some(trips),
            "{head}"
        );
    }
    for head in [
        "for i in 0..n",
        "for i in n..12",
        "for i in n..2 * n",
        "while c",
        "for i in list()",
    ] {
        assert_eq!(
            held(&format!("{head} {{ k(&x, &mut y); }}")),
            None,
            "{head}"
        );
    }
    let refused = in_a_scope(
        "k(&x, &mut y); for i in 0..5 { k(&x, &mut y); for j in 0..2 { k(&x, &mut y); } }",
    );
    assert_eq!(
        refused,
        [
            "PTO015: `manual_scope` holds at least 16 tasks, and its ring has room for 7 | 5 iterations submit 3 tasks each"
        ]
    );
}

#[test]
fn allocations_take_a_slot() {
    assert_eq!(
        held("for i in 0..8 { let mut s = alloc!([n], [n]); }"),
        Some(8)
    );
}

#[test]
fn of_alternatives_the_least_counts() {
    let many = "k(&x, &mut y);".repeat(10);
    let few = "k(&x, &mut y);".repeat(8);
    assert_eq!(held(&format!("if c {{ {many} }}")), None);
    assert_eq!(
        held(&format!("if c {{ {many} }} else {{ {few} }}")),
        Some(8)
    );
    assert_eq!(
        held(&format!(
            "match n {{ 0 => {{ {many} }} 1 => {{ {few} }} _ => {{}} }}"
        )),
        None
    );
    assert_eq!(
        held(&format!("match n {{ 0 => {{ {many} }} _ => {{ {few} }} }}")),
        Some(8)
    );
}

#[test]
fn what_a_jump_may_skip_is_not_counted() {
    let rest = "k(&x, &mut y);".repeat(8);
    // The first iteration is certain up to the jump.
    assert_eq!(
        held(&format!(
            "for i in 0..9 {{ {rest} if c {{ break; }} {rest} }}"
        )),
        Some(8)
    );
    assert_eq!(
        held("for i in 0..9 { k(&x, &mut y); if c { break; } }"),
        None
    );
    assert_eq!(
        held("for i in 0..9 { k(&x, &mut y); if c { continue; } k(&x, &mut y); }"),
        Some(9)
    );
    assert_eq!(held(&format!("if c {{ return; }} {rest}")), None);
    assert_eq!(held(&format!("loop {{ if c {{ break; }} {rest} }}")), None);
    assert_eq!(
        held(&format!("loop {{ {rest} if c {{ break; }} }}")),
        Some(8)
    );
    assert_eq!(
        held(&format!(
            "'a: {{ if c {{ break 'a; }} {rest} }} k(&x, &mut y);"
        )),
        None
    );
    assert_eq!(
        held("'a: for i in 0..9 { for j in 0..9 { k(&x, &mut y); if c { continue 'a; } } }"),
        Some(9)
    );
    assert_eq!(
        held(&format!("let Some(v) = next() else {{ return; }}; {rest}")),
        None
    );
}

#[test]
fn scopes_inside_return_their_slots() {
    let source = |inner: &str| format!("for i in 0..100 {{ {inner}!({{ k(&x, &mut y); }}); }}");
    assert!(in_a_scope(&source("manual_scope")).is_empty());
    let root = |body: &str| {
        refused(
            "window = 8",
            &format!("fn program(x: In<f32>, y: InOut<f32>) {{ {body} }}"),
        )
    };
    assert!(root(&source("scope")).is_empty());
    assert_eq!(root("for i in 0..8 { k(&x, &mut y); }").len(), 1);
}

#[test]
fn scopes_at_depth_three_and_deeper_share_a_ring() {
    let nested = |own: &str| {
        format!(
            "manual_scope!({{ manual_scope!({{ {own} for i in 0..4 {{ manual_scope!({{ k(&x, &mut y); k(&x, &mut y); }}); }} }}); }});"
        )
    };
    // Alone, each of the inner scopes returns its slots before the next one opens.
    assert_eq!(held(&nested("")), None);
    // A task of the outer one is older than they, and slots are returned in order.
    assert_eq!(held(&nested("k(&x, &mut y);")), Some(9));
    let late = "manual_scope!({ manual_scope!({
        for i in 0..4 { manual_scope!({ k(&x, &mut y); k(&x, &mut y); }); k(&x, &mut y); }
    }); });";
    // From the first own task on: 1 + 3 * (2 + 1).
    assert_eq!(held(late), Some(10));
}

#[test]
fn a_scope_that_makes_the_one_around_it_too_large_is_reported_alone() {
    let deep = "manual_scope!({ manual_scope!({ k(&x, &mut y); manual_scope!({ for i in 0..8 { k(&x, &mut y); } }); }); });";
    assert_eq!(in_a_scope(deep).len(), 1);
    let copies =
        "#[unroll(2)] for i in 0..n { manual_scope!({ for j in 0..8 { k(&x, &mut y); } }); }";
    assert_eq!(in_a_scope(copies).len(), 1);
}

#[test]
fn windows_are_those_of_the_rings() {
    let source = "fn program(x: In<f32>, y: InOut<f32>) {
        for i in 0..20 { k(&x, &mut y); }
        scope!({ for i in 0..20 { k(&x, &mut y); } scope!({ for i in 0..20 { k(&x, &mut y); } }); });
    }";
    assert_eq!(refused("windows = [32, 16, 32, 32]", source).len(), 1);
    assert_eq!(refused("windows = [16, 16, 16, 32]", source).len(), 3);
    assert!(refused("windows = [32, 32, 32, 4]", source).is_empty());
}

#[test]
fn a_window_is_what_a_ring_can_have() {
    let source = "fn program(x: In<f32>) {}";
    for attr in [
        "window = 4",
        "window = 16777216",
        "windows = [4, 8, 16, 32]",
        "crate = a::b, window = 8",
    ] {
        assert!(refused(attr, source).is_empty(), "{attr}");
    }
    for attr in [
        "window = 2",
        "window = 33554432",
        "window = 48",
        "window = n",
        "windows = [4, 4, 4]",
        "windows = 4",
        "window = 4, windows = [4, 4, 4, 4]",
        "windwo = 4",
        "crate",
    ] {
        let found = refused(attr, source);
        assert_eq!(found.len(), 1, "{attr}: {found:?}");
        assert!(found[0].starts_with("PTO012"), "{attr}: {found:?}");
    }
    assert_eq!(refused("windows = [1, 2, 3, 4]", source).len(), 3);
}

/// A call with so many tensors, and so many scalars.
fn call(tensors: usize, scalars: usize) -> String {
    let args = ["&x", "4"].into_iter().zip([tensors - 1, scalars]);
    let args: String = args
        .map(|(arg, count)| format!("{arg}, ").repeat(count))
        .collect();
    format!("fn program(x: In<f32>, y: InOut<f32>) {{ k({args} &mut y); }}")
}

#[test]
fn a_task_has_32_tensors_and_16_scalars_at_most() {
    assert!(refused("", &call(32, 16)).is_empty());
    assert_eq!(
        refused("", &call(33, 16)),
        ["PTO015: task `k` has 33 tensors, the limit is 32 | "]
    );
    assert_eq!(
        refused("", &call(32, 17)),
        ["PTO015: task `k` has 17 scalars, the limit is 16 | "]
    );
    let allocation = |tensors: usize| {
        format!(
            "fn program(n: usize) {{ let t = alloc!({}); }}",
            "[n],".repeat(tensors)
        )
    };
    assert!(refused("", &allocation(32)).is_empty());
    assert_eq!(refused("", &allocation(33)).len(), 1);
}

#[test]
fn scopes_are_nested_64_deep_at_most() {
    let nested = |depth: usize| {
        // The orchestration itself is the first.
        let (open, close) = ("scope!({".repeat(depth - 1), "});".repeat(depth - 1));
        format!("fn program(x: In<f32>, y: InOut<f32>) {{ {open} k(&x, &mut y); {close} }}")
    };
    assert!(refused("", &nested(64)).is_empty());
    assert_eq!(
        refused("", &nested(65)),
        ["PTO015: scopes are nested deeper than 64 | "]
    );
    // One report for all that is too deep.
    assert_eq!(refused("", &nested(70)).len(), 1);
}
