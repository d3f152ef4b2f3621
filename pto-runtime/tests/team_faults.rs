//! Every way in which a task of several blocks or kernels fails; nothing hangs, and the runtime goes on working.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "kernels are declared by a macro"
)]

#[macro_use]
mod common;

use common::{ADD, COLUMNS, CUBE, INDEX, MUL, STEP, runtime};
use pto_runtime::{
    Core, Error, ErrorKind, Kernel, KernelArgs, Param, Runtime, RuntimeBuilder, Tensor,
};

/// Runs something that fails, then checks that the runtime still works.
fn failing(
    builder: RuntimeBuilder,
    f: impl Fn(&pto_runtime::Root<'_>) -> Result<(), Error>,
) -> Error {
    let mut rt: Runtime = builder.build().unwrap();
    let mut error = None;
    for _ in 0..10 {
        error = Some(rt.run(|root| f(root)).map(|_| ()).unwrap_err());
        let mut x = Tensor::<u64>::zeros([4]);
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            root.task(&STEP).update(&mut x).scalar(1u64).submit()?;
            Ok(())
        })
        .unwrap();
    }
    error.unwrap()
}

#[track_caller]
fn assert_says(error: &Error, kind: ErrorKind, message: &str, help: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains(message), "{error}");
    assert!(
        error.help().is_some_and(|text| text.contains(help)),
        "{error}"
    );
    assert!(
        error.location().unwrap().file().ends_with("team_faults.rs"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_a_team_is_refused() {
    let index = |blocks: usize| {
        move |root: &pto_runtime::Root<'_>| {
            root.task(&INDEX)
                .create::<f32>([8])
                .blocks(blocks)
                .named("t")
                .submit()
                .map(drop)
        }
    };
    let invalid = ErrorKind::InvalidArgument;
    let error = failing(runtime(2), index(0));
    assert_says(
        &error,
        invalid,
        "'INDEX' runs in 0 blocks",
        "one block at least",
    );
    assert_eq!(error.task(), Some("t"));
    let error = failing(runtime(2), index(usize::MAX));
    assert_says(&error, invalid, "18446744073709551615 blocks", "2^32");
    let error = failing(runtime(2), |root| {
        root.task(&INDEX).create::<f32>([8]).submit().map(drop)
    });
    assert_says(&error, invalid, "does not say in how many", "`.blocks(n)`");
    let error = failing(runtime(2), |root| {
        let x = root.alloc::<f32>([8], pto_runtime::Site::here("x"))?;
        let task = root.task(&ADD).read(&x).read(&x).create::<f32>([8]);
        task.blocks(2).submit().map(drop)
    });
    assert_says(
        &error,
        invalid,
        "'ADD' does not run in blocks",
        "block: Block",
    );
    let error = failing(runtime(2), |root| {
        root.task(&COLUMNS)
            .create::<u32>([8])
            .blocks(2)
            .submit()
            .map(drop)
    });
    assert_says(
        &error,
        invalid,
        "'y' among its blocks along dimension 1, and the tensor has 1",
        "#[split(1)]",
    );
    let error = failing(runtime(2), |root| {
        let task = root
            .task(&CUBE)
            .create::<f32>([8])
            .with_kernel(&CUBE)
            .create::<f32>([8]);
        task.blocks(2).submit().map(drop)
    });
    assert_says(&error, invalid, "2 AIC and 0 AIV", "one AIC and two AIV");
    let error = failing(runtime(2), |root| {
        let x = root.alloc::<f32>([8], pto_runtime::Site::here("x"))?;
        let mut y = root.alloc::<f32>([8], pto_runtime::Site::here("y"))?;
        let task = root.task(&MUL).read(&x).read(&x).write(&mut y);
        task.with_kernel(&ADD)
            .read(&y)
            .read(&x)
            .create::<f32>([8])
            .submit()
            .map(drop)
    });
    assert_says(&error, invalid, "overlap", "do not overlap");
}

#[test]
fn cohorts_that_are_too_wide_are_refused() {
    let cohort = |blocks: usize| {
        move |root: &pto_runtime::Root<'_>| {
            let task = root.task(&CUBE).create::<f32>([8]).blocks(blocks);
            task.sync_start().submit().map(drop)
        }
    };
    let error = failing(runtime(3), cohort(4));
    let kind = ErrorKind::SyncStartTooWide;
    assert_says(
        &error,
        kind,
        "4 blocks of 'CUBE' with `sync_start` need 4 threads",
        "`.workers(4)`",
    );
    assert_eq!(
        (error.code(), error.name()),
        (7, "REQUIRE_SYNC_START_INVALID")
    );
    let error = failing(runtime(4).clusters(3), cohort(4));
    assert_says(&error, kind, "need 4 aic cores", "`.clusters(4)`");
    assert!(
        runtime(4)
            .clusters(4)
            .build()
            .unwrap()
            .run(|root| cohort(4)(root))
            .is_ok()
    );
}

#[test]
fn a_panic_in_a_block_names_it_and_frees_the_others() {
    kernel!(
        STUMBLE,
        Aiv,
        [Param::update::<u64>("x"), Param::block("block")],
        |args| {
            let (x, block) = (args.update::<u64>(), args.block());
            assert!(block.index() != 2, "stumbled");
            block.exchange(x);
        }
    );
    let error = failing(runtime(4), |root| {
        let mut x = root.alloc::<u64>([8], pto_runtime::Site::here("x"))?;
        let task = root.task(&STUMBLE).update(&mut x).blocks(4).sync_start();
        task.submit().map(drop)
    });
    let kind = ErrorKind::KernelPanic;
    assert_says(
        &error,
        kind,
        "'STUMBLE' panicked in block 2 of 4: stumbled",
        "team_faults.rs",
    );
}

#[test]
fn blocks_that_do_not_exchange_alike_are_told_so() {
    // Which blocks exchange which tensor: bits of the scalar.
    kernel!(
        ODD,
        Aiv,
        [
            Param::update::<u64>("x"),
            Param::write::<u64>("y"),
            Param::block("block"),
            Param::scalar::<u64>("how")
        ],
        |args| {
            let (x, y, block) = (args.update::<u64>(), args.write::<u64>(), args.block());
            match args.scalar::<u64>() >> (2 * block.index()) & 3 {
                0 => {}
                1 => drop(block.exchange(x)),
                _ => drop(block.exchange(y)),
            }
        }
    );
    let run = |how: u64, sync: bool| {
        failing(runtime(3), |root| {
            let mut x = root.alloc::<u64>([8], pto_runtime::Site::here("x"))?;
            let task = root
                .task(&ODD)
                .update(&mut x)
                .create::<u64>([8])
                .scalar(how);
            let task = task.blocks(3);
            let task = if sync { task.sync_start() } else { task };
            task.submit().map(drop)
        })
    };
    let kind = ErrorKind::KernelPanic;
    assert_says(
        &run(0b01_00_01, true),
        kind,
        "exchanges 'x', and another one has returned",
        "same order",
    );
    let error = run(0b01_10_01, true);
    assert_says(&error, kind, "while another one exchanges", "same order");
    assert!(
        error.message().contains("'x'") && error.message().contains("'y'"),
        "{error}"
    );
    let error = run(0b01_01_01, false);
    assert_says(&error, kind, "sync_start", "team_faults.rs");
}
