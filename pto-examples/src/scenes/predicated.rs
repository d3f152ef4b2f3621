//! A task whose kernel runs only if another task has opened the gate.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};
use crate::kernels::{copy, fill};

/// `y` is 999 if `open` is not zero, else 42.
#[orchestration]
pub fn predicated_dispatch(x: InOut<f32>, y: Out<f32>, open: f32) {
    let gate = fill(out!([1]), open);
    fill(&mut x, 42.0);
    #[task(name = clobber, when = gate[0] > 0.0)]
    fill(&mut x, 999.0);
    copy(&x, &mut y);
}

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    [("closed", 0.0, 42.0), ("open", 1.0, 999.0)]
        .into_iter()
        .map(|(name, open, want)| {
            let graph = Counts { tasks: 4, edges: 3 };
            let name = format!("predicated_dispatch/{name}");
            let about = "a task that another one decides about";
            Scene::new(name, about, graph, move |runtime| run(runtime, open, want))
                .listed_like_this()
        })
}

fn run(runtime: &mut Runtime, open: f32, want: f32) -> Result<Ran, crate::Error> {
    let (mut x, mut y) = (Tensor::zeros([64]), Tensor::zeros([64]));
    let report = runtime
        .run(predicated_dispatch(&mut x, &mut y, open))?
        .report;
    Ok(Ran {
        error: exact(y.as_slice().iter().all(|value| *value == want)),
        report,
    })
}
