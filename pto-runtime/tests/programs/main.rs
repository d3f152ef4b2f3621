//! Random programs give the result of running their tasks one after the other.

mod calls;
#[path = "../common/mod.rs"]
mod common;
mod model;
mod submit;

use common::tiny_of;
use model::{BUFFERS, SIDE, op, run_in_order, start};
use proptest::prelude::*;
use pto_runtime::{Runtime, Site, Tensor};
use submit::{Room, submit};

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_give_the_sequential_result(
        ops in prop::collection::vec(op(), 1..40),
        // What the submitting thread runs at once no other thread hears of.
        at_once in any::<bool>(),
    ) {
        let mut expected = start();
        run_in_order(&ops, &mut expected);
        for (workers, clusters) in [(1, 1), (2, 1), (2, 2), (3, 2), (4, 1), (4, 4)] {
            let mut tensors = start().map(|data| Tensor::from_vec([SIDE, SIDE], data).unwrap());
            let mut runtime = tiny_of(workers, clusters).run_at_once(at_once).build().unwrap();
            runtime.run(|root| {
                let mut tensors = tensors.iter_mut();
                let mut buffers: [_; BUFFERS] = std::array::from_fn(|_| root.inout(tensors.next().unwrap()));
                for op in ops.chunks(1) {
                    submit(&root.auto(Site::here("op"))?, op, &mut buffers, Room { workers, clusters })?;
                }
                Ok(())
            }).unwrap();
            for (tensor, expected) in tensors.iter().zip(&expected) {
                prop_assert_eq!(tensor.as_slice(), expected.as_slice());
            }
        }
    }

    #[test]
    fn random_calls_give_the_sequential_result(
        program in calls::program(),
        at_once in any::<bool>(),
    ) {
        for workers in 1..=4 {
            let runtime = Runtime::builder().workers(workers).window(16).heap(4096).dep_pool(64);
            let mut runtime = runtime.run_at_once(at_once).build().unwrap();
            for _ in 0..3 {
                let mut cells = Tensor::<u64>::zeros([calls::CELLS]);
                let done = runtime.run(|root| calls::submit(root, &program, &mut root.inout(&mut cells)));
                done.unwrap();
                prop_assert_eq!(cells.as_slice(), &calls::in_order(&program));
            }
        }
    }
}
