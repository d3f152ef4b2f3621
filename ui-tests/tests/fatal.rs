//! Orchestrations that end their run themselves, and that ask what they run on.

use pto_runtime::ErrorKind;
use pto_runtime::prelude::*;
use std::collections::BTreeMap;

#[kernel(aiv)]
fn increment(mut x: InOut<f32>) {
    for i in 0..x.len() {
        x.set(i, x.get(i) + 1.0);
    }
}

#[kernel(aiv)]
fn copy(x: In<f32>, mut y: Out<f32>) {
    for i in 0..x.len() {
        y.set(i, x.get(i));
    }
}

fn runtimes() -> impl Iterator<Item = Runtime> {
    (1..=4).map(|workers| {
        Runtime::builder()
            .workers(workers)
            .run_at_once(workers % 2 == 1)
            .build()
            .unwrap()
    })
}

/// Text of the line that an error names.
fn line_of(error: &Error) -> &'static str {
    let line = error.location().unwrap().line() as usize;
    include_str!("fatal.rs")
        .lines()
        .nth(line - 1)
        .unwrap()
        .trim()
}

#[orchestration]
fn ends(x: InOut<f32>, at: usize) {
    for i in 0..10 {
        increment(&mut x);
        manual_scope!({
            if i == at {
                fatal!("round {i} of {}", x.len());
            }
            increment(&mut x);
        });
    }
}

#[orchestration]
fn passes_on(x: InOut<f32>, at: usize) {
    call!(ends(&mut x, at));
    increment(&mut x);
}

#[orchestration]
fn in_any_branch(x: InOut<f32>, name: &str) {
    let kind = match name {
        "a" => 1,
        _ => fatal!("no `{name}`"),
    };
    let t = if kind == 1 {
        copy(&x, out!([x.len()]))
    } else {
        fatal!("never")
    };
    let s = if kind == 2 {
        fatal!("never")
    } else {
        copy(&t, out!([x.len()]))
    };
    let Some(first) = name.chars().next() else {
        fatal!("empty")
    };
    assert_eq!(first, 'a');
    copy(&s, &mut x);
}

/// Returns a tensor, or ends the run.
#[orchestration]
fn doubled(x: In<f32>, times: usize) -> Tensor<f32> {
    if times == 1 {
        return copy(&x, out!([x.len()]));
    }
    fatal!("{times} times")
}

#[orchestration]
fn returned(x: In<f32>, y: Out<f32>, times: usize) {
    let t = call!(doubled(&x, times));
    copy(&t, &mut y);
}

#[test]
fn a_called_orchestration_that_ends_the_run_returns_nothing() {
    for mut rt in runtimes() {
        let (x, mut y) = (Tensor::full([2], 3.0), Tensor::zeros([2]));
        rt.run(returned(&x, &mut y, 1)).unwrap();
        assert_eq!(y.as_slice(), [3.0; 2]);
        let error = rt.run(returned(&x, &mut y, 2)).unwrap_err();
        assert_eq!((error.code(), error.message()), (9, "2 times"));
    }
}

#[test]
fn a_run_ends_with_the_error_of_its_orchestration() {
    for mut rt in runtimes() {
        let mut x = Tensor::zeros([3]);
        let error = rt.run(ends(&mut x, 2)).unwrap_err();
        assert_eq!((error.code(), error.name()), (9, "EXPLICIT_ORCH_FATAL"));
        assert_eq!(error.message(), "round 2 of 3");
        assert_eq!(line_of(&error), "fatal!(\"round {i} of {}\", x.len());");
        // What was submitted has run.
        assert_eq!(x.as_slice(), [5.0; 3]);
        let error = rt.run(passes_on(&mut x, 0)).unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Explicit, "round 0 of 3")
        );
        assert_eq!(x.as_slice(), [6.0; 3]);
        rt.run(passes_on(&mut x, 10)).unwrap();
        assert_eq!(x.as_slice(), [27.0; 3]);
        assert_eq!(
            rt.run(in_any_branch(&mut x, "b")).unwrap_err().message(),
            "no `b`"
        );
        rt.run(in_any_branch(&mut x, "a")).unwrap();
    }
}

#[orchestration]
fn host_errors(x: InOut<f32>, sizes: &BTreeMap<&'static str, &'static str>) {
    increment(&mut x);
    let size = sizes.get("size").ok_or("no size is given")?;
    let size: usize = size.parse()?;
    let doubled = (0..2)
        .map(|_| Ok::<_, std::num::ParseIntError>(size))
        .sum::<Result<usize, _>>()?;
    increment(&mut x.view_mut([0..doubled]));
    std::fs::read("there/is/no/such/file")?;
}

#[test]
fn errors_of_host_code_are_errors_of_the_run() {
    for mut rt in runtimes() {
        let mut x = Tensor::zeros([4]);
        let mut run = |sizes: &[(&'static str, &'static str)]| {
            let sizes = sizes.iter().copied().collect();
            rt.run(host_errors(&mut x, &sizes)).unwrap_err()
        };
        let error = run(&[]);
        assert_eq!((error.code(), error.message()), (9, "no size is given"));
        assert!(
            line_of(&error).starts_with("let size = sizes.get"),
            "{error}"
        );
        let error = run(&[("size", "two")]);
        assert!(error.message().contains("invalid digit"), "{error}");
        assert!(line_of(&error).contains("size.parse()?"), "{error}");
        // An error of the runtime's own stays what it is.
        let error = run(&[("size", "3")]);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let error = run(&[("size", "2")]);
        assert_eq!(error.kind(), ErrorKind::Explicit);
        assert!(line_of(&error).starts_with("std::fs::read"), "{error}");
        assert_eq!(x.as_slice(), [5.0, 5.0, 5.0, 5.0]);
    }
}

#[orchestration]
fn counts(seen: Out<u32>) {
    seen.set(0, clusters!() as u32);
    seen.set(1, cores!(aic) as u32);
    let all = [cores!(aiv); 1]
        .iter()
        .map(|vector| vector + cores!(aic))
        .sum::<usize>();
    manual_scope!({
        for i in 2..cores!(aiv).min(4) {
            seen.set(i, all as u32);
        }
    });
}

#[test]
fn an_orchestration_knows_what_it_runs_on() {
    for clusters in 2..4 {
        let builder = Runtime::builder().workers(2).clusters(clusters);
        let mut seen = Tensor::zeros([4]);
        builder.build().unwrap().run(counts(&mut seen)).unwrap();
        let n = clusters as u32;
        assert_eq!(seen.as_slice(), [n, n, 3 * n, 3 * n]);
    }
}
