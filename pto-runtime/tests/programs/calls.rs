//! Random programs of calls as the macros emit them, which take the short ways of a submit: tasks of MANUAL scopes whose edges
//! are given, of AUTO scopes with and without tracking, tensors that tasks create.

use proptest::prelude::*;
use pto_runtime::{
    AutoScope, Call, Deps, Error, Kernel, KernelArgs, ManualScope, OutArg, ReadArg, Root,
    RunKernel, Scalar, Site, TaskId, TensorMut, UpdateArg, create, read, write,
};

use crate::common::{COPY, FOLD, STEP, mix};

/// How many cells there are.
pub(crate) const CELLS: usize = 5;

/// What a task does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// Changes a cell.
    Step(usize, u64),
    /// Folds a cell into another.
    Fold(usize, usize),
    /// Copies a cell to a tensor that it creates, which is folded into another cell by a second task.
    Through(usize, usize),
    /// Folds a cell into a tensor that is allocated with a value, which is folded into another cell.
    Allocated(usize, usize, u64),
    /// Copies a cell to a tensor that it creates, which the scope keeps.
    Save(usize),
    /// Folds one of those that the scope keeps into a cell, if there is any.
    Restore(usize, usize),
}

/// Who orders the tasks of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The program: a MANUAL scope.
    Given,
    /// The runtime: an AUTO scope.
    Tracked,
    /// The program, in an AUTO scope.
    Untracked,
}

/// Scopes that follow each other.
pub(crate) type Program = Vec<(Order, Vec<Op>)>;

pub(crate) fn program() -> impl Strategy<Value = Program> {
    let cell = 0..CELLS;
    // Different ones.
    let pair = (cell.clone(), 1..CELLS).prop_map(|(a, by)| (a, (a + by) % CELLS));
    let op = prop_oneof![
        3 => (cell, any::<u64>()).prop_map(|(cell, salt)| Op::Step(cell, salt)),
        4 => pair.clone().prop_map(|(a, b)| Op::Fold(a, b)),
        1 => pair.clone().prop_map(|(a, b)| Op::Through(a, b)),
        2 => (pair.clone(), any::<u64>()).prop_map(|((a, b), value)| Op::Allocated(a, b, value)),
        2 => pair.clone().prop_map(|(cell, _)| Op::Save(cell)),
        3 => pair.prop_map(|(which, cell)| Op::Restore(which, cell)),
    ];
    let order = prop_oneof![
        2 => Just(Order::Given),
        1 => Just(Order::Tracked),
        1 => Just(Order::Untracked),
    ];
    // At most as many tasks as a window of 16 takes.
    prop::collection::vec((order, prop::collection::vec(op, 1..6)), 1..6)
}

/// What the cells hold afterwards if they are zero before.
pub(crate) fn in_order(program: &Program) -> Vec<u64> {
    let mut cells = vec![0; CELLS];
    for (_, ops) in program {
        let mut saved = Vec::new();
        for &op in ops {
            match op {
                Op::Step(cell, salt) => cells[cell] = mix(cells[cell], salt),
                Op::Fold(a, b) | Op::Through(a, b) => cells[b] = mix(cells[b], cells[a]),
                Op::Allocated(a, b, value) => cells[b] = mix(cells[b], mix(value, cells[a])),
                Op::Save(cell) => saved.push(cells[cell]),
                Op::Restore(..) if saved.is_empty() => {}
                Op::Restore(which, cell) => {
                    cells[cell] = mix(cells[cell], saved[which % saved.len()]);
                }
            }
        }
    }
    cells
}

/// The kernel's function as a type, as the macros make one.
macro_rules! runs {
    ($($name:ident: $kernel:ident),*) => {$(
        enum $name {}

        impl RunKernel for $name {
            fn run(_: &'static Kernel, args: &mut KernelArgs<'_>) {
                ($kernel.run)(args);
            }
        }
    )*};
}

runs!(RunStep: STEP, RunFold: FOLD, RunCopy: COPY);

type Steps<'s> = Call<'s, 1, 1, RunStep>;
type Folds<'s> = Call<'s, 2, 0, RunFold>;

fn step<'s>(x: &mut TensorMut<'s, u64>, salt: u64) -> Steps<'s> {
    let args = [UpdateArg::into_arg(write(x))];
    // SAFETY: these are the kernel's parameters, and this is what it runs.
    unsafe { Call::fitting(&STEP, args, [Scalar::to_bits(salt)]) }
}

fn fold<'s>(x: impl ReadArg<'s, u64>, sum: &mut TensorMut<'s, u64>) -> Folds<'s> {
    let args = [x.into_arg(), UpdateArg::into_arg(write(sum))];
    // SAFETY: as above.
    unsafe { Call::fitting(&FOLD, args, []) }
}

/// A task that has accessed a cell, and whether the runtime tracked that.
type Access = (TaskId, bool);

/// Tasks to wait for.
fn waits<'a>(accesses: impl Iterator<Item = &'a Access>, order: Order) -> Vec<TaskId> {
    let known = |tracked: bool| tracked && order == Order::Tracked;
    let given = accesses.filter(|&&(_, tracked)| !known(tracked));
    given.map(|&(id, _)| id).collect()
}

/// A tensor that a scope keeps, who has created it, and who has used it last.
struct Saved<'s> {
    tensor: TensorMut<'s, u64>,
    creator: TaskId,
    user: Option<TaskId>,
}

/// A scope of either kind.
enum Scope<'s> {
    Auto(AutoScope<'s>),
    Manual(ManualScope<'s>),
}

impl Scope<'_> {
    /// Submits a call as the macros do.
    ///
    /// # Safety
    /// As for [`ManualScope::launch`].
    unsafe fn submit<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        mut call: Call<'a, T, S, impl RunKernel>,
        deps: Deps<'_>,
    ) -> Result<TaskId, Error>
    where
        's: 'a,
    {
        let site = &Site::here("task");
        let launched = match self {
            Scope::Auto(scope) => match scope.now(&mut call, site) {
                Some(launched) => launched,
                None => scope.submit(call, site, deps)?,
            },
            // SAFETY: by the contract of this function.
            Scope::Manual(scope) => unsafe {
                match scope.now(&mut call, site) {
                    Some(launched) => launched,
                    None => scope.submit(call, site, deps)?,
                }
            },
        };
        Ok(launched.id())
    }

    /// A copy of a tensor of one element.
    ///
    /// # Safety
    /// As for [`ManualScope::launch`].
    unsafe fn copy<'s>(
        &'s self,
        x: &TensorMut<'s, u64>,
        deps: Deps<'_>,
    ) -> Result<(TensorMut<'s, u64>, TaskId), Error> {
        let (spec, site) = (create::<u64>([1]), &Site::here("copy"));
        let args = [ReadArg::into_arg(read(x)), OutArg::into_arg(spec)];
        // SAFETY: these are the kernel's parameters, and this is what it runs.
        let mut call: Call<'_, 2, 0, RunCopy> = unsafe { Call::fitting(&COPY, args, []) };
        let now = match self {
            Scope::Auto(scope) => scope.now(&mut call, site),
            // SAFETY: by the contract of this function.
            Scope::Manual(scope) => unsafe { scope.now(&mut call, site) },
        };
        let launched = match (now, self) {
            (Some(launched), _) => launched,
            (None, Scope::Auto(scope)) => scope.launch(&mut call, *site, deps)?,
            // SAFETY: by the contract of this function.
            (None, Scope::Manual(scope)) => unsafe { scope.launch(&mut call, *site, deps)? },
        };
        Ok((launched.output(&call, 1, spec), launched.id()))
    }
}

impl Scope<'_> {
    /// A tensor of one element, which has that value.
    fn allocate(&self, value: u64) -> Result<(TensorMut<'_, u64>, TaskId), Error> {
        let (spec, site) = (create::<u64>([1]), Site::here("allocation"));
        let mut call = Call::alloc_filled([OutArg::into_arg(spec)], value);
        let launched = match self {
            Scope::Auto(scope) => scope.launch(&mut call, site, Deps::NONE)?,
            // SAFETY: it waits for nothing.
            Scope::Manual(scope) => unsafe { scope.launch(&mut call, site, Deps::NONE)? },
        };
        Ok((launched.output(&call, 0, spec), launched.id()))
    }
}

/// Submits the program.
pub(crate) fn submit(
    root: &Root<'_>,
    program: &Program,
    cells: &mut TensorMut<'_, u64>,
) -> Result<(), Error> {
    let mut accesses: Vec<Vec<Access>> = vec![Vec::new(); CELLS];
    for (order, ops) in program {
        let (order, site) = (*order, Site::here("scope"));
        let scope = match order {
            // SAFETY: whatever the runtime does not track waits for all that have accessed its cells before.
            Order::Given => Scope::Manual(unsafe { root.manual(site)? }),
            Order::Tracked | Order::Untracked => Scope::Auto(root.auto(site)?),
        };
        let mut saved: Vec<Saved<'_>> = Vec::new();
        for &op in ops {
            let (from, to) = match op {
                Op::Step(cell, _) | Op::Save(cell) | Op::Restore(_, cell) => (cell, cell),
                Op::Fold(from, to) | Op::Through(from, to) | Op::Allocated(from, to, _) => {
                    (from, to)
                }
            };
            let mut target = cells.view_mut(to..to + 1)?;
            let source = cells.view_mut(from..from + 1)?;
            let both = waits(accesses[from].iter().chain(&accesses[to]), order);
            let deps = Deps {
                proven: &both,
                ..Deps::NONE
            };
            // SAFETY: as said where the scope is opened. What a task creates is kept by its user, which waits for it.
            let id = unsafe {
                match op {
                    Op::Step(_, salt) => {
                        let call = step(&mut target, salt);
                        match order {
                            Order::Untracked => scope.submit(call.untracked([0], [0]), deps)?,
                            _ => scope.submit(call, deps)?,
                        }
                    }
                    Op::Fold(..) => {
                        let call = fold(read(&source), &mut target);
                        match order {
                            Order::Untracked => {
                                scope.submit(call.untracked([0, 1], [0, 1]), deps)?
                            }
                            _ => scope.submit(call, deps)?,
                        }
                    }
                    Op::Save(_) => {
                        let (tensor, creator) = scope.copy(&source, deps)?;
                        accesses[from].push((creator, order != Order::Given));
                        saved.push(Saved {
                            tensor,
                            creator,
                            user: None,
                        });
                        continue;
                    }
                    Op::Restore(..) if saved.is_empty() => continue,
                    Op::Restore(which, _) => {
                        let count = saved.len();
                        let one = &mut saved[which % count];
                        let mut after = waits(accesses[to].iter(), order);
                        // Who has used it waited for its creator, which then only has to be kept.
                        let mut keep = Vec::new();
                        if order == Order::Given {
                            after.push(one.user.unwrap_or(one.creator));
                            keep.extend(one.user.map(|_| one.creator));
                        }
                        let deps = Deps {
                            explicit: &after,
                            keep: &keep,
                            ..Deps::NONE
                        };
                        let call = fold(read(&one.tensor), &mut target);
                        let id = match order {
                            Order::Untracked => {
                                scope.submit(call.untracked([0, 1], [0, 1]), deps)?
                            }
                            _ => scope.submit(call, deps)?,
                        };
                        one.user = Some(id);
                        accesses[to].push((id, order == Order::Tracked));
                        continue;
                    }
                    Op::Allocated(_, _, value) => {
                        let (mut tensor, owner) = scope.allocate(value)?;
                        // In AUTO scopes whoever uses a tensor keeps its owner.
                        let owner = [owner];
                        let keep = match order {
                            Order::Given => &owner[..],
                            _ => &[],
                        };
                        let after = waits(accesses[from].iter(), order);
                        let deps = Deps {
                            explicit: &after,
                            keep,
                            ..Deps::NONE
                        };
                        let call = fold(read(&source), &mut tensor);
                        let first = match order {
                            Order::Untracked => {
                                scope.submit(call.untracked([0, 1], [0, 1]), deps)?
                            }
                            _ => scope.submit(call, deps)?,
                        };
                        accesses[from].push((first, order == Order::Tracked));
                        let mut after = waits(accesses[to].iter(), order);
                        if order != Order::Tracked {
                            after.push(first);
                        }
                        let deps = Deps {
                            explicit: &after,
                            keep,
                            ..Deps::NONE
                        };
                        let call = fold(read(&tensor), &mut target);
                        let id = match order {
                            Order::Untracked => {
                                scope.submit(call.untracked([0, 1], [0, 1]), deps)?
                            }
                            _ => scope.submit(call, deps)?,
                        };
                        accesses[to].push((id, order == Order::Tracked));
                        continue;
                    }
                    Op::Through(..) => {
                        let (copy, id) = scope.copy(&source, deps)?;
                        accesses[from].push((id, order != Order::Given));
                        let mut after = waits(accesses[to].iter(), order);
                        // In AUTO scopes whoever uses a tensor waits for its creator.
                        if order == Order::Given {
                            after.push(id);
                        }
                        let deps = Deps {
                            explicit: &after,
                            ..Deps::NONE
                        };
                        let call = fold(read(&copy), &mut target);
                        let id = match order {
                            Order::Untracked => {
                                scope.submit(call.untracked([0, 1], [0, 1]), deps)?
                            }
                            _ => scope.submit(call, deps)?,
                        };
                        let tracked = order == Order::Tracked;
                        accesses[to].push((id, tracked));
                        continue;
                    }
                }
            };
            let tracked = order == Order::Tracked;
            accesses[from].push((id, tracked));
            accesses[to].push((id, tracked));
        }
    }
    Ok(())
}
