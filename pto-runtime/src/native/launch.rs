//! The steps of a submit.

use crate::args::{Access, TensorArg};
use crate::backend::{Mode, Request, ScopeId, Work};
use crate::error::Error;
use crate::native::orchestrator::{Orchestrator, stopped};
use crate::native::ring::{Born, Room, padded};
use crate::native::{team, validate};
use crate::record;
use crate::task::TaskId;

/// How many submits pass between two looks for tasks that can retire, while there is room.
const RETIRE_EVERY: u64 = 64;

/// The bytes that a task needs.
#[derive(Clone, Copy)]
struct Needs {
    heap: usize,
    args: usize,
}

impl Orchestrator {
    /// Launches a task: room for it, its edges, then its run or its place in a queue.
    pub(crate) fn launch(
        &mut self,
        scope: ScopeId,
        request: Request<'_, '_>,
    ) -> Result<TaskId, Error> {
        let site = request.site;
        match self.admit(scope, request) {
            Ok(id) => Ok(id),
            Err(error) => Err(error.in_task(site)),
        }
    }

    #[inline]
    fn admit(&mut self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error> {
        if self.shared.has_failed() {
            return Err(stopped());
        }
        let mode = self.scopes.innermost(scope)?.mode;
        validate::request(&request)?;
        let needs = self.needs(&request)?;
        if self.tasks.is_multiple_of(RETIRE_EVERY) {
            self.retire();
        }
        let number = self.scopes.ring();
        let (room, here) = self.secure(number, &request, mode, needs)?;
        let args = if here { 0 } else { needs.args };
        let local = self.bear(number, room, needs.heap, args, &request);
        let id = TaskId::new(number as u8, local);
        self.bind_outputs(number, room, request.tensors, id);
        if self.verifier.is_some() {
            self.verify_submit(id, &request);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.task(id, request.site, request.work, mode);
        }
        if mode == Mode::Auto || request.always {
            self.register(number, local, &request, mode, id);
        }
        self.count_edges(id, number, local);
        match here {
            true => self.run_here(&request),
            false => self.publish(number, local, room, &request),
        }
        Ok(id)
    }

    /// What the task needs of its ring.
    #[inline]
    fn needs(&self, request: &Request<'_, '_>) -> Result<Needs, Error> {
        let guard = request.predicate.map_or(0, |_| record::GUARD_WORDS);
        let words = match request.work {
            Work::Kernel(_) => record::words(request.tensors, request.scalars) + guard,
            Work::Allocation { .. } | Work::Barrier => 0,
            Work::Team(team) => {
                self.shared.check_width(team)?;
                team::words(team, request.tensors, request.scalars) + guard
            }
        };
        Ok(Needs {
            heap: heap_bytes(request.tensors),
            args: words * size_of::<u64>(),
        })
    }

    /// Finds the edges of the task, and room for it and for them. Whether it is to be run here and now: then there is
    /// no room for arguments, for they need none.
    #[inline]
    fn secure(
        &mut self,
        number: usize,
        request: &Request<'_, '_>,
        mode: Mode,
        needs: Needs,
    ) -> Result<(Room, bool), Error> {
        let site = request.site;
        let mut stall = None;
        let counters = self.map.counters;
        loop {
            // What is looked up again counts once.
            self.map.counters = counters;
            match self.verifier.is_some() {
                false => self.find_edges(request, mode)?,
                true => {
                    let id = TaskId::new(number as u8, self.rings[number].next);
                    self.verify_edges(request, mode, id)?;
                }
            }
            let pending = self.settle(number, site)?;
            let here = pending == 0 && self.is_run_here(request.work, needs.args);
            let args = if here { 0 } else { needs.args };
            let ring = &self.rings[number];
            match ring.room(needs.heap, args) {
                Ok(room) if ring.has_deps(pending) => return Ok((room, here)),
                // Whoever waits retires tasks, and edges to these are none: they have to be found anew.
                Ok(_) => self.make_deps(number, pending, site, &mut stall)?,
                Err(_) => _ = self.make_room(number, needs.heap, args, site)?,
            }
        }
    }

    /// Makes the room that of a new task.
    #[inline]
    fn bear(
        &mut self,
        number: usize,
        room: Room,
        heap: usize,
        args: usize,
        request: &Request<'_, '_>,
    ) -> u32 {
        self.tasks += 1;
        let (scope, depth) = self.scopes.count_task();
        let born = Born {
            scope,
            depth,
            site: request.site,
            is_alloc: matches!(request.work, Work::Allocation { .. }),
        };
        self.rings[number].take(number, room, heap, args, born)
    }
}

#[inline]
pub(super) fn bytes_of(tensor: &TensorArg<'_>) -> usize {
    tensor.layout().len() * tensor.dtype().size()
}

/// The bytes of the block that holds what the task creates.
#[inline]
fn heap_bytes(tensors: &[TensorArg<'_>]) -> usize {
    let created = tensors
        .iter()
        .filter(|tensor| tensor.access() == Access::Create);
    created.map(|tensor| padded(bytes_of(tensor))).sum()
}
