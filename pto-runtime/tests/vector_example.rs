//! The first example of the C++ runtime: ids, edges and result are known.

mod common;

use common::{ADD, ADD_SCALAR, MUL, runtime};
use pto_runtime::{Edge, EdgeKind, Error, Site, TaskId, Tensor};

#[test]
fn has_the_known_ids_edges_and_result() -> Result<(), Error> {
    let (a, b) = (
        Tensor::full([128 * 128], 2.0f32),
        Tensor::full([128 * 128], 3.0f32),
    );
    let mut f = Tensor::<f32>::zeros([128 * 128]);
    let mut rt = runtime(2).heap(1 << 20).record_graph(true).build()?;
    for _ in 0..3 {
        f.as_mut_slice().fill(0.0);
        let done = rt.run(|root| {
            let (a, b, mut f) = (root.input(&a), root.input(&b), root.inout(&mut f));
            let n = a.len();
            let t0 = root
                .task(&ADD)
                .read(&a)
                .read(&b)
                .create::<f32>([n])
                .named("c")
                .submit()?;
            let c = t0.output::<f32>(0)?;
            let inner = root.auto(Site::here("inner"))?;
            let add = |x: f32| {
                inner
                    .task(&ADD_SCALAR)
                    .read(&c)
                    .create::<f32>([n])
                    .scalar(x)
                    .scalar(3u64)
                    .submit()
            };
            let (t1, t2) = (add(1.0)?, add(2.0)?);
            let (d, e) = (t1.output::<f32>(0)?, t2.output::<f32>(0)?);
            let t3 = inner
                .task(&MUL)
                .read(&d)
                .read(&e)
                .create::<f32>([n])
                .submit()?;
            let g = t3.output::<f32>(0)?;
            let t4 = inner.task(&ADD).read(&g).read(&c).write(&mut f).submit()?;
            Ok([t0.id(), t1.id(), t2.id(), t3.id(), t4.id()])
        })?;
        assert!(f.as_slice().iter().all(|&x| x == 47.0));
        assert_eq!(
            done.value,
            [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)].map(|(r, l)| TaskId::new(r, l))
        );
        let [t0, t1, t2, t3, t4] = done.value;
        let mut edges = done.report.graph.as_ref().unwrap().edges.clone();
        edges.sort();
        let mut expected =
            [(t0, t1), (t0, t2), (t1, t3), (t2, t3), (t0, t4), (t3, t4)].map(|(from, to)| Edge {
                from,
                to,
                kind: EdgeKind::Tracked,
            });
        expected.sort();
        assert_eq!(edges, expected);
        assert_eq!(done.report.edges.tracked, 6);
        assert_eq!(done.report.edges.total(), 6);
        let dot = done.report.graph.unwrap().to_dot();
        assert!(dot.contains("c\\nvector_example.rs:"), "{dot}");
    }
    Ok(())
}
