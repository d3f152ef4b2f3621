//! `unsafe(disjoint(t by i))` and `unsafe(no_dep(t))`.

mod common;

use common::{codes, compiled, proven};

fn program(body: &str) -> String {
    format!(
        "fn program(x: In<f32>, rows: In<i32>, y: InOut<f32>, z: InOut<f32>, n: usize, m: usize, t: usize) {{ {body} }}"
    )
}

/// `parallel_for!` over rows that a table names.
fn scatter(option: &str) -> String {
    program(&format!(
        "parallel_for!(0..n, |i| {{
            let row = rows[i] as usize;
            {option} k(&x, &mut y.view_mut([row * t..(row + 1) * t]));
        }});"
    ))
}

#[test]
fn an_assertion_makes_iterations_independent() {
    assert_eq!(codes(&scatter("")), ["PTO007"]);
    assert!(codes(&scatter("#[task(unsafe(disjoint(y by i)))]")).is_empty());
    assert!(codes(&scatter("#[task(name = k, unsafe(no_dep(y)))]")).is_empty());
    // Another tensor's does not help.
    assert_eq!(
        codes(&scatter("#[task(unsafe(disjoint(x by i)))]")),
        ["PTO007"]
    );
}

#[test]
fn one_end_of_a_pair_is_enough() {
    let source = program(
        "parallel_for!(0..n, |i| {
            let row = rows[i] as usize;
            #[task(unsafe(disjoint(y by i)))] k(&x, &mut y.view_mut([row * t..(row + 1) * t]));
            k(&y.view([row * t..(row + 1) * t]), &mut z.view_mut([i * t..(i + 1) * t]));
        });",
    );
    assert!(codes(&source).is_empty());
}

#[test]
fn the_same_value_in_another_round_is_waited_for() {
    let body = |option: &str| {
        program(&format!(
            "manual_scope!({{ for r in 0..m {{ for i in 0..n {{
                let row = rows[i] as usize;
                {option} k(&x, &mut y.view_mut([row * t..(row + 1) * t]));
            }} }} }});"
        ))
    };
    assert_eq!(proven(&body("")), ["[#0]"]);
    assert_eq!(
        proven(&body("#[task(unsafe(disjoint(y by i)))]")),
        ["[#0[i]]"]
    );
}

#[test]
fn copies_of_an_unrolled_body_are_apart_too() {
    let source = program(
        "manual_scope!({ #[unroll(2)] for i in 0..n {
            let row = rows[i] as usize;
            #[task(unsafe(disjoint(y by i)))] k(&x, &mut y.view_mut([row * t..(row + 1) * t]));
        } });",
    );
    let edges = proven(&source);
    // The remainder is another loop.
    assert_eq!(edges[..2], ["[]", "[]"]);
}

#[test]
fn what_is_computed_from_a_loop_variable_is_none() {
    let source = program(
        "for i in 0..n { let j = i + 1; #[task(unsafe(disjoint(y by j)))] k(&x, &mut y.view_mut([rows[i] as usize..n])); }",
    );
    assert_eq!(codes(&source), ["PTO012"]);
}

#[test]
fn mistakes_are_named() {
    let messages = |option: &str| -> Vec<String> {
        let errors = compiled(&scatter(option)).errors.into_sorted();
        let found = errors
            .iter()
            .filter(|error| error.code.to_string() == "PTO012");
        found.map(|error| error.title.clone()).collect()
    };
    assert_eq!(
        messages("#[task(unsafe(disjoint(z by i)))]"),
        ["`z` is no tensor that `k` is given"]
    );
    assert_eq!(
        messages("#[task(unsafe(disjoint(y by n)))]"),
        ["`n` is not the variable of a loop around this task"]
    );
    assert_eq!(
        messages("#[task(disjoint(y by i))]"),
        ["`disjoint(..)` is an assertion that the compiler cannot check"]
    );
    for nonsense in [
        "unsafe(disjoint(y))",
        "unsafe(disjoint(y of i))",
        "unsafe()",
        "unsafe(trust(y))",
    ] {
        assert_eq!(
            messages(&format!("#[task({nonsense})]")),
            ["this is no assertion"]
        );
    }
}

/// Two arguments that may each be one of two tensors are one conflict, and not one for each tensor.
#[test]
fn arguments_that_may_be_several_tensors_conflict_once() {
    let swapped = program(
        "let (mut from, mut to) = (y, z);
        for _ in 0..m {
            parallel_for!(0..n, |i| {
                k(&from.view([i * t..(i + 1) * t + 1]), &mut to.view_mut([i * t..(i + 1) * t]));
            });
            (from, to) = (to, from);
        }",
    );
    assert_eq!(codes(&swapped), ["PTO007"]);
}

/// The tile that is proposed has another name than the loop variable.
#[test]
fn a_cure_has_names_of_its_own() {
    let source = program(
        "parallel_for!(0..n, |t| { k(&x, &mut y.view_mut([rows[t] as usize..rows[t] as usize + 1])); });",
    );
    let errors = compiled(&source).errors.into_sorted();
    let text = errors[0].plain();
    assert!(text.contains("[t * n..(t + 1) * n, ..]"), "{text}");
}
