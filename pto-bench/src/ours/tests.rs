use pto_runtime::Runtime;

use super::*;
use crate::machine;
use crate::workload::{Name, Workload};

fn runtime(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().unwrap()
}

fn all() -> impl Iterator<Item = (Name, Form)> {
    let forms = |name| Form::ALL.map(|form| (name, form));
    Name::ALL
        .into_iter()
        .flat_map(forms)
        .filter(|(name, form)| form.has(*name))
}

#[test]
fn every_version_computes_what_the_serial_loop_does() {
    for (name, form) in all() {
        // More than one scope of tasks, and no whole number of them; a single task; one step or group.
        for tasks in [3000, 17, 1] {
            let workload = Workload::new(name, tasks);
            for workers in [1, 2] {
                let sample = Ours::new(workload.clone(), form, 0, runtime(workers))
                    .run()
                    .unwrap();
                assert_eq!(
                    sample.report.tasks,
                    workload.tasks.len() as u64,
                    "{name} {form}"
                );
            }
        }
    }
}

#[test]
fn every_edge_is_there_and_is_found_by_whom_the_form_says() {
    for (name, form) in all() {
        let workload = Workload::new(name, 1000);
        let edges = workload.edges().count() as u64;
        let runtime = machine::recording(1000).build().unwrap();
        let report = Ours::new(workload, form, 0, runtime).run().unwrap().report;
        let found = report.edges.total();
        match (name, form) {
            // Edges that others imply are drawn too: a writer waits for the writer before as well as for its readers.
            (Name::Stencil, Form::Auto | Form::Manual) => {
                assert!(found >= edges, "{form}: {report:?}");
            }
            // The update waits for the weights through the product.
            (Name::Attn, Form::Manual) => assert_eq!(found, edges / 5 * 4, "{report:?}"),
            _ => assert_eq!(found, edges, "{name} {form}: {report:?}"),
        }
        let by = match (form, name) {
            (Form::Auto, _) => report.edges.tracked,
            (Form::Hand, _) | (Form::Manual, Name::Random) => report.edges.explicit,
            _ => report.edges.proven,
        };
        assert_eq!(by, found, "{name} {form}");
        if form != Form::Auto {
            assert_eq!((report.lookups, report.inserts), (0, 0), "{name} {form}");
        }
    }
}
