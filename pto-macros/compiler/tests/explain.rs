//! Explanations: as text, and as JSON that tells the same as the plan.

mod common;

use common::compiled;
use pto_compiler::Compiled;
use pto_compiler::analysis::{Level, Only, Plan, TableEdge, VariableKind};
use pto_compiler::explain::{self, Explanation, Outcome};
use pto_compiler::model::Program;
use pto_compiler::syntax::ast::{LoopId, SiteId};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// A source file of `tests/explain`, and what is said of it.
fn explained(name: &str) -> (Vec<Explanation>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let source = std::fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
    let expected = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
    (
        explain::file(&format!("{name}.rs"), &source).unwrap(),
        expected,
    )
}

#[test]
fn the_text_is_what_it_was() {
    for name in ["inferred", "tiles", "auto", "mistakes", "teams"] {
        let (found, expected) = explained(name);
        let text: Vec<String> = found.iter().map(explain::text).collect();
        let text = text.join("\n");
        assert!(
            text == expected,
            "tests/explain/{name}.txt is another text; if this one is better, store it there:\n{text}"
        );
    }
}

#[test]
fn orchestrations_are_found_wherever_they_are() {
    let source = "
        #[orchestration] fn one(x: In<f32>, y: InOut<f32>) { k(&x, &mut y); }
        fn not_this() {}
        mod inner { mod innermost {
            #[allow(unused)] #[pto_runtime::prelude::orchestration(crate = pto_runtime)]
            pub(crate) fn two(x: In<f32>, y: InOut<f32>) {
                #[orchestration] fn three(x: In<f32>, y: InOut<f32>) { k(&x, &mut y); }
                k(&x, &mut y);
            }
        } }
        impl Type { #[orchestration] pub fn four(x: In<f32>, y: InOut<f32>) { k(&x, &mut y); } }
    ";
    let found = explain::file("f.rs", source).unwrap();
    let names: Vec<(&str, usize)> = found.iter().map(|e| (e.name.as_str(), e.at.line)).collect();
    assert_eq!(names, [("one", 2), ("two", 6), ("three", 7), ("four", 11)]);
    for explanation in &found {
        assert!(explanation.diagnostics.is_empty(), "{explanation:?}");
        assert_eq!(explanation.tasks.len(), 1);
    }
}

#[test]
fn a_raw_name_is_the_name() {
    let source = "#[orchestration]
        fn f(r#x: In<f32>, y: InOut<f32>, z: InOut<f32>) { manual_scope!({ k(&x, &mut r#y); k(&y, &mut z); }); }";
    let raw = explain::text(&explain::file("f.rs", source).unwrap()[0]);
    assert!(raw.contains("1 wired by the compiler"), "{raw}");
}

/// Tiles with numbers meet themselves alone, whatever is known of the loop around them.
#[test]
fn what_meets_in_no_iteration_is_no_mistake() {
    let source = "#[orchestration]
        fn f(x: In<f32>, y: InOut<f32>, n: usize) {
            manual_scope!({
                for s in 0..n {
                    #[unroll]
                    for i in 0..4 { k(&x, &mut y.view_mut([i * 8..(i + 1) * 8])); }
                }
            });
        }";
    let found = &explain::file("f.rs", source).unwrap()[0];
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    let mistakes = found
        .pairs
        .iter()
        .filter(|pair| matches!(pair.outcome, Outcome::Mistake { .. }));
    assert_eq!(mistakes.count(), 0, "{}", explain::text(found));
}

#[test]
fn what_is_no_rust_is_an_error_with_its_place() {
    for (source, line) in [
        ("fn f() {\n let x = ;\n}", 2),
        ("fn f() {", 1),
        ("\n\nfn", 3),
    ] {
        let error = explain::file("f.rs", source).unwrap_err();
        assert_eq!(
            (error.file.as_str(), error.at.line),
            ("f.rs", line),
            "{error}"
        );
        assert!(
            error.to_string().starts_with(&format!("f.rs:{line}:")),
            "{error}"
        );
    }
    assert!(explain::file("f.rs", "").unwrap().is_empty());
}

/// Programs with all kinds of edges.
fn programs() -> Vec<Compiled> {
    let body = "
        let mut acc = alloc!([t]);
        let mut parts = Vec::new();
        for i in 0..n { let part = scale(&x, out!([t]), 2.0); parts.push(part); }
        for i in 0..n { add(&parts[i], &mut u.view_mut([i * t..(i + 1) * t])); }
        %unroll% for i in 0..n {
            let s = scale(&x.view([i * t..(i + 1) * t]), out!([t]), 2.0);
            %up% add(&s, &mut acc);
            #[task(unsafe(no_dep(v)))] add(&x, &mut v.view_mut([table[i] as usize..n]));
            if c { add(&acc, &mut y.view_mut([0..t])); } else { add(&s, &mut y); }
            for j in 0..n { add(&x, &mut z.view_mut([table[j] as usize..n])); add(&z, &mut acc); }
            for j in 0..n { add(&x, &mut w.view_mut([j * t..(j + 1) * t])); }
        }
        add(&acc, &mut y);";
    let mut programs = Vec::new();
    for scope in [
        "scope!(",
        "manual_scope!(",
        "manual_scope!(deps(explicit), ",
    ] {
        for unroll in ["", "#[unroll(3)]"] {
            for up in ["", "#[task(name = up, after = [up])]"] {
                let body = body.replace("%unroll%", unroll).replace("%up%", up);
                programs.push(compiled(&format!(
                    "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, w: InOut<f32>, v: InOut<f32>, u: InOut<f32>, table: In<i32>, n: usize, t: usize, c: bool) {{
                        add(&x, &mut y);
                        {scope}{{ {body} }});
                        add(&y, &mut z);
                    }}"
                )));
            }
        }
    }
    programs
}

fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is a list"))
}

fn numbers(value: &Value) -> Vec<usize> {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    list(value).iter().map(number).collect()
}

fn number(value: &Value) -> usize {
    usize::try_from(
        value
            .as_u64()
            .unwrap_or_else(|| panic!("{value} is a number")),
    )
    .unwrap()
}

fn entries(value: &Value) -> Vec<TableEdge> {
    let entry = |value: &Value| TableEdge {
        variable: number(&value["variable"]),
        at: list(&value["at"])
            .iter()
            .map(|part| {
                let of = (!part["loop"].is_null()).then(|| number(&part["loop"]));
                (of, part["plus"].as_i64().unwrap())
            })
            .collect(),
        only: list(&value["only"])
            .iter()
            .map(|only| Only {
                of: number(&only["loop"]),
                values: list(&only["values"])
                    .iter()
                    .map(|value| value.as_i64().unwrap())
                    .collect(),
            })
            .collect(),
    };
    list(value).iter().map(entry).collect()
}

/// The document of one orchestration.
fn parsed(compiled: &Compiled) -> Value {
    let json = explain::json(&[explain::explain(compiled, "f.rs")]);
    let mut document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["schema"], "pto-explain");
    assert_eq!(document["version"], explain::SCHEMA);
    assert_eq!(list(&document["orchestrations"]).len(), 1);
    document["orchestrations"][0].take()
}

#[test]
fn the_json_has_the_plan() {
    for compiled in programs() {
        let Plan { variables, sites } = &compiled.analysis.plan;
        let json = parsed(&compiled);
        assert_eq!(list(&json["variables"]).len(), variables.len());
        for (shown, variable) in list(&json["variables"]).iter().zip(variables) {
            let holds = match &variable.kind {
                VariableKind::First => "first",
                VariableKind::Latest => "latest",
                VariableKind::All { .. } => "all",
                VariableKind::Table { .. } => "table",
            };
            assert_eq!(shown["holds"], holds);
            assert_eq!(numbers(&shown["members"]), variable.members);
            assert_eq!(
                shown["home"].as_u64().map(|home| home as usize),
                variable.home
            );
        }
        let tasks = list(&json["tasks"]);
        assert_eq!(tasks.len(), sites.len());
        for (task, wiring) in tasks.iter().zip(sites) {
            assert_eq!(numbers(&task["waits"]["proven"]), wiring.proven);
            assert_eq!(entries(&task["waits"]["tables"]), wiring.tables);
            let owners: Vec<usize> = wiring.owners.iter().copied().collect();
            assert_eq!(numbers(&task["waits"]["owners"]), owners);
            assert_eq!(numbers(&task["waits"]["explicit"]), wiring.explicit);
            assert_eq!(numbers(&task["waits"]["keep"]), wiring.keep);
        }
    }
}

#[test]
fn every_wired_edge_is_explained_by_a_pair() {
    let (mut edges, mut tables, mut handles) = (0, 0, 0);
    for compiled in programs() {
        let json = parsed(&compiled);
        for (site, wiring) in compiled.analysis.plan.sites.iter().enumerate() {
            let of_site = || {
                let pairs = list(&json["pairs"]).iter();
                pairs.filter(|pair| number(&pair["to"]) == site)
            };
            let wired = of_site().filter(|pair| pair["outcome"]["kind"] == "wired");
            let explained: BTreeSet<usize> = wired
                .flat_map(|pair| numbers(&pair["outcome"]["variables"]))
                .collect();
            let planned: BTreeSet<usize> = wiring.proven.iter().copied().collect();
            assert_eq!(explained, planned, "#{site} of {json:#}");
            edges += planned.len();
            let traced = of_site().filter(|pair| pair["outcome"]["kind"] == "traced");
            let traced: Vec<TableEdge> = traced
                .flat_map(|pair| entries(&pair["outcome"]["entries"]))
                .collect();
            for edge in &wiring.tables {
                assert!(traced.contains(edge), "#{site} of {json:#}");
            }
            assert!(traced.iter().all(|edge| wiring.tables.contains(edge)));
            tables += wiring.tables.len();
            let of_site = || {
                list(&json["pairs"])
                    .iter()
                    .filter(|pair| number(&pair["to"]) == site)
            };
            let held = of_site().any(|pair| pair["outcome"]["kind"] == "held");
            assert_eq!(held, !wiring.owners.is_empty(), "#{site} of {json:#}");
            handles += wiring.owners.len();
        }
    }
    assert!(
        edges > 50 && tables > 5 && handles > 0,
        "{edges}, {tables}, {handles}"
    );
}

/// The loop that carries a level.
fn carrier(program: &Program, from: SiteId, to: SiteId, level: Level) -> Option<LoopId> {
    match level {
        Level::Same => None,
        Level::Carried(index) => Some(program.common_loops(from, to)[index]),
    }
}

#[test]
fn every_dependence_is_a_pair_and_every_pair_with_a_conflict_a_dependence() {
    let mut assertions = 0;
    for compiled in programs() {
        let (program, analysis) = (&compiled.program, &compiled.analysis);
        let json = parsed(&compiled);
        let mut pairs = BTreeSet::new();
        let mut settled = 0;
        for pair in list(&json["pairs"]) {
            let apart = pair["verdict"] == "apart";
            let none = ["not_needed", "asserted"].map(Value::from);
            assert_eq!(none.contains(&pair["outcome"]["kind"]), apart, "{pair}");
            let asserted = pair["outcome"]["kind"] == "asserted";
            assert_eq!(asserted, pair["reason"]["because"] == "asserted", "{pair}");
            assertions += usize::from(asserted);
            if !apart {
                let earlier = pair["iterations"].get("earlier").map(number);
                pairs.insert((number(&pair["from"]), number(&pair["to"]), earlier));
                settled += usize::from(pair["outcome"]["kind"] != "mistake");
            }
        }
        let lists = [
            &analysis.parallel,
            &analysis.wired,
            &analysis.owned,
            &analysis.held,
            &analysis.tracked,
        ];
        for dep in lists.into_iter().flatten() {
            for level in dep.levels() {
                let at = carrier(program, dep.from, dep.to, level);
                assert!(pairs.contains(&(dep.from, dep.to, at)), "{dep:?}");
            }
        }
        for keyed in &analysis.keyed {
            let at = carrier(program, keyed.from, keyed.to, keyed.level);
            assert!(pairs.contains(&(keyed.from, keyed.to, at)), "{keyed:?}");
        }
        assert!(settled > 0);
        assert_eq!(list(&json["lives"]).len(), analysis.loans.len());
        // A conflict that nothing orders is a mistake, which the checks report.
        let mistake = list(&json["pairs"])
            .iter()
            .any(|p| p["outcome"]["kind"] == "mistake");
        let reported = compiled.errors.sorted();
        let reported = reported
            .iter()
            .any(|e| ["PTO004", "PTO006", "PTO007"].contains(&e.code.to_string().as_str()));
        assert_eq!(mistake, reported);
    }
    assert!(assertions > 0);
}

#[test]
fn an_implied_pair_names_a_task_in_between() {
    let compiled = compiled(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
            manual_scope!({ k(&x, &mut y); k(&y, &mut z); k(&z, &mut y); });
        }",
    );
    let explanation = explain::explain(&compiled, "f.rs");
    let pair = explanation
        .pairs
        .iter()
        .find(|p| (p.from, p.to) == (0, 2))
        .unwrap();
    assert_eq!(pair.outcome, Outcome::Implied { through: Some(1) });
}

#[test]
fn warnings_are_part_of_it() {
    let compiled = compiled("fn program(x: In<f32>, y: InOut<f32>) { scope!({}); k(&x, &mut y); }");
    let json = parsed(&compiled);
    assert_eq!(json["diagnostics"][0]["level"], "warning");
    assert_eq!(json["diagnostics"][0]["code"], "PTO023");
    let text = explain::text(&explain::explain(&compiled, "f.rs"));
    assert!(
        text.contains("warning: PTO023: this `scope!` submits no task"),
        "{text}"
    );
}

#[test]
fn what_a_called_orchestration_does_is_left_to_the_runtime() {
    let compiled = compiled(
        "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
            call!(other(&x, &mut y));
            k(&y, &mut z);
        }",
    );
    let json = parsed(&compiled);
    assert_eq!(json["tasks"][0]["kind"], "call");
    let pairs = list(&json["pairs"]);
    assert_eq!(pairs.len(), 1, "{json:#}");
    assert_eq!(pairs[0]["outcome"]["kind"], "tracked");
    assert_eq!(pairs[0]["outcome"]["why"], "call");
    // Parameters are the caller's as well.
    let exposed = list(&json["storages"])
        .iter()
        .map(|storage| &storage["exposed"]);
    assert!(exposed.into_iter().all(|exposed| *exposed == true));
}
