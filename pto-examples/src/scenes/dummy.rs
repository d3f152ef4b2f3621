//! Tasks without a kernel that others wait for.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};
use crate::kernels::{copy, fill};

/// A barrier between a write and a read.
#[orchestration]
pub fn between(x: InOut<f32>, y: Out<f32>) {
    fill(&mut x, 42.0);
    barrier!(&mut x);
    copy(&x, &mut y);
}

/// Barriers that wait for each other.
#[orchestration]
pub fn chained(x: InOut<f32>, y: Out<f32>) {
    fill(&mut x, 42.0);
    for _ in 0..4 {
        barrier!(&mut x);
    }
    copy(&x, &mut y);
}

/// One barrier for two producers, with the edges written.
#[orchestration]
pub fn gathered(x: InOut<f32>, y: Out<f32>) {
    let half = x.len() / 2;
    manual_scope!(deps(explicit), {
        #[task(name = first)]
        fill(&mut x.view_mut([..half]), 42.0);
        #[task(name = second)]
        fill(&mut x.view_mut([half..]), 42.0);
        #[task(name = both, after = [first, second])]
        barrier!();
        #[task(after = [both])]
        copy(&x, &mut y);
    });
}

/// Eighteen barriers after one producer, before one consumer that waits for all of them.
#[orchestration]
pub fn fanned(x: InOut<f32>, y: Out<f32>) {
    fill(&mut x, 42.0);
    for _ in 0..18 {
        barrier!(&x);
    }
    barrier!(&mut x);
    copy(&x, &mut y);
}

/// A program on `x` and `y`.
type Run = fn(&mut Runtime, &mut Tensor<f32>, &mut Tensor<f32>) -> Result<Report, crate::Error>;

/// The scene's cases: name, tasks, edges, program.
const CASES: [(&str, u64, u64, Run); 4] = [
    ("between", 3, 2, |rt, x, y| {
        Ok(rt.run(between(x, y))?.report)
    }),
    ("chained", 6, 5, |rt, x, y| {
        Ok(rt.run(chained(x, y))?.report)
    }),
    ("gathered", 4, 3, |rt, x, y| {
        Ok(rt.run(gathered(x, y))?.report)
    }),
    ("fanned", 21, 38, |rt, x, y| {
        Ok(rt.run(fanned(x, y))?.report)
    }),
];

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    CASES.into_iter().map(|(name, tasks, edges, program)| {
        let graph = Counts { tasks, edges };
        let name = format!("dummy_task/{name}");
        let gathers = name.ends_with("/fanned");
        let scene = Scene::new(name, "tasks without a kernel", graph, move |runtime| {
            run(runtime, program)
        });
        match gathers {
            true => scene.listed(
                20,
                36,
                "one more barrier comes after the eighteen, and the consumer after it alone",
            ),
            false => scene.listed_like_this(),
        }
    })
}

fn run(runtime: &mut Runtime, program: Run) -> Result<Ran, crate::Error> {
    let (mut x, mut y) = (Tensor::zeros([64]), Tensor::zeros([64]));
    let report = program(runtime, &mut x, &mut y)?;
    Ok(Ran {
        error: exact(y.as_slice().iter().all(|value| *value == 42.0)),
        report,
    })
}
