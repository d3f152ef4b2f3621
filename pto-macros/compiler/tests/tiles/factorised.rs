//! Factorisations of tiled matrices: which edges are drawn, and that none of them is idle.
//!
//! A task conflicts with many tiles' earlier tasks. Most are ordered before it through a task in between, which stands in a
//! loop of its own; [`idle`] knows all such paths of the executed program, the compiler those that it can prove.

use crate::interpret::{Instance, execute_with};
use crate::reach::Reach;
use crate::{Compiled, check, compile};

/// A program of one MANUAL scope over `n` by `n` tiles, of which `@ij` is the tile in row `i` and column `j`.
fn source(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body.chars();
    while let Some(next) = rest.next() {
        match next {
            '@' => {
                let mut part = || {
                    let at = rest.next().expect("a tile has a row and a column");
                    format!("{at} * t..({at} + 1) * t")
                };
                text.push_str(&format!("y.view_mut([{}, {}])", part(), part()));
            }
            other => text.push(other),
        }
    }
    format!(
        "fn program(x: In<f32>, y: InOut<f32>, n: usize, m: usize, t: usize, s: usize) {{
             manual_scope!({{ {text} }});
         }}"
    )
}

fn compiled(source: &str) -> Compiled {
    let item = syn::parse_str(source).expect("the test's source is Rust");
    let mut compiled = compile(proc_macro2::TokenStream::new(), item);
    let errors = std::mem::take(&mut compiled.errors).into_sorted();
    assert!(errors.is_empty(), "{}", errors[0].plain());
    compiled
}

/// Edges that a path of others implies.
fn idle(run: &[Instance]) -> Vec<(usize, usize)> {
    let mut reach = Reach::default();
    let mut idle = Vec::new();
    for (at, late) in run.iter().enumerate() {
        reach.push(&late.after);
        let implied = |early: &&usize| {
            let mut others = late.after.iter().filter(|other| other != early);
            others.any(|other| reach.orders(**early, *other))
        };
        idle.extend(late.after.iter().filter(implied).map(|early| (*early, at)));
    }
    idle
}

/// How many edges the program draws for `n` by `n` tiles, none of which is idle; all conflicts are ordered.
fn edges(body: &str, n: usize) -> usize {
    let source = source(body);
    for seed in 0..10 {
        check(&source, seed).unwrap_or_else(|error| panic!("{error}"));
    }
    let compiled = compiled(&source);
    let run = execute_with(&compiled.source, &compiled.analysis.plan, [n, 1, 1, 0]);
    let idle: Vec<String> = idle(&run)
        .into_iter()
        .map(|(early, late)| {
            let (early, late) = (&run[early], &run[late]);
            let (from, to) = ((early.site, &early.rounds), (late.site, &late.rounds));
            format!("#{} in {:?} before #{} in {:?}", from.0, from.1, to.0, to.1)
        })
        .collect();
    assert!(idle.is_empty(), "{}\n{source}", idle.join("\n"));
    run.iter().map(|instance| instance.after.len()).sum()
}

fn explained(body: &str) -> String {
    let compiled = compiled(&source(body));
    pto_compiler::dump::explain(&compiled.program, &compiled.analysis)
}

/// The edges of each task, by what they are read off.
fn proven(body: &str) -> Vec<String> {
    let text = explained(body);
    let lines = text.lines().filter_map(|line| line.split_once("proven="));
    let parts = lines.filter_map(|(_, rest)| rest.split_once(" explicit="));
    parts.map(|(proven, _)| proven.to_owned()).collect()
}

const CHOLESKY: &str = "
    for k in 0..n {
        potrf(&mut @kk);
        for i in k + 1..n { trsm(&@kk, &mut @ik); }
        for i in k + 1..n {
            syrk(&@ik, &mut @ii);
            for j in k + 1..i { gemm(&@ik, &@jk, &mut @ij); }
        }
    }";

#[test]
fn a_cholesky_factorisation_waits_for_nothing_twice() {
    // A `syrk` reads what an earlier `gemm` has written, but through the `trsm` that has written it since; so does a `gemm`.
    assert_eq!(
        proven(CHOLESKY),
        [
            "[#2[k]]",
            "[#0, #3[i,k]]",
            "[#1[i], #2[i]]",
            "[#1[i], #1[j], #3[i,j]]"
        ]
    );
    // What became of a `trsm`'s conflict with the `syrk` before its `potrf` is told.
    assert!(explained(CHOLESKY).contains("#2 -> #1 implied, carried by loop 0: "));
    // `potrf`: the last `syrk`. `trsm`: `potrf` and the last `gemm`. `syrk`: `trsm` and the one before. `gemm`: two `trsm` and
    // the one before.
    let expected = |n: usize| {
        let (pairs, triples) = (n * (n - 1) / 2, n * (n - 1) * (n - 2) / 6);
        let (again, later) = ((n - 1) * (n - 2) / 2, (n - 1) * (n - 2) * (n - 3) / 6);
        (n - 1) + (pairs + again) + (pairs + again) + (2 * triples + later)
    };
    for n in 3..8 {
        assert_eq!(edges(CHOLESKY, n), expected(n), "{n}");
    }
    assert_eq!(edges(CHOLESKY, 7), 168);
}

#[test]
fn an_lu_factorisation_does_neither() {
    let body = "
        for k in 0..n {
            getrf(&mut @kk);
            for j in k + 1..n { row(&@kk, &mut @kj); }
            for i in k + 1..n { column(&@kk, &mut @ik); }
            for i in k + 1..n { for j in k + 1..n { gemm(&@ik, &@kj, &mut @ij); } }
        }";
    let expected = [
        "[#3[k,k]]",
        "[#0, #3[k,j]]",
        "[#0, #3[i,k]]",
        "[#1[j], #2[i], #3[i,j]]",
    ];
    assert_eq!(proven(body), expected);
    assert_eq!(edges(body, 7), 315);
}

#[test]
fn a_left_looking_factorisation_reads_what_was_made_in_the_iteration_that_it_names() {
    let body = "
        for k in 0..n {
            for j in 0..k { syrk(&@kj, &mut @kk); }
            potrf(&mut @kk);
            for i in k + 1..n {
                for j in 0..k { gemm(&@ij, &@kj, &mut @ik); }
                trsm(&@kk, &mut @ik);
            }
        }";
    let expected = [
        "[#0, #3[j,k]]",
        "[#0]",
        "[#2, #3[j,i], #3[j,k]]",
        "[#1, #2]",
    ];
    assert_eq!(proven(body), expected);
    assert_eq!(edges(body, 7), 168);
}

#[test]
fn the_task_in_between_follows_the_earlier_one() {
    // That a `save` comes after the one before is known by the `load` that has read what that has written.
    let body = "
        for k in 0..n {
            for i in 0..n { save(&@ii, &mut @i0); }
            for i in 0..n { load(&@i0, &mut @ii); }
        }";
    let body = body
        .replace("i0", "ik")
        .replace("@ik", "y.view_mut([i * t..(i + 1) * t, 8..12])");
    let body = body.replace("@ii", "y.view_mut([i * t..(i + 1) * t, 0..8])");
    assert_eq!(proven(&body), ["[#1[i]]", "[#0[i]]"]);
    assert_eq!(edges(&body, 5), 5 * 5 + 4 * 5);
}

/// What may not be there implies nothing.
#[test]
fn an_instance_that_is_not_certain_implies_nothing() {
    let tile = "y.view_mut([V * t..(V + 1) * t])";
    let program = |first: &str, second: &str| {
        let at = |var: &str| tile.replace('V', var);
        format!(
            "for i in 0..n {{ f(&x, &mut {}); }} {first} g(&x, &mut {}); {second} for k in 0..n {{ h(&x, &mut {}); }}",
            at("i"),
            at("j"),
            at("k")
        )
    };
    let all = program("for j in 0..n {", "}");
    assert_eq!(proven(&all), ["[]", "[#0[j]]", "[#1[k]]"]);
    assert_eq!(edges(&all, 5), 10);
    for (first, second) in [
        ("for j in 1..n {", "}"),
        ("for j in 0..n - 1 {", "}"),
        ("for j in 0..m {", "}"),
        ("for j in (0..n).step_by(2) {", "}"),
        ("#[unroll(2)] for j in 0..n {", "}"),
        ("for j in 0..n { if c {", "}}"),
        ("for j in 0..n { if c { break; }", "}"),
        ("for j in 0..n { if c { continue; }", "}"),
        ("for j in 0..n {", "if c { break; } }"),
        ("'l: { for j in 0..n {", "if c { break 'l; } } }"),
        ("for j in 0..n { unknown!();", "}"),
    ] {
        let source = source(&program(first, second)).replace("s: usize", "s: usize, c: bool");
        let compiled = compiled(&source);
        let kept = compiled
            .analysis
            .keyed
            .iter()
            .filter(|keyed| !keyed.keys.is_empty());
        let pairs: Vec<(usize, usize)> = kept.map(|keyed| (keyed.from, keyed.to)).collect();
        let last = compiled.program.sites.len() - 1;
        assert!(pairs.contains(&(0, last)), "{pairs:?} {source}");
    }
}
