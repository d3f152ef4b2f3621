//! Five tasks in two scopes, whose graph is known to the last edge.

use pto_runtime::{Input, InputOutput, Runtime};

use super::{Counts, Ran, Scene, worst};
use crate::vector::{Golden, LEN, with_macros};

pub(super) fn scenes() -> [Scene; 1] {
    let graph = Counts { tasks: 5, edges: 6 };
    let about = "five tasks on vectors, in two scopes";
    [Scene::new("vector_example", about, graph, run).listed_like_this()]
}

fn run(runtime: &mut Runtime) -> Result<Ran, crate::Error> {
    let golden = Golden::stored()?;
    let (a, b) = (vec![golden.a; LEN], vec![golden.b; LEN]);
    let mut f = vec![f32::NAN; LEN];
    let program = with_macros(
        Input::from_slice(&a, LEN)?,
        Input::from_slice(&b, LEN)?,
        InputOutput::from_mut_slice(&mut f, LEN)?,
    );
    let report = runtime.run(program)?.report;
    Ok(Ran {
        error: worst(&f, [golden.f; LEN], 1e-5),
        report,
    })
}
