//! Tensors that are made with a value, and tensors of truth values.

use pto_runtime::prelude::*;
use pto_runtime::{Call, Deps, ErrorKind, OutArg, Site, create};

#[kernel(aiv)]
fn add(x: In<f32>, mut sum: InOut<f32>) {
    for i in 0..x.len() {
        sum.set(i, sum.get(i) + x.get(i));
    }
}

#[kernel(aiv)]
fn above(x: In<f32>, mut mask: Out<Bool>, limit: f32) {
    for i in 0..x.len() {
        mask.set(i, Bool::from(x.get(i) > limit));
    }
}

#[kernel(aiv)]
fn keep(mask: In<Bool>, mut x: InOut<f32>) {
    for i in 0..x.len() {
        if !mask.get(i).get() {
            x.set(i, 0.0);
        }
    }
}

fn runtimes() -> impl Iterator<Item = Runtime> {
    (1..=4).map(|workers| {
        let builder = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .window(16);
        builder.heap(8192).build().unwrap()
    })
}

/// Memory is used again and again: each tensor has its value all the same.
#[orchestration]
#[deny(deprecated)]
fn filled(total: InOut<f32>, base: f32, rounds: usize) {
    for i in 0..rounds {
        scope!({
            let (mut a, b) = alloc!(f32 = base + i as f32; [8], [2, 4]);
            add(&b.reshape([8]), &mut a);
            add(&a, &mut total);
        });
        manual_scope!({
            let small = alloc!(u8 = 3; [5]);
            let first = small.get(4);
            let more = alloc!(f32 = f32::from(first); [8]);
            add(&more, &mut total);
        });
    }
}

#[test]
fn new_tensors_have_the_value_that_they_are_filled_with() {
    for mut rt in runtimes() {
        let mut total = Tensor::zeros([8]);
        rt.run(filled(&mut total, 0.5, 40)).unwrap();
        let wanted: f32 = (0..40).map(|i| 2.0 * (0.5 + i as f32) + 3.0).sum();
        assert_eq!(total.as_slice(), [wanted; 8]);
    }
}

#[test]
fn allocations_by_hand_are_filled_with_values_of_their_type() {
    let mut rt = Runtime::builder().workers(1).build().unwrap();
    rt.run(|root| {
        let t = root.alloc_filled([4], -2_i16, Site::here("t"))?;
        let get = pto_runtime::HostAccess::get(&t, 3)?;
        assert_eq!(root.access(get, Site::here("get"), Deps::NONE)?, -2);
        let made = root.alloc_filled([3], u64::MAX, Site::here("made"))?;
        let get = pto_runtime::HostAccess::get(&made, 2)?;
        assert_eq!(root.access(get, Site::here("get"), Deps::NONE)?, u64::MAX);
        Ok(())
    })
    .unwrap();
    let error = rt
        .run(|root| {
            let made = OutArg::<f32>::into_arg(create::<f32>([1]));
            let mut call = Call::alloc_filled([made], 1_u32);
            root.launch(&mut call, Site::here("t"), Deps::NONE)?;
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("a value of u32"), "{error}");
}

#[orchestration]
fn masked(x: InOut<f32>, mask: InOut<Bool>, counts: Out<u32>) {
    let own = above(&x, out!([x.len()]), 2.0);
    keep(&own, &mut x);
    keep(&mask, &mut x);
    let last = own.get(3);
    mask.set(0, !last);
    let mut ready = alloc!(Bool = Bool::FALSE; [1]);
    let mut seen = alloc!(f32 = 9.0; [4]);
    ready.set(0, last);
    #[task(when = ready[0] == Bool::TRUE)]
    add(&x, &mut seen);
    let sum = seen.get(3);
    counts.set(0, sum as u32);
}

#[test]
fn truth_values_are_elements() {
    for mut rt in runtimes() {
        let mut x = Tensor::from_vec([4], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        let mut mask = Tensor::full([4], Bool::TRUE);
        let mut counts = Tensor::zeros([1]);
        rt.run(masked(&mut x, &mut mask, &mut counts)).unwrap();
        assert_eq!(x.as_slice(), [0.0, 0.0, 3.0, 4.0]);
        assert_eq!(mask.as_slice()[..2], [false, true]);
        assert_eq!(counts.as_slice(), [13]);
    }
}
