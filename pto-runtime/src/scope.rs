//! Scopes: who orders the tasks inside, and until when their tensors live.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::backend::{Backend, Deps, Mode, Request, ScopeId, Work};
use crate::builder::{Auto, Manual, TaskBuilder};
use crate::call::{Call, Launch, RunKernel};
use crate::element::Element;
use crate::error::Error;
use crate::handle::{TensorMut, TensorRef};
use crate::host::HostAccess;
use crate::kernel::{Core, Kernel};
use crate::native::Native;
use crate::orchestration::Caller;
use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;
use crate::tensor::{Input, InputOutput};

/// An open scope. Closes on drop.
///
/// Invariant: `backend` stays valid for as long as any borrow of this value. A nested scope borrows its parent, and the
/// root is only lent by whoever owns the backend.
#[derive(Debug)]
pub(crate) struct ScopeCore<'p, B: Backend> {
    backend: NonNull<B>,
    id: ScopeId,
    marker: PhantomData<&'p B>,
}

impl<'p, B: Backend> ScopeCore<'p, B> {
    #[inline]
    fn backend(&self) -> &B {
        // SAFETY: valid while `self` is borrowed, by the invariant of the type.
        unsafe { self.backend.as_ref() }
    }

    fn open(&self, mode: Mode, site: Site) -> Result<ScopeCore<'_, B>, Error> {
        let id = self.backend().open(self.id, mode, site)?;
        Ok(ScopeCore {
            backend: self.backend,
            id,
            marker: PhantomData,
        })
    }

    fn launched(&self, id: TaskId) -> Launched<'_> {
        Launched {
            id,
            marker: PhantomData,
        }
    }

    #[inline]
    fn launch_call<'a>(
        &self,
        call: &mut impl Launch<'a>,
        site: Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'_>, Error> {
        match call.plain(self.backend(), self.id, site, &deps) {
            Some(id) => Ok(self.launched(id)),
            None => self.launch(call.request(site, deps)),
        }
    }

    #[inline(always)]
    fn now<const T: usize, const S: usize>(
        &self,
        call: &Call<'_, T, S, impl RunKernel>,
        site: &Site,
    ) -> Option<Launched<'_>> {
        let id = self.backend().launch_now(self.id, call, site, None)?;
        Some(self.launched(id))
    }

    #[inline(never)]
    fn submit<const T: usize, const S: usize>(
        &self,
        mut call: Call<'_, T, S, impl RunKernel>,
        site: &Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'_>, Error> {
        match self.backend().launch_now(self.id, &call, site, Some(&deps)) {
            Some(id) => Ok(self.launched(id)),
            None => self.launch_call(&mut call, *site, deps),
        }
    }

    pub(crate) fn launch(&self, request: Request<'_, '_>) -> Result<Launched<'_>, Error> {
        let site = request.site;
        match request.work {
            Work::Kernel(kernel) if !request.fits => {
                kernel.accepts(request.tensors, request.scalars.len(), false)
            }
            Work::Kernel(_) | Work::Allocation { .. } | Work::Barrier => Ok(()),
            Work::Team(team) => team.accepts(request.tensors, request.scalars),
        }
        .map_err(|error| error.in_task(site))?;
        let id = self.backend().launch(self.id, request)?;
        Ok(self.launched(id))
    }
}

impl<B: Backend> ScopeCore<'_, B> {
    fn access<T: Element>(
        &self,
        access: HostAccess<'_, T>,
        site: Site,
        deps: Deps<'_>,
    ) -> Result<T, Error> {
        access.run(site, deps, |request, transfer| {
            self.backend().access(self.id, request, transfer)
        })
    }

    fn cores(&self, core: Core) -> usize {
        let clusters = self.backend().clusters();
        match core {
            Core::Aic => clusters,
            Core::Aiv => 2 * clusters,
        }
    }

    #[inline]
    pub(crate) fn is_retired(&self, id: TaskId) -> bool {
        self.backend().is_retired(id)
    }
}

impl<B: Backend> Drop for ScopeCore<'_, B> {
    #[inline]
    fn drop(&mut self) {
        self.backend().close(self.id);
    }
}

/// Shows that a call was launched on a scope that is borrowed for `'s`.
#[derive(Clone, Copy, Debug)]
pub struct Launched<'s> {
    id: TaskId,
    marker: PhantomData<(&'s (), *const ())>,
}

impl Launched<'_> {
    /// The task.
    #[inline]
    pub fn id(&self) -> TaskId {
        self.id
    }
}

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
    /// What is called on the backend is what scopes would call: no scope is closed that is in use, and a [`Request`] keeps
    /// the contracts of what sets its fields, and in MANUAL scopes that of [`ManualScope::launch`].
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

/// A scope whose tasks the runtime orders, by what they access.
///
/// Tensors created in it cannot leave it:
///
/// ```compile_fail,E0597
/// use pto_runtime::prelude::*;
/// use pto_runtime::Site;
/// let mut rt = Runtime::new().unwrap();
/// rt.run(|root| {
///     let escaped = {
///         let inner = root.auto(Site::here("inner"))?;
///         inner.alloc::<f32>([4], Site::here("scratch"))?
///     };
///     escaped.len();
///     Ok(())
/// });
/// ```
///
/// and its writers need `&mut`:
///
/// ```compile_fail,E0308
/// use pto_runtime::prelude::*;
/// use pto_runtime::Site;
/// let mut rt = Runtime::new().unwrap();
/// rt.run(|root| {
///     let mut scratch = root.alloc::<f32>([4], Site::here("scratch"))?;
///     pto_runtime::write(&scratch);
///     Ok(())
/// });
/// ```
#[derive(Debug)]
pub struct AutoScope<'p, B: Backend = Native>(pub(crate) ScopeCore<'p, B>);

impl<'p, B: Backend> AutoScope<'p, B> {
    /// Opens an AUTO scope inside this one. It closes on drop.
    ///
    /// # Errors
    /// This is not the innermost open scope.
    #[inline]
    pub fn auto(&self, site: Site) -> Result<AutoScope<'_, B>, Error> {
        self.0.open(Mode::Auto, site).map(AutoScope)
    }

    /// Opens a MANUAL scope inside this one. It closes on drop.
    ///
    /// # Errors
    /// This is not the innermost open scope.
    ///
    /// # Safety
    /// The contract of [`ManualScope::launch`] is kept, also towards the tasks of AUTO scopes: those launched before are
    /// not waited for, and those launched later do not see what the tasks of this scope access.
    #[inline]
    pub unsafe fn manual(&self, site: Site) -> Result<ManualScope<'_, B>, Error> {
        self.0.open(Mode::Manual, site).map(ManualScope)
    }

    /// Runs `f` inside an AUTO scope.
    ///
    /// # Errors
    /// As [`auto`](AutoScope::auto), or what `f` returns.
    pub fn with_auto<R>(
        &self,
        site: Site,
        f: impl FnOnce(&AutoScope<'_, B>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        f(&self.auto(site)?)
    }

    /// Launches a call. The runtime finds its dependencies; `deps` come on top.
    ///
    /// A call dies before the scope it was launched on: what it has been given there means nothing in another run.
    ///
    /// ```compile_fail,E0521
    /// use pto_runtime::prelude::*;
    /// use pto_runtime::{Call, Deps, OutArg, Site, create};
    /// let mut rt = Runtime::new().unwrap();
    /// let mut call = Call::alloc([OutArg::<f32>::into_arg(create::<f32>([4]))]);
    /// rt.run(|root| {
    ///     root.launch(&mut call, Site::here("scratch"), Deps::NONE)?;
    ///     Ok(())
    /// });
    /// call.owner(0);
    /// ```
    ///
    /// # Errors
    /// The arguments do not fit the kernel or alias each other, the task will never find room, or this is not the
    /// innermost open scope. Nothing was launched then.
    #[inline]
    pub fn launch<'s, 'a>(
        &'s self,
        call: &mut impl Launch<'a>,
        site: Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'s>, Error>
    where
        's: 'a,
    {
        self.0.launch_call(call, site, deps)
    }

    /// Launches a call whose outputs nobody asks for, if everything launched before is complete, so that its edges do not
    /// matter, and if it takes no more than a few instructions, which are compiled into the orchestration. `None` asks for
    /// [`submit`](AutoScope::submit).
    #[inline(always)]
    pub fn now<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        call: &Call<'a, T, S, impl RunKernel>,
        site: &Site,
    ) -> Option<Launched<'s>>
    where
        's: 'a,
    {
        self.0.now(call, site)
    }

    /// As [`launch`](AutoScope::launch), for a call whose outputs nobody asks for: a submit of one that creates none is short.
    ///
    /// # Errors
    /// As [`AutoScope::launch`].
    #[inline]
    pub fn submit<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        call: Call<'a, T, S, impl RunKernel>,
        site: &Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'s>, Error>
    where
        's: 'a,
    {
        self.0.submit(call, site, deps)
    }

    /// Accesses an element on the host, between the tasks that were launched before and those launched afterwards: waits
    /// for those before that conflict, and for the tasks in `deps`. Returns the element.
    ///
    /// ```
    /// use pto_runtime::prelude::*;
    /// use pto_runtime::{Deps, HostAccess, Site};
    /// let mut counts = Tensor::from_vec([2], vec![3, 4])?;
    /// Runtime::new()?.run(|root| {
    ///     let mut counts = root.inout(&mut counts);
    ///     let first = root.access(HostAccess::get(&counts, 0)?, Site::here("first"), Deps::NONE)?;
    ///     let set = HostAccess::set(&mut counts, 1, first + 2)?;
    ///     root.access(set, Site::here("second"), Deps::NONE)?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(counts.as_slice(), [3, 5]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// A kernel has failed; no task was completed for the [limit](crate::RuntimeBuilder::wait_limit) of such waits; or
    /// this is not the innermost open scope.
    pub fn access<T: Element>(
        &self,
        access: HostAccess<'_, T>,
        site: Site,
        deps: Deps<'_>,
    ) -> Result<T, Error> {
        self.0.access(access, site, deps)
    }

    /// Calls an orchestration, whose tasks become tasks of this scope.
    #[inline]
    pub fn caller(&self, site: Site) -> Caller<'_, B> {
        Caller::new(self, site)
    }

    /// Begins a task, by hand.
    #[track_caller]
    pub fn task<'s, 'a>(&'s self, kernel: &'static Kernel) -> TaskBuilder<'s, 'a, Auto, B> {
        TaskBuilder::new(&self.0, Some(kernel))
    }

    /// How many cores of a kind there are.
    #[inline]
    pub fn cores(&self, core: Core) -> usize {
        self.0.cores(core)
    }

    /// How many clusters of cores there are: each has one AIC and two AIV cores.
    #[inline]
    pub fn clusters(&self) -> usize {
        self.0.backend().clusters()
    }

    /// Begins a barrier, by hand: a task that is ordered by its arguments as any other, and does nothing.
    #[track_caller]
    pub fn barrier<'s, 'a>(&'s self) -> TaskBuilder<'s, 'a, Auto, B> {
        TaskBuilder::new(&self.0, None)
    }

    /// Allocates a tensor that lives as long as this scope.
    ///
    /// # Errors
    /// As [`launch`](AutoScope::launch).
    pub fn alloc<T: Element>(
        &self,
        shape: impl Into<crate::Shape>,
        site: Site,
    ) -> Result<TensorMut<'_, T>, Error> {
        let spec = crate::args::create::<T>(shape);
        let mut call = Call::alloc([crate::args::OutArg::<T>::into_arg(spec)]);
        Ok(self
            .launch(&mut call, site, Deps::NONE)?
            .output(&call, 0, spec))
    }

    /// As [`alloc`](AutoScope::alloc), with a value for all elements.
    ///
    /// # Errors
    /// As [`launch`](AutoScope::launch).
    pub fn alloc_filled<T: Element>(
        &self,
        shape: impl Into<crate::Shape>,
        value: T,
        site: Site,
    ) -> Result<TensorMut<'_, T>, Error> {
        let spec = crate::args::create::<T>(shape);
        let mut call = Call::alloc_filled([crate::args::OutArg::<T>::into_arg(spec)], value);
        Ok(self
            .launch(&mut call, site, Deps::NONE)?
            .output(&call, 0, spec))
    }
}

/// A scope whose tasks are ordered by whoever submits them.
///
/// An AUTO scope inside cannot be expressed:
///
/// ```compile_fail,E0599
/// use pto_runtime::prelude::*;
/// use pto_runtime::Site;
/// let mut rt = Runtime::new().unwrap();
/// rt.run(|root| {
///     // SAFETY: no task is launched.
///     let manual = unsafe { root.manual(Site::here("outer"))? };
///     manual.auto(Site::here("inner"))?;
///     Ok(())
/// });
/// ```
#[derive(Debug)]
pub struct ManualScope<'p, B: Backend = Native>(pub(crate) ScopeCore<'p, B>);

impl<'p, B: Backend> ManualScope<'p, B> {
    /// Opens a MANUAL scope inside this one. It closes on drop.
    ///
    /// # Errors
    /// This is not the innermost open scope.
    #[inline]
    pub fn manual(&self, site: Site) -> Result<ManualScope<'_, B>, Error> {
        self.0.open(Mode::Manual, site).map(ManualScope)
    }

    /// Launches a call, ordered by `deps` alone.
    ///
    /// # Errors
    /// As [`AutoScope::launch`].
    ///
    /// # Safety
    /// * *Order.* For every task launched before or after, in any scope, that accesses an element this one accesses, one
    ///   of the two writing: a path of edges leads from the earlier to the later of them.
    /// * *Lifetime.* For every tensor of the call that a task owns: that task is named in `deps` (waited for or kept), or
    ///   its scope is open and stays open until this task is done, or an older task of its ring is held by one of these.
    #[inline]
    pub unsafe fn launch<'s, 'a>(
        &'s self,
        call: &mut impl Launch<'a>,
        site: Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'s>, Error>
    where
        's: 'a,
    {
        self.0.launch_call(call, site, deps)
    }

    /// Launches a call whose outputs nobody asks for, if everything launched before is complete, so that its edges do not
    /// matter, and if it takes no more than a few instructions, which are compiled into the orchestration. `None` asks for
    /// [`submit`](ManualScope::submit).
    ///
    /// # Safety
    /// As [`launch`](ManualScope::launch), for the edges that [`submit`](ManualScope::submit) would be given.
    #[inline(always)]
    pub unsafe fn now<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        call: &Call<'a, T, S, impl RunKernel>,
        site: &Site,
    ) -> Option<Launched<'s>>
    where
        's: 'a,
    {
        self.0.now(call, site)
    }

    /// As [`launch`](ManualScope::launch), for a call whose outputs nobody asks for: a submit of one that creates none is short.
    ///
    /// # Errors
    /// As [`AutoScope::launch`].
    ///
    /// # Safety
    /// As [`launch`](ManualScope::launch).
    #[inline]
    pub unsafe fn submit<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        call: Call<'a, T, S, impl RunKernel>,
        site: &Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'s>, Error>
    where
        's: 'a,
    {
        self.0.submit(call, site, deps)
    }

    /// Accesses an element on the host, once the tasks in `deps` are complete. Returns the element.
    ///
    /// # Errors
    /// As [`AutoScope::access`].
    ///
    /// # Safety
    /// For every task launched before, in any scope, that accesses this element, one of the two writing: a path of edges
    /// leads from it to a task in `deps`, or to one that an earlier access has waited for.
    pub unsafe fn access<T: Element>(
        &self,
        access: HostAccess<'_, T>,
        site: Site,
        deps: Deps<'_>,
    ) -> Result<T, Error> {
        self.0.access(access, site, deps)
    }

    /// Begins a task, by hand.
    #[track_caller]
    pub fn task<'s, 'a>(&'s self, kernel: &'static Kernel) -> TaskBuilder<'s, 'a, Manual, B> {
        TaskBuilder::new(&self.0, Some(kernel))
    }

    /// How many cores of a kind there are.
    #[inline]
    pub fn cores(&self, core: Core) -> usize {
        self.0.cores(core)
    }

    /// How many clusters of cores there are: each has one AIC and two AIV cores.
    #[inline]
    pub fn clusters(&self) -> usize {
        self.0.backend().clusters()
    }

    /// Begins a barrier, by hand: a task that is ordered by its arguments as any other, and does nothing.
    #[track_caller]
    pub fn barrier<'s, 'a>(&'s self) -> TaskBuilder<'s, 'a, Manual, B> {
        TaskBuilder::new(&self.0, None)
    }

    /// Allocates a tensor that lives as long as this scope.
    ///
    /// # Errors
    /// As [`AutoScope::launch`].
    pub fn alloc<T: Element>(
        &self,
        shape: impl Into<crate::Shape>,
        site: Site,
    ) -> Result<TensorMut<'_, T>, Error> {
        let spec = crate::args::create::<T>(shape);
        let mut call = Call::alloc([crate::args::OutArg::<T>::into_arg(spec)]);
        // SAFETY: an allocation accesses nothing, and owns what it creates.
        Ok(unsafe { self.launch(&mut call, site, Deps::NONE)? }.output(&call, 0, spec))
    }
}
