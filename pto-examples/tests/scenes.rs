//! The scenes: results and task graphs, on any number of workers.

use pto_examples::scenes::{Counts, Scene, scenes};
use pto_runtime::Runtime;

/// Those that take no time.
fn small() -> impl Iterator<Item = Scene> {
    let large = [
        "benchmark_bgemm/Case",
        "alternating_matmul_add/Case",
        "paged_attention/auto/Case1",
        "paged_attention/manual/Case1",
        "paged_attention_unroll_4dims/Case1",
        "paged_attention_unroll_4dims/Case2",
        "paged_attention_unroll_4dims/Case3",
        "paged_attention_unroll_4dims_manual_scope/Case1",
        "paged_attention_unroll_4dims_manual_scope/Case2",
        "paged_attention_unroll_4dims_manual_scope/Case3",
        "batch_paged_attention/Case1",
        "batch_paged_attention/Case2",
        "batch_paged_attention/Case3",
        "batch_paged_attention/RingStress",
    ];
    let small = move |scene: &Scene| !large.iter().any(|name| scene.name.starts_with(name));
    scenes().into_iter().filter(small)
}

#[test]
fn every_scene_has_its_results_and_its_graph() {
    for scene in small() {
        for workers in [1, 2, 4] {
            for recorded in [false, true] {
                let builder = Runtime::builder().workers(workers).record_graph(recorded);
                let builder = builder.run_at_once(workers % 2 == 1);
                let mut runtime = (scene.machine)(builder).build().unwrap();
                for _ in 0..2 {
                    let ran = (scene.run)(&mut runtime).unwrap();
                    let name = &scene.name;
                    assert!(ran.error <= 1.0, "{name}: {}", ran.error);
                    let graph = Counts::of(&ran.report);
                    assert_eq!(graph.tasks, scene.graph.tasks, "{name}");
                    assert!(!recorded || graph == scene.graph, "{name}: {graph:?}");
                }
            }
        }
    }
}

#[test]
fn every_scene_is_verified() {
    for scene in small() {
        let builder = Runtime::builder().workers(2).verify(true);
        let mut runtime = (scene.machine)(builder).build().unwrap();
        let ran = (scene.run)(&mut runtime);
        let ran = ran.unwrap_or_else(|error| panic!("{}: {error}", scene.name));
        assert_eq!(ran.report.tasks, scene.graph.tasks, "{}", scene.name);
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<String> = scenes().into_iter().map(|scene| scene.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
