//! Tasks that conflict run in the order of their submission; small rings do not change any result.

mod common;

use common::{COPY, FILL, FOLD, SLOW_COPY, STEP, mix, runtime, tiny_of};
use pto_runtime::{Call, Deps, EdgeKind, Error, OutArg, Runtime, Site, TaskSet, Tensor, create};

/// With and without tasks that the submitting thread runs at once, which no other thread hears of.
fn with_workers(test: impl Fn(Runtime) -> Result<(), Error>) -> Result<(), Error> {
    for workers in [1, 2, 4] {
        for at_once in [false, true] {
            test(runtime(workers).run_at_once(at_once).build()?)?;
        }
    }
    Ok(())
}

#[test]
fn a_reader_waits_for_the_writer() -> Result<(), Error> {
    with_workers(|mut rt| {
        let x = Tensor::full([16], 5u64);
        let mut y = Tensor::<u64>::zeros([16]);
        rt.run(|root| {
            let (x, mut y) = (root.input(&x), root.inout(&mut y));
            let copy = root
                .task(&SLOW_COPY)
                .read(&x)
                .create::<u64>([16])
                .submit()?
                .output::<u64>(0)?;
            root.task(&COPY).read(&copy).write(&mut y).submit()?;
            Ok(())
        })?;
        assert_eq!(y.as_slice(), [5; 16]);
        Ok(())
    })
}

#[test]
fn a_writer_waits_for_the_reader() -> Result<(), Error> {
    with_workers(|mut rt| {
        let (mut x, mut y) = (Tensor::full([16], 5u64), Tensor::<u64>::zeros([16]));
        rt.run(|root| {
            let (mut x, mut y) = (root.inout(&mut x), root.inout(&mut y));
            root.task(&SLOW_COPY).read(&x).write(&mut y).submit()?;
            root.task(&FILL).write(&mut x).scalar(9u64).submit()?;
            Ok(())
        })?;
        assert_eq!((x.as_slice(), y.as_slice()), (&[9; 16][..], &[5; 16][..]));
        Ok(())
    })
}

#[test]
fn the_last_writer_wins() -> Result<(), Error> {
    with_workers(|mut rt| {
        let x = Tensor::full([16], 5u64);
        let mut y = Tensor::<u64>::zeros([16]);
        rt.run(|root| {
            let (x, mut y) = (root.input(&x), root.inout(&mut y));
            root.task(&SLOW_COPY).read(&x).write(&mut y).submit()?;
            root.task(&FILL)
                .write(&mut y.view_mut(8..)?)
                .scalar(9u64)
                .submit()?;
            Ok(())
        })?;
        assert_eq!(
            (&y.as_slice()[..8], &y.as_slice()[8..]),
            (&[5; 8][..], &[9; 8][..])
        );
        Ok(())
    })
}

#[test]
fn disjoint_columns_do_not_wait() -> Result<(), Error> {
    let mut x = Tensor::<u64>::zeros([8, 8]);
    let mut rt = runtime(2).build()?;
    let done = rt.run(|root| {
        let mut x = root.inout(&mut x);
        for column in 0..8 {
            let mut part = x.view_mut((.., column..column + 1))?;
            root.task(&FILL).write(&mut part).scalar(column).submit()?;
        }
        Ok(())
    })?;
    assert_eq!(done.report.edges.total(), 0);
    assert!(
        x.as_slice()
            .chunks(8)
            .all(|row| row == [0, 1, 2, 3, 4, 5, 6, 7])
    );
    Ok(())
}

#[test]
fn an_accumulator_in_tiny_rings() -> Result<(), Error> {
    for (workers, at_once) in [(1, true), (1, false), (2, false), (4, true), (4, false)] {
        let mut rt = tiny_of(workers, workers).run_at_once(at_once).build()?;
        let mut sum = Tensor::<u64>::zeros([1]);
        let done = rt.run(|root| {
            let mut sum = root.inout(&mut sum);
            for i in 0..500u64 {
                let inner = root.auto(Site::here("step"))?;
                let x = inner
                    .task(&FILL)
                    .create::<u64>([50])
                    .scalar(i)
                    .submit()?
                    .output::<u64>(0)?;
                let mut y = inner
                    .task(&COPY)
                    .read(&x)
                    .create::<u64>([50])
                    .submit()?
                    .output::<u64>(0)?;
                inner.task(&STEP).update(&mut y).scalar(i).submit()?;
                inner.task(&FOLD).read(&y).update(&mut sum).submit()?;
            }
            Ok(())
        })?;
        let expected = (0..500).fold(0, |sum, i| (0..50).fold(sum, |sum, _| mix(sum, mix(i, i))));
        assert_eq!(sum.as_slice(), [expected]);
        assert_eq!(done.report.tasks, 2000);
        assert!(done.report.rings[1].tasks <= 7 && done.report.rings[1].heap <= 4096);
    }
    Ok(())
}

#[test]
fn scopes_share_the_last_ring() -> Result<(), Error> {
    for at_once in [true, false] {
        let mut rt = tiny_of(2, 2).run_at_once(at_once).build()?;
        let mut x = Tensor::<u64>::zeros([4]);
        let done = rt.run(|root| {
            let mut x = root.inout(&mut x);
            let depth1 = root.auto(Site::here("1"))?;
            let depth2 = depth1.auto(Site::here("2"))?;
            for i in 0..30u64 {
                let depth3 = depth2.auto(Site::here("3"))?;
                depth3.task(&STEP).update(&mut x).scalar(i).submit()?;
                let depth4 = depth3.auto(Site::here("4"))?;
                depth4.task(&STEP).update(&mut x).scalar(i).submit()?;
                let id = depth4.task(&STEP).update(&mut x).scalar(i).submit()?.id();
                assert_eq!((id.ring(), id.local() as u64), (3, 3 * i + 2));
            }
            Ok(())
        })?;
        let expected = (0..30).fold(0, |x, i| mix(mix(mix(x, i), i), i));
        assert_eq!(x.as_slice(), [expected; 4]);
        assert_eq!(done.report.tasks, 90);
    }
    Ok(())
}

#[test]
fn manual_edges_are_all_there_is() -> Result<(), Error> {
    let mut rt = runtime(2).record_graph(true).build()?;
    let mut x = Tensor::<u64>::zeros([4]);
    let done = rt.run(|root| {
        let mut x = root.inout(&mut x);
        // SAFETY: the chain is ordered by its edges, and the scratch tensor is kept by the one task that uses it.
        unsafe {
            let manual = root.manual(Site::here("chain"))?;
            let spec = create::<u64>([4]);
            let mut call = Call::alloc([OutArg::into_arg(spec)]);
            let alloc = manual.launch(&mut call, Site::here("scratch"), Deps::NONE)?;
            let mut scratch = alloc.output(&call, 0, spec);
            let mut last = manual
                .task(&STEP)
                .update(&mut x)
                .scalar(0u64)
                .submit()?
                .id();
            for i in 1..10u64 {
                last = manual
                    .task(&STEP)
                    .update(&mut x)
                    .scalar(i)
                    .after(last)
                    .after(alloc.id())
                    .submit()?
                    .id();
            }
            let copied = manual
                .task(&COPY)
                .read(&x)
                .write(&mut scratch)
                .after(last)
                .keep(alloc.id())
                .submit()?
                .id();
            manual
                .task(&COPY)
                .read(&scratch)
                .write(&mut x)
                .after(copied)
                .after(alloc.id())
                .submit()?;
        }
        Ok(())
    })?;
    assert_eq!(x.as_slice(), [(0..10).fold(0, mix); 4]);
    let edges = done.report.edges;
    assert_eq!(
        (edges.explicit, edges.lifetime, edges.tracked, edges.proven),
        (11, 1, 0, 0)
    );
    assert_eq!((done.report.lookups, done.report.inserts), (0, 0));
    let graph = done.report.graph.unwrap();
    let lifetime: Vec<_> = graph
        .edges
        .iter()
        .filter(|edge| edge.kind == EdgeKind::Lifetime)
        .collect();
    assert_eq!(
        (lifetime.len(), lifetime[0].to),
        (1, graph.nodes.last().unwrap().id)
    );
    Ok(())
}

#[test]
fn many_producers_of_one_consumer() -> Result<(), Error> {
    for (producers, at_once) in [
        (64, true),
        (64, false),
        (65, false),
        (200, false),
        (391, false),
    ] {
        let mut rt = Runtime::builder()
            .workers(2)
            .run_at_once(at_once)
            .window(512)
            .heap(1 << 16)
            .dep_pool(400)
            .record_graph(true)
            .build()?;
        let mut x = Tensor::<u64>::zeros([producers]);
        let done = rt.run(|root| {
            let mut x = root.inout(&mut x);
            let mut all = TaskSet::new();
            for i in 0..producers {
                all.push(
                    root.task(&FILL)
                        .write(&mut x.view_mut(i..i + 1)?)
                        .scalar(1u64)
                        .submit()?
                        .id(),
                );
            }
            let barrier = all
                .iter()
                .fold(root.task(&STEP), |task, &id| task.after(id));
            barrier.update(&mut x).scalar(7u64).submit()?;
            Ok(())
        })?;
        assert_eq!(x.as_slice(), vec![mix(1, 7); producers]);
        assert_eq!(
            (done.report.edges.explicit, done.report.edges.tracked),
            (producers as u64, 0)
        );
        assert_eq!(done.report.graph.unwrap().edges.len(), producers);
    }
    Ok(())
}

#[test]
fn attention_groups_have_the_known_edges() -> Result<(), Error> {
    use common::ADD;
    // Per group: QK -> SF -> PV, SF -> UP, PV -> UP, allocation -> UP, and UP after UP.
    let groups = 6u64;
    let mut rt = runtime(2).record_graph(true).build()?;
    let x = Tensor::full([8], 1.0f32);
    let done = rt.run(|root| {
        let x = root.input(&x);
        let mut acc = root.alloc::<f32>([8], Site::here("acc"))?;
        for _ in 0..groups {
            let s = root
                .task(&ADD)
                .read(&x)
                .read(&x)
                .create::<f32>([8])
                .named("qk")
                .submit()?
                .output::<f32>(0)?;
            let p = root
                .task(&ADD)
                .read(&s)
                .read(&x)
                .create::<f32>([8])
                .named("sf")
                .submit()?
                .output::<f32>(0)?;
            let o = root
                .task(&ADD)
                .read(&p)
                .read(&x)
                .create::<f32>([8])
                .named("pv")
                .submit()?
                .output::<f32>(0)?;
            root.task(&ADD)
                .read(&p)
                .read(&o)
                .write(&mut acc)
                .named("up")
                .submit()?;
        }
        Ok(())
    })?;
    assert_eq!(done.report.edges.tracked, 5 * groups + (groups - 1));
    Ok(())
}

#[test]
fn few_cores_are_enough() -> Result<(), Error> {
    let mut rt = runtime(4).clusters(1).build()?;
    let mut x = Tensor::<u64>::zeros([64]);
    let done = rt.run(|root| {
        let mut x = root.inout(&mut x);
        for round in 0..5 {
            let inner = root.auto(Site::here("round"))?;
            for i in 0..16 {
                let mut part = x.view_mut(4 * i..4 * i + 4)?;
                inner
                    .task(&STEP)
                    .update(&mut part)
                    .scalar(round as u64)
                    .submit()?;
                let copy = inner
                    .task(&COPY)
                    .read(&part)
                    .create::<u64>([4])
                    .submit()?
                    .output::<u64>(0)?;
                inner.task(&COPY).read(&copy).write(&mut part).submit()?;
            }
        }
        Ok(())
    })?;
    assert_eq!(x.as_slice(), [(0..5).fold(0, mix); 64]);
    assert_eq!(done.report.tasks, 240);
    Ok(())
}
