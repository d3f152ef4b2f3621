//! Tasks that have nothing to run, barriers and teams whose condition does not hold, between tasks that do: what the
//! threads of a runtime do with them, by the code that they run.
//!
//! That code wakes sleepers, and the fences that stand in for sequentially consistent accesses there order more than is
//! promised. What a barrier passes on is therefore modelled in `wiring` as well, without them.

use std::ptr::NonNull;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{KERNEL, bounded};
use crate::handle::TensorRef;
use crate::kernel::{Kernel, Param};
use crate::layout::Layout;
use crate::native::permits::Permits;
use crate::native::slot::{Job, Node, Slot, Work};
use crate::native::team::Team;
use crate::native::worker::Shared;
use crate::predicate::{Compare, Predicate};
use crate::record;
use crate::site::Site;
use crate::task::TaskId;

const TASKS: usize = 4;

/// Some tasks, and what they change.
struct Program {
    shared: Shared,
    slots: Vec<Slot>,
    nodes: Vec<Node>,
    /// The arguments of `TOUCH`.
    record: UnsafeCell<[u64; 2]>,
    /// The model fails if two tasks touch it unordered.
    value: UnsafeCell<u64>,
    /// The condition of a team, which is about `gate`.
    guard: UnsafeCell<[u64; record::GUARD_WORDS]>,
    gate: UnsafeCell<u64>,
}

// SAFETY: that the accesses to `value` and `gate` are ordered is what the models check; the others are written before there
// is a second thread.
unsafe impl Sync for Program {}
// SAFETY: as above.
unsafe impl Send for Program {}

/// Changes the value, and opens the gate.
static TOUCH: Kernel = Kernel {
    name: "touch",
    params: &[Param::scalar::<u64>("program")],
    run: |args| {
        let program = std::ptr::with_exposed_provenance::<Program>(args.scalar::<u64>() as usize);
        // SAFETY: the program outlives its tasks; the accesses are ordered, or the model fails.
        unsafe {
            (*program).value.with_mut(|value| *value += 1);
            (*program).gate.with_mut(|gate| *gate = 1);
        }
    },
    ..KERNEL
};

impl Program {
    fn new() -> Arc<Self> {
        let program = Arc::new(Program {
            shared: Shared::new(TASKS, Permits::new(2, 2), 2),
            slots: (0..TASKS).map(|_| Slot::new()).collect(),
            nodes: (0..TASKS).map(|_| Node::new()).collect(),
            record: UnsafeCell::new([0; 2]),
            value: UnsafeCell::new(0),
            guard: UnsafeCell::new([0; record::GUARD_WORDS]),
            gate: UnsafeCell::new(0),
        });
        let at = (&raw const *program).expose_provenance() as u64;
        let gate = program.gate.with_mut(|gate| NonNull::new(gate).unwrap());
        let gate = TensorRef::<u64>::new(gate.cast(), 0, Layout::UNIT, TaskId::NONE, false);
        let closed = Predicate::new(&gate, 0, Compare::Equal, 0).unwrap();
        program.record.with_mut(|to| {
            // SAFETY: the words of one scalar; nobody else has the program yet.
            unsafe { record::write(NonNull::new(to).unwrap().cast(), &[], &[at]) };
        });
        program.guard.with_mut(|to| {
            // SAFETY: as above, for a condition.
            unsafe { record::write_guard(NonNull::new(to).unwrap().cast(), &closed) };
        });
        program
    }

    fn touch(&self) -> Option<Job> {
        let record = self.record.with_mut(|at| NonNull::new(at).unwrap().cast());
        Some(Job {
            work: Work::Kernel {
                kernel: &TOUCH,
                record,
            },
            guard: None,
            site: Site::here("touch"),
        })
    }

    /// A team that runs only if the gate is closed.
    fn team(&self) -> Option<Job> {
        let team = Box::leak(Team::model(&[&KERNEL], 2, false));
        Some(Job {
            work: Work::Team(NonNull::from(team)),
            guard: Some(self.guard.with_mut(|at| NonNull::new(at).unwrap().cast())),
            site: Site::here("team"),
        })
    }

    /// Makes a task wait for others, through nodes from `node` on, and hands it out if they are complete: as `publish` does.
    fn publish(&self, task: usize, job: Option<Job>, producers: &[usize], node: usize) {
        let slot = &self.slots[task];
        // SAFETY: this is the submitting thread, each slot and each node is used once, and all stay in place.
        unsafe {
            slot.prepare(job, producers.len() as u32);
            let links = producers.iter().enumerate();
            let unlinked = links.filter(|(at, producer)| {
                let node = NonNull::from(&self.nodes[node + at]);
                !self.slots[**producer].link(|| node, slot)
            });
            let unlinked = unlinked.count() as u32;
            if slot.arm(producers.len() as u32, unlinked) {
                match job.filter(|job| job.decide()) {
                    Some(job) => self.shared.submit(NonNull::from(slot), job.work),
                    None => slot.prepare_complete(),
                }
            }
        }
    }

    fn work_until_complete(&self, task: usize) {
        while !self.slots[task].is_complete() {
            if !self.shared.help() {
                thread::yield_now();
            }
        }
    }

    /// What the tasks have made of the value.
    fn result(&self) -> u64 {
        assert!(self.shared.take_failure().is_none());
        // SAFETY: all tasks are complete.
        self.value.with(|value| unsafe { *value })
    }
}

/// Two threads run the tasks that `submit` submits, of which `last` comes after all others. Returns what comes out.
fn run(last: usize, submit: impl FnOnce(&Program)) -> u64 {
    let program = Program::new();
    let other = {
        let program = Arc::clone(&program);
        // The slots are complete before they are taken.
        thread::spawn(move || _ = program.shared.help() || program.shared.help())
    };
    submit(&program);
    program.work_until_complete(last);
    let result = program.result();
    other.join().unwrap();
    result
}

#[test]
fn a_barrier_stands_between_a_producer_and_a_consumer() {
    bounded(|| {
        let result = run(2, |program| {
            program.publish(0, program.touch(), &[], 0);
            program.publish(1, None, &[0], 0);
            program.publish(2, program.touch(), &[1], 1);
        });
        assert_eq!(result, 2);
    });
}

#[test]
fn one_barrier_after_another() {
    bounded(|| {
        let result = run(3, |program| {
            program.publish(0, program.touch(), &[], 0);
            program.publish(1, None, &[0], 0);
            program.publish(2, None, &[0, 1], 1);
            program.publish(3, program.touch(), &[2], 3);
        });
        assert_eq!(result, 2);
    });
}

#[test]
fn a_team_that_is_skipped_is_complete() {
    bounded(|| {
        let result = run(2, |program| {
            program.publish(0, program.touch(), &[], 0);
            program.publish(1, program.team(), &[0], 0);
            program.publish(2, program.touch(), &[1], 1);
        });
        assert_eq!(result, 2);
    });
}
