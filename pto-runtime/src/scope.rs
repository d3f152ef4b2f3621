//! Scopes: who orders the tasks inside, and until when their tensors live.

mod auto;
mod both;
mod manual;
mod root;
mod spread;

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::backend::{Backend, Deps, Mode, Request, ScopeId};
use crate::call::{Call, Launch, RunKernel};
use crate::element::Element;
use crate::error::Error;
use crate::host::HostAccess;
use crate::kernel::Core;
use crate::site::Site;
use crate::task::TaskId;

pub use auto::AutoScope;
pub use manual::ManualScope;
pub use root::Root;

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

    pub(crate) fn launched(&self, id: TaskId) -> Launched<'_> {
        Launched {
            id,
            marker: PhantomData,
        }
    }

    #[inline(always)]
    fn launch_call<'a>(
        &self,
        call: &mut impl Launch<'a>,
        site: &Site,
        deps: Deps<'_>,
    ) -> Result<Launched<'_>, Error> {
        let id = call.launch_on(self.backend(), self.id, site, &deps)?;
        Ok(self.launched(id))
    }

    #[inline(always)]
    fn now<const T: usize, const S: usize>(
        &self,
        call: &mut Call<'_, T, S, impl RunKernel>,
        site: &Site,
    ) -> Option<Launched<'_>> {
        let id = self.backend().launch_now(self.id, call, site, None)?;
        Some(self.launched(id))
    }

    pub(crate) fn launch(&self, request: Request<'_, '_>) -> Result<TaskId, Error> {
        request.launch_on(self.backend(), self.id)
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
