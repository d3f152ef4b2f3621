use super::*;

fn counts(name: Name, tasks: usize) -> (usize, usize, usize) {
    let workload = Workload::new(name, tasks);
    let edges = workload.edges();
    (workload.tasks.len(), edges.count(), edges.critical_path())
}

#[test]
fn graphs_have_the_edges_of_their_definition() {
    assert_eq!(counts(Name::Nodep, 100), (100, 0, 1));
    assert_eq!(counts(Name::Indep, 100), (100, 0, 1));
    assert_eq!(counts(Name::Chain, 100), (100, 99, 100));
    // Each task of a step waits for three of the step before.
    assert_eq!(counts(Name::Stencil, 130), (128, 7 * 16 * 3, 8));
    // Of each block: scores to weights, weights to product and update, product to update, update to update.
    assert_eq!(counts(Name::Attn, 200), (195, 3 * 16 * 5, 3 + 16));
}

#[test]
fn random_tasks_wait_for_up_to_four_of_the_last_256() {
    let workload = Workload::new(Name::Random, 2000);
    let edges = workload.edges();
    assert!(edges.producers(0).is_empty());
    for task in 1..2000 {
        let producers = edges.producers(task);
        assert!((1..=4).contains(&producers.len()));
        let reach = producers.iter().map(|&producer| task - producer as usize);
        assert!(reach.max() <= Some(256));
    }
}

#[test]
fn consumers_are_the_producers_seen_from_the_other_side() {
    for name in Name::ALL {
        let workload = Workload::new(name, 500);
        let edges = workload.edges();
        let mut listed = 0;
        for task in 0..workload.tasks.len() {
            for &consumer in edges.consumers(task) {
                assert!(edges.producers(consumer as usize).contains(&(task as u32)));
                listed += 1;
            }
        }
        assert_eq!(listed, edges.count(), "{name}");
    }
}

#[test]
fn every_task_counts_and_so_does_the_order() {
    for name in Name::ALL {
        let workload = Workload::new(name, 130);
        let mut without = workload.clone();
        without.tasks.pop();
        let mut cells = without.cells();
        without.run_serially(&mut cells, 0);
        assert_ne!(without.checksum_of(&cells), workload.checksum, "{name}");
    }
    // The two tasks of a block whose results the update reads, exchanged.
    let attn = Workload::new(Name::Attn, 65);
    let mut exchanged = attn.clone();
    exchanged.tasks.swap(2, 3);
    let mut cells = exchanged.cells();
    exchanged.run_serially(&mut cells, 0);
    assert_ne!(exchanged.checksum_of(&cells), attn.checksum);
}

#[test]
fn names_are_read_back() {
    for name in Name::ALL {
        assert_eq!(name.to_string().parse(), Ok(name));
    }
    assert!("attention".parse::<Name>().unwrap_err().contains("stencil"));
}
