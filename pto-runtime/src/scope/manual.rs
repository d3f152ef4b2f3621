//! Scopes whose tasks are ordered by whoever submits them.

use super::{Launched, ScopeCore};
use crate::args::{OutArg, create};
use crate::backend::{Backend, Deps, Mode};
use crate::builder::{Manual, TaskBuilder};
use crate::call::{Call, Launch, RunKernel};
use crate::element::Element;
use crate::error::Error;
use crate::handle::TensorMut;
use crate::host::HostAccess;
use crate::kernel::Kernel;
use crate::layout::Shape;
use crate::native::Native;
use crate::site::Site;

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
    /// As [`AutoScope::launch`](super::AutoScope::launch).
    ///
    /// # Safety
    /// * *Order.* For every task launched before or after, in any scope, that accesses an element this one accesses, one
    ///   of the two writing: a path of edges leads from the earlier to the later of them.
    /// * *Lifetime.* For every tensor of the call that a task owns: that task is named in `deps` (waited for or kept), or
    ///   its scope is open and stays open until this task is done, or an older task of its ring is held in one of these ways.
    ///   To wait for a task that has created nothing does not hold it.
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
        self.0.launch_call(call, &site, deps)
    }

    /// Launches a call, if everything launched before is complete, so that its edges do not matter, and if it takes no more
    /// than a few instructions, which are compiled into the orchestration. `None` asks for [`submit`](ManualScope::submit), or for
    /// [`launch`](ManualScope::launch) if it creates tensors.
    ///
    /// # Safety
    /// As [`launch`](ManualScope::launch), for the edges that [`submit`](ManualScope::submit) would be given.
    #[inline(always)]
    pub unsafe fn now<'s, 'a, const T: usize, const S: usize>(
        &'s self,
        call: &mut Call<'a, T, S, impl RunKernel>,
        site: &Site,
    ) -> Option<Launched<'s>>
    where
        's: 'a,
    {
        self.0.now(call, site)
    }

    /// As [`launch`](ManualScope::launch), for a call that creates no tensors, or none that anybody asks for.
    ///
    /// # Errors
    /// As [`AutoScope::launch`](super::AutoScope::launch).
    ///
    /// # Safety
    /// As [`launch`](ManualScope::launch).
    #[inline]
    pub unsafe fn submit<'s, 'a, const T: usize, const S: usize>(
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

    /// Accesses an element on the host, once the tasks in `deps` are complete. Returns the element.
    ///
    /// # Errors
    /// As [`AutoScope::access`](super::AutoScope::access).
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

    /// Begins a barrier, by hand: a task that is ordered by its arguments as any other, and does nothing.
    #[track_caller]
    pub fn barrier<'s, 'a>(&'s self) -> TaskBuilder<'s, 'a, Manual, B> {
        TaskBuilder::new(&self.0, None)
    }

    /// Allocates a tensor that lives as long as this scope.
    ///
    /// # Errors
    /// As [`AutoScope::launch`](super::AutoScope::launch).
    pub fn alloc<T: Element>(
        &self,
        shape: impl Into<Shape>,
        site: Site,
    ) -> Result<TensorMut<'_, T>, Error> {
        let spec = create::<T>(shape);
        let mut call = Call::alloc([OutArg::<T>::into_arg(spec)]);
        // SAFETY: an allocation accesses nothing, and owns what it creates.
        Ok(unsafe { self.launch(&mut call, site, Deps::NONE)? }.output(&call, 0, spec))
    }
}
