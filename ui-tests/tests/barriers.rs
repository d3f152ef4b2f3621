//! Tasks without a kernel, which only wait.

use pto_runtime::prelude::*;
use pto_runtime::{Core, ErrorKind, Kernel, KernelArgs, Param, Site};

#[kernel(aiv)]
fn write(mut x: Out<f32>, value: f32) {
    for i in 0..x.len() {
        x.set(i, value);
    }
}

#[kernel(aic)]
fn copy(x: In<f32>, mut y: Out<f32>) {
    for i in 0..x.len() {
        y.set(i, x.get(i));
    }
}

#[kernel(aiv)]
fn increment(mut x: InOut<f32>) {
    for i in 0..x.len() {
        x.set(i, x.get(i) + 1.0);
    }
}

fn runtimes() -> impl Iterator<Item = Runtime> {
    (1..=4).map(|workers| {
        let builder = Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .clusters(workers.div_ceil(2));
        builder.record_graph(true).build().unwrap()
    })
}

#[orchestration]
fn between(x: InOut<f32>, y: Out<f32>) {
    write(&mut x, 42.0);
    barrier!(&mut x);
    copy(&x, &mut y);
}

#[orchestration]
fn chain(x: InOut<f32>, y: Out<f32>) {
    manual_scope!({
        write(&mut x, 42.0);
        for _ in 0..20 {
            barrier!(&mut x);
        }
        copy(&x, &mut y);
    });
}

#[orchestration]
fn two_producers(x: InOut<f32>, y: Out<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = a)]
        write(&mut x.view_mut([0..1]), 42.0);
        #[task(name = b)]
        write(&mut x.view_mut([1..2]), 43.0);
        #[task(name = both, after = [a, b])]
        barrier!();
        #[task(after = [both])]
        copy(&x, &mut y);
    });
}

/// A phase that begins when all of the one before is over: one edge for each task, not one for each pair.
#[orchestration]
fn phases(x: InOut<f32>, y: Out<f32>) {
    for _ in 0..18 {
        parallel_for!(0..2, |i| {
            increment(&mut x.view_mut([i..i + 1]));
        });
        barrier!(&mut x);
    }
    barrier!(&x, &mut y);
    copy(&x, &mut y);
}

#[test]
fn whoever_comes_after_a_barrier_comes_after_what_it_waits_for() {
    for mut rt in runtimes() {
        let run = |rt: &mut Runtime, which: usize| {
            let (mut x, mut y) = (Tensor::zeros([2]), Tensor::zeros([2]));
            let done = match which {
                0 => rt.run(between(&mut x, &mut y)),
                1 => rt.run(chain(&mut x, &mut y)),
                2 => rt.run(two_producers(&mut x, &mut y)),
                _ => rt.run(phases(&mut x, &mut y)),
            };
            (y.into_vec(), done.unwrap().report)
        };
        assert_eq!(run(&mut rt, 0).0, [42.0, 42.0]);
        let (y, report) = run(&mut rt, 1);
        assert_eq!(
            (y, report.tasks, report.edges.proven),
            (vec![42.0; 2], 22, 21)
        );
        let (y, report) = run(&mut rt, 2);
        assert_eq!((y, report.edges.explicit), (vec![42.0, 43.0], 3));
        let graph = report.graph.unwrap();
        assert_eq!(graph.nodes[2].name, "both");
        assert!(graph.nodes[2].cores.is_empty());
        let (y, report) = run(&mut rt, 3);
        assert_eq!((y, report.tasks), (vec![18.0; 2], 18 * 3 + 2));
    }
}

static INCREMENT: Kernel = Kernel {
    name: "increment",
    core: Core::Aiv,
    params: &[Param::update::<f32>("x")],
    run: |args: &mut KernelArgs<'_>| increment(args.update()),
    file: file!(),
    line: line!(),
    check: None,
};

#[test]
fn barriers_can_be_submitted_by_hand() {
    for mut rt in runtimes() {
        let mut x = Tensor::<f32>::zeros([2]);
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            root.task(&INCREMENT).update(&mut x).submit()?;
            let all = root.barrier().named("all").update(&mut x).submit()?;
            // SAFETY: the task waits for the barrier, and that for the task before.
            unsafe {
                let manual = root.manual(Site::here("manual"))?;
                manual
                    .task(&INCREMENT)
                    .update(&mut x)
                    .after(all.id())
                    .submit()?;
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(x.as_slice(), [2.0; 2]);
        let error = rt
            .run(|root| {
                let x = root.alloc::<f32>([2], Site::here("x"))?;
                root.barrier().read(&x).create::<f32>([2]).submit()?;
                Ok(())
            })
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(
            error.message().contains("a barrier that creates"),
            "{error}"
        );
    }
}
