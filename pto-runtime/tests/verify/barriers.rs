//! A barrier accesses its arguments as a task with a kernel does, and order that leads through one is order.

use pto_runtime::{Done, Error, ErrorKind, Site, TaskId};

use crate::common::{COPY, FILL, STEP};
use crate::{assert_fails, manual, verified};

/// Fills `x`; a barrier for its users, or for its writers; then it is filled again. Each waits for the one before where
/// `edges` says so.
fn fenced(edges: [bool; 2], writes: bool) -> Result<Done<()>, Error> {
    verified(|root| {
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let scope = manual(root)?;
        let edge = |named: bool, id| if named { id } else { TaskId::NONE };
        // SAFETY: see `manual`.
        unsafe {
            let first = scope.task(&FILL).write(&mut x).scalar(1u64);
            let first = first.named("first").submit()?.id();
            let barrier = match writes {
                true => scope.barrier().update(&mut x),
                false => scope.barrier().read(&x),
            };
            let barrier = barrier.after(edge(edges[0], first)).submit()?.id();
            let second = scope.task(&FILL).write(&mut x.view_mut(2..4)?).scalar(2u64);
            let second = second.after(edge(edges[1], barrier));
            // Where the barrier is not between them, an edge of its own is.
            let second = second.after(edge(edges != [true, true], first));
            second.named("second").submit()?;
        }
        Ok(())
    })
}

#[test]
fn a_barrier_that_does_not_wait() {
    for writes in [false, true] {
        assert_fails(
            fenced([false, true], writes),
            ErrorKind::Race,
            "RAW on elements [0..8] of `tensor`: 'barrier' does not wait for 'first' at HERE (r1:0), which writes them \
             as `x`",
        );
    }
}

#[test]
fn a_task_that_does_not_wait_for_a_barrier() {
    assert_fails(
        fenced([true, false], true),
        ErrorKind::Race,
        "WAW on elements [2..4] of `x`: 'second' does not wait for 'barrier' at HERE (r1:1), which writes them as \
         `tensor`",
    );
    assert_fails(
        fenced([true, false], false),
        ErrorKind::Race,
        "WAR on elements [2..4] of `x`: 'second' does not wait for 'barrier' at HERE (r1:1), which reads them as \
         `tensor`",
    );
}

#[test]
fn a_barrier_between_orders_both_sides() {
    assert!(fenced([true, true], true).is_ok());
    assert!(fenced([true, true], false).is_ok());
}

/// Two tasks fill the halves of a tensor, then a third one reads it: after a barrier without tensors, which comes after
/// those of the two that `waits` says.
fn gathered(waits: [bool; 2]) -> Result<Done<()>, Error> {
    verified(|root| {
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let mut y = root.alloc::<u64>([8], Site::here("y"))?;
        let scope = manual(root)?;
        // SAFETY: see `manual`.
        unsafe {
            let mut barrier = scope.barrier();
            for (half, waits) in [0..4, 4..8].into_iter().zip(waits) {
                let mut half = x.view_mut(half)?;
                let fill = scope.task(&FILL).write(&mut half).scalar(1u64);
                let fill = fill.named("fill").submit()?.id();
                barrier = barrier.after(if waits { fill } else { TaskId::NONE });
            }
            let barrier = barrier.submit()?.id();
            let copy = scope.task(&COPY).read(&x).write(&mut y).after(barrier);
            copy.named("copy").submit()?;
        }
        Ok(())
    })
}

#[test]
fn a_barrier_is_one_name_for_several_tasks() {
    assert!(gathered([true, true]).is_ok());
    assert_fails(
        gathered([true, false]),
        ErrorKind::Race,
        "RAW on elements [4..8] of `x`: 'copy' does not wait for 'fill' at HERE (r1:1), which writes them as `x`",
    );
    assert_fails(
        gathered([false, false]),
        ErrorKind::Race,
        "RAW on elements [0..4] of `x`: 'copy' does not wait for 'fill' at HERE (r1:0), which writes them as `x`; 1 more \
         such conflict in this run",
    );
}

/// Tracking need not find what came before a barrier that counts as a writer: it is ordered through the barrier.
#[test]
fn tracked_barriers_stand_between() {
    for writes in [false, true] {
        verified(|root| {
            let mut x = root.alloc::<u64>([8], Site::here("x"))?;
            for salt in 0..4usize {
                let inner = root.auto(Site::here("round"))?;
                for half in [0..4, 4..8] {
                    let step = inner.task(&STEP).update(&mut x.view_mut(half)?);
                    step.scalar(salt as u64).submit()?;
                }
                let barrier = match writes {
                    true => inner.barrier().update(&mut x),
                    false => inner.barrier().read(&x),
                };
                barrier.submit()?;
            }
            Ok(())
        })
        .unwrap();
    }
}
