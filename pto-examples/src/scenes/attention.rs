//! Paged attention block by block: the versions of the program itself, and one of them again and again.

use pto_runtime::{Report, Runtime};

use super::{Counts, Ran, Scene, worst};
use crate::attention::{Case, Problem, attention, generate};
use crate::io::{self, Loaded, Options};
use crate::version::{Scopes, Version};

/// How often the small cases are run one after the other.
const ROUNDS: usize = 10;

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    let small = Version::ALL
        .into_iter()
        .flat_map(|version| Case::small().map(move |case| small(version, case)));
    let large = [Version::Auto, Version::Manual]
        .into_iter()
        .filter_map(|version| Some(large(version, Case::named("Case1")?)));
    small.chain(large).chain([rounds()])
}

/// The graph of a case. Of each block: scores to weights to product to update, and each update to the next; where the runtime
/// finds the edges also weights to update, and the scratch to each update instead of once.
fn graph(version: Version, case: &Case) -> Counts {
    let sequences = (0..case.geometry.batch).map(|batch| case.context(batch));
    let blocks = sequences.map(|context| context.div_ceil(case.geometry.block_size) as u64);
    let edges = |n: u64| match version {
        Version::Auto | Version::UnrollAuto => 6 * n - 1,
        Version::Manual | Version::Explicit | Version::UnrollManual => 4 * n,
    };
    Counts {
        tasks: blocks.clone().map(|n| 1 + 4 * n).sum(),
        edges: blocks.map(edges).sum(),
    }
}

fn small(version: Version, case: &'static Case) -> Scene {
    Scene::new(
        format!("paged_attention/{}/{}", version.name(), case.name),
        "attention, block by block",
        graph(version, case),
        move |runtime| {
            let (problem, want) = stored(case)?;
            solve(version, runtime, &problem, &want, 1e-3)
        },
    )
}

fn large(version: Version, case: &'static Case) -> Scene {
    let name = format!("paged_attention/{}/{}", version.name(), case.name);
    let about = "attention, block by block";
    let scene = Scene::new(name, about, graph(version, case), move |runtime| {
        let problem = generate(case.geometry, |batch| case.context(batch), 1);
        let want = attention(&problem);
        solve(version, runtime, &problem, &want, 1e-3)
    });
    match version {
        // All tasks that one waits for are of its scope, which is open.
        Version::Manual => scene.listed_for("/Case1"),
        _ => scene.listed_like_this(),
    }
}

/// The inputs and the result of a case that are stored.
fn stored(case: &Case) -> Result<(Problem, Vec<f32>), crate::Error> {
    let bytes = case.golden.unwrap_or_default();
    let Loaded { problem, expected } = io::parse(case.name, bytes, Options::default())?;
    let want = expected.unwrap_or_else(|| attention(&problem));
    Ok((problem, want))
}

fn solve(
    version: Version,
    runtime: &mut Runtime,
    problem: &Problem,
    want: &[f32],
    tolerance: f64,
) -> Result<Ran, crate::Error> {
    // What is not written shows.
    let mut out = vec![f32::NAN; problem.geometry.query_len()];
    let report = version.run(runtime, problem, Scopes::Tiles, &mut out)?;
    Ok(Ran {
        error: worst(&out, want.iter().copied(), tolerance),
        report,
    })
}

/// All small cases in turn on one runtime, ten times.
fn rounds() -> Scene {
    let graphs = Case::small().map(|case| graph(Version::Auto, case));
    let graph = graphs.fold(Counts { tasks: 0, edges: 0 }, |all, one| Counts {
        tasks: all.tasks + ROUNDS as u64 * one.tasks,
        edges: all.edges + ROUNDS as u64 * one.edges,
    });
    let about = "four problems in turn, ten times, on one runtime";
    Scene::new("multi_round_paged_attention", about, graph, |runtime| {
        let cases: Result<Vec<_>, _> = Case::small().map(stored).collect();
        let cases = cases?;
        let mut all = Ran {
            report: Report::default(),
            error: 0.0,
        };
        for (problem, want) in (0..ROUNDS).flat_map(|_| &cases) {
            let one = solve(Version::Auto, runtime, problem, want, 1e-2)?;
            all.error = all.error.max(one.error);
            all.report.tasks += one.report.tasks;
            all.report.edges.proven += one.report.edges.proven;
            all.report.edges.tracked += one.report.edges.tracked;
            all.report.lookups += one.report.lookups;
            all.report.elapsed += one.report.elapsed;
        }
        Ok(all)
    })
}
