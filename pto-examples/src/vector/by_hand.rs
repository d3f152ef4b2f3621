//! The vector example without macros, in the runtime's own terms.

use pto_runtime::prelude::*;
use pto_runtime::{Core, Input, InputOutput, Kernel, Param, Site};

use crate::kernels;

/// `c = a + b`
static ADD: Kernel = Kernel {
    name: "add",
    core: Core::Aiv,
    params: &[
        Param::read::<f32>("a"),
        Param::read::<f32>("b"),
        Param::write::<f32>("c"),
    ],
    run: |args| kernels::add(args.read(), args.read(), args.write()),
    file: file!(),
    line: line!(),
    check: None,
};

/// `c = a * b`
static MUL: Kernel = Kernel {
    name: "mul",
    run: |args| kernels::mul(args.read(), args.read(), args.write()),
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
    run: |args| kernels::add_scalar(args.read(), args.write(), args.scalar()),
    line: line!(),
    ..ADD
};

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
