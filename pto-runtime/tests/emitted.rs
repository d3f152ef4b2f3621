//! What the macros emit, written by hand: it must compile, infer its types, and run.

use pto_runtime::shape_contract::{Dim, ShapeContract};
use pto_runtime::{
    AutoScope, Backend, Call, Core, Deps, Error, In, InOut, Input, InputOutput, Kernel, KernelArgs,
    Out, OutArg, Param, ReadArg, Root, Runtime, Scalar, Site, TaskId, TaskSet, Tensor, UpdateArg,
    create, read, write,
};

fn scale(x: In<'_, f32>, mut y: Out<'_, f32>, by: f32) {
    for i in 0..x.len() {
        y.set(i, by * x.get(i));
    }
}

/// The marker that shares the kernel's name, in the namespace of types.
#[allow(non_camel_case_types)]
enum scale {}

impl scale {
    const KERNEL: &'static Kernel = &Kernel {
        name: "scale",
        core: Core::Aiv,
        params: &[
            Param::read::<f32>("x"),
            Param::write::<f32>("y"),
            Param::scalar::<f32>("by"),
        ],
        run: |args: &mut KernelArgs<'_>| {
            let (x, y) = (args.read(), args.write());
            let by = args.scalar();
            scale(x, y, by);
        },
        file: file!(),
        line: line!(),
        check: Some(|tensors| {
            const CONTRACT: ShapeContract =
                ShapeContract::new(&[("x", 0, &[Dim::Var("n")]), ("y", 1, &[Dim::Var("n")])]);
            CONTRACT.check(tensors)
        }),
    };

    #[inline(always)]
    fn call<'s>(x: impl ReadArg<'s, f32>, y: impl OutArg<'s, f32>, by: f32) -> Call<'s, 2, 1> {
        Call::new(
            Self::KERNEL,
            [x.into_arg(), y.into_arg()],
            [Scalar::to_bits(by)],
        )
    }
}

fn accumulate<T: pto_runtime::Element + std::ops::Add<Output = T>>(
    x: In<'_, T>,
    mut acc: InOut<'_, T>,
) {
    for i in 0..x.len() {
        acc.set(i, acc.get(i) + x.get(i));
    }
}

#[allow(non_camel_case_types)]
enum accumulate {}

impl accumulate {
    const fn kernel<T: pto_runtime::Element + std::ops::Add<Output = T>>() -> &'static Kernel {
        const {
            &Kernel {
                name: "accumulate",
                core: Core::Aic,
                params: &[Param::read::<T>("x"), Param::update::<T>("acc")],
                run: |args: &mut KernelArgs<'_>| accumulate::<T>(args.read(), args.update()),
                file: file!(),
                line: line!(),
                check: None,
            }
        }
    }

    #[inline(always)]
    fn call<'s, T: pto_runtime::Element + std::ops::Add<Output = T>>(
        x: impl ReadArg<'s, T>,
        acc: impl UpdateArg<'s, T>,
    ) -> Call<'s, 2, 0> {
        Call::new(Self::kernel::<T>(), [x.into_arg(), acc.into_arg()], [])
    }
}

/// `fn sum_scaled(x: In<f32>, sum: InOut<f32>, factors: &[f32])`
fn sum_scaled<'env, B: Backend>(
    x: impl Into<Input<'env, f32>>,
    sum: impl Into<InputOutput<'env, f32>>,
    factors: &'env [f32],
) -> impl FnOnce(&Root<'env, B>) -> Result<(), Error> + 'env {
    let (x_host, sum_host) = (x.into(), sum.into());
    move |root: &Root<'env, B>| {
        let x = root.input(x_host);
        let mut sum = root.inout(sum_host);
        let _first = x_host.at(0)?;
        let mut last = TaskId::NONE;
        let mut all = TaskSet::new();
        for &factor in factors {
            let inner: AutoScope<'_, B> = root.auto(Site::here("scope"))?;
            let spec = create([x.dim(0)]);
            let mut call = scale::call(read(&x), spec, factor);
            let launched = inner.launch(&mut call, Site::here("scale"), Deps::NONE)?;
            let scaled = launched.output(&call, 1, spec);
            let half = scaled.dim(0) / 2;
            {
                let mut call = accumulate::call(
                    read(&scaled.view(..half)?),
                    write(&mut sum.view_mut(..half)?),
                );
                let deps = Deps {
                    proven: &[launched.id()],
                    explicit: &[last],
                    ..Deps::NONE
                };
                last = inner
                    .launch(&mut call, Site::here("accumulate"), deps)?
                    .id();
                all.push(last);
            }
            {
                // SAFETY: the only other tasks on these elements are waited for.
                let manual = unsafe { inner.manual(Site::here("manual"))? };
                let mut call = accumulate::call(
                    read(&scaled.view(half..)?),
                    write(&mut sum.view_mut(half..)?),
                );
                let deps = Deps {
                    proven: &[launched.id()],
                    explicit: &all,
                    ..Deps::NONE
                };
                // SAFETY: as above.
                last = unsafe { manual.launch(&mut call, Site::here("accumulate"), deps)? }.id();
                all.push(last);
            }
        }
        Ok(())
    }
}

#[test]
fn an_orchestration_as_the_macros_emit_it() -> Result<(), Error> {
    let x = Tensor::from_vec([4], vec![1.0, 2.0, 3.0, 4.0])?;
    let mut sum = Tensor::full([4], 100.0);
    let factors = [1.0, 2.0, 3.0];
    let mut rt = Runtime::builder().workers(2).build()?;
    let done = rt.run(sum_scaled(&x, &mut sum, &factors))?;
    assert_eq!(sum.as_slice(), [106.0, 112.0, 118.0, 124.0]);
    assert_eq!(done.report.tasks, 9);
    Ok(())
}

#[test]
fn types_of_allocations_follow_from_their_use() -> Result<(), Error> {
    let mut rt = Runtime::builder().workers(1).build()?;
    rt.run(|root| {
        let spec = (create([4]), create([4]));
        let mut call = Call::alloc([OutArg::into_arg(spec.0), OutArg::into_arg(spec.1)]);
        let launched = root.launch(&mut call, Site::here("alloc"), Deps::NONE)?;
        let (x, mut acc) = (
            launched.output(&call, 0, spec.0),
            launched.output(&call, 1, spec.1),
        );
        let mut call = accumulate::call::<i32>(read(&x), write(&mut acc));
        root.launch(&mut call, Site::here("accumulate"), Deps::NONE)?;
        Ok(())
    })?;
    Ok(())
}
