//! What is left to the runtime in AUTO scopes, argument by argument.

mod common;

use common::{compiled, proven};

/// For each task, what is tracked of its arguments that exist before: `l` looked up, `r` registered, `-` neither.
fn tracked(body: &str) -> Vec<String> {
    let source = program(body);
    let compiled = compiled(&source);
    let errors = compiled.errors.into_sorted();
    assert!(errors.is_empty(), "{}", errors[0].plain());
    let sites = compiled.program.sites.iter();
    let line = |(site, tracking): (&pto_compiler::model::Site, &Vec<_>)| {
        let used = site.accesses.iter().zip(tracking);
        let used = used.filter(|(access, _)| !access.creates);
        let words = used.map(|(_, t): (_, &pto_compiler::analysis::Tracking)| {
            match (t.lookup, t.register) {
                (true, true) => "lr",
                (true, false) => "l",
                (false, true) => "r",
                (false, false) => "-",
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    sites.zip(&compiled.analysis.tracking).map(line).collect()
}

fn program(body: &str) -> String {
    format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, m: usize, t: usize, c: bool) {{ {body} }}"
    )
}

#[test]
fn a_certain_conflict_is_wired_and_not_tracked() {
    let body = "k(&x, &mut y); k(&y, &mut z); k(&z, &mut y);";
    assert_eq!(tracked(body), ["- -", "- -", "- -"]);
    assert_eq!(proven(&program(body)), ["[]", "[#0]", "[#1]"]);
}

#[test]
fn what_nobody_conflicts_with_is_not_tracked() {
    let body = "for i in 0..n { k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }";
    assert_eq!(tracked(body), ["- -"]);
    assert_eq!(proven(&program(body)), ["[]"]);
}

#[test]
fn the_owner_of_fresh_storage_is_waited_for_anyway() {
    let body = "for i in 0..n { let s = k(&x, out!([t])); k(&s, &mut y); }";
    assert_eq!(tracked(body), ["-", "- -"]);
    // `y` goes around; `s` needs no variable.
    assert_eq!(proven(&program(body)), ["[]", "[#1]"]);
}

#[test]
fn an_undecided_conflict_is_tracked_on_both_sides() {
    let body = "k(&x, &mut y.view_mut([0..n])); k(&y.view([m..m + t]), &mut z);";
    assert_eq!(tracked(body), ["- r", "l -"]);
    assert_eq!(proven(&program(body)), ["[]", "[]"]);
}

#[test]
fn one_undecided_argument_leaves_the_others_settled() {
    let body = "for i in 0..n { k(&mut y.view_mut([i * m..i * m + t]), &mut z); }";
    // `z` orders the iterations, so that `y` needs nothing.
    assert_eq!(tracked(body), ["- -"]);
    let body = "for i in 0..n { k(&mut y.view_mut([i * m..i * m + t]), &x); } k(&y, &mut z);";
    assert_eq!(tracked(body), ["lr -", "l -"]);
}

#[test]
fn what_forms_no_chain_is_tracked() {
    // Any number of readers, then a writer: the TensorMap forgets readers that are done.
    let body = "for i in 0..n { k(&y, &mut z.view_mut([i * t..(i + 1) * t])); } k(&x, &mut y);";
    assert_eq!(tracked(body), ["r -", "- l"]);
    assert_eq!(proven(&program(body)), ["[]", "[]"]);
}

#[test]
fn an_edge_of_the_users_own_settles_what_it_orders() {
    let body = "#[task(name = first)] k(&x, &mut y.view_mut([0..n]));
                #[task(after = [first])] k(&y.view([m..m + t]), &mut z);";
    assert_eq!(tracked(body), ["- -", "- -"]);
}

#[test]
fn a_tensor_that_may_be_one_of_two_waits_for_its_own_maker() {
    let body = "let mut v = k(&x, out!([t]));
                for i in 0..n { v = k(&x, out!([t])); }
                k(&v, &mut y);
                k(&x, &mut v);";
    // The handle knows who made it; the writer after it waits for the reader.
    assert_eq!(tracked(body), ["-", "-", "- -", "- -"]);
    assert_eq!(proven(&program(body)), ["[]", "[]", "[]", "[#2]"]);
}
