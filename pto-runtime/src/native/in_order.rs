//! Tasks that run when they are launched, by the thread that launches them.
//!
//! So they run in the order of the program, which satisfies all their edges: there is nothing to find out, to wire, or to wait
//! for. It is how a thread runs its iterations of a loop whose iterations are independent, see `spread`.

mod nest;

use std::cell::RefCell;
use std::fmt;
use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::backend::{Backend, Deps, Fill, Mode, Request, ScopeId, Transfer, Work};
use crate::call::{Call, RunKernel};
use crate::error::{Error, ErrorKind};
use crate::native::allocate::heap_of_allocation;
use crate::native::from_a_kernel;
use crate::native::host::{no_element, transfer_element};
use crate::native::launch::bytes_of;
use crate::native::orchestrator::stopped;
use crate::native::plain::{heap_of, passes};
use crate::native::publish::fill;
use crate::native::ring::{Lack, padded};
use crate::native::suited::Suited;
use crate::native::validate;
use crate::native::worker::Shared;
use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;

pub(crate) use nest::{Nest, Share, Tally};

/// A backend that runs each task when it is launched, on the thread that launches it. It cannot run tasks of several kernels or
/// blocks, which several threads run.
///
/// Invariant: nothing that was launched before conflicts with what is launched here, or it is complete; nor does anything
/// that others launch meanwhile.
pub struct InOrder<'r> {
    shared: &'r Shared,
    clusters: usize,
    /// A cell that is checked: a kernel runs while this is borrowed.
    nest: &'r RefCell<Nest>,
}

impl<'r> InOrder<'r> {
    /// A part of a run that is open in `nest`.
    ///
    /// # Safety
    /// The invariant of the type holds as long as this is used.
    pub(crate) unsafe fn new(shared: &'r Shared, clusters: usize, nest: &'r RefCell<Nest>) -> Self {
        InOrder {
            shared,
            clusters,
            nest,
        }
    }

    fn admit(&self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error> {
        let mut nest = self.nest.try_borrow_mut().map_err(|_| from_a_kernel())?;
        if self.shared.has_failed() {
            return Err(stopped());
        }
        nest.check_innermost(scope)?;
        validate::request(&request)?;
        if let Work::Team(_) = request.work {
            return Err(of_several());
        }
        let site = request.site;
        if !nest.has_number(site) {
            return Err(nest.exhausted(Lack::Slot, 1, site));
        }
        let created = request.tensors.iter();
        let created = created.filter(|tensor| tensor.access() == Access::Create);
        let at = match created.map(|tensor| padded(bytes_of(tensor))).sum() {
            0 => NonNull::<u64>::dangling().cast(),
            bytes => nest.find_place(bytes, site)?,
        };
        let id = nest.take_number();
        // SAFETY: the place has so many bytes.
        unsafe { Nest::bind(at, request.tensors, id) };
        match request.work {
            Work::Allocation { fill: Some(value) } => fill(request.tensors, value),
            // SAFETY: it runs now and once; by the invariant of the type nothing conflicts with it.
            Work::Kernel(kernel) => unsafe {
                if request.predicate.is_none_or(|predicate| predicate.holds()) {
                    self.shared
                        .run_large(kernel, request.tensors, request.scalars, &site);
                }
            },
            _ => {}
        }
        Ok(id)
    }

    fn transfer(
        &self,
        scope: ScopeId,
        request: &Request<'_, '_>,
        transfer: Transfer<'_>,
    ) -> Result<(), Error> {
        let mut nest = self.nest.try_borrow_mut().map_err(|_| from_a_kernel())?;
        if self.shared.has_failed() {
            return Err(stopped());
        }
        nest.check_innermost(scope)?;
        let [tensor] = &*request.tensors else {
            return Err(no_element());
        };
        if tensor.layout().len() != 1 {
            return Err(no_element());
        }
        // SAFETY: the handle stems from an open scope, so its storage is there, and the element lies in it. By the invariant of
        // the type nothing conflicts with it.
        unsafe { transfer_element(tensor, transfer) };
        Ok(())
    }
}

// SAFETY: tasks run in the order of their launch, one at a time, and the host accesses elements in between; with what else there
// is they do not conflict, by the invariant of the type. What is created lives until its scope is closed, when all tasks that
// were given it are done. Host memory is not accessed later than by the launch.
unsafe impl Backend for InOrder<'_> {
    fn require_windows(&self, _: [usize; RINGS], _: Site) -> Result<(), Error> {
        // Done when the run began.
        Ok(())
    }

    fn open(&self, parent: ScopeId, mode: Mode, site: Site) -> Result<ScopeId, Error> {
        let nest = self.nest.try_borrow_mut();
        nest.map_err(|_| from_a_kernel().at(site.location))?
            .open(parent, mode, site)
    }

    fn close(&self, scope: ScopeId) {
        // A scope that is dropped inside a kernel stays open until the one around it closes.
        if let Ok(mut nest) = self.nest.try_borrow_mut() {
            nest.close(scope);
        }
    }

    fn launch(&self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error> {
        let site = request.site;
        self.admit(scope, request)
            .map_err(|error| error.in_task(site))
    }

    #[inline(always)]
    fn launch_now<const T: usize, const S: usize, K: RunKernel>(
        &self,
        scope: ScopeId,
        call: &mut Call<'_, T, S, K>,
        site: &Site,
        _: Option<&Deps<'_>>,
    ) -> Option<TaskId> {
        self.run_now(scope, Suited::of(call)?, site)
    }

    #[inline(always)]
    fn allocate_now<const T: usize>(
        &self,
        scope: ScopeId,
        tensors: &mut [TensorArg<'_>; T],
        value: Option<Fill>,
        site: &Site,
    ) -> Option<TaskId> {
        let heap = heap_of_allocation(tensors, value)?;
        let mut nest = self.nest.try_borrow_mut().ok()?;
        if self.shared.has_failed() || !nest.has_place(scope, *site) {
            return None;
        }
        let at = nest.place(heap)?;
        let id = nest.take_number();
        // SAFETY: the place has so many bytes.
        unsafe { Nest::bind_each(at, tensors, id) };
        if let Some(value) = value {
            // A copy, for what others get a reference to has to be in memory.
            fill(&{ *tensors }, value);
        }
        Some(id)
    }

    fn launch_plain<const T: usize, const S: usize>(
        &self,
        scope: ScopeId,
        call: &mut Call<'_, T, S>,
        site: Site,
        _: &Deps<'_>,
    ) -> Option<TaskId> {
        let kernel = passes(call)?;
        self.run_now(scope, Suited::known(kernel, call), &site)
    }

    fn access(
        &self,
        scope: ScopeId,
        request: Request<'_, '_>,
        transfer: Transfer<'_>,
    ) -> Result<(), Error> {
        let done = self.transfer(scope, &request, transfer);
        done.map_err(|error| error.in_task(request.site))
    }

    fn clusters(&self) -> usize {
        self.clusters
    }

    fn is_retired(&self, _: TaskId) -> bool {
        true
    }
}

impl InOrder<'_> {
    /// Runs the kernel of a call that has no mistakes, if there is room. Nothing was done if it was not run.
    #[inline(always)]
    fn run_now<const T: usize, const S: usize, K: RunKernel>(
        &self,
        scope: ScopeId,
        call: Suited<'_, TensorArg<'_>, T, S, K>,
        site: &Site,
    ) -> Option<TaskId> {
        let mut nest = self.nest.try_borrow_mut().ok()?;
        if !nest.has_place(scope, *site) {
            return None;
        }
        let id = match call.creates {
            true => {
                let at = nest.place(heap_of(call.tensors)?)?;
                let id = nest.take_number();
                // SAFETY: the place has so many bytes.
                unsafe { Nest::bind_each(at, call.tensors, id) };
                id
            }
            false => nest.take_number(),
        };
        // SAFETY: it runs now and once; by the invariant of the type nothing conflicts with it.
        unsafe {
            if !self.shared.has_failed() {
                self.shared.run_suited(&call, site);
            }
        }
        Some(id)
    }
}

impl fmt::Debug for InOrder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InOrder").finish_non_exhaustive()
    }
}

/// The answer to a task that no thread can run alone.
#[cold]
fn of_several() -> Error {
    let message = "a task of several kernels or blocks, where each thread runs its tasks alone";
    Error::new(ErrorKind::InvalidArgument, message).with_help("launch it outside of the loop")
}
