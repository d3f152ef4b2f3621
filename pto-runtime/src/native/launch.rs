//! The steps of a submit.

use crate::args::{Access, TensorArg};
use crate::backend::{Mode, Request, ScopeId, Work};
use crate::error::Error;
use crate::kernel::Kernel;
use crate::native::exhausted::Verdict;
use crate::native::orchestrator::{Orchestrator, stopped};
use crate::native::ring::{Born, Lack, Room, padded};
use crate::native::{team, validate};
use crate::record::{self, KernelArgs};
use crate::site::Site;
use crate::task::TaskId;

/// The bytes that a task needs.
#[derive(Clone, Copy)]
struct Needs {
    heap: usize,
    args: usize,
    /// Whether it creates tensors, which may be empty.
    creates: bool,
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

    fn admit(&mut self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error> {
        if self.shared.has_failed() {
            return Err(stopped());
        }
        let mode = self.scopes.innermost(scope)?.mode;
        validate::request(&request)?;
        let needs = self.needs(&request)?;
        self.retire_in_time();
        let number = self.scopes.ring();
        let (room, here) = self.secure(number, &request, mode, needs)?;
        let args = here.map_or(needs.args, |_| 0);
        let is_alloc = matches!(request.work, Work::Allocation { .. });
        let local = self.bear(number, room, needs.heap, args, request.site, is_alloc);
        let id = TaskId::new(number as u8, local);
        if needs.creates {
            self.bind_outputs(number, room.heap_at, request.tensors, id);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.task(id, request.site, request.work, mode);
        }
        let condition = request.predicate.map(|predicate| &predicate.tensor);
        if !self.located.is_empty() {
            self.register(request.tensors, condition, mode, id);
        }
        // After the accesses are registered: it may forget regions without any.
        if self.verifier.is_some() {
            self.verify_submit(id, &request);
        }
        match here {
            // SAFETY: the task runs now and once; its producers are done, and whoever conflicts with it is launched later.
            Some(kernel) => unsafe {
                self.here.ran();
                self.connect(id);
                if request.predicate.is_none_or(|predicate| predicate.holds()) {
                    let args = KernelArgs::of_call(request.tensors, request.scalars);
                    self.run_here(kernel, args, &request.site);
                }
            },
            None => self.publish(id, room, &request),
        }
        Ok(id)
    }

    /// What the task needs of its ring.
    fn needs(&self, request: &Request<'_, '_>) -> Result<Needs, Error> {
        let guard = request.predicate.map_or(0, |_| record::GUARD_WORDS);
        let words = match request.work {
            Work::Kernel(_) => record::words(request.tensors, request.scalars.len()) + guard,
            Work::Allocation { .. } | Work::Barrier => 0,
            Work::Team(team) => {
                self.shared.check_width(team)?;
                team::words(team, request.tensors, request.scalars) + guard
            }
        };
        let (mut heap, mut creates) = (0, false);
        for tensor in &*request.tensors {
            if tensor.access() == Access::Create {
                heap += padded(bytes_of(tensor));
                creates = true;
            }
        }
        Ok(Needs {
            heap,
            args: words * size_of::<u64>(),
            creates,
        })
    }

    /// Finds the edges of the task, and room for it and for them. The kernel, if it is to be run here and now: then there
    /// is no room for arguments, for they need none.
    fn secure(
        &mut self,
        number: usize,
        request: &Request<'_, '_>,
        mode: Mode,
        needs: Needs,
    ) -> Result<(Room, Option<&'static Kernel>), Error> {
        let mut stall = None;
        let tracked = (mode == Mode::Auto || request.always).then_some(mode);
        let given = request.deps.ordering();
        loop {
            let counters = self.map.counters;
            if self.verifier.is_some() {
                let id = TaskId::new(number as u8, self.rings[number].next);
                self.verify_edges(request, mode, id)?;
            } else {
                self.find_edges(request, mode)?;
            }
            let (announced, pending) = (self.edges.announced, self.edges.pending);
            if self.has_too_many_edges(number, announced) {
                let verdict = Verdict::TooLarge;
                return Err(self.exhausted(number, Lack::Deps, announced, request.site, verdict));
            }
            let here = match request.work {
                Work::Kernel(kernel)
                    if pending == 0
                        && self.is_run_here(kernel, request.tensors, given, tracked) =>
                {
                    Some(kernel)
                }
                _ => None,
            };
            let ring = &self.rings[number];
            // What would never fit is refused all the same.
            let args = match here {
                Some(_) if needs.args <= ring.args.capacity() => 0,
                _ => needs.args,
            };
            match ring.room(needs.heap, args) {
                Ok(room) if ring.has_deps(pending) => return Ok((room, here)),
                // Whoever waits retires tasks, and edges to these are none: they have to be found anew.
                Ok(_) => self.make_deps(number, pending, request.site, &mut stall)?,
                Err(_) => _ = self.make_room(number, needs.heap, args, request.site)?,
            }
            // What is looked up again counts once.
            self.map.counters = counters;
        }
    }

    /// Whether a task with so many edges is refused, as they are more than the pool of its ring has entries. If tasks are
    /// run at once it waits instead, until few enough of its producers are left. Otherwise it is refused however many are
    /// complete, so that it does not depend on how fast kernels are.
    #[inline(always)]
    pub(super) fn has_too_many_edges(&self, number: usize, edges: usize) -> bool {
        edges > self.rings[number].dep_capacity() && !self.here.is_enabled()
    }

    /// Makes the room that of a new task.
    #[inline(always)]
    pub(super) fn bear(
        &mut self,
        number: usize,
        room: Room,
        heap: usize,
        args: usize,
        site: Site,
        is_alloc: bool,
    ) -> u32 {
        let born = self.count_task(site, is_alloc);
        self.rings[number].take(number, room, heap, args, born)
    }

    /// Counts a new task of the innermost scope.
    #[inline(always)]
    pub(super) fn count_task(&mut self, site: Site, is_alloc: bool) -> Born {
        self.tasks += 1;
        let (scope, depth) = self.scopes.count_task();
        Born {
            scope,
            depth,
            site,
            is_alloc,
        }
    }
}

#[inline(always)]
pub(super) fn bytes_of(tensor: &TensorArg<'_>) -> usize {
    tensor.layout().len() * tensor.dtype().size()
}
