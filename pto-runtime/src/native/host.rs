//! Elements that the host accesses: the submitting thread waits for the tasks that conflict, and works meanwhile.

use std::ptr::NonNull;

use crate::args::TensorArg;
use crate::backend::{Request, ScopeId, Transfer};
use crate::element::Scalar;
use crate::error::{Error, ErrorKind};
use crate::native::orchestrator::{Orchestrator, stopped};
use crate::native::stall::Stall;
use crate::site::Site;
use crate::task::TaskId;

impl Orchestrator {
    /// Accesses the one element of the only tensor of `request`.
    pub(crate) fn access(
        &mut self,
        scope: ScopeId,
        request: Request<'_, '_>,
        transfer: Transfer<'_>,
    ) -> Result<(), Error> {
        let site = request.site;
        let mode = self
            .scopes
            .innermost(scope)
            .map_err(|error| error.in_task(site))?
            .mode;
        let [tensor] = &*request.tensors else {
            return Err(no_element().in_task(site));
        };
        if tensor.layout().len() != 1 {
            return Err(no_element().in_task(site));
        }
        let tensor = *tensor;
        match self.verifier.is_some() {
            false => self.find_edges(&request, mode),
            true => self.verify_edges(&request, mode, TaskId::NONE),
        }
        .map_err(|error| error.in_task(site))?;
        self.await_edges(site)?;
        // SAFETY: the handle stems from an open scope, so its storage is there, and the element lies in it. All tasks
        // that were launched before and conflict are complete: in AUTO scopes `find_edges` finds them, in MANUAL ones
        // the caller has named them. None is launched before this returns.
        unsafe { transfer_element(&tensor, transfer) };
        if self.verifier.is_some() {
            self.verify_host(&request);
        }
        Ok(())
    }

    /// Returns when the tasks that were found are complete, all of them without a failure.
    fn await_edges(&mut self, site: Site) -> Result<(), Error> {
        let mut stall: Option<Stall> = None;
        for index in 0..self.edges.list.len() {
            let edge = &self.edges.list[index];
            let (id, waits) = (edge.from, edge.waits);
            // Nothing retires meanwhile, so the slot stays that of the task.
            while waits && !self.slot(id).is_complete() && !self.shared.has_failed() {
                let stall = stall.get_or_insert_with(|| Stall::new(self.wait_limit));
                if let Some(unfinished) = stall.exceeds(|| self.unfinished()) {
                    return Err(timeout(self, id, unfinished, site));
                }
                self.wait_for(|orchestrator| orchestrator.slot(id).is_complete());
            }
        }
        // After a failure tasks complete without having run.
        if self.shared.has_failed() {
            return Err(stopped().in_task(site));
        }
        Ok(())
    }
}

/// Reads or writes one element.
///
/// # Safety
/// The tensor's first element is in memory that is there, and nobody else accesses it in conflict.
pub(super) unsafe fn transfer_element(tensor: &TensorArg<'_>, transfer: Transfer<'_>) {
    let at: NonNull<u8> = tensor.address();
    // SAFETY: by the contract of this function; elements are aligned to their size, and all their bits are valid.
    unsafe {
        match tensor.dtype().size() {
            1 => move_bits::<u8>(at, transfer),
            2 => move_bits::<u16>(at.cast(), transfer),
            4 => move_bits::<u32>(at.cast(), transfer),
            _ => move_bits::<u64>(at.cast(), transfer),
        }
    }
}

/// Moves an element of the size of `U`.
///
/// # Safety
/// As [`transfer_element`].
unsafe fn move_bits<U: Scalar>(at: NonNull<U>, transfer: Transfer<'_>) {
    // SAFETY: by the contract of this function.
    unsafe {
        match transfer {
            Transfer::Get(bits) => *bits = at.read().to_bits(),
            Transfer::Set(bits) => at.write(U::from_bits(bits)),
        }
    }
}

#[cold]
pub(super) fn no_element() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "the host accesses one element at a time",
    )
}

#[cold]
fn timeout(of: &Orchestrator, id: TaskId, unfinished: usize, site: Site) -> Error {
    let task = of.rings[id.ring()].meta_ref(id.local()).site;
    let limit = of.wait_limit;
    let others = match unfinished.saturating_sub(1) {
        0 => String::new(),
        others => format!(", nor are {others} other tasks"),
    };
    let message = format!(
        "waited for task {id} {task}: it is not complete{others}, and no task was completed for {limit:?}"
    );
    Error::new(ErrorKind::TensorWaitTimeout, message)
        .in_task(site)
        .with_help("a kernel hangs, or takes longer than that: raise the limit with `.wait_limit(..)` or PTO_WAIT_LIMIT_MS")
}
