//! The errors of rings that will never have room.

use crate::error::{Error, ErrorKind};
use crate::native::ring::{Lack, Ring};
use crate::site::Site;
use crate::task::TaskId;

/// What the message is about.
pub(crate) struct Exhausted<'a> {
    pub(crate) ring: &'a Ring,
    pub(crate) number: usize,
    pub(crate) lack: Lack,
    /// How deep the submitting scope is nested, how many tasks it has, and where it is.
    pub(crate) depth: usize,
    pub(crate) scope_tasks: usize,
    pub(crate) scope: Site,
    /// What is being submitted, and what it asks for.
    pub(crate) site: Site,
    pub(crate) asks: usize,
    /// The oldest live task of the ring.
    pub(crate) head: Option<Site>,
}

impl Exhausted<'_> {
    #[cold]
    pub(crate) fn into_error(self) -> Error {
        let (kind, what, used, capacity, method, variable) = match self.lack {
            Lack::Slot => {
                let whole_window = self.scope_tasks + 1 >= self.ring.window();
                let kind = if whole_window {
                    ErrorKind::ScopeDeadlock
                } else {
                    ErrorKind::SlotDeadlock
                };
                (
                    kind,
                    "task slots",
                    self.ring.live(),
                    self.ring.window() - 1,
                    "window",
                    "PTO_RING_WINDOW",
                )
            }
            Lack::Heap => {
                let heap = &self.ring.heap;
                (
                    ErrorKind::HeapDeadlock,
                    "heap bytes",
                    heap.used(),
                    heap.capacity(),
                    "heap",
                    "PTO_RING_HEAP",
                )
            }
            Lack::Args => {
                let args = &self.ring.args;
                let capacity = args.capacity();
                (
                    ErrorKind::ArgumentDeadlock,
                    "argument bytes",
                    args.used(),
                    capacity,
                    "window",
                    "PTO_RING_WINDOW",
                )
            }
            Lack::Deps => {
                let (used, capacity) = (self.ring.deps_used(), self.ring.dep_capacity());
                (
                    ErrorKind::DepPoolOverflow,
                    "dependency pool entries",
                    used,
                    capacity,
                    "dep_pool",
                    "PTO_RING_DEP_POOL",
                )
            }
        };
        let (ring, depth, asks) = (self.number, self.depth, self.asks);
        let mut message = format!(
            "ring {ring} (scope depth {depth}): {used} of {capacity} {what} in use, {asks} needed"
        );
        if asks > capacity {
            message += ", more than there are";
        } else if let Some(head) = self.head {
            let id = TaskId::new(ring as u8, self.ring.retired);
            message +=
                &format!("; the oldest task, {id} {head}, cannot retire before its scope closes");
        }
        let plural = format!("{method}s");
        let mut help =
            format!("raise `.{method}(..)`, `.{plural}(..)` of ring {ring}, or {variable}");
        if asks <= capacity {
            help += &format!(
                "; or split the scope {}, so that its tasks retire earlier",
                self.scope
            );
        }
        Error::new(kind, message).in_task(self.site).with_help(help)
    }
}
