//! The vector example without macros, in the runtime's own terms.

use pto_runtime::prelude::*;
use pto_runtime::{Core, Input, InputOutput, Kernel, KernelArgs, Param, Site};

/// `c = a + b`
static ADD: Kernel = Kernel {
    name: "add",
    core: Core::Aiv,
    params: &[
        Param::read::<f32>("a"),
        Param::read::<f32>("b"),
        Param::write::<f32>("c"),
    ],
    run: |args| combine(args, |a, b| a + b),
    file: file!(),
    line: line!(),
    check: None,
};

/// `c = a * b`
static MUL: Kernel = Kernel {
    name: "mul",
    run: |args| combine(args, |a, b| a * b),
    line: line!(),
    ..ADD
};

/// `c = a + x`
static ADD_SCALAR: Kernel = Kernel {
    name: "add_scalar",
    params: &[
        Param::read::<f32>("a"),
        Param::write::<f32>("c"),
        Param::scalar::<f32>("x"),
    ],
    run: |args| {
        let (a, mut c, x) = (
            args.read::<f32>(),
            args.write::<f32>(),
            args.scalar::<f32>(),
        );
        (0..c.len()).for_each(|i| c.set(i, a.get(i) + x));
    },
    line: line!(),
    ..ADD
};

fn combine(args: &mut KernelArgs<'_>, f: fn(f32, f32) -> f32) {
    let (a, b, mut c) = (args.read::<f32>(), args.read::<f32>(), args.write::<f32>());
    (0..c.len()).for_each(|i| c.set(i, f(a.get(i), b.get(i))));
}

/// `f = (c + 1) * (c + 2) + c` with `c = a + b`.
///
/// A task's arguments are given in the order of its kernel's parameters; `create` asks for a fresh tensor, which the
/// submitted task then hands out. Both scopes are AUTO, so the runtime orders the tasks by what they access.
pub fn by_hand<'env>(
    runtime: &mut Runtime,
    a: impl Into<Input<'env, f32>>,
    b: impl Into<Input<'env, f32>>,
    f: impl Into<InputOutput<'env, f32>>,
) -> Result<Report, Error> {
    let done = runtime.run(|root| {
        let (a, b, mut f) = (root.input(a), root.input(b), root.inout(f));
        let n = a.len();
        let sum = root
            .task(&ADD)
            .read(&a)
            .read(&b)
            .create::<f32>(n)
            .submit()?;
        let c = sum.output::<f32>(0)?;

        let scope = root.auto(Site::here("product"))?;
        let first = scope
            .task(&ADD_SCALAR)
            .read(&c)
            .create::<f32>(n)
            .scalar(1.0f32)
            .submit()?;
        let second = scope
            .task(&ADD_SCALAR)
            .read(&c)
            .create::<f32>(n)
            .scalar(2.0f32)
            .submit()?;
        let (d, e) = (first.output::<f32>(0)?, second.output::<f32>(0)?);
        let product = scope
            .task(&MUL)
            .read(&d)
            .read(&e)
            .create::<f32>(n)
            .submit()?;
        let g = product.output::<f32>(0)?;
        scope.task(&ADD).read(&g).read(&c).write(&mut f).submit()?;
        Ok(())
    })?;
    Ok(done.report)
}
