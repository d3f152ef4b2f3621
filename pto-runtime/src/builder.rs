//! Submitting a task by hand.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::args::{OutArg, ReadArg, TensorArg, UpdateArg, create, read, write};
use crate::backend::{Backend, Deps, Member, Request, Team, Work};
use crate::element::{Element, Scalar};
use crate::error::{Error, ErrorKind};
use crate::handle::{TensorMut, TensorRef};
use crate::kernel::Kernel;
use crate::layout::Shape;
use crate::predicate::Predicate;
use crate::scope::{Launched, ScopeCore};
use crate::site::Site;
use crate::task::{TaskId, TaskSet};

/// Marks the tasks of an AUTO scope.
#[derive(Debug)]
pub enum Auto {}

/// Marks the tasks of a MANUAL scope.
#[derive(Debug)]
pub enum Manual {}

/// A task that is being put together: arguments in the order of the kernel's parameters, then options.
#[derive(Debug)]
#[must_use = "nothing runs until `submit`"]
pub struct TaskBuilder<'s, 'a, M, B: Backend> {
    scope: &'s ScopeCore<'s, B>,
    /// Its kernels, the last of which gets the arguments that are added. A barrier has none.
    team: Team,
    tensors: SmallVec<[TensorArg<'a>; 6]>,
    scalars: SmallVec<[u64; 6]>,
    predicate: Option<Predicate<'a>>,
    after: TaskSet,
    keep: TaskSet,
    site: Site,
    mode: PhantomData<M>,
}

impl<'s, 'a, M, B: Backend> TaskBuilder<'s, 'a, M, B> {
    #[track_caller]
    pub(crate) fn new(scope: &'s ScopeCore<'_, B>, kernel: Option<&'static Kernel>) -> Self {
        TaskBuilder {
            scope,
            team: Team {
                members: kernel.map(Member::of).into_iter().collect(),
                ..Team::default()
            },
            tensors: SmallVec::new(),
            scalars: SmallVec::new(),
            predicate: None,
            after: TaskSet::new(),
            keep: TaskSet::new(),
            site: Site::here(kernel.map_or("barrier", |kernel| kernel.name)),
            mode: PhantomData,
        }
    }

    /// A tensor for a parameter `In<T>`.
    pub fn read<T: Element>(self, tensor: &TensorRef<'a, T>) -> Self {
        self.tensor(ReadArg::into_arg(read(tensor)))
    }

    /// A tensor for a parameter `InOut<T>`.
    pub fn update<'t: 'a, T: Element>(self, tensor: &mut TensorMut<'t, T>) -> Self {
        self.tensor(UpdateArg::into_arg(write(tensor)))
    }

    /// An existing tensor for a parameter `Out<T>`.
    pub fn write<'t: 'a, T: Element>(self, tensor: &mut TensorMut<'t, T>) -> Self {
        self.tensor(OutArg::into_arg(write(tensor)))
    }

    /// A fresh tensor for a parameter `Out<T>`; [`Submitted::output`] returns it.
    pub fn create<T: Element>(self, shape: impl Into<Shape>) -> Self {
        self.tensor(OutArg::<T>::into_arg(create::<T>(shape)))
    }

    /// A scalar.
    pub fn scalar<S: Scalar>(mut self, value: S) -> Self {
        self.scalars.push(value.to_bits());
        if let Some(member) = self.team.members.last_mut() {
            member.scalars += 1;
        }
        self
    }

    fn tensor(mut self, arg: TensorArg<'a>) -> Self {
        self.tensors.push(arg);
        if let Some(member) = self.team.members.last_mut() {
            member.tensors += 1;
        }
        self
    }

    /// Makes the task a mixed one: another kernel of it, which gets the arguments that follow. The kernels run at the same
    /// time, on the cores of one cluster: one AIC and two AIV at most.
    pub fn with_kernel(mut self, kernel: &'static Kernel) -> Self {
        let mut member = Member::of(kernel);
        if self.team.members.is_empty() {
            // It gets the arguments of what has been a barrier.
            (member.tensors, member.scalars) = (self.tensors.len(), self.scalars.len());
        }
        self.team.members.push(member);
        self
    }

    /// Runs every kernel of the task that often. Each takes a [`Block`](crate::Block), which says which run it is, and of
    /// the tensors that it writes its own part.
    ///
    /// ```
    /// use pto_runtime::prelude::*;
    /// use pto_runtime::{Core, Kernel, Param};
    ///
    /// static NUMBER: Kernel = Kernel {
    ///     name: "number",
    ///     core: Core::Aiv,
    ///     params: &[Param::write::<f32>("y"), Param::block("block")],
    ///     run: |args| {
    ///         let (mut y, block) = (args.write::<f32>(), args.block());
    ///         y.fill(block.index() as f32);
    ///     },
    ///     file: file!(),
    ///     line: line!(),
    ///     check: None,
    /// };
    ///
    /// let mut y = Tensor::<f32>::zeros([6]);
    /// Runtime::new()?.run(|root| {
    ///     let mut y = root.inout(&mut y);
    ///     root.task(&NUMBER).write(&mut y).blocks(3).submit()?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(y.as_slice(), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
    /// # Ok::<(), pto_runtime::Error>(())
    /// ```
    pub fn blocks(mut self, count: usize) -> Self {
        self.team.blocks = Some(count);
        self
    }

    /// Begins none of the blocks and kernels before all of them can run at the same time, each on a thread of its own.
    /// Then blocks can [exchange](crate::Block::exchange) what they wrote.
    pub fn sync_start(mut self) -> Self {
        self.team.sync_start = true;
        self
    }

    /// The condition under which the task runs its kernels.
    pub fn when(mut self, predicate: Predicate<'a>) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// A task to wait for, and whose outputs to keep meanwhile.
    pub fn after(mut self, id: TaskId) -> Self {
        self.after.push(id);
        self
    }

    /// A task whose outputs to keep until this one is complete, without waiting for it.
    pub fn keep(mut self, id: TaskId) -> Self {
        self.keep.push(id);
        self
    }

    /// The task's name in messages and graphs; the kernel's unless given.
    pub fn named(mut self, name: &'static str) -> Self {
        self.site.name = name;
        self
    }

    fn launch(mut self) -> Result<Submitted<'s>, Error> {
        let deps = Deps {
            proven: &[],
            explicit: &self.after,
            keep: &self.keep,
        };
        let plain = self.team.blocks.is_none() && !self.team.sync_start;
        let work = match self.team.members() {
            [] if plain => Work::Barrier,
            [one] if plain => Work::Kernel(one.kernel),
            _ => Work::Team(&self.team),
        };
        let request = Request {
            work,
            tensors: &mut self.tensors,
            scalars: &self.scalars,
            predicate: self.predicate.as_ref(),
            deps,
            site: self.site,
            disjoint: false,
            fits: false,
            always: false,
        };
        let id = self.scope.launch(request)?;
        let launched = self.scope.launched(id);
        let created = self
            .tensors
            .iter()
            .filter(|arg| arg.owner() == launched.id());
        // SAFETY: created tensors live as long as the scope they were launched on, which `'s` borrows.
        let created = created
            .map(|arg| unsafe { arg.extend_to::<'s>() })
            .collect();
        Ok(Submitted { launched, created })
    }
}

impl<'s, B: Backend> TaskBuilder<'s, '_, Auto, B> {
    /// Submits the task.
    ///
    /// # Errors
    /// As [`AutoScope::launch`](crate::AutoScope::launch).
    pub fn submit(self) -> Result<Submitted<'s>, Error> {
        self.launch()
    }
}

impl<'s, B: Backend> TaskBuilder<'s, '_, Manual, B> {
    /// Submits the task.
    ///
    /// # Errors
    /// As [`AutoScope::launch`](crate::AutoScope::launch).
    ///
    /// # Safety
    /// As [`ManualScope::launch`](crate::ManualScope::launch).
    pub unsafe fn submit(self) -> Result<Submitted<'s>, Error> {
        self.launch()
    }
}

/// A task that was submitted by hand.
#[derive(Debug)]
pub struct Submitted<'s> {
    launched: Launched<'s>,
    created: SmallVec<[TensorArg<'s>; 3]>,
}

impl<'s> Submitted<'s> {
    /// The task.
    pub fn id(&self) -> TaskId {
        self.launched.id()
    }

    /// The `position`-th tensor that the task creates.
    ///
    /// # Errors
    /// It creates fewer, or one of another element type.
    #[track_caller]
    pub fn output<T: Element>(&self, position: usize) -> Result<TensorMut<'s, T>, Error> {
        match self.created.get(position) {
            Some(arg) if arg.dtype() == T::DTYPE => Ok(self.launched.created(arg)),
            found => {
                let found = found.map_or("no such output".to_owned(), |arg| {
                    format!("one of {}", arg.dtype())
                });
                let message = format!(
                    "output {position} of {} as {}: the task has {found}",
                    self.id(),
                    T::DTYPE
                );
                Err(Error::new(ErrorKind::InvalidArgument, message)
                    .at(std::panic::Location::caller()))
            }
        }
    }
}
