//! Placing a new task's outputs and arguments, wiring it, and handing it to the workers.

use std::ptr::NonNull;
use std::slice;

use crate::args::{Access, TensorArg};
use crate::backend::{Fill, Request, Work};
use crate::kernel::Kernel;
use crate::native::launch::bytes_of;
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Room, padded};
use crate::native::slot::{Job, Slot, Work as Run};
use crate::native::team::Team;
use crate::predicate::Predicate;
use crate::record;
use crate::site::Site;
use crate::task::TaskId;

impl Orchestrator {
    /// Gives the created tensors their places in the task's block.
    #[inline(always)]
    pub(super) fn bind_outputs(
        &self,
        number: usize,
        heap_at: usize,
        tensors: &mut [TensorArg<'_>],
        id: TaskId,
    ) {
        let mut at = self.rings[number].heap_address(heap_at);
        for tensor in tensors {
            if tensor.access() == Access::Create {
                // SAFETY: the block has room for all of them; it was zeroed once, and holds elements ever since. It is not
                // taken again before the task is retired: not before its scope is closed and its consumers are complete.
                unsafe {
                    tensor.bind(at, id);
                    at = at.add(padded(bytes_of(tensor)));
                }
            }
        }
    }

    /// Writes the arguments of a task that runs a kernel, wires it to its producers, and hands it to the workers if it waits
    /// for none.
    // A part of the short way, where its loops are over a known number.
    #[inline(always)]
    pub(super) fn publish_kernel(
        &mut self,
        id: TaskId,
        room: Room,
        kernel: &'static Kernel,
        (tensors, scalars): (&[TensorArg<'_>], &[u64]),
        predicate: Option<&Predicate<'_>>,
        site: Site,
    ) {
        let ring = &self.rings[id.ring()];
        let slot = NonNull::from(ring.slot(id.local()));
        // SAFETY: the room is as large as the record and the condition, and the previous task of the room is retired, so
        // that nothing refers to it.
        let (record, guard) = unsafe {
            let record = ring.args_address(slot.as_ref(), room);
            let end = record::write(record, tensors, scalars);
            let guard = predicate.map(|predicate| record::write_guard(end, predicate));
            (record, guard)
        };
        let work = Run::Kernel { kernel, record };
        let job = Job { work, guard, site };
        // SAFETY: it is the slot of the task. If it is ready nobody else knows that.
        unsafe {
            if self.wire(id, slot, Some(job)) {
                self.here.queued();
                self.shared.submit(slot, work);
            }
        }
    }

    /// Wires the task to its producers, and hands it to the workers if it waits for none.
    #[inline]
    pub(super) fn publish(&mut self, id: TaskId, room: Room, request: &Request<'_, '_>) {
        let ring = &self.rings[id.ring()];
        let slot = NonNull::from(ring.slot(id.local()));
        // SAFETY: slots stay in place.
        let record = unsafe { ring.args_address(slot.as_ref(), room) };
        let (work, end) = match request.work {
            Work::Allocation { fill } => {
                if let Some(value) = fill {
                    self::fill(request.tensors, value);
                }
                // SAFETY: the slot was just taken: its previous task is retired.
                unsafe { slot.as_ref().prepare_complete() };
                debug_assert_eq!(self.edges.pending, 0, "it creates, and uses nothing");
                self.connect(id);
                return;
            }
            Work::Barrier => (None, record),
            Work::Kernel(kernel) => {
                let args = (&*request.tensors, request.scalars);
                return self.publish_kernel(
                    id,
                    room,
                    kernel,
                    args,
                    request.predicate,
                    request.site,
                );
            }
            Work::Team(team) => {
                // SAFETY: the room is as large as the records of all members, and the previous task of the room is retired,
                // so that nothing refers to it.
                let (team, end) = unsafe { Team::new(team, slot, record, request) };
                (Some(Run::Team(NonNull::from(Box::leak(team)))), end)
            }
        };
        // SAFETY: a task with a condition has kernels, and the room for their records has some for it.
        let guard = request
            .predicate
            .map(|predicate| unsafe { record::write_guard(end, predicate) });
        let job = work.map(|work| Job {
            work,
            guard,
            site: request.site,
        });
        // SAFETY: it is the slot of the task. If it is ready nobody else knows that, and nothing waits for it yet.
        unsafe {
            if self.wire(id, slot, job) {
                match job.filter(|job| job.decide()) {
                    Some(job) => self.shared.submit(slot, job.work),
                    None => slot.as_ref().prepare_complete(),
                }
            }
        }
    }

    /// Makes the newest task, of that slot, wait for its producers. Whether it waits for none, so that it is ready.
    ///
    /// # Safety
    /// It is the task's slot.
    #[inline]
    unsafe fn wire(&mut self, id: TaskId, slot: NonNull<Slot>, job: Option<Job>) -> bool {
        let announced = self.edges.pending as u32;
        // SAFETY: slots stay in place, and the previous task of this one is retired, so that nothing refers to it.
        unsafe { slot.as_ref().prepare(job, announced) };
        let unlinked = match self.edges.is_empty() {
            true => 0,
            false => self.connect(id),
        };
        // SAFETY: slots stay in place.
        unsafe { slot.as_ref() }.arm(announced, unlinked)
    }
}

/// Fills what an allocation has created.
#[cold]
pub(super) fn fill(tensors: &[TensorArg<'_>], value: Fill) {
    for tensor in tensors {
        let (at, count) = (tensor.address(), tensor.layout().len());
        // SAFETY: the tensor was just bound to a block of its own, which nobody has been told of, with room for its
        // elements; they are of the size that its type says.
        unsafe {
            match value.dtype.size() {
                1 => fill_with(at, count, value.bits as u8),
                2 => fill_with(at, count, value.bits as u16),
                4 => fill_with(at, count, value.bits as u32),
                _ => fill_with(at, count, value.bits),
            }
        }
    }
}

/// Fills `count` elements with a value.
///
/// # Safety
/// They are initialised, aligned, and nobody else's.
unsafe fn fill_with<U: Copy>(at: NonNull<u8>, count: usize, value: U) {
    // SAFETY: by the contract of this function.
    unsafe { slice::from_raw_parts_mut(at.cast::<U>().as_ptr(), count) }.fill(value);
}
