//! The scope of a whole orchestration, and the host memory that it uses.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use super::{AutoScope, ScopeCore};
use crate::backend::{Backend, ScopeId};
use crate::element::Element;
use crate::error::Error;
use crate::handle::{TensorMut, TensorRef};
use crate::native::Native;
use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;
use crate::tensor::{Input, InputOutput};

/// The scope of a whole orchestration: AUTO, at depth 0.
///
/// `'env` is the lifetime of the host memory that the orchestration may use. It is invariant: host memory that dies
/// during the run is refused by the borrow checker.
///
/// ```compile_fail,E0597
/// use pto_runtime::prelude::*;
/// let mut rt = Runtime::new().unwrap();
/// rt.run(|root| {
///     let short_lived = Tensor::<f32>::zeros([4]);
///     root.input(&short_lived);
///     Ok(())
/// });
/// ```
#[derive(Debug)]
pub struct Root<'env, B: Backend = Native> {
    scope: AutoScope<'env, B>,
    invariant: PhantomData<fn(&'env ()) -> &'env ()>,
}

impl<'env, B: Backend> Root<'env, B> {
    /// The root of a run on `backend`, whose open root scope is `id`.
    ///
    /// # Safety
    /// `backend` outlives every borrow of the root, and all tasks are done before `'env` ends.
    pub unsafe fn enter(backend: NonNull<B>, id: ScopeId) -> Self {
        Root {
            scope: AutoScope(ScopeCore {
                backend,
                id,
                marker: PhantomData,
            }),
            invariant: PhantomData,
        }
    }

    /// What runs the tasks, and the id of this scope: what another backend needs that passes calls on to this one.
    ///
    /// # Safety
    /// What is called on the backend is what scopes would call: no scope is closed that is in use, and a [`Request`](crate::Request) keeps
    /// the contracts of what sets its fields, and in MANUAL scopes that of [`ManualScope::launch`](super::ManualScope::launch).
    pub unsafe fn backend(&self) -> (&B, ScopeId) {
        (self.scope.0.backend(), self.scope.0.id)
    }

    /// Says that this orchestration was checked for rings with at least these task slots, by scope depth.
    ///
    /// # Errors
    /// A ring of the backend has fewer.
    pub fn require_windows(&self, least: [usize; RINGS], site: Site) -> Result<(), Error> {
        self.scope.0.backend().require_windows(least, site)
    }

    /// A handle of host memory that tasks read.
    #[inline]
    pub fn input<T: Element>(&self, input: impl Into<Input<'env, T>>) -> TensorRef<'_, T> {
        let input = input.into();
        let backend = self.scope.0.backend();
        backend.host_tensor(input.base(), &input.layout());
        // Immutable: the shared borrow for `'env` excludes that any task writes it.
        TensorRef::new(input.base(), 0, input.layout(), TaskId::NONE, true)
    }

    /// A handle of host memory that tasks read and write.
    #[inline]
    pub fn inout<T: Element>(&self, tensor: impl Into<InputOutput<'env, T>>) -> TensorMut<'_, T> {
        let tensor = tensor.into();
        let backend = self.scope.0.backend();
        backend.host_tensor(tensor.base(), &tensor.layout());
        TensorMut::new(TensorRef::new(
            tensor.base(),
            0,
            tensor.layout(),
            TaskId::NONE,
            false,
        ))
    }
}

impl<'env, B: Backend> Deref for Root<'env, B> {
    type Target = AutoScope<'env, B>;

    #[inline]
    fn deref(&self) -> &AutoScope<'env, B> {
        &self.scope
    }
}
