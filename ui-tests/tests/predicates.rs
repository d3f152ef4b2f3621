//! Tasks whose kernels run only if a condition holds when they could run.

use pto_runtime::prelude::*;
use pto_runtime::{Compare, Core, ErrorKind, Kernel, KernelArgs, Param, Predicate, Site};

#[kernel(aiv)]
fn fill(mut x: Out<f32>, value: f32) {
    for i in 0..x.len() {
        x.set(i, value);
    }
}

#[kernel(aiv)]
fn decide(mut gate: Out<i32>, value: i32) {
    gate.set(0, value);
}

#[kernel(aiv)]
fn copy(x: In<f32>, mut y: Out<f32>) {
    for i in 0..x.len() {
        y.set(i, x.get(i));
    }
}

#[kernel(aiv)]
fn increment(mut x: InOut<i32>) {
    x.set(0, x.get(0) + 1);
}

fn runtimes() -> impl Iterator<Item = Runtime> {
    (1..=4).map(|workers| {
        Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap()
    })
}

/// Another task decides whether the second `fill` runs.
#[orchestration]
fn gated(x: InOut<f32>, y: Out<f32>, open: i32) {
    let mut gate = alloc!([1]);
    decide(&mut gate, open);
    fill(&mut x, 42.0);
    #[task(when = gate[0] > 0)]
    fill(&mut x, 999.0);
    copy(&x, &mut y);
}

#[orchestration]
fn gated_by_the_compiler(x: InOut<f32>, y: Out<f32>, open: i32) {
    manual_scope!({
        let gate = decide(out!([1]), open);
        fill(&mut x, 42.0);
        #[task(when = gate[0] > 0)]
        fill(&mut x, 999.0);
        copy(&x, &mut y);
    });
}

#[orchestration]
fn gated_by_hand(x: InOut<f32>, y: Out<f32>, open: i32) {
    manual_scope!(deps(explicit), {
        #[task(name = gate)]
        let gate = decide(out!([1]), open);
        #[task(name = first)]
        fill(&mut x, 42.0);
        #[task(name = second, after = [gate, first], when = gate[0] > 0)]
        fill(&mut x, 999.0);
        #[task(after = [second])]
        copy(&x, &mut y);
    });
}

#[test]
fn a_task_whose_condition_does_not_hold_is_skipped() {
    for mut rt in runtimes() {
        for (open, wanted) in [(0, 42.0), (1, 999.0), (-1, 42.0)] {
            for version in 0..3 {
                let (mut x, mut y) = (Tensor::zeros([4]), Tensor::zeros([4]));
                let done = match version {
                    0 => rt.run(gated(&mut x, &mut y, open)),
                    1 => rt.run(gated_by_the_compiler(&mut x, &mut y, open)),
                    _ => rt.run(gated_by_hand(&mut x, &mut y, open)),
                };
                done.unwrap();
                assert_eq!(y.as_slice(), [wanted; 4], "{open} in version {version}");
            }
        }
    }
}

/// A task that changes what it depends on, until a limit that is known only while it runs.
#[orchestration]
fn up_to(counter: InOut<i32>, table: In<i32>, rounds: usize) {
    for _ in 0..rounds {
        #[task(when = counter[0] < table[[1, 0]])]
        increment(&mut counter);
    }
    manual_scope!({
        for i in 0..rounds {
            #[task(when = counter.view([0..1])[0] != 5)]
            increment(&mut counter);
            let value = counter.get(0);
            #[task(when = table[[0, 1]] == value - 4)]
            decide(&mut counter, i as i32 - 100);
        }
    });
}

#[test]
fn conditions_are_in_order_with_what_writes_their_elements() {
    for mut rt in runtimes() {
        let table = Tensor::from_vec([2, 2], vec![0, 1, 3, 0]).unwrap();
        let mut counter = Tensor::zeros([1]);
        rt.run(up_to(&mut counter, &table, 10)).unwrap();
        // Up to 3, to 4, to 5; reset in that round, number 1, to -99; and on.
        assert_eq!(counter.as_slice(), [-91]);
    }
}

#[orchestration]
fn maybe_fill(gate: In<i32>, x: InOut<f32>) {
    manual_scope!({
        #[task(when = gate[0] >= 1)]
        fill(&mut x, 7.0);
    });
}

#[orchestration]
fn gated_in_a_call(x: InOut<f32>) {
    let mut gate = decide(out!([1]), 1);
    call!(maybe_fill(&gate, &mut x.view_mut([0..2])));
    // Waits until the condition has been evaluated.
    decide(&mut gate, 0);
    call!(maybe_fill(&gate, &mut x.view_mut([2..4])));
}

#[test]
fn conditions_are_tracked_in_called_orchestrations() {
    for mut rt in runtimes() {
        let mut x = Tensor::zeros([4]);
        rt.run(gated_in_a_call(&mut x)).unwrap();
        assert_eq!(x.as_slice(), [7.0, 7.0, 0.0, 0.0]);
    }
}

#[kernel(aiv, blocks)]
fn number(mut y: InOut<i32>, block: Block) {
    y.set(0, y.get(0) + 1 + block.index() as i32);
}

#[kernel(aic)]
fn double(mut y: InOut<i32>) {
    y.set(0, y.get(0) * 2);
}

/// Tasks that several threads run; some decide about others, and about themselves.
#[orchestration]
fn teams(y: InOut<i32>, z: InOut<i32>, open: i32) {
    let mut gate = decide(out!([1]), open);
    for _ in 0..8 {
        #[task(blocks = 3, when = gate[0] == 1)]
        number(&mut y);
        #[task(when = y[2] > 6)]
        mixed!(double(&mut z), decide(&mut gate, 2));
        #[task(blocks = 3, sync_start, when = y[1] < 2)]
        number(&mut y);
    }
    // In a MANUAL scope several in a row are skipped, of which each makes the next one ready.
    manual_scope!({
        for _ in 0..8 {
            #[task(blocks = 3, when = gate[0] > 2)]
            number(&mut y);
        }
        increment(&mut z);
    });
}

#[test]
fn the_condition_of_a_task_is_that_of_all_its_blocks_and_kernels() {
    let runtimes = (3..=4).map(|workers| {
        Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .clusters(3)
            .build()
    });
    for mut rt in runtimes.map(Result::unwrap) {
        // Once by itself, and no more.
        let (mut y, mut z) = (Tensor::zeros([3]), Tensor::from_vec([1], vec![1]).unwrap());
        rt.run(teams(&mut y, &mut z, 0)).unwrap();
        assert_eq!((y.as_slice(), z.as_slice()), (&[1, 2, 3][..], &[2][..]));
        // And until the third is 9, which closes the gate; from then on the mixed task runs each time.
        let (mut y, mut z) = (Tensor::zeros([3]), Tensor::from_vec([1], vec![1]).unwrap());
        rt.run(teams(&mut y, &mut z, 1)).unwrap();
        assert_eq!((y.as_slice(), z.as_slice()), (&[3, 6, 9][..], &[65][..]));
    }
}

#[test]
fn tasks_wait_for_a_task_of_blocks_that_is_skipped() {
    for mut rt in runtimes() {
        let mut y = Tensor::<i32>::zeros([3]);
        rt.run(|root| {
            let mut y = root.inout(&mut y);
            let mut gate = root.alloc::<i32>([1], Site::here("gate"))?;
            root.task(&INCREMENT).update(&mut gate).submit()?;
            for _ in 0..4 {
                let closed = Predicate::new(&gate, 0, Compare::Equal, 0)?;
                let all = root.task(&NUMBER).update(&mut y).blocks(3);
                all.when(closed).submit()?;
            }
            let open = Predicate::new(&gate, 0, Compare::Equal, 1)?;
            let all = root.task(&NUMBER).update(&mut y).blocks(3).when(open);
            let id = all.submit()?.id();
            root.barrier().read(&y).after(id).submit()?;
            Ok(())
        })
        .unwrap();
        assert_eq!(y.as_slice(), [1, 2, 3]);
    }
}

static NUMBER: Kernel = Kernel {
    name: "number",
    params: &[Param::update::<i32>("y"), Param::block("block")],
    run: |args: &mut KernelArgs<'_>| number(args.update(), args.block()),
    ..INCREMENT
};

static INCREMENT: Kernel = Kernel {
    name: "increment",
    core: Core::Aiv,
    params: &[Param::update::<i32>("x")],
    run: |args: &mut KernelArgs<'_>| increment(args.update()),
    file: file!(),
    line: line!(),
    check: None,
};

static MAKE: Kernel = Kernel {
    name: "make",
    params: &[Param::write::<i32>("x")],
    run: |_| {},
    ..INCREMENT
};

#[test]
fn conditions_can_be_submitted_by_hand() {
    let mut rt = Runtime::builder().workers(2).build().unwrap();
    let mut x = Tensor::zeros([1]);
    rt.run(|root| {
        let mut x = root.inout(&mut x);
        for _ in 0..5 {
            let below_three = Predicate::new(&x, 0, Compare::Less, 3)?;
            root.task(&INCREMENT)
                .update(&mut x)
                .when(below_three)
                .submit()?;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(x.as_slice(), [3]);
    let error = rt
        .run(|root| {
            let x = root.alloc::<i32>([1], Site::here("x"))?;
            let always = Predicate::new(&x, [0], Compare::Equal, 0)?;
            root.task(&MAKE).create::<i32>([1]).when(always).submit()?;
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("condition"), "{error}");
}
