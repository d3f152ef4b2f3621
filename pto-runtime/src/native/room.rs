//! Room for a new task, and what to do as long as there is none.

use crate::error::Error;
use crate::native::exhausted::Exhausted;
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Lack, Room};
use crate::site::Site;

impl Orchestrator {
    /// Where the task goes, once there is room for it.
    #[inline]
    pub(super) fn secure_room(
        &mut self,
        number: usize,
        heap: usize,
        args: usize,
        site: Site,
    ) -> Result<Room, Error> {
        match self.rings[number].room(heap, args) {
            Ok(room) => Ok(room),
            Err(_) => self.make_room(number, heap, args, site),
        }
    }

    #[cold]
    pub(super) fn make_room(
        &mut self,
        number: usize,
        heap: usize,
        args: usize,
        site: Site,
    ) -> Result<Room, Error> {
        loop {
            self.retire();
            let ring = &self.rings[number];
            let lack = match ring.room(heap, args) {
                Ok(room) => return Ok(room),
                Err(lack) => lack,
            };
            let asks = match lack {
                Lack::Heap => heap,
                Lack::Args => args,
                Lack::Slot | Lack::Deps => 1,
            };
            let too_large = heap > ring.heap.capacity() || args > ring.args.capacity();
            // Tasks of closed scopes retire as soon as launched tasks are complete, and these need nothing more.
            if too_large || ring.live() == 0 || self.scopes.is_open(ring.meta_ref(ring.retired)) {
                return Err(self.exhausted(number, lack, asks, site));
            }
            self.wait();
        }
    }

    /// Whether there are entries of the dependency pool for all edges. If not, tasks have retired meanwhile, and the
    /// edges have to be found anew.
    #[inline]
    pub(super) fn secure_deps(&mut self, number: usize, site: Site) -> Result<bool, Error> {
        let needed = self.edges.iter().filter(|edge| edge.waits).count();
        if self.rings[number].has_deps(needed) {
            return Ok(true);
        }
        if needed > self.rings[number].dep_capacity() {
            return Err(self.exhausted(number, Lack::Deps, needed, site));
        }
        // Unlike the other resources this one never deadlocks: a producer that is complete needs no entry.
        let pending = self
            .edges
            .iter()
            .filter(|edge| edge.waits && !self.slot(edge.from).is_complete())
            .count();
        if self.rings[number].has_deps(pending) {
            return Ok(true);
        }
        self.wait();
        self.retire();
        Ok(false)
    }

    #[cold]
    pub(super) fn exhausted(
        &mut self,
        number: usize,
        lack: Lack,
        asks: usize,
        site: Site,
    ) -> Error {
        let ring = &self.rings[number];
        let head = (ring.live() > 0).then(|| ring.meta_ref(ring.retired).site);
        let depth = self.scopes.depth();
        let (scope_tasks, scope) = self.scopes.top();
        Exhausted {
            ring,
            number,
            lack,
            depth,
            scope_tasks,
            scope,
            site,
            asks,
            head,
        }
        .into_error()
    }
}
