//! Orchestrations of one crate are called by those of another.

use pto_examples::kernels::add;
use pto_examples::vector::{by_hand, with_macros};
use pto_runtime::prelude::*;

/// `g = f(f(a, b), b) + f(a, b)` with the vector example's `f`.
#[orchestration]
fn twice(a: In<f32>, b: In<f32>, g: InOut<f32>) {
    let n = a.len();
    let (mut once, mut again) = alloc!(f32; [n], [n]);
    call!(with_macros(&a, &b, &mut once));
    call!(pto_examples::vector::with_macros(&once, &b, &mut again));
    add(&again, &once, &mut g);
}

#[test]
fn an_orchestration_of_another_crate_is_called() {
    let f = |a: f32, b: f32| (a + b + 1.0) * (a + b + 2.0) + (a + b);
    for workers in [1, 2, 4] {
        let builder = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1);
        let mut runtime = builder.build().unwrap();
        let (a, b) = (Tensor::full([64], 2.0_f32), Tensor::full([64], 3.0_f32));
        let mut g = Tensor::zeros([64]);
        let done = runtime.run(twice(&a, &b, &mut g)).unwrap();
        assert_eq!(g.as_slice(), [f(f(2.0, 3.0), 3.0) + f(2.0, 3.0); 64]);
        // An allocation of both, five tasks a call, and the sum.
        assert_eq!(done.report.tasks, 12);
    }
}

/// Each call of an orchestration of another crate looks up and registers at most what the same tasks do of which the compiler
/// knows nothing, and waits for no more.
#[test]
fn a_call_of_another_crate_costs_no_more_than_tracking() -> Result<(), Error> {
    let runtime = || Runtime::builder().workers(1).record_graph(true).build();
    let (a, b) = (Tensor::full([64], 2.0_f32), Tensor::full([64], 3.0_f32));
    let (mut f, mut g) = (Tensor::zeros([64]), Tensor::zeros([64]));
    let tracked = by_hand(&mut runtime()?, &a, &b, &mut f)?;
    let called = runtime()?.run(twice(&a, &b, &mut g))?.report;
    // The last task uses three tensors. Four tasks use what the allocation owns, and three reads are of what a call has written.
    let (uses, edges) = (3, 4 + 3);
    assert!(called.lookups <= 2 * tracked.lookups + uses, "{called:?}");
    assert!(called.inserts <= 2 * tracked.inserts + uses, "{called:?}");
    let most = 2 * tracked.edges.total() + edges;
    assert!(called.edges.total() <= most, "{called:?}");
    // What a call alone has made and used is not tracked at all.
    assert!(called.lookups < 2 * tracked.lookups, "{called:?}");
    Ok(())
}
