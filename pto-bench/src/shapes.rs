//! Programs in which one thing grows: the arguments of a task, the tasks that wait for one, the tasks that one waits for.
//!
//! They are written in the runtime's own terms, so that AUTO means a look-up for each argument, and MANUAL an edge for
//! each that is given. Kernels do nothing.

use std::ops::Range;

use pto_runtime::{
    AutoScope, Call, Core, Deps, Error, Kernel, ManualScope, OutArg, Param, ReadArg, Report,
    Runtime, Site, TaskId, TaskSet, Tensor, TensorArg, TensorMut, read, write,
};

use crate::cells::CELL;
use crate::ours::SCOPE;

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Arguments of each task: it writes one cell and reads others, which no task writes.
    Arguments,
    /// Tasks that read what one has written.
    FanOut,
    /// Tasks that write what one reads, each a cell of it.
    FanIn,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 3] = [Shape::Arguments, Shape::FanOut, Shape::FanIn];

    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::Arguments => "arguments",
            Shape::FanOut => "fan-out",
            Shape::FanIn => "fan-in",
        }
    }

    /// The sizes that are measured.
    pub fn sizes(self) -> &'static [usize] {
        match self {
            Shape::Arguments => &[1, 2, 4, 8, 16],
            Shape::FanOut | Shape::FanIn => &[1, 4, 16, 64],
        }
    }
}

/// A program: what grows, to what size, and whether the runtime finds the edges.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// What grows.
    pub shape: Shape,
    /// How far, one of [`Shape::sizes`].
    pub size: usize,
    /// Whether its scopes are AUTO.
    pub auto: bool,
}

/// Tensors that programs work on.
#[derive(Clone, Debug)]
pub struct Memory {
    written: Tensor<u64>,
    /// Cells that tasks could write, as far as the runtime knows, but that none writes.
    unwritten: Tensor<u64>,
}

impl Memory {
    /// Enough for programs of so many tasks.
    pub fn new(tasks: usize) -> Self {
        Self {
            written: Tensor::zeros([(tasks + 1) * CELL]),
            unwritten: Tensor::zeros([MOST * CELL]),
        }
    }
}

/// The most arguments.
const MOST: usize = 16;

/// A task with the most arguments takes as much room in a ring as so many tasks with few.
pub const ROOM: usize = 4;

/// [`arguments`] with inputs at these positions, and an output. Arguments are written one by one, as an orchestration does.
macro_rules! tasks {
    ($scope:expr, $written:expr, $unwritten:expr, $group:expr, $($position:literal)+) => {
        arguments($scope, $written, $unwritten, $group, |inputs, output| {
            Ok([$(inputs.at($position)?,)+ output])
        })
    };
}

impl Program {
    /// Tasks that belong together.
    fn group(&self) -> usize {
        match self.shape {
            Shape::Arguments => 1,
            Shape::FanOut | Shape::FanIn => 1 + self.size,
        }
    }

    fn submit<'t>(
        &self,
        scope: &Scope<'_>,
        written: &mut TensorMut<'t, u64>,
        unwritten: &TensorMut<'t, u64>,
        group: Range<usize>,
    ) -> Result<(), Error> {
        match (self.shape, self.size) {
            (Shape::Arguments, 1) => {
                arguments(scope, written, unwritten, group, |_, output| Ok([output]))
            }
            (Shape::Arguments, 2) => tasks!(scope, written, unwritten, group, 0),
            (Shape::Arguments, 4) => tasks!(scope, written, unwritten, group, 0 1 2),
            (Shape::Arguments, 8) => tasks!(scope, written, unwritten, group, 0 1 2 3 4 5 6),
            (Shape::Arguments, _) => tasks!(
                scope, written, unwritten, group,
                0 1 2 3 4 5 6 7 8 9 10 11 12 13 14
            ),
            (Shape::FanOut, _) => fan_out(scope, written, group),
            (Shape::FanIn, _) => fan_in(scope, written, group),
        }
    }

    /// Runs so many tasks, or as many as whole groups have.
    ///
    /// # Errors
    /// The runtime refuses or fails.
    pub fn run(
        &self,
        runtime: &mut Runtime,
        memory: &mut Memory,
        tasks: usize,
    ) -> Result<Report, Error> {
        let Memory { written, unwritten } = memory;
        let done = runtime.run(|root| {
            let mut written = root.inout(written);
            let unwritten = root.inout(unwritten);
            let group = self.group();
            // Scopes of whole groups.
            let groups = SCOPE / group;
            let count = tasks / group;
            for from in (0..count).step_by(groups) {
                let scope = match self.auto {
                    true => Scope::Auto(root.auto(Site::here("scope"))?),
                    // SAFETY: all tasks of the run are launched below, with the edges that they need.
                    false => Scope::Manual(unsafe { root.manual(Site::here("scope"))? }),
                };
                for at in from..count.min(from + groups) {
                    self.submit(
                        &scope,
                        &mut written,
                        &unwritten,
                        at * group..(at + 1) * group,
                    )?;
                }
            }
            Ok(())
        })?;
        Ok(done.report)
    }
}

/// A scope of either kind.
enum Scope<'s> {
    Auto(AutoScope<'s>),
    Manual(ManualScope<'s>),
}

impl Scope<'_> {
    /// Launches a call. In a MANUAL scope it waits for these tasks, in an AUTO one for those that the runtime finds.
    ///
    /// # Safety
    /// The kernel takes exactly these tensors, and the task conflicts with none before it but these, and what they wait for.
    unsafe fn launch<const T: usize>(
        &self,
        kernel: &'static Kernel,
        tensors: [TensorArg<'_>; T],
        after: &[TaskId],
    ) -> Result<TaskId, Error> {
        // SAFETY: the kernel takes these tensors, and is run as it says.
        let mut call: Call<'_, T, 0> = unsafe { Call::fitting(kernel, tensors, []) };
        let site = Site::here(kernel.name);
        let launched = match self {
            Scope::Auto(scope) => scope.launch(&mut call, site, Deps::NONE)?,
            Scope::Manual(scope) => {
                let deps = Deps {
                    explicit: after,
                    ..Deps::NONE
                };
                // SAFETY: as promised by the caller. The storage is the host's, so nothing has to be kept.
                unsafe { scope.launch(&mut call, site, deps)? }
            }
        };
        Ok(launched.id())
    }
}

/// A kernel with `N` tensors, of which it writes the last.
struct Nothing<const N: usize>;

impl<const N: usize> Nothing<N> {
    const PARAMS: [Param; N] = {
        let mut params = [Param::read::<u64>("input"); N];
        params[N - 1] = Param::write::<u64>("output");
        params
    };
    const KERNEL: &'static Kernel = &Kernel {
        name: "nothing",
        core: Core::Aiv,
        params: &Self::PARAMS,
        run: |_| {},
        file: file!(),
        line: line!(),
        check: None,
    };
}

/// Cells that a task reads, which none writes: others than the task before, so that every argument has to be made for every task.
struct Inputs<'i, 't> {
    unwritten: &'i TensorMut<'t, u64>,
    task: usize,
}

impl<'t> Inputs<'_, 't> {
    fn at(&self, position: usize) -> Result<TensorArg<'t>, Error> {
        let cell = self
            .unwritten
            .view(cells((self.task + position) % MOST, 1))?;
        Ok(read(&cell).into_arg())
    }
}

/// Each task writes a cell of its own, and reads others.
fn arguments<'t, const N: usize>(
    scope: &Scope<'_>,
    written: &mut TensorMut<'t, u64>,
    unwritten: &TensorMut<'t, u64>,
    tasks: Range<usize>,
    tensors: impl Fn(Inputs<'_, 't>, TensorArg<'t>) -> Result<[TensorArg<'t>; N], Error>,
) -> Result<(), Error> {
    for task in tasks {
        let tensors = tensors(Inputs { unwritten, task }, output(written, task)?)?;
        // SAFETY: the kernel takes so many tensors, and nobody else touches what the task writes.
        unsafe { scope.launch(Nothing::<N>::KERNEL, tensors, &[])? };
    }
    Ok(())
}

/// The first task of a group writes a cell, which the others read.
fn fan_out(
    scope: &Scope<'_>,
    written: &mut TensorMut<'_, u64>,
    group: Range<usize>,
) -> Result<(), Error> {
    let first = group.start;
    // SAFETY: nobody has touched what the task writes.
    let writer = unsafe { scope.launch(Nothing::<1>::KERNEL, [output(written, first)?], &[])? };
    for id in group.skip(1) {
        let input = read(&written.view(cells(first, 1))?).into_arg();
        let tensors = [input, output(written, id)?];
        // SAFETY: the task waits for who writes what it reads, and nobody else touches what it writes.
        unsafe { scope.launch(Nothing::<2>::KERNEL, tensors, &[writer])? };
    }
    Ok(())
}

/// The last task of a group reads the cells that the others write.
fn fan_in(
    scope: &Scope<'_>,
    written: &mut TensorMut<'_, u64>,
    group: Range<usize>,
) -> Result<(), Error> {
    let (first, last) = (group.start, group.end - 1);
    let mut writers = TaskSet::new();
    for id in first..last {
        // SAFETY: nobody has touched what the task writes.
        writers.push(unsafe { scope.launch(Nothing::<1>::KERNEL, [output(written, id)?], &[])? });
    }
    let input = read(&written.view(cells(first, last - first))?).into_arg();
    let tensors = [input, output(written, last)?];
    // SAFETY: the task waits for those who write what it reads, and nobody else touches what it writes.
    unsafe { scope.launch(Nothing::<2>::KERNEL, tensors, &writers)? };
    Ok(())
}

/// So many cells from one on.
fn cells(from: usize, count: usize) -> Range<usize> {
    from * CELL..(from + count) * CELL
}

/// A cell that a task writes.
fn output<'t>(written: &mut TensorMut<'t, u64>, cell: usize) -> Result<TensorArg<'t>, Error> {
    let mut cell = written.view_mut(cells(cell, 1))?;
    Ok(OutArg::<u64>::into_arg(write(&mut cell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine;

    #[test]
    fn shapes_have_their_edges() {
        let mut memory = Memory::new(1000);
        for shape in Shape::ALL {
            for &size in shape.sizes() {
                for auto in [false, true] {
                    let program = Program { shape, size, auto };
                    let mut runtime = machine::recording(ROOM * 1000).build().unwrap();
                    let report = program.run(&mut runtime, &mut memory, 1000).unwrap();
                    let (tasks, edges) = match shape {
                        Shape::Arguments => (1000, 0),
                        _ => (1000 / (1 + size) * (1 + size), 1000 / (1 + size) * size),
                    };
                    assert_eq!(report.tasks, tasks as u64, "{program:?}");
                    assert_eq!(report.edges.total(), edges as u64, "{program:?}");
                    let lookups = match (auto, shape) {
                        (false, _) => 0,
                        (true, Shape::Arguments) => tasks * size,
                        (true, Shape::FanOut) => tasks + edges,
                        (true, Shape::FanIn) => tasks + tasks / (1 + size),
                    };
                    assert_eq!(report.lookups, lookups as u64, "{program:?}");
                }
            }
        }
    }
}
