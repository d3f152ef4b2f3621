//! What a call costs.

use pto_runtime::EdgeKind;
use pto_runtime::prelude::*;

use super::*;

/// The body of `auto_step`, written out.
#[orchestration]
fn inline(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let n = x.len();
    let a = plus(&x, out!([n]), 9);
    for i in 0..rounds {
        let t = plus(&a, out!([n]), i as u32);
        mix(&t, &mut y);
        mix(&a, &mut y);
    }
}

#[orchestration]
fn called(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let a = plus(&x, out!([x.len()]), 9);
    for i in 0..rounds {
        call!(auto_step(&a, &mut y, i as u32));
    }
}

#[orchestration]
fn called_manual(x: In<u32>, y: InOut<u32>, rounds: usize) {
    let a = plus(&x, out!([x.len()]), 9);
    for i in 0..rounds {
        call!(manual_step(&a, &mut y, i as u32));
    }
}

#[test]
fn a_call_costs_what_tracking_costs() {
    let rounds = 20;
    let report = |nested: usize| {
        // Nothing completes before all is submitted, so that every edge is drawn.
        let mut rt = Runtime::builder()
            .workers(1)
            .record_graph(true)
            .build()
            .unwrap();
        let x = Tensor::full([4], 7_u32);
        let mut y = Tensor::zeros([8]);
        let done = match nested {
            0 => rt.run(inline(&x, &mut y, rounds)),
            1 => rt.run(called(&x, &mut y, rounds)),
            _ => rt.run(called_manual(&x, &mut y, rounds)),
        };
        done.unwrap().report
    };
    let inline = report(0);
    for nested in [1, 2] {
        let called = report(nested);
        assert_eq!(called.tasks, inline.tasks);
        assert!(
            called.edges.total() <= inline.edges.total() + 1,
            "{nested}: {} {}",
            called.edges.total(),
            inline.edges.total()
        );
        // One for each access of `y`: nothing for `a`, which is never written again, nor for `t`.
        assert_eq!(called.lookups, 2 * rounds as u64, "{nested}");
        assert_eq!(called.inserts, 2 * rounds as u64, "{nested}");
        let waits = |edge: &&pto_runtime::Edge| edge.kind != EdgeKind::Lifetime;
        let graph = called.graph.unwrap();
        assert!(graph.edges.iter().filter(waits).count() > 0);
    }
}
