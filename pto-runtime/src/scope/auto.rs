//! Scopes whose tasks the runtime orders.

use super::{Launched, ManualScope, ScopeCore};
use crate::args::{OutArg, create};
use crate::backend::{Backend, Deps, Mode};
use crate::builder::{Auto, TaskBuilder};
use crate::call::{Call, Launch, RunKernel};
use crate::element::Element;
use crate::error::Error;
use crate::handle::TensorMut;
use crate::host::HostAccess;
use crate::kernel::Kernel;
use crate::layout::Shape;
use crate::native::Native;
use crate::orchestration::Caller;
use crate::site::Site;

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
        self.0.launch_call(call, &site, deps)
    }

    /// Launches a call, if everything launched before is complete, so that its edges do not matter, and if it takes no more
    /// than a few instructions, which are compiled into the orchestration. `None` asks for [`submit`](AutoScope::submit), or for
    /// [`launch`](AutoScope::launch) if it creates tensors.
    #[inline(always)]
    pub fn now<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        call: &mut Call<'a, T, S, impl RunKernel>,
        site: &Site,
    ) -> Option<Launched<'s>>
    where
        's: 'a,
    {
        self.0.now(call, site)
    }

    /// As [`launch`](AutoScope::launch), for a call that creates no tensors, or none that anybody asks for.
    ///
    /// # Errors
    /// As [`AutoScope::launch`].
    #[inline]
    pub fn submit<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        mut call: Call<'a, T, S, impl RunKernel>,
        site: &Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'s>, Error>
    where
        's: 'a,
    {
        self.0.launch_call(&mut call, site, deps)
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
        shape: impl Into<Shape>,
        site: Site,
    ) -> Result<TensorMut<'_, T>, Error> {
        let spec = create::<T>(shape);
        let mut call = Call::alloc([OutArg::<T>::into_arg(spec)]);
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
        shape: impl Into<Shape>,
        value: T,
        site: Site,
    ) -> Result<TensorMut<'_, T>, Error> {
        let spec = create::<T>(shape);
        let mut call = Call::alloc_filled([OutArg::<T>::into_arg(spec)], value);
        Ok(self
            .launch(&mut call, site, Deps::NONE)?
            .output(&call, 0, spec))
    }
}
