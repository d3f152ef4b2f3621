//! Room for a new task, and what to do as long as there is none.

use crate::error::{Error, ErrorKind};
use crate::native::exhausted::{Exhausted, Named, Verdict};
use crate::native::orchestrator::Orchestrator;
use crate::native::ring::{Lack, Room};
use crate::native::stall::Stall;
use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;

impl Orchestrator {
    /// Waits until there is room for a task, and says where.
    #[cold]
    pub(super) fn make_room(
        &mut self,
        number: usize,
        heap: usize,
        args: usize,
        site: Site,
    ) -> Result<Room, Error> {
        let mut stall = None;
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
                Lack::Number => return Err(out_of_numbers(number).in_task(site)),
                Lack::Slot | Lack::Deps => 1,
            };
            let too_large = heap > ring.heap.capacity() || args > ring.args.capacity();
            let verdict = if too_large || ring.live() == 0 {
                Some(Verdict::TooLarge)
            } else if let Some(scope) = self.scopes.open_scope_of(ring.meta_ref(ring.retired)) {
                // Tasks of closed scopes retire as soon as launched tasks are complete, and these need nothing more.
                let head = self.head(number);
                Some(Verdict::Deadlock { head, scope })
            } else {
                self.stalled(&mut stall, number)
            };
            if let Some(verdict) = verdict {
                return Err(self.exhausted(number, lack, asks, site, verdict));
            }
            self.wait();
        }
    }

    /// Waits a while for entries of the dependency pool, of which there are too few for `pending` edges. Unlike the other
    /// resources this one never deadlocks: a producer that is complete needs no entry, and all are launched.
    #[cold]
    pub(super) fn make_deps(
        &mut self,
        number: usize,
        pending: usize,
        site: Site,
        stall: &mut Option<Stall>,
    ) -> Result<(), Error> {
        if let Some(verdict) = self.stalled(stall, number) {
            return Err(self.exhausted(number, Lack::Deps, pending, site, verdict));
        }
        self.wait();
        self.retire();
        Ok(())
    }

    /// How many live tasks are not complete.
    pub(super) fn unfinished(&self) -> usize {
        let unfinished = self.rings.iter().map(|ring| {
            let live = ring.done..ring.next;
            live.filter(|&local| !ring.slot(local).is_complete())
                .count()
        });
        unfinished.sum()
    }

    /// What the oldest task of a ring waits for, if nothing has become complete for too long.
    fn stalled(&self, stall: &mut Option<Stall>, number: usize) -> Option<Verdict> {
        let limit = self.stall_limit?;
        stall
            .get_or_insert_with(|| Stall::new(limit))
            .exceeds(|| self.unfinished())?;
        // One that has no tasks waits for those of others.
        let mut numbers = (number..RINGS).chain(0..number);
        let number = numbers.find(|&number| self.rings[number].live() > 0)?;
        let ring = &self.rings[number];
        let done: [u32; RINGS] = std::array::from_fn(|i| self.rings[i].done);
        let needed = ring.meta_ref(ring.retired).needed;
        // A task is needed that is not complete, or the oldest would have retired; if not by it, by the submit.
        let other = (0..RINGS).find(|&i| needed[i] > done[i]).unwrap_or(number);
        Some(Verdict::NoProgress {
            head: self.head(number),
            waits_for: self.named(other, done[other].min(self.rings[other].next - 1)),
            limit,
        })
    }

    /// The oldest task of a ring, which has one.
    pub(super) fn head(&self, number: usize) -> Named {
        self.named(number, self.rings[number].retired)
    }

    fn named(&self, ring: usize, local: u32) -> Named {
        let of = &self.rings[ring];
        // SAFETY: this is the submitting thread.
        let site = unsafe { of.slot(local).site() };
        // What is known of a batch names its first task.
        let site = site.unwrap_or_else(|| of.meta_ref(local).site);
        Named(TaskId::new(ring as u8, local), site)
    }

    /// Says on standard error, once, that the run waits for kernels that make no progress. It cannot return before they
    /// do: they use memory that is only borrowed until then.
    pub(super) fn report_stall(&self, stall: &mut Option<Stall>) {
        let exceeds = |stall: &mut Stall| stall.exceeds(|| self.unfinished());
        let (Some(limit), Some(_)) = (self.stall_limit, stall.as_mut().and_then(exceeds)) else {
            return;
        };
        *stall = None;
        let rings = self.rings.iter().enumerate();
        for (number, ring) in rings.filter(|(_, ring)| ring.done < ring.next) {
            let task = self.named(number, ring.done);
            eprintln!(
                "pto-runtime: no progress for {limit:?}: ring {number} has {} tasks, and the run ends when they are \
                 complete; the oldest is {task}",
                ring.live(),
            );
        }
    }

    #[cold]
    pub(super) fn exhausted(
        &mut self,
        number: usize,
        lack: Lack,
        asks: usize,
        site: Site,
        verdict: Verdict,
    ) -> Error {
        let (scope_tasks, scope) = self.scopes.top();
        Exhausted {
            level: self.rings[number].level(lack),
            number,
            lack,
            verdict,
            depth: self.scopes.depth(),
            scope_tasks,
            scope,
            site,
            asks,
        }
        .into_error()
    }
}

/// The answer to a submit after more tasks of one run than a ring can number.
#[cold]
fn out_of_numbers(ring: usize) -> Error {
    let message = format!(
        "ring {ring} has had {} tasks, the most of one run",
        u32::MAX
    );
    Error::new(ErrorKind::SlotDeadlock, message)
        .with_help("split the orchestration into several runs: each numbers its tasks anew")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::args::{OutArg, create};
    use crate::backend::{Deps, Request, Work};
    use crate::config::Wishes;
    use crate::native::permits::Permits;
    use crate::native::worker::Shared;

    #[test]
    fn a_ring_that_has_no_numbers_left() {
        let wishes = Wishes {
            workers: Some(1),
            windows: Some([4; RINGS]),
            heaps: Some([1024; RINGS]),
            ..Wishes::default()
        };
        let config = wishes.resolve(&|_| None).unwrap();
        let shared = Arc::new(Shared::new(16, Permits::new(1, 1), 1));
        let mut orchestrator = Orchestrator::new(&config, shared).unwrap();
        let root = orchestrator.begin(Site::here("root"), false);
        let ring = &mut orchestrator.rings[0];
        ring.pretend(u32::MAX - 1);
        let mut alloc = || {
            let mut tensors = [OutArg::<u64>::into_arg(create([1]))];
            let request = Request {
                work: Work::Allocation { fill: None },
                tensors: &mut tensors,
                scalars: &[],
                predicate: None,
                deps: Deps::NONE,
                site: Site::here("alloc"),
                disjoint: false,
                fits: false,
                always: false,
            };
            orchestrator.launch(root, request)
        };
        assert_eq!(alloc().unwrap(), TaskId::new(0, u32::MAX - 1));
        let error = alloc().unwrap_err();
        assert_eq!(
            (error.kind(), error.task()),
            (ErrorKind::SlotDeadlock, Some("alloc"))
        );
        assert!(error.message().contains("4294967295 tasks"), "{error}");
    }
}
