//! What tracking finds, and what it is wrongly told to leave out.

use pto_runtime::{Call, Deps, ErrorKind, OutArg, Site, Tensor, create, read, write};

use crate::common::{COPY, FILL, STEP, runtime};
use crate::{assert_fails, verified};

/// What the tensor map finds counts, whether or not the producer has retired before it is asked.
#[test]
fn tracked_tasks_are_ordered_in_any_window() {
    for window in [4, 8, 64] {
        let mut x = Tensor::<u64>::zeros([8, 8]);
        let mut rt = runtime(2).window(window).verify(true).build().unwrap();
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            for round in 0..40usize {
                let inner = root.auto(Site::here("round"))?;
                let mut column = x.view_mut((.., round % 8..round % 8 + 1))?;
                inner
                    .task(&STEP)
                    .update(&mut column)
                    .scalar(1u64)
                    .submit()?;
                let mut row = x.view_mut(round % 5..round % 5 + 2)?;
                inner.task(&STEP).update(&mut row).scalar(2u64).submit()?;
            }
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn arguments_that_are_wrongly_left_out_of_the_tracking() {
    let outcome = verified(|root| {
        let mut x = root.alloc::<u64>([4], Site::here("x"))?;
        root.task(&FILL).write(&mut x).scalar(1u64).submit()?;
        let spec = create::<u64>([4]);
        let call = Call::new(
            &COPY,
            [
                pto_runtime::ReadArg::into_arg(read(&x)),
                OutArg::into_arg(spec),
            ],
            [],
        );
        // SAFETY: it is not true; see `manual`.
        let mut call = unsafe { call.untracked([0], [0]) };
        root.launch(&mut call, Site::here("copy"), Deps::NONE)?;
        Ok(())
    });
    assert_fails(
        outcome,
        ErrorKind::Race,
        "RAW on elements [0..4] of `x`: 'copy' does not wait for 'FILL' at HERE (r0:1), which writes them as `x`",
    );
}

#[test]
fn arguments_that_are_wrongly_called_disjoint() {
    let outcome = verified(|root| {
        let mut x = root.alloc::<u64>([8], Site::here("x"))?;
        let upper = x.view(3..)?;
        let mut lower = x.view_mut(..5)?;
        let args = [
            pto_runtime::ReadArg::into_arg(read(&upper)),
            OutArg::<u64>::into_arg(write(&mut lower)),
        ];
        // SAFETY: it is not true; the kernel copies five elements through a vector.
        let mut call = unsafe { Call::new(&COPY, args, []).disjoint() };
        root.launch(&mut call, Site::here("copy"), Deps::NONE)?;
        Ok(())
    });
    assert_fails(
        outcome,
        ErrorKind::Race,
        "'copy' gets elements [3..5] both as `x` and as `y`, and writes one of them",
    );
}
