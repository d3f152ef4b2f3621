//! Submitting a task by hand.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::args::{OutArg, ReadArg, TensorArg, UpdateArg, create, read, write};
use crate::backend::{Backend, Deps, Request};
use crate::element::{Element, Scalar};
use crate::error::{Error, ErrorKind};
use crate::handle::{TensorMut, TensorRef};
use crate::kernel::Kernel;
use crate::layout::Shape;
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
    kernel: Option<&'static Kernel>,
    tensors: SmallVec<[TensorArg<'a>; 6]>,
    scalars: SmallVec<[u64; 6]>,
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
            kernel,
            tensors: SmallVec::new(),
            scalars: SmallVec::new(),
            after: TaskSet::new(),
            keep: TaskSet::new(),
            site: Site::here(kernel.map_or("alloc", |kernel| kernel.name)),
            mode: PhantomData,
        }
    }

    /// A tensor for a parameter `In<T>`.
    pub fn read<T: Element>(mut self, tensor: &TensorRef<'a, T>) -> Self {
        self.tensors.push(ReadArg::into_arg(read(tensor)));
        self
    }

    /// A tensor for a parameter `InOut<T>`.
    pub fn update<'t: 'a, T: Element>(mut self, tensor: &mut TensorMut<'t, T>) -> Self {
        self.tensors.push(UpdateArg::into_arg(write(tensor)));
        self
    }

    /// An existing tensor for a parameter `Out<T>`.
    pub fn write<'t: 'a, T: Element>(mut self, tensor: &mut TensorMut<'t, T>) -> Self {
        self.tensors.push(OutArg::into_arg(write(tensor)));
        self
    }

    /// A fresh tensor for a parameter `Out<T>`; [`Submitted::output`] returns it.
    pub fn create<T: Element>(mut self, shape: impl Into<Shape>) -> Self {
        self.tensors.push(OutArg::<T>::into_arg(create::<T>(shape)));
        self
    }

    /// A scalar.
    pub fn scalar<S: Scalar>(mut self, value: S) -> Self {
        self.scalars.push(value.to_bits());
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
        let request = Request {
            kernel: self.kernel,
            tensors: &mut self.tensors,
            scalars: &self.scalars,
            deps,
            site: self.site,
            disjoint: false,
            always: false,
        };
        let launched = self.scope.launch(request)?;
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
