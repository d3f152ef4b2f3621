//! Programs that are accepted, but surely not meant as they are written.

mod common;

use common::compiled;

/// The warnings about a program without mistakes: code, line of the place, title.
fn warnings(body: &str) -> Vec<String> {
    let source = format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, t: usize, c: bool) {{ {body} }}"
    );
    let compiled = compiled(&source);
    let errors = compiled.errors.into_sorted();
    assert!(errors.is_empty(), "{}", errors[0].plain());
    let warnings = compiled.warnings.into_sorted();
    let shown = warnings.iter();
    shown
        .map(|warning| format!("{}: {}", warning.code, warning.title))
        .collect()
}

fn codes(body: &str) -> Vec<String> {
    let code = |warning: String| warning.split(':').next().unwrap_or_default().to_owned();
    warnings(body).into_iter().map(code).collect()
}

#[test]
fn an_edge_that_others_imply() {
    let chain = |last: &str| {
        format!(
            "manual_scope!(deps(explicit), {{
                #[task(name = a)] k(&x, &mut y);
                #[task(name = b, after = [a])] k(&x, &mut y);
                #[task(after = [{last}])] k(&x, &mut y);
            }});"
        )
    };
    assert_eq!(
        warnings(&chain("a, b")),
        ["PTO020: `k` comes after `a` without this edge"]
    );
    assert!(warnings(&chain("b")).is_empty());
    // Of two that say the same, one is enough, and one is needed.
    assert_eq!(codes(&chain("b, b")), ["PTO020"]);
}

#[test]
fn an_edge_to_an_allocation() {
    let program = |scope: &str, name: &str| {
        format!(
            "{scope}{{
                #[task(name = a)] k(&x, &mut y);
                #[task(name = m, after = [a])] let mut t = alloc!([n]);
                #[task(after = [{name}])] k(&mut t, &mut y);
            }});"
        )
    };
    assert_eq!(
        warnings(&program("manual_scope!(deps(explicit), ", "a, m")),
        ["PTO023: `m` does not wait for `a`: an `alloc!` is ready at once"]
    );
    // It orders nothing that comes after the allocation.
    let source = program("manual_scope!(deps(explicit), ", "m");
    let source = format!("fn program(x: In<f32>, y: InOut<f32>, n: usize) {{ {source} }}");
    let mistakes = compiled(&source).errors.into_sorted();
    let codes: Vec<String> = mistakes.iter().map(|it| it.code.to_string()).collect();
    assert_eq!(codes, ["PTO004"]);
}

#[test]
fn an_edge_between_tasks_without_a_conflict_is_not_superfluous() {
    for scope in [
        "scope!(",
        "manual_scope!(",
        "manual_scope!(deps(explicit), ",
    ] {
        let program = format!(
            "{scope}{{ #[task(name = a)] k(&x, &mut y); #[task(after = [a])] k(&x, &mut z); }});"
        );
        assert!(warnings(&program).is_empty(), "{scope}");
    }
}

#[test]
fn an_edge_that_is_inferred_anyway() {
    for scope in ["scope!(", "manual_scope!("] {
        let program = |view: &str| {
            format!(
                "{scope}{{
                    #[task(name = a)] k(&x, &mut y.view_mut([0..n]));
                    #[task(after = [a])] k(&x, &mut y.view_mut([{view}..t]));
                }});"
            )
        };
        assert_eq!(codes(&program("0")), ["PTO020"], "{scope}");
    }
    // Whether the regions overlap is known at run time only: then the edge says more.
    let undecided = |scope: &str| {
        format!(
            "{scope}{{
                #[task(name = a)] k(&x, &mut y.view_mut([0..n]));
                #[task(after = [a])] k(&x, &mut y.view_mut([t..t + t]));
            }});"
        )
    };
    assert!(warnings(&undecided("scope!(")).is_empty());
    assert_eq!(codes(&undecided("manual_scope!(")), ["PTO020"]);
}

#[test]
fn an_edge_that_keeps_storage_is_not_superfluous() {
    // The order of the last task follows from the middle one; the storage of `s` does not.
    let program = |after: &str| {
        format!(
            "manual_scope!(deps(explicit), {{
                #[task(name = a)] let s = k(&x, out!([n]));
                #[task(name = b, after = [a])] k(&s, &mut y);
                #[task(after = [{after}])] l(&s, &mut y);
            }});"
        )
    };
    assert!(warnings(&program("b, a")).is_empty());
}

#[test]
fn keeping_what_is_kept_anyway_is_superfluous() {
    for scope in ["scope!(", "manual_scope!("] {
        let program = format!(
            "{scope}{{
                #[task(name = scratch)] let mut s = alloc!([n]);
                #[task(after = [scratch])] k(&x, &mut s);
            }});"
        );
        assert_eq!(codes(&program), ["PTO020"], "{scope}");
    }
    let by_hand = "manual_scope!(deps(explicit), {
        #[task(name = scratch)] let mut s = alloc!([n]);
        #[task(after = [scratch])] k(&x, &mut s);
    });";
    assert!(warnings(by_hand).is_empty());
}

#[test]
fn unrolled_copies_are_judged_together() {
    let program = |unroll: &str, after: &str| {
        format!(
            "manual_scope!(deps(explicit), {{
                {unroll}
                for i in 0..n {{
                    #[task(name = up, after = [{after}])] k(&x, &mut y);
                }}
            }});"
        )
    };
    for unroll in ["", "#[unroll(2)]", "#[unroll(4)]"] {
        assert!(warnings(&program(unroll, "up")).is_empty(), "{unroll}");
        assert_eq!(codes(&program(unroll, "up, up")), ["PTO020"], "{unroll}");
    }
}

#[test]
fn a_name_that_is_never_submitted_before() {
    let later = "manual_scope!(deps(explicit), {
        #[task(after = [a])] k(&x, &mut y);
        #[task(name = a)] k(&x, &mut z);
    });";
    assert_eq!(
        warnings(later),
        ["PTO023: no `a` is ever submitted before `k`"]
    );
    let itself = "manual_scope!({ #[task(name = a, after = [a])] k(&x, &mut y); });";
    assert_eq!(codes(itself), ["PTO023"]);
    let branches = "manual_scope!({
        if c { #[task(name = a)] k(&x, &mut y); } else { #[task(after = [a])] k(&x, &mut y); }
    });";
    assert_eq!(codes(branches), ["PTO023"]);
    // In a loop the earlier iterations have submitted it.
    let looped = "manual_scope!({
        for i in 0..n {
            #[task(after = [a])] k(&x, &mut y);
            #[task(name = a)] k(&x, &mut z);
        }
    });";
    assert!(warnings(looped).is_empty());
}

#[test]
fn outputs_that_are_thrown_away() {
    assert_eq!(
        warnings("k(&x, out!([n]));"),
        ["PTO021: nothing can read what `k` makes"]
    );
    assert_eq!(codes("alloc!(f32; [n]);"), ["PTO021"]);
    assert_eq!(codes("if c { k(&x, &mut y, out!([n])); }"), ["PTO021"]);
    for fine in [
        "let _ = k(&x, out!([n]));",
        "let _s = k(&x, out!([n]));",
        "k(&x, &mut y);",
    ] {
        assert!(warnings(fine).is_empty(), "{fine}");
    }
}

#[test]
fn reads_of_what_nothing_has_written() {
    assert_eq!(
        warnings("let s = alloc!([n]); k(&s, &mut y);"),
        ["PTO022: `k` reads `s`, of which nothing has written anything"]
    );
    // A later task may write it, but not before it is read.
    assert_eq!(
        codes("let mut s = alloc!([n]); k(&s, &mut y); k(&x, &mut s);"),
        ["PTO022"]
    );
    // A barrier writes nothing.
    assert_eq!(
        codes("let mut s = alloc!([n]); barrier!(&mut s); k(&s, &mut y);"),
        ["PTO022"]
    );
    // Another part of it is written.
    let parts = "let mut s = alloc!([2 * t]);
        k(&x, &mut s.view_mut([0..t])); k(&s.view([t..2 * t]), &mut y);";
    assert_eq!(codes(parts), ["PTO022"]);
    for fine in [
        "let mut s = alloc!([n]); k(&x, &mut s); k(&s, &mut y);",
        "let mut s = alloc!([n]); if c { k(&x, &mut s); } k(&s, &mut y);",
        "let mut s = alloc!([n]); for i in 0..n { k(&s, &mut y); k(&x, &mut s); }",
        "let mut s = alloc!([n]); k(&x, &mut s.view_mut([0..t])); k(&s.view([n..n + t]), &mut y);",
        "let s = alloc!(f32 = 0.0; [n]); k(&s, &mut y);",
        "let s = alloc!([n]); barrier!(&s);",
        // It may be a workspace: the kernel says.
        "let mut s = alloc!([n]); k(&x, &mut s);",
    ] {
        assert!(warnings(fine).is_empty(), "{fine}");
    }
    // Made anew, it is unwritten again.
    let anew = "for i in 0..n { let mut s = alloc!([n]); k(&s, &mut y); k(&x, &mut s); }";
    assert_eq!(codes(anew), ["PTO022"]);
}

#[test]
fn what_submits_no_task() {
    for idle in [
        "scope!({ let _ = n; });",
        "manual_scope!({});",
        "manual_scope!(deps(explicit), { manual_scope!({}); });",
        "parallel_for!(0..n, |i| { let _ = i; });",
        "#[unroll(2)] for i in 0..n { let _ = i; }",
        "#[unroll(1)] for i in 0..n { k(&x, &mut y); }",
        "#[task(after = [])] k(&x, &mut y);",
    ] {
        assert_eq!(codes(idle), ["PTO023"], "{idle}");
    }
    for fine in [
        "scope!({ let s = alloc!([n]); k(&x, &mut y); if c { k(&x, &mut y); } });",
        "for i in 0..n { let _ = i; }",
        "#[unroll(2)] for i in 0..n { if c { k(&x, &mut y); } }",
        "#[task(name = a)] k(&x, &mut y);",
    ] {
        assert!(warnings(fine).is_empty(), "{fine}");
    }
}

#[test]
fn mistakes_come_alone() {
    let source = "fn program(x: In<f32>, y: InOut<f32>) {
        manual_scope!({});
        #[task(after = [nobody])]
        k(&x, &mut y);
    }";
    let compiled = compiled(source);
    assert_eq!(compiled.errors.into_sorted().len(), 1);
    assert!(compiled.warnings.is_empty());
}

#[test]
fn an_assertion_of_what_is_proven() {
    let tile = |assertion: &str, view: &str| {
        codes(&format!(
            "parallel_for!(0..n, |i| {{
                let row = n - i;
                #[task(unsafe({assertion}))] k(&x, &mut y.view_mut([{view}]));
            }});"
        ))
    };
    assert_eq!(tile("disjoint(y by i)", "i * t..(i + 1) * t"), ["PTO023"]);
    assert_eq!(tile("no_dep(y)", "i * t..(i + 1) * t"), ["PTO023"]);
    // Of what nobody writes nothing has to be known.
    let read = "disjoint(y by i), no_dep(x)";
    assert_eq!(tile(read, "row % t * t..(row % t + 1) * t"), ["PTO023"]);
    assert!(tile("disjoint(y by i)", "row % t * t..(row % t + 1) * t").is_empty());
}

#[test]
fn an_assertion_that_matters_to_one_of_several_is_no_idle_one() {
    // Another task's accesses, later iterations of a loop around, and copies of an unrolled body.
    for body in [
        "for i in 0..n { #[task(unsafe(no_dep(y)))] k(&x, &mut y.view_mut([i * t..(i + 1) * t])); }
         k(&y, &mut z);",
        "for _ in 0..2 { parallel_for!(0..n, |i| {
            #[task(unsafe(disjoint(y by i)))] k(&x, &mut y.view_mut([i % t..i % t + 1]));
         }); }",
        "for _ in 0..2 { for i in 0..n {
            #[task(unsafe(disjoint(y by i)))] k(&x, &mut y.view_mut([i % t..i % t + 1]));
         } }",
        "#[unroll(2)] for i in 0..n {
            let j = i;
            #[task(unsafe(disjoint(y by j)))] k(&x, &mut y.view_mut([i % t..i % t + 1]));
         }",
    ] {
        assert!(warnings(body).is_empty(), "{body}");
    }
    let unrolled = "#[unroll(2)] for i in 0..n {
        #[task(unsafe(disjoint(y by i)))] k(&x, &mut y.view_mut([i * t..(i + 1) * t]));
    }";
    assert_eq!(codes(unrolled), ["PTO023"]);
}
