//! Tensors in tuples, arrays and vectors: what is proven of them, and what is refused.

mod common;

use common::{codes, proven};

fn program(body: &str) -> String {
    format!(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize, m: usize, t: usize, c: bool) {{ {body} }}"
    )
}

fn manual(body: &str) -> String {
    program(&format!("manual_scope!({{ {body} }});"))
}

/// The proven edges of the tasks of `body` in a MANUAL scope.
fn edges(body: &str) -> Vec<String> {
    proven(&manual(body))
}

fn accepted(body: &str) {
    let found = codes(&program(body));
    assert!(found.is_empty(), "{found:?}: {body}");
}

fn refused(body: &str, code: &str) {
    let found = codes(&program(body));
    assert!(
        !found.is_empty() && found.iter().all(|found| found == code),
        "{found:?}: {body}"
    );
}

/// A vector of `n` tensors of their own.
const FILLED: &str = "let mut v = Vec::new(); for _ in 0..n { v.push(k(&x, out!([t]))); }";

#[test]
fn parts_of_tuples_are_tensors_of_their_own() {
    let two = "let pair = (k(&x, out!([t])), k(&x, out!([t])));";
    assert_eq!(
        edges(&format!("{two} k(&pair.0, &mut y); k(&pair.1, &mut z);")),
        ["[]", "[]", "[#0]", "[#1]"]
    );
    assert_eq!(
        edges(&format!(
            "{two} let (a, b) = pair; k(&b, &mut y); k(&a, &mut z);"
        )),
        ["[]", "[]", "[#1]", "[#0]"]
    );
    assert_eq!(
        edges(&format!(
            "{two} let nested = (pair, k(&x, out!([t]))); k(&nested.0.1, &mut y); k(&nested.1, &mut z);"
        )),
        ["[]", "[]", "[]", "[#1]", "[#2]"]
    );
    assert_eq!(
        edges(
            "let mut pair = (k(&x, out!([t])), k(&x, out!([t]))); pair.1 = k(&pair.0, out!([t])); k(&pair.1, &mut y);"
        ),
        ["[]", "[]", "[#0]", "[#2]"]
    );
}

#[test]
fn literal_indices_of_arrays_are_exact() {
    let three = "let mut ts = [k(&x, out!([t])), k(&x, out!([t])), k(&x, out!([t]))];";
    assert_eq!(
        edges(&format!("{three} k(&ts[1], &mut y);")),
        ["[]", "[]", "[]", "[#1]"]
    );
    assert_eq!(
        edges(&format!("{three} k(&ts[n], &mut y);"))[3],
        "[#0, #1, #2]"
    );
    assert_eq!(
        edges(&format!(
            "{three} ts[0] = k(&ts[2], out!([t])); k(&ts[0], &mut y);"
        ))[3..],
        ["[#2]", "[#3]"]
    );
    assert_eq!(
        edges(&format!(
            "{three} let [a, b, c] = ts; k(&c, &mut a); k(&b, &mut y);"
        ))[3..],
        ["[#0, #2]", "[#1]"]
    );
}

#[test]
fn elements_of_an_array_are_apart() {
    let two = "let mut ts = [k(&x, out!([t])), k(&x, out!([t]))];";
    accepted(&format!(
        "{two} parallel_for!(0..2, |i| {{ k(&x, &mut ts[i]); }});"
    ));
    accepted(&format!(
        "{two} parallel_for!(&mut ts, |each| {{ k(&x, each); }});"
    ));
    refused(
        &format!("{two} parallel_for!(0..n, |i| {{ k(&x, &mut ts[f(i)]); }});"),
        "PTO007",
    );
}

#[test]
fn elements_of_a_vector_of_fresh_tensors_are_apart() {
    for each in [
        "parallel_for!(0..v.len(), |i| { k(&x, &mut v[i]); });",
        "parallel_for!(0..v.len() - 1, |i| { k(&x, &mut v[i + 1]); });",
        "parallel_for!(&mut v, |each| { k(&x, each); });",
        "parallel_for!(v.iter_mut(), |each| { k(&x, &mut *each); });",
        "parallel_for!(v.iter_mut().enumerate(), |(i, each)| { k(&x.view([i..i + 1]), each); });",
        "parallel_for!(0..n, |i| { let e = &mut v[i]; k(&x, e); k(&x, &mut e.view_mut([0..1])); });",
        "parallel_for!(0..n, |i| { k(&x, &mut v[2 * i]); k(&x, &mut v[2 * i + 1]); });",
    ] {
        accepted(&format!("{FILLED} {each}"));
    }
    refused(
        &format!("{FILLED} parallel_for!(0..n, |i| {{ k(&v[i], &mut v[i + 1]); }});"),
        "PTO007",
    );
    refused(
        &format!("{FILLED} parallel_for!(0..n, |i| {{ k(&x, &mut v[0]); }});"),
        "PTO007",
    );
    refused(
        &format!("{FILLED} parallel_for!(0..n, |i| {{ k(&x, &mut v[i / 2]); }});"),
        "PTO007",
    );
}

#[test]
fn elements_that_may_be_one_storage_are_not_apart() {
    for fill in [
        // Views of one tensor.
        "let mut v = Vec::new(); for i in 0..n { v.push(y.view_mut([0..4])); }",
        // A view beside the tensor it is of.
        "let mut v = Vec::new(); let mut a = k(&x, out!([t])); v.push(a.view_mut([0..4])); v.push(a);",
        // Taken out and put in again, at another index.
        "let mut v = vec![k(&x, out!([t])), k(&x, out!([t]))]; k(&x, &mut v[1]); let a = v.pop().unwrap(); v.clear(); v.push(a);",
    ] {
        let body = format!("{fill} parallel_for!(0..n, |i| {{ k(&x, &mut v[i]); }});");
        let found = codes(&program(&body));
        assert!(
            found
                .iter()
                .any(|code| code == "PTO006" || code == "PTO007"),
            "{found:?}: {body}"
        );
    }
    // An assigned element is another tensor, but still no other element.
    accepted(&format!(
        "{FILLED} v[3] = k(&x, out!([t])); parallel_for!(0..n, |i| {{ k(&x, &mut v[i]); }});"
    ));
    accepted(&format!(
        "{FILLED} v.clear(); v.push(k(&x, out!([t]))); parallel_for!(0..n, |i| {{ k(&x, &mut v[i]); }});"
    ));
}

#[test]
fn rows_and_columns_of_nested_vectors_are_apart() {
    let rows = "let mut rows = Vec::new();
        for i in 0..n {
            rows.push(Vec::new());
            for _ in 0..m { rows[i].push(k(&x, out!([t]))); }
        }";
    accepted(&format!(
        "{rows} parallel_for!(0..n, |i| {{ for j in 0..m {{ k(&x, &mut rows[i][j]); }} }});"
    ));
    accepted(&format!(
        "{rows} for i in 0..n {{ parallel_for!(0..m, |j| {{ k(&x, &mut rows[i][j]); }}); }}"
    ));
    refused(
        &format!("{rows} parallel_for!(0..n, |i| {{ k(&x, &mut rows[0][0]); }});"),
        "PTO007",
    );
}

#[test]
fn host_vectors_stay_host_vectors() {
    accepted(
        "let mut all = Vec::new(); all.push(x[0]); all.reverse(); all.extend([x[1]]); k(&x, &mut y, all[0]);",
    );
}

#[test]
fn what_is_pushed_later_is_known_before() {
    let found = edges(
        "let mut v = Vec::new();
         for i in 0..n {
             if i > 0 { k(&v[i - 1], &mut y); }
             v.push(k(&x, out!([t])));
         }",
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn references_are_what_they_refer_to() {
    let body = "let mut a = k(&x, out!([t])); let r = &a; k(r, &mut y); k(&*r, &mut z); let m = &mut a; k(&x, m); k(&x, &mut *m); k(&m.view([0..1]), &mut y);";
    assert_eq!(
        edges(body),
        ["[]", "[#0]", "[#0]", "[#1, #2]", "[#3]", "[#4]"]
    );
}

#[test]
fn what_cannot_be_followed_is_refused() {
    for body in [
        "let s = S { a: &y, b: 3 };",
        "let o = Some(y);",
        "let s: Vec<_> = (0..n).map(|i| k(&x, out!([t]))).collect();",
        "let mut v = vec![k(&x, out!([t]))]; v.swap(0, 1);",
        "let mut v = Vec::new(); v.push(k(&x, out!([t]))); v.sort_by_key(|t| t.len());",
        "let mut v = Vec::new(); for _ in 0..n { v.reverse(); v.push(k(&x, out!([t]))); }",
        "let mut v = vec![k(&x, out!([t]))]; let all: Vec<_> = v.iter().map(|t| t.len()).collect();",
        "let mut v = vec![k(&x, out!([t]))]; let o = v.pop();",
        "let mut v = vec![k(&x, out!([t]))]; for a in &mut v { *a = k(&x, out!([t])); }",
        "let mut vs = vec![vec![k(&x, out!([t]))]]; for a in &mut vs { a.push(k(&x, out!([t]))); }",
        "let v = vec![k(&x, out!([t]))]; k(&v, &mut y);",
        "let pair = (k(&x, out!([t])), 3); k(pair, &mut y);",
        "let v = vec![k(&x, out!([t]))]; let f = |i: usize| v[i].view([0..1]);",
        "let v = vec![k(&x, out!([t]))]; let part = &v[0..1];",
    ] {
        refused(body, "PTO011");
    }
}

#[test]
fn an_element_waits_for_the_task_that_made_it_and_no_other() {
    assert_eq!(
        edges(&format!("{FILLED} for i in 0..n {{ k(&v[i], &mut y); }}")),
        ["[]", "[#1, owner of v[i]]"]
    );
    // Where one instance stands for all, its id is at hand.
    assert_eq!(
        edges("let mut v = Vec::new(); v.push(k(&x, out!([t]))); k(&v[n], &mut y);"),
        ["[]", "[#0]"]
    );
    // Edges by hand are the user's.
    let by_hand = "manual_scope!(deps(explicit), {
        let mut v = Vec::new();
        for _ in 0..n { #[task(name = make)] let t = k(&x, out!([t])); v.push(t); }
        #[task(after = [make])] k(&v[0], &mut y);
    });";
    refused(by_hand, "PTO004");
}

#[test]
fn an_edge_to_the_maker_says_nothing_of_other_instances() {
    // The reader of one element is ordered after one maker: the write of `z`, which all
    // makers read, has to wait for all of them.
    let found = edges(
        "let mut v = Vec::new();
         for _ in 0..n { v.push(k(&z, out!([t]))); }
         k(&v[0], &mut y);
         k(&y, &mut z);",
    );
    assert_eq!(found, ["[]", "[owner of v[0]]", "[all #0, #1]"]);
}

#[test]
fn phases_over_the_elements_meet_at_the_same_index() {
    let found = edges(&format!(
        "{FILLED} for i in 0..n {{ k(&x, &mut v[i]); }} for j in 0..n {{ k(&v[j], &mut z.view_mut([j..j + 1])); }}"
    ));
    assert_eq!(found[1..], ["[owner of v[i]]", "[#1[j], owner of v[j]]"]);
    let found = edges(&format!(
        "{FILLED} for a in &mut v {{ k(&x, a); }} for (j, a) in v.iter().enumerate() {{ k(a, &mut z.view_mut([j..j + 1])); }}"
    ));
    assert_eq!(found[1..], ["[owner of a]", "[#1[i], owner of a]"]);
}

#[test]
fn one_element_twice_is_refused_and_what_may_be_two_is_checked_later() {
    refused(&format!("{FILLED} k(&v[n], &mut v[n]);"), "PTO009");
    accepted(&format!("{FILLED} k(&v[n], &mut v[m]);"));
    accepted(&format!(
        "{FILLED} let mut w = v.pop().unwrap(); k(&v[n], &mut w);"
    ));
    // Storage of earlier iterations need not be of the same one.
    accepted(
        "let mut older = k(&x, out!([t])); let mut old = k(&x, out!([t]));
         for _ in 0..n { k(&older, &mut old); older = old; old = k(&x, out!([t])); }",
    );
    accepted(
        "let mut older = Vec::new(); let mut v = Vec::new();
         for _ in 0..n { older = v; v = Vec::new(); for _ in 0..m { v.push(k(&x, out!([t]))); } }
         k(&older[0], &mut v[0]);",
    );
    refused(
        &format!("{FILLED} k(&v[n].view([0..2]), &mut v[n].view_mut([1..3]));"),
        "PTO009",
    );
}

#[test]
fn a_variable_that_is_one_of_several_tensors_is_one_of_them_at_a_time() {
    let twice = |second: &str| {
        codes(&program(&format!(
            "let mut v = if n > 2 {{ k(&x, out!([n])) }} else {{ k(&x, out!([n])) }}; k(&mut v.view_mut([0..2]), &mut {second});"
        )))
    };
    assert_eq!(twice("v.view_mut([1..3])"), ["PTO009"]);
    assert!(twice("v.view_mut([2..3])").is_empty());
}
