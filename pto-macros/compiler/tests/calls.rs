//! Calls of other orchestrations: sites without a name, whose conflicts are tracked on both sides.

mod common;

use common::{codes, compiled, proven};
use pto_compiler::dump;

/// What is looked up, and registered, of the arguments of each site: a letter for each access.
fn tracking(source: &str) -> Vec<String> {
    let compiled = compiled(source);
    let errors = compiled.errors.into_sorted();
    assert!(errors.is_empty(), "{}", errors[0].plain());
    let letters = |site: &Vec<pto_compiler::analysis::Tracking>| {
        site.iter()
            .map(|left| match (left.lookup, left.register) {
                (true, true) => 'B',
                (true, false) => 'L',
                (false, true) => 'R',
                (false, false) => '-',
            })
            .collect()
    };
    compiled.analysis.tracking.iter().map(letters).collect()
}

fn program(body: &str) -> String {
    format!("fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, t: usize) {{ {body} }}")
}

#[test]
fn a_call_is_a_site_with_the_accesses_of_its_arguments() {
    let source = program("let v = call!(f(&x, &mut y.view_mut([0..t]), n)); k(&v, &mut z);");
    let compiled = compiled(&source);
    assert_eq!(
        dump::model(&compiled.program),
        "#0 f in []: reads x[..], writes y[0 .. t], makes v[..]\n\
         #1 k in []: reads v[..], writes z[..]\n"
    );
    assert!(dump::source(&compiled.source).starts_with("call f(&x, &mut y.view_mut([0..t]), n)"));
}

#[test]
fn what_conflicts_with_a_call_is_tracked_on_both_sides() {
    let source = program("k(&x, &mut y); call!(f(&y, &mut z)); k(&x, &mut y); k(&y, &mut z);");
    // The reads of `x` conflict with nothing, and the edges between tasks are proven as ever.
    assert_eq!(tracking(&source), ["-R", "BR", "-L", "-L"]);
    assert_eq!(proven(&source), ["[]", "[]", "[#0]", "[#2]"]);
}

#[test]
fn also_in_manual_scopes_with_no_edge_to_the_call() {
    let source = program(
        "manual_scope!({ k(&x, &mut y); k(&x, &mut z); }); call!(f(&y)); manual_scope!({ k(&z, &mut y); });",
    );
    assert_eq!(tracking(&source), ["-R", "--", "B", "-L"]);
    assert_eq!(proven(&source), ["[]", "[]", "[]", "[#0, #1]"]);
}

#[test]
fn no_order_is_closed_through_a_call() {
    // Were the call a task, the edge to the first one would be implied.
    let source = program("k(&x, &mut y); call!(f(&mut y)); manual_scope!({ k(&x, &mut y); });");
    assert_eq!(proven(&source), ["[]", "[]", "[#0]"]);
}

#[test]
fn what_a_call_returns_is_never_taken_for_finished() {
    let source = program("let v = call!(f(&x)); manual_scope!({ k(&v, &mut y); });");
    assert_eq!(tracking(&source), ["-R", "L-"]);
}

#[test]
fn calls_are_independent_as_far_as_their_arguments_are() {
    let parallel = |body: &str| codes(&program(&format!("parallel_for!(0..n, |i| {{ {body} }});")));
    assert!(parallel("call!(f(&x, &mut y.view_mut([i * t..(i + 1) * t])));").is_empty());
    assert_eq!(parallel("call!(f(&x, &mut y));"), ["PTO006"]);
    assert_eq!(
        parallel("call!(f(&x, &mut y.view_mut([i * t..i * t + n])));"),
        ["PTO007"]
    );
}

#[test]
fn what_is_returned_is_new() {
    let returning = |body: &str| {
        codes(&format!(
            "fn program(x: In<f32>, y: InOut<f32>, c: bool) -> Tensor<f32> {{ {body} }}"
        ))
    };
    assert!(
        returning("let mut v = k(&x, out!([4])); if c { return v; } k(&x, &mut v); v").is_empty()
    );
    assert!(
        returning(
            "for i in 0..4 { let v = k(&x, out!([4])); if i == c { return v; } } alloc!([4])"
        )
        .is_empty()
    );
    assert!(returning("call!(program(&x, &mut y, c))").is_empty());
    assert_eq!(returning("if c { return y; } alloc!([4])"), ["PTO013"]);
    assert_eq!(
        returning("let mut v = alloc!([4]); if c { v = y; } v"),
        ["PTO013"]
    );
    assert_eq!(returning("scope!({ alloc!([4]) })"), ["PTO008"]);
    assert_eq!(
        returning("scope!({ let v = alloc!([4]); if c { return v; } }); alloc!([4])"),
        ["PTO008"]
    );
    let nine = ["Tensor<f32>"; 9].join(", ");
    let source = format!("fn program(x: In<f32>) -> ({nine}) {{ return; }}");
    assert_eq!(codes(&source), ["PTO013", "PTO013"]);
}
