//! Storage that is taken back while it is used.

use pto_runtime::{Call, Deps, Done, Error, ErrorKind, OutArg, Site, TaskId, create, read, write};

use crate::common::{COPY, FILL, FOLD, STEP};
use crate::{assert_fails, chain, manual, verified};

/// Storage of a MANUAL scope, used by two tasks; `keep` says which of them keep it.
fn short_lived(keep: [bool; 2], ordered: bool) -> Result<Done<()>, Error> {
    verified(|root| {
        let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
        {
            let scope = manual(root)?;
            let spec = create::<u64>([8]);
            let mut call = Call::alloc([OutArg::into_arg(spec)]);
            // SAFETY: see `manual`.
            unsafe {
                let alloc = scope.launch(&mut call, Site::here("scratch"), Deps::NONE)?;
                let mut scratch = alloc.output(&call, 0, spec);
                let kept = keep.map(|keep| if keep { alloc.id() } else { TaskId::NONE });
                let fill = scope
                    .task(&FILL)
                    .write(&mut scratch)
                    .scalar(1u64)
                    .keep(kept[0]);
                let fill = fill.named("fill").submit()?.id();
                let after = if ordered { fill } else { TaskId::NONE };
                let fold = scope
                    .task(&FOLD)
                    .read(&scratch)
                    .update(&mut sum)
                    .keep(kept[1]);
                fold.after(after).named("fold").submit()?;
            }
        }
        chain(root, 3)
    })
}

#[test]
fn storage_that_nothing_keeps_until_its_user_is_done() {
    assert!(short_lived([true, true], true).is_ok());
    // Keeping it for the second task keeps it for the first one too, which is older on the same ring.
    assert!(short_lived([false, true], true).is_ok());
    assert_fails(
        short_lived([true, false], true),
        ErrorKind::UseAfterFree,
        "the storage of `x` can be recycled while 'fold' uses it: its owner 'scratch' at HERE (r1:0) is not kept until \
         then, and its scope closes before",
    );
    assert_fails(
        short_lived([false, false], true),
        ErrorKind::UseAfterFree,
        "the storage of `x` can be recycled while 'fill' uses it: its owner 'scratch' at HERE (r1:0) is not kept until \
         then, and its scope closes before; 1 more such conflict in this run",
    );
    // A race comes first in the order of submission if its task does.
    let error = short_lived([true, false], false).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Race);
}

/// Keeping an older task of the ring keeps a younger one; keeping a task of a scope inside does not keep one outside.
#[test]
fn rings_take_back_storage_in_order() {
    let run = |keep_older: bool| {
        verified(|root| {
            let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
            let scope = manual(root)?;
            // SAFETY: see `manual`.
            unsafe {
                let older = scope.task(&FILL).create::<u64>([4]).scalar(1u64).submit()?;
                let younger = scope.task(&FILL).create::<u64>([4]).scalar(2u64).submit()?;
                let y = younger.output::<u64>(0)?;
                let kept = if keep_older { older.id() } else { TaskId::NONE };
                let inner = scope.manual(Site::here("inner"))?;
                let between = inner
                    .task(&FILL)
                    .create::<u64>([4])
                    .scalar(3u64)
                    .after(younger.id())
                    .submit()?;
                // Ordered after the younger task through the one between, which alone is kept.
                let fold = inner.task(&FOLD).read(&y).update(&mut sum).keep(kept);
                fold.after(between.id()).submit()?;
            }
            Ok(())
        })
    };
    assert!(run(true).is_ok());
    assert_eq!(
        run(false).map(|_| ()).unwrap_err().kind(),
        ErrorKind::UseAfterFree
    );
}

/// What has created nothing is kept only by who asks for that.
#[test]
fn to_wait_for_a_task_without_storage_keeps_nothing() {
    let run = |keep_older: bool| {
        verified(|root| {
            let mut data = root.alloc_filled::<u64>([1], 0, Site::here("data"))?;
            let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
            let scope = manual(root)?;
            // SAFETY: see `manual`.
            unsafe {
                let older = scope.task(&STEP).update(&mut data).scalar(1u64).submit()?;
                let younger = scope.task(&FILL).create::<u64>([4]).scalar(2u64).submit()?;
                let y = younger.output::<u64>(0)?;
                let kept = if keep_older { older.id() } else { TaskId::NONE };
                let inner = scope.manual(Site::here("inner"))?;
                let between = inner.task(&COPY).read(&y).create::<u64>([4]);
                let between = between.after(younger.id()).submit()?;
                let fold = inner.task(&FOLD).read(&y).update(&mut sum).keep(kept);
                let fold = fold.after(between.id());
                fold.after(older.id()).submit()?;
            }
            Ok(())
        })
    };
    assert!(run(true).is_ok());
    assert_eq!(
        run(false).map(|_| ()).unwrap_err().kind(),
        ErrorKind::UseAfterFree
    );
}

/// The scope of the owner is closed, but a kept task comes after the user.
#[test]
fn what_waits_for_a_user_keeps_for_it() {
    verified(|root| {
        let mut sum = root.alloc::<u64>([1], Site::here("sum"))?;
        let scope = manual(root)?;
        // SAFETY: the owner is kept by the last task, which comes after the one in the scope inside.
        unsafe {
            let owner = scope.task(&FILL).create::<u64>([4]).scalar(1u64).submit()?;
            let x = owner.output::<u64>(0)?;
            let fold = {
                let inner = scope.manual(Site::here("inner"))?;
                let waits = Deps {
                    proven: &[owner.id()],
                    ..Deps::NONE
                };
                let args = [
                    pto_runtime::ReadArg::into_arg(read(&x)),
                    pto_runtime::UpdateArg::into_arg(write(&mut sum)),
                ];
                inner
                    .launch(&mut Call::new(&FOLD, args, []), Site::here("fold"), waits)?
                    .id()
            };
            scope
                .task(&FILL)
                .create::<u64>([4])
                .scalar(2u64)
                .after(fold)
                .keep(owner.id())
                .submit()?;
        }
        Ok(())
    })
    .unwrap();
}
