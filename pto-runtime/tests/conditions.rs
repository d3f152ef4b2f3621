//! Conditions on elements that tasks write which may themselves be skipped, of tasks of all kinds, between accesses by the
//! host, in rings of a few slots: what is run is what would be if all ran one after the other.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "kernels are declared by a macro"
)]

#[macro_use]
mod common;

use common::tiny_of;
use pto_runtime::{
    AutoScope, Compare, Core, Deps, Error, HostAccess, Kernel, KernelArgs, Param, Predicate,
    Runtime, Site, Tensor, TensorMut,
};

kernel!(
    PUT,
    Aiv,
    [Param::update::<u64>("x"), Param::scalar::<u64>("value")],
    |args| { put(args) }
);

kernel!(
    PUT_PARTS,
    Aiv,
    [
        Param::update::<u64>("x"),
        Param::block("block"),
        Param::scalar::<u64>("value")
    ],
    |args| { put(args) }
);

kernel!(
    PUT_PARTS_ON_CUBE,
    Aic,
    [
        Param::update::<u64>("x"),
        Param::block("block"),
        Param::scalar::<u64>("value")
    ],
    |args| { put(args) }
);

fn put(args: &mut KernelArgs<'_>) {
    let (mut x, value) = (args.update::<u64>(), args.scalar());
    x.fill(value);
}

const SIDE: usize = 4;

/// What one task does: if an element is less than a limit, a row becomes a value.
struct Step {
    element: [usize; 2],
    limit: u64,
    row: usize,
    value: u64,
}

impl Step {
    fn number(step: u64, round: u64) -> Self {
        let below = |number: u64| (number % SIDE as u64) as usize;
        Step {
            element: [below(step), below(7 * step)],
            limit: (5 * step + round) % 9,
            row: below(3 * step),
            value: (11 * step + round) % 10,
        }
    }

    /// As a task of one kernel, of blocks, of a cohort, or of two kernels.
    fn submit(
        &self,
        scope: &AutoScope<'_>,
        x: &mut TensorMut<'_, u64>,
        kind: u64,
    ) -> Result<(), Error> {
        let holds = Predicate::new(x, self.element, Compare::Less, self.limit)?;
        let row = x.slice_mut(0, self.row..self.row + 1)?.transpose_mut(0, 1);
        let mut row = row?;
        let value = self.value;
        match kind {
            0 => scope
                .task(&PUT)
                .update(&mut row)
                .scalar(value)
                .when(holds)
                .submit(),
            1 => {
                let parts = scope.task(&PUT_PARTS).update(&mut row).scalar(value);
                parts.blocks(3).when(holds).submit()
            }
            2 => {
                let parts = scope.task(&PUT_PARTS).update(&mut row).scalar(value);
                parts.blocks(2).sync_start().when(holds).submit()
            }
            _ => {
                let (mut upper, mut lower) = (row.view_mut(..2)?, row.view_mut(2..)?);
                let mixed = scope
                    .task(&PUT_PARTS_ON_CUBE)
                    .update(&mut upper)
                    .scalar(value);
                let mixed = mixed
                    .with_kernel(&PUT_PARTS)
                    .update(&mut lower)
                    .scalar(value);
                mixed.blocks(2).when(holds).submit()
            }
        }
        .map(drop)
    }

    /// The same, here and now.
    fn apply(&self, x: &mut [u64]) {
        if x[self.element[0] * SIDE + self.element[1]] < self.limit {
            x[self.row * SIDE..][..SIDE].fill(self.value);
        }
    }
}

/// Runs 40 steps, and compares with what they are one after the other.
fn run(rt: &mut Runtime, round: u64) {
    let cohorts = rt.workers() > 1;
    let (mut x, mut want) = (Tensor::zeros([SIDE, SIDE]), vec![0; SIDE * SIDE]);
    rt.run(|root| {
        let mut x = root.inout(&mut x);
        for number in 0..40 {
            let scope = root.auto(Site::here("step"))?;
            let step = Step::number(number, round);
            let kind = match number % 4 {
                2 if !cohorts => 1,
                kind => kind,
            };
            step.submit(&scope, &mut x, kind)?;
            step.apply(&mut want);
            if number % 9 == 8 {
                let at = [step.row, 1];
                let get = HostAccess::get(&x, at)?;
                let got = scope.access(get, Site::here("get"), Deps::NONE)?;
                assert_eq!(got, want[step.row * SIDE + 1]);
                let set = HostAccess::set(&mut x, at, 3)?;
                want[step.row * SIDE + 1] = scope.access(set, Site::here("set"), Deps::NONE)?;
            }
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(x.as_slice(), want);
}

#[test]
fn what_is_skipped_decides_what_is_skipped() {
    for workers in [1, 2, 3] {
        for (at_once, verify) in [(true, false), (false, false), (false, true)] {
            let builder = tiny_of(workers, 1).run_at_once(at_once).verify(verify);
            let mut rt = builder.build().unwrap();
            (0..20).for_each(|round| run(&mut rt, round));
        }
    }
}
