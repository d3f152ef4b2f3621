//! The task graphs, edge for edge.

use pto_examples::attention::{Case, Problem};
use pto_examples::io::{self, Options};
use pto_examples::{Scopes, Version, vector};
use pto_runtime::prelude::*;
use pto_runtime::{Edges, TaskId};

fn runtime() -> Runtime {
    Runtime::builder()
        .workers(2)
        .record_graph(true)
        .build()
        .unwrap()
}

/// The edges of one run, and the blocks of each tile: in the small cases a tile is a sequence.
fn edges_of(version: Version, case: &Case, scopes: Scopes) -> (Report, Vec<u64>) {
    let problem: Problem = io::parse(case.name, case.golden.unwrap(), Options::default())
        .unwrap()
        .problem;
    let mut out = vec![0.0; problem.geometry.query_len()];
    let report = version
        .run(&mut runtime(), &problem, scopes, &mut out)
        .unwrap();
    let blocks: Vec<u64> = (0..problem.geometry.batch)
        .map(|b| problem.blocks_of(b) as u64)
        .collect();
    let tasks: u64 = blocks.iter().map(|n| 1 + 4 * n).sum();
    assert_eq!(report.tasks, tasks, "{} {}", version.name(), case.name);
    assert_eq!(report.tasks, problem.tasks() as u64);
    (report, blocks)
}

/// Per block: scores to weights, weights to product, weights and product to update, scratch to update, all of them
/// from the owner of a tensor to its user; and each update to the next, which compile time knows. Nothing is looked up.
#[test]
fn auto_has_every_edge() {
    for (version, case) in [Version::Auto, Version::UnrollAuto]
        .into_iter()
        .flat_map(|version| Case::small().map(move |case| (version, case)))
    {
        let (report, blocks) = edges_of(version, case, Scopes::Tiles);
        let expected = Edges {
            tracked: blocks.iter().map(|n| 5 * n).sum(),
            proven: blocks.iter().map(|n| n - 1).sum(),
            ..Edges::default()
        };
        assert_eq!(report.edges, expected, "{}", case.name);
        assert_eq!((report.lookups, report.inserts), (0, 0), "{}", case.name);
    }
}

/// Per block: scores to weights to product to update; each update to the next; and the scratch kept once.
#[test]
fn inferred_edges_are_the_necessary_ones() {
    for version in [Version::Manual, Version::UnrollManual] {
        for case in Case::small() {
            let (report, blocks) = edges_of(version, case, Scopes::Tiles);
            let proven = blocks.iter().map(|n| 3 * n + (n - 1)).sum();
            let expected = Edges {
                proven,
                lifetime: blocks.len() as u64,
                ..Edges::default()
            };
            assert_eq!(report.edges, expected, "{} {}", version.name(), case.name);
            assert_eq!(
                (report.lookups, report.inserts),
                (0, 0),
                "a manual scope never touches the TensorMap"
            );
        }
    }
}

#[test]
fn explicit_edges_are_those_written() {
    for case in Case::small() {
        let (report, blocks) = edges_of(Version::Explicit, case, Scopes::Tiles);
        let explicit = blocks.iter().map(|n| 3 * n + (n - 1)).sum();
        let expected = Edges {
            explicit,
            lifetime: blocks.len() as u64,
            ..Edges::default()
        };
        assert_eq!(report.edges, expected, "{}", case.name);
        assert_eq!(
            (report.lookups, report.inserts),
            (0, 0),
            "a manual scope never touches the TensorMap"
        );
    }
}

/// Inferring edges and writing them by hand gives the same graph, whatever rings its tasks are on.
#[test]
fn inferred_and_explicit_edges_are_the_same() {
    for case in Case::small() {
        let edges = |version| {
            let graph = edges_of(version, case, Scopes::Tiles).0.graph.unwrap();
            let submitted = |task: TaskId| graph.nodes.iter().position(|node| node.id == task);
            let ends = graph
                .edges
                .iter()
                .map(|edge| (submitted(edge.from), submitted(edge.to)));
            let mut ends: Vec<_> = ends.collect();
            ends.sort();
            ends
        };
        let explicit = edges(Version::Explicit);
        assert_eq!(edges(Version::Manual), explicit, "{}", case.name);
        assert_eq!(edges(Version::UnrollManual), explicit, "{}", case.name);
    }
}

#[test]
fn the_vector_example_has_its_six_edges() {
    let (a, b) = (Tensor::full([64], 2.0), Tensor::full([64], 3.0));
    let mut f = Tensor::zeros([64]);
    let with_macros = runtime()
        .run(vector::with_macros(&a, &b, &mut f))
        .unwrap()
        .report;
    assert_eq!(f.as_slice(), [47.0; 64]);
    let mut f = Tensor::zeros([64]);
    let by_hand = vector::by_hand(&mut runtime(), &a, &b, &mut f).unwrap();
    assert_eq!(f.as_slice(), [47.0; 64]);

    for report in [with_macros, by_hand] {
        let graph = report.graph.unwrap();
        let id = |task: TaskId| (task.ring(), task.local());
        let tasks: Vec<_> = graph
            .nodes
            .iter()
            .map(|node| (node.name, id(node.id)))
            .collect();
        let [t0, t1, t2, t3, t4] = [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)];
        assert_eq!(
            tasks,
            [
                ("add", t0),
                ("add_scalar", t1),
                ("add_scalar", t2),
                ("mul", t3),
                ("add", t4)
            ]
        );
        let mut edges: Vec<_> = graph
            .edges
            .iter()
            .map(|edge| (id(edge.from), id(edge.to)))
            .collect();
        edges.sort();
        assert_eq!(
            edges,
            [(t0, t1), (t0, t2), (t0, t4), (t1, t3), (t2, t3), (t3, t4)]
        );
        assert_eq!(report.edges.total(), 6);
    }
}

/// The scope of a block is closed before its tasks are done: its oldest is kept until the update has read all of it.
#[test]
fn a_scope_for_each_block_takes_one_lifetime_edge_more() {
    for version in [Version::Manual, Version::UnrollManual] {
        for case in Case::small() {
            let (report, blocks) = edges_of(version, case, Scopes::Blocks);
            let wanted = Edges {
                proven: blocks.iter().map(|n| 3 * n + (n - 1)).sum(),
                lifetime: blocks.iter().map(|n| 1 + n).sum(),
                ..Edges::default()
            };
            assert_eq!(report.edges, wanted, "{} {}", version.name(), case.name);
        }
    }
}
