//! The errors of rings that have no room: what is exhausted, why waiting does not help, and what does.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::native::ring::Lack;
use crate::site::Site;
use crate::task::TaskId;

/// A task in a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named(pub(crate) TaskId, pub(crate) Site);

/// Why a submit does not wait for room any longer.
pub(crate) enum Verdict {
    /// It asks for more than there is.
    TooLarge,
    /// The oldest task of the ring belongs to an open scope, and only what comes after this submit could close it.
    Deadlock { head: Named, scope: Site },
    /// The oldest task waits for another one to be complete, and none was for as long as the user allows.
    NoProgress {
        head: Named,
        waits_for: Named,
        limit: Duration,
    },
}

/// How much of a ring is in use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Level {
    pub(crate) used: usize,
    pub(crate) capacity: usize,
}

/// What the message is about.
pub(crate) struct Exhausted {
    /// Of what there is not enough.
    pub(crate) level: Level,
    pub(crate) number: usize,
    pub(crate) lack: Lack,
    pub(crate) verdict: Verdict,
    /// How deep the submitting scope is nested, how many tasks it has, and where it is.
    pub(crate) depth: usize,
    pub(crate) scope_tasks: usize,
    pub(crate) scope: Site,
    /// What is being submitted, and what it asks for.
    pub(crate) site: Site,
    pub(crate) asks: usize,
}

/// A part of a ring, and what sets its size.
struct Part {
    kind: ErrorKind,
    what: &'static str,
    method: &'static str,
    variable: &'static str,
}

impl Exhausted {
    fn part(&self) -> Part {
        match self.lack {
            Lack::Number | Lack::Slot => Part {
                // The scope alone is too large, or those around it have their share.
                kind: match self.scope_tasks >= self.level.capacity {
                    true => ErrorKind::ScopeDeadlock,
                    false => ErrorKind::SlotDeadlock,
                },
                what: "task slots",
                method: "window",
                variable: "PTO_RING_WINDOW",
            },
            Lack::Heap => Part {
                kind: ErrorKind::HeapDeadlock,
                what: "heap bytes",
                method: "heap",
                variable: "PTO_RING_HEAP",
            },
            Lack::Args => Part {
                kind: ErrorKind::ArgumentDeadlock,
                what: "argument bytes",
                method: "window",
                variable: "PTO_RING_WINDOW",
            },
            Lack::Deps => Part {
                kind: ErrorKind::DepPoolOverflow,
                what: "dependency pool entries",
                method: "dep_pool",
                variable: "PTO_RING_DEP_POOL",
            },
        }
    }

    #[cold]
    pub(crate) fn into_error(self) -> Error {
        let Part {
            kind,
            what,
            method,
            variable,
        } = self.part();
        let Level { used, capacity } = self.level;
        let (ring, depth, asks) = (self.number, self.depth, self.asks);
        let state = format!(
            "ring {ring} (scope depth {depth}): {used} of {capacity} {what} in use, {asks} needed"
        );
        let raise =
            format!("raise `.{method}(..)`, `.{method}s(..)` of ring {ring}, or {variable}");
        let (kind, message, help) = match self.verdict {
            Verdict::TooLarge => (kind, format!("{state}, more than there are"), raise),
            Verdict::Deadlock { head, scope } => (
                kind,
                format!(
                    "{state}; this is a deadlock: the oldest task, {head}, cannot retire before its scope {scope} closes"
                ),
                format!(
                    "{raise}; or split the scope {}, so that its tasks retire earlier",
                    self.scope
                ),
            ),
            Verdict::NoProgress {
                head,
                waits_for,
                limit,
            } => (
                ErrorKind::NoProgress,
                format!(
                    "{state}; no progress for {limit:?}, though this is no deadlock: the oldest task, {head}, retires as \
                     soon as {waits_for} is complete"
                ),
                format!(
                    "see why '{}' takes so long; if it may, raise `.stall_limit(..)` or PTO_STALL_LIMIT_MS",
                    waits_for.1.name
                ),
            ),
        };
        Error::new(kind, message).in_task(self.site).with_help(help)
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}
