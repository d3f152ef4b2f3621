//! Every way to fail names code, task, source line and cure; and the runtime goes on working.

#[path = "../common/mod.rs"]
mod common;
mod mistakes;
mod rings;

use common::{FILL, STEP, mix};
use pto_runtime::{AutoScope, Error, Root, RuntimeBuilder, Tensor};

/// Runs something that fails, then checks that the runtime still works.
fn failing(builder: RuntimeBuilder, f: impl FnOnce(&Root<'_>) -> Result<(), Error>) -> Error {
    let mut rt = builder.build().unwrap();
    let error = rt.run(|root| f(root)).map(|_| ()).unwrap_err();
    let mut x = Tensor::<u64>::zeros([4]);
    for _ in 0..2 {
        rt.run(|root| {
            let mut x = root.inout(&mut x);
            root.task(&STEP).update(&mut x).scalar(1u64).submit()?;
            Ok(())
        })
        .unwrap();
    }
    assert_eq!(x.as_slice(), [mix(mix(0, 1), 1); 4]);
    error
}

#[track_caller]
fn assert_says(error: &Error, code: u32, task: &str, help: &str) {
    assert_eq!((error.code(), error.task()), (code, Some(task)), "{error}");
    let file = error.location().unwrap().file();
    assert!(file.contains("faults"), "{error}");
    assert!(error.to_string().contains(&format!("{file}:")), "{error}");
    assert!(error.help().unwrap().contains(help), "{error}");
}

fn fill(scope: &AutoScope<'_>, len: usize, name: &'static str) -> Result<(), Error> {
    scope
        .task(&FILL)
        .create::<u64>([len])
        .scalar(1u64)
        .named(name)
        .submit()
        .map(drop)
}
