//! A verified run reports every race and every early end of storage, whatever happened to run first, and nothing else.

mod barriers;
#[path = "../common/mod.rs"]
mod common;
mod conditions;
mod races;
mod storage;
mod tracking;

use common::{COPY, STEP, mix, runtime};
use pto_runtime::{AutoScope, Done, Error, ErrorKind, ManualScope, Root, Site, Tensor};

/// Runs `f` with one and with several workers, some times each: the outcome is always the same.
fn verified(f: impl Fn(&Root<'_>) -> Result<(), Error>) -> Result<Done<()>, Error> {
    let mut outcomes = Vec::new();
    for (workers, at_once) in [(1, true), (2, true), (2, false), (4, false)] {
        let builder = runtime(workers).run_at_once(at_once);
        let mut rt = builder.verify(true).build()?;
        outcomes.extend((0..3).map(|_| rt.run(|root| f(root))));
        // The runtime is as good as new.
        rt.run(|root| chain(root, 3))?;
    }
    let text =
        |outcome: &Result<Done<()>, Error>| outcome.as_ref().map_err(Error::to_string).map(|_| ());
    let (first, rest) = outcomes.split_first().unwrap();
    assert!(rest.iter().all(|other| text(other) == text(first)));
    outcomes.remove(0)
}

fn chain(scope: &AutoScope<'_>, tasks: u64) -> Result<(), Error> {
    let mut x = scope.alloc::<u64>([4], Site::here("x"))?;
    (0..tasks).try_for_each(|i| {
        scope
            .task(&STEP)
            .update(&mut x)
            .scalar(i)
            .submit()
            .map(drop)
    })
}

#[track_caller]
fn assert_fails(outcome: Result<Done<()>, Error>, kind: ErrorKind, message: &str) {
    let error = outcome.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.message();
    let place = |text: &str| {
        // Lines and columns move with every edit.
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for word in words.iter_mut().filter(|word| word.contains(".rs:")) {
            *word = "HERE".into();
        }
        words.join(" ")
    };
    assert_eq!(place(text), message, "{error}");
    assert!(
        error.location().unwrap().file().contains("verify/"),
        "{error}"
    );
    assert!(
        error.task_id().is_some() && error.help().is_some(),
        "{error}"
    );
}

/// A MANUAL scope, and what it uses.
fn manual<'s>(scope: &'s AutoScope<'_>) -> Result<ManualScope<'s>, Error> {
    // SAFETY: these programs break the contract on purpose, and a verified run waits all the same.
    unsafe { scope.manual(Site::here("manual")) }
}

#[test]
fn a_run_that_is_not_verified_costs_and_finds_nothing() {
    let mut rt = runtime(1).verify(false).build().unwrap();
    let mut x = Tensor::<u64>::zeros([4]);
    rt.run(|root| {
        let mut x = root.inout(&mut x);
        let scope = manual(root)?;
        for salt in 1..3u64 {
            // SAFETY: one worker runs them in the order of their submission.
            unsafe { scope.task(&STEP).update(&mut x).scalar(salt).submit()? };
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(x.as_slice(), [mix(mix(0, 1), 2); 4]);
}

/// What is remembered does not grow with how often elements are written, and a search does not go back to the beginning.
#[test]
fn long_runs_are_verified_in_time() {
    let mut x = Tensor::<u64>::zeros([64]);
    let mut rt = runtime(2).verify(true).build().unwrap();
    let done = rt
        .run(|root| {
            let mut x = root.inout(&mut x);
            for round in 0..10_000usize {
                let inner = root.auto(Site::here("round"))?;
                let mut tile = x.view_mut(round % 64..round % 64 + 1)?;
                inner.task(&STEP).update(&mut tile).scalar(1u64).submit()?;
                let all = inner.task(&COPY).read(&x).create::<u64>([64]);
                all.submit()?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(done.report.tasks, 20_000);
}
