//! Allocations that take the lane.
//!
//! An allocation is complete from the start, and its slot, whose last task is, says so already. So there is nothing to be written
//! for it, and its tensors belong to the batch. Its id says what it is, so that nobody waits for it.

use std::hint;

use crate::args::{Access, TensorArg};
use crate::backend::{Fill, ScopeId};
use crate::native::orchestrator::Orchestrator;
use crate::native::plain::heap_of;
use crate::native::publish::fill;
use crate::site::Site;
use crate::straight::straight;
use crate::task::TaskId;

impl Orchestrator {
    /// Gives tensors their memory, as the next task of the lane. Nothing was done if it has no place there, or is a mistake.
    #[inline(always)]
    pub(super) fn allocate_in_lane<const T: usize>(
        &mut self,
        scope: ScopeId,
        tensors: &mut [TensorArg<'_>; T],
        value: Option<Fill>,
        site: &Site,
    ) -> Option<TaskId> {
        let heap = heap_of_allocation(tensors, value)?;
        if self.shared.has_failed() {
            return None;
        }
        if self.may_begin || !self.has_place_in_lane(scope) {
            hint::cold_path();
            self.begin_lane(scope, site);
            if !self.has_place_in_lane(scope) {
                return None;
            }
        }
        let number = self.lane.ring();
        let room = self.rings[number].room(heap, 0).ok()?;
        let id = self.bind_in_lane(room, heap, 0, tensors, TaskId::allocation);
        let lane = &mut self.lane;
        // What is run counts for when kernels are timed; after the last of these it is one that is queued, but complete.
        if lane.next >= lane.end {
            lane.queued += 1;
        }
        lane.next += 1;
        if let Some(value) = value {
            // A copy, for what others get a reference to has to be in memory.
            fill(&{ *tensors }, value);
        }
        Some(id)
    }

    /// Whether the lane is one of that scope, and has a number for a task that is complete.
    #[inline(always)]
    fn has_place_in_lane(&self, scope: ScopeId) -> bool {
        let lane = &self.lane;
        lane.scope == scope.0 && (lane.next < lane.end || lane.next < lane.queue_end)
    }
}

/// The bytes of the heap that an allocation takes. `None` if it is none, or has mistakes.
#[inline(always)]
pub(super) fn heap_of_allocation<const T: usize>(
    tensors: &[TensorArg<'_>; T],
    value: Option<Fill>,
) -> Option<usize> {
    let mut is_fine = T > 0;
    straight!(for i in 0..T {
        is_fine &= tensors[i].access() == Access::Create
            && value.is_none_or(|value| value.dtype == tensors[i].dtype());
    });
    match is_fine {
        true => heap_of(tensors),
        false => None,
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
