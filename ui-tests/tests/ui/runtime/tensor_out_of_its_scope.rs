// A tensor made in a scope does not leave it, nor the run.
use pto_runtime::prelude::*;
use pto_runtime::{Kernel, Site, TensorMut};

static MAKE: Kernel = Kernel {
    name: "make",
    core: pto_runtime::Core::Aiv,
    params: &[],
    run: |_| {},
    file: file!(),
    line: line!(),
    check: None,
};

fn out_of_the_scope(runtime: &mut Runtime) -> Result<(), pto_runtime::Error> {
    runtime.run(|root| {
        let kept: TensorMut<f32>;
        {
            let scope = root.auto(Site::here("inner"))?;
            kept = scope.task(&MAKE).create::<f32>(8).submit()?.output(0)?;
        }
        root.task(&MAKE).read(&kept).submit()?;
        Ok(())
    })?;
    Ok(())
}

fn out_of_the_run(runtime: &mut Runtime) -> Result<(), pto_runtime::Error> {
    let mut kept = None;
    runtime.run(|root| {
        kept = Some(root.task(&MAKE).create::<f32>(8).submit()?.output::<f32>(0)?);
        Ok(())
    })?;
    Ok(())
}

fn to_another_thread(runtime: &mut Runtime) -> Result<(), pto_runtime::Error> {
    runtime.run(|root| {
        std::thread::scope(|threads| {
            threads.spawn(|| drop(root.task(&MAKE).submit()));
        });
        Ok(())
    })?;
    Ok(())
}

fn by_hand_without_unsafe(runtime: &mut Runtime) -> Result<(), pto_runtime::Error> {
    runtime.run(|root| {
        let scope = root.manual(Site::here("inner"))?;
        scope.task(&MAKE).submit()?;
        Ok(())
    })?;
    Ok(())
}

fn main() {}
