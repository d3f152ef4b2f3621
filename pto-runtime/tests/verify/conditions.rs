//! The element of a condition is one more that a task reads, whether or not the condition holds.

use pto_runtime::{
    Call, Compare, Deps, Done, Error, ErrorKind, OutArg, Predicate, Site, TaskId, write,
};

use crate::common::{COPY, FILL, STEP, STEP_ROWS};
use crate::{assert_fails, manual, verified};

/// Fills `gate`, changes `x` if an element of that is 1, and fills `gate` again: the task between waits for the first, and
/// the last one for it, where `edges` says so. It is one of two blocks, or plain.
fn gated(edges: [bool; 2], holds: bool, blocks: bool) -> Result<Done<()>, Error> {
    verified(|root| {
        let mut gate = root.alloc::<u64>([4], Site::here("gate"))?;
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let scope = manual(root)?;
        let edge = |named: bool, id| if named { id } else { TaskId::NONE };
        // SAFETY: see `manual`.
        unsafe {
            let open = scope.task(&FILL).write(&mut gate).scalar(u64::from(holds));
            let open = open.named("open").submit()?.id();
            let step = match blocks {
                true => scope.task(&STEP_ROWS).blocks(2),
                false => scope.task(&STEP),
            };
            let step = step.update(&mut x).scalar(1u64).named("step");
            let step = step.when(Predicate::new(&gate, 2, Compare::Equal, 1)?);
            let step = step.after(edge(edges[0], open)).submit()?.id();
            let close = scope.task(&FILL).write(&mut gate).scalar(0u64).after(open);
            close.after(edge(edges[1], step)).named("close").submit()?;
        }
        Ok(())
    })
}

#[test]
fn a_condition_that_does_not_wait_for_what_writes_its_element() {
    for blocks in [false, true] {
        for holds in [false, true] {
            assert!(gated([true, true], holds, blocks).is_ok());
            assert_fails(
                gated([false, true], holds, blocks),
                ErrorKind::Race,
                "RAW on elements [2..3] of `condition`: 'step' does not wait for 'open' at HERE (r1:0), which writes \
                 them as `x`",
            );
        }
    }
}

#[test]
fn a_writer_that_does_not_wait_for_a_condition() {
    for blocks in [false, true] {
        for holds in [false, true] {
            assert_fails(
                gated([true, false], holds, blocks),
                ErrorKind::Race,
                "WAR on elements [2..3] of `x`: 'close' does not wait for 'step' at HERE (r1:1), which reads them as \
                 `condition`",
            );
        }
    }
}

/// That a task was skipped is luck: with another value of the element it races.
#[test]
fn a_task_that_is_skipped_accesses_its_tensors() {
    let outcome = verified(|root| {
        let gate = root.alloc_filled::<u64>([1], 0, Site::here("gate"))?;
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let scope = manual(root)?;
        // SAFETY: see `manual`.
        unsafe {
            let step = scope.task(&STEP).update(&mut x).scalar(1u64);
            let step = step.when(Predicate::new(&gate, 0, Compare::Equal, 1)?);
            step.named("skipped").submit()?;
            let copy = scope.task(&COPY).read(&x).create::<u64>([8]);
            copy.named("copy").submit()?;
        }
        Ok(())
    });
    assert_fails(
        outcome,
        ErrorKind::Race,
        "RAW on elements [0..8] of `x`: 'copy' does not wait for 'skipped' at HERE (r1:0), which writes them as `x`",
    );
}

/// A task reads the element before it writes it: nobody else is concerned.
#[test]
fn a_condition_on_what_the_task_writes() {
    verified(|root| {
        let mut x = root.alloc_filled::<u64>([8], 3, Site::here("x"))?;
        for salt in 0..3u64 {
            let when = Predicate::new(&x, 5, Compare::NotEqual, salt)?;
            let step = root.task(&STEP).update(&mut x).scalar(salt);
            step.when(when).submit()?;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_condition_that_is_wrongly_left_out_of_the_tracking() {
    let run = |lookup: bool| {
        verified(|root| {
            let mut gate = root.alloc::<u64>([2], Site::here("gate"))?;
            let mut x = root.alloc::<u64>([4], Site::here("x"))?;
            let open = root.task(&FILL).write(&mut gate).scalar(1u64);
            open.named("open").submit()?;
            let when = Predicate::new(&gate, 1, Compare::Equal, 1)?;
            let args = [OutArg::<u64>::into_arg(write(&mut x))];
            let mut call = Call::new(&FILL, args, [7]).when(when);
            if !lookup {
                // SAFETY: it is not true; see `manual`.
                call = unsafe { call.untracked([1], []) };
            }
            root.launch(&mut call, Site::here("fill"), Deps::NONE)?;
            Ok(())
        })
    };
    assert!(run(true).is_ok());
    assert_fails(
        run(false),
        ErrorKind::Race,
        "RAW on elements [1..2] of `condition`: 'fill' does not wait for 'open' at HERE (r0:2), which writes them as `x`",
    );
}

#[test]
fn a_condition_on_storage_that_nothing_keeps() {
    let run = |keep: bool| {
        verified(|root| {
            let mut x = root.alloc::<u64>([4], Site::here("x"))?;
            let scope = manual(root)?;
            let mut gate = scope.alloc::<u64>([1], Site::here("gate"))?;
            let owner = gate.owner();
            // SAFETY: see `manual`.
            unsafe {
                let open = scope.task(&FILL).write(&mut gate).scalar(1u64);
                let open = open.keep(owner).submit()?.id();
                let step = scope.task(&STEP).update(&mut x).scalar(1u64);
                let step = step.when(Predicate::new(&gate, 0, Compare::Equal, 1)?);
                let step = step.keep(if keep { owner } else { TaskId::NONE });
                step.after(open).named("step").submit()?;
            }
            Ok(())
        })
    };
    assert!(run(true).is_ok());
    assert_fails(
        run(false),
        ErrorKind::UseAfterFree,
        "the storage of `condition` can be recycled while 'step' uses it: its owner 'gate' at HERE (r1:0) is not kept \
         until then, and its scope closes before",
    );
}
