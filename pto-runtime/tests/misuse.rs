//! Calls of the safe interface in no sensible order, with arguments that may be anything: what does not work is an error,
//! never a panic of the runtime's own, and the runtime goes on.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "kernels are declared by a macro"
)]

#[macro_use]
mod common;

use common::{COPY, FILL, FOLD, STEP, STEP_COLUMNS, STEP_ROWS};
use proptest::prelude::*;
use pto_runtime::{
    AutoScope, Call, Compare, Core, Deps, Error, ErrorKind, HostAccess, Kernel, KernelArgs, Native,
    OutArg, Param, Predicate, Runtime, Site, TaskId, Tensor, TensorMut, create,
};

kernel!(FAILS, Aiv, [Param::update::<u64>("x")], |args| {
    let x = args.update::<u64>();
    assert!(x.is_empty(), "as it should");
});

static KERNELS: [&Kernel; 7] = [
    &COPY,
    &FILL,
    &FOLD,
    &STEP,
    &STEP_COLUMNS,
    &STEP_ROWS,
    &FAILS,
];

/// Numbers that decide what is done; zeros when there are no more.
struct Choices<'c>(std::slice::Iter<'c, u32>);

impl Choices<'_> {
    fn below(&mut self, limit: u32) -> u32 {
        self.0.next().map_or(0, |choice| choice % limit)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u32) as usize]
    }

    fn extent(&mut self) -> usize {
        self.of(&[4, 2, 1, 0, 7, 33, 1 << 20, u32::MAX as usize, usize::MAX])
    }

    fn id(&mut self, known: &[TaskId]) -> TaskId {
        match self.below(6) {
            0 => TaskId::NONE,
            1 => TaskId::new(self.of(&[0, 1, 3, 4, 200, 255]), self.below(50)),
            2 => TaskId::new(0, u32::MAX),
            _ if known.is_empty() => TaskId::NONE,
            _ => self.of(known),
        }
    }
}

/// Does some things on a scope, with the tensors that it is given and with what it makes.
fn play<'s>(
    scope: &'s AutoScope<'_, Native>,
    mut tensors: Vec<TensorMut<'s, u64>>,
    choices: &mut Choices<'_>,
    ids: &mut Vec<TaskId>,
    depth: usize,
) {
    for _ in 0..choices.below(12) {
        // Errors are what is expected: whatever was refused, the next thing is tried.
        let _ = match choices.below(12) {
            9 => barrier(scope, &mut tensors, choices, ids),
            10 => launch(scope, &mut tensors, choices),
            // It stays open, so that this one can do nothing any more.
            11 if depth > 2 => scope.auto(Site::here("forgotten")).map(std::mem::forget),
            0 => {
                let shape = [choices.extent(), choices.extent()];
                let made = scope.alloc(shape, Site::here("made"));
                made.map(|made| tensors.push(made))
            }
            1 if depth < 6 => scope.with_auto(Site::here("inner"), |inner| {
                let all = tensors.iter_mut().flat_map(|tensor| tensor.view_mut(..));
                play(inner, all.collect(), choices, ids, depth + 1);
                // The scope around is not the innermost now.
                scope.barrier().submit().map(drop)
            }),
            2 => host_access(scope, &mut tensors, choices),
            _ => task(scope, &mut tensors, choices, ids),
        };
    }
}

fn barrier(
    scope: &AutoScope<'_, Native>,
    tensors: &mut [TensorMut<'_, u64>],
    choices: &mut Choices<'_>,
    ids: &mut Vec<TaskId>,
) -> Result<(), Error> {
    let mut barrier = scope.barrier().after(choices.id(ids));
    for tensor in tensors.iter_mut().take(choices.below(3) as usize) {
        barrier = match choices.below(2) {
            0 => barrier.read(tensor),
            _ => barrier.update(tensor),
        };
    }
    ids.push(barrier.submit()?.id());
    Ok(())
}

/// A call that is launched again, with a value or without.
fn launch<'s>(
    scope: &'s AutoScope<'_, Native>,
    tensors: &mut Vec<TensorMut<'s, u64>>,
    choices: &mut Choices<'_>,
) -> Result<(), Error> {
    let spec = create::<u64>([choices.extent(), choices.of(&[1, 2, 0])]);
    let arg = [OutArg::<u64>::into_arg(spec)];
    let mut call = match choices.below(3) {
        0 => Call::alloc(arg),
        1 => Call::alloc_filled(arg, 3_u64),
        _ => Call::alloc_filled(arg, 3.0_f32),
    };
    for _ in 0..=choices.below(2) {
        let launched = scope.launch(&mut call, Site::here("launched"), Deps::NONE)?;
        tensors.push(launched.output(&call, 0, spec));
    }
    Ok(())
}

fn host_access(
    scope: &AutoScope<'_, Native>,
    tensors: &mut [TensorMut<'_, u64>],
    choices: &mut Choices<'_>,
) -> Result<(), Error> {
    let Some(tensor) = tensors.get_mut(choices.below(3) as usize) else {
        return Ok(());
    };
    let index = [choices.extent(), choices.extent()];
    let (site, deps) = (Site::here("access"), Deps::NONE);
    match choices.below(2) {
        0 => scope
            .access(HostAccess::get(tensor, index)?, site, deps)
            .map(drop),
        _ => scope
            .access(HostAccess::set(tensor, index, 5)?, site, deps)
            .map(drop),
    }
}

fn task<'s>(
    scope: &'s AutoScope<'_, Native>,
    tensors: &mut Vec<TensorMut<'s, u64>>,
    choices: &mut Choices<'_>,
    ids: &mut Vec<TaskId>,
) -> Result<(), Error> {
    let mut views: Vec<TensorMut<'_, u64>> = Vec::new();
    for _ in 0..choices.below(4) {
        let Some(tensor) = tensors.get_mut(choices.below(3) as usize) else {
            continue;
        };
        let (a, b) = (choices.extent(), choices.extent());
        views.push(match choices.below(6) {
            0 => tensor.view_mut((a.min(b)..a.max(b), ..))?,
            1 => tensor.transpose_mut(a, b)?,
            2 => tensor.reshape_mut([a, b])?,
            3 => tensor.slice_mut(a, b..b.saturating_add(2))?,
            4 => tensor.permute_mut([a, b])?,
            _ => tensor.view_mut(..)?,
        });
    }
    let mut builder = scope.task(choices.of(&KERNELS));
    for view in &mut views {
        builder = match choices.below(3) {
            0 => builder.read(view),
            1 => builder.update(view),
            _ => builder.write(view),
        };
    }
    let mut options = choices.below(128);
    let mut chosen = || {
        options /= 2;
        options.is_multiple_of(2)
    };
    if chosen() {
        builder = builder.scalar(choices.below(9));
    }
    if chosen() {
        builder = builder.create::<u64>([choices.extent(), choices.of(&[1, 2, 0])]);
    }
    if chosen() {
        builder = builder.after(choices.id(ids)).keep(choices.id(ids));
    }
    if chosen() {
        builder = builder.blocks(choices.of(&[2, 0, 1, 3, 9, 1 << 20, usize::MAX]));
    }
    if chosen() {
        builder = builder.sync_start();
    }
    if chosen() {
        builder = builder.with_kernel(choices.of(&KERNELS));
    }
    if chosen()
        && let Some(tensor) = tensors.first()
    {
        let index = [choices.extent(), choices.extent()];
        let compare = choices.of(&[Compare::Less, Compare::Equal, Compare::GreaterOrEqual]);
        builder = builder.when(Predicate::new(tensor, index, compare, 3)?);
    }
    let submitted = builder.submit()?;
    ids.push(submitted.id());
    let _ = submitted.output::<f32>(choices.below(3) as usize);
    if let Ok(made) = submitted.output::<u64>(choices.below(2) as usize) {
        tensors.push(made);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_the_runtime_goes_on(
        workers in 1_usize..4,
        at_once in any::<bool>(),
        verify in any::<bool>(),
        choices in prop::collection::vec(any::<u32>(), 0..400),
    ) {
        let builder = Runtime::builder().workers(workers).window(16).heap(1 << 16).dep_pool(32);
        let builder = builder.clusters(1).run_at_once(at_once).verify(verify);
        let mut runtime = builder.build().unwrap();
        for choices in choices.chunks(200) {
            let mut data = Tensor::<u64>::zeros([4, 7]);
            let result = runtime.run(|root| {
                let given = vec![root.inout(&mut data)];
                play(root, given, &mut Choices(choices.iter()), &mut Vec::new(), 0);
                Ok(())
            });
            // Whatever else was refused was refused where it was tried.
            if let Err(error) = result {
                prop_assert_eq!(error.kind(), ErrorKind::KernelPanic, "{}", error);
            }
            let mut data = Tensor::<u64>::zeros([4]);
            runtime.run(|root| {
                let mut x = root.inout(&mut data);
                root.task(&FILL).write(&mut x).scalar(7_u64).submit().map(drop)
            }).unwrap();
            prop_assert_eq!(data.as_slice(), [7; 4]);
        }
    }
}
