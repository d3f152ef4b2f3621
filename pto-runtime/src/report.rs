//! What a run did.

use std::time::Duration;

use crate::graph::{EdgeKind, Graph};

/// The number of rings.
pub const RINGS: usize = 4;

/// How many edges of each kind a run had: one for each task and each other task that it had to wait for.
///
/// A task that is complete already needs no waiting for. So the numbers depend on how fast the kernels are, unless the run
/// [records its graph](crate::RuntimeBuilder::record_graph): then all edges are counted, and the numbers are those of the
/// program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// Found by the compiler.
    pub proven: u64,
    /// Found by the runtime.
    pub tracked: u64,
    /// Named by the user.
    pub explicit: u64,
    /// Kept tasks, allocations most of them, each counted once.
    pub lifetime: u64,
}

impl Edges {
    /// Counts an edge, if it is new.
    #[inline]
    pub(crate) fn add(&mut self, kind: EdgeKind, is_new: bool) {
        self.count(kind, is_new.into());
    }

    /// Counts so many edges.
    #[inline]
    pub(crate) fn count(&mut self, kind: EdgeKind, edges: u32) {
        let count = match kind {
            EdgeKind::Proven => &mut self.proven,
            EdgeKind::Tracked => &mut self.tracked,
            EdgeKind::Explicit => &mut self.explicit,
            EdgeKind::Lifetime => &mut self.lifetime,
        };
        *count += u64::from(edges);
    }

    /// All edges.
    pub fn total(&self) -> u64 {
        self.proven + self.tracked + self.explicit + self.lifetime
    }
}

/// The most a run held of one ring at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingUse {
    /// Live tasks.
    pub tasks: usize,
    /// Bytes of outputs, the unusable remainders at the end of the ring included.
    pub heap: usize,
    /// Entries of the dependency pool.
    pub deps: usize,
    /// Bytes of arguments, beyond those of tasks with few, which lie beside their slots.
    pub args: usize,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Tasks launched, allocations included.
    pub tasks: u64,
    /// Their edges.
    pub edges: Edges,
    /// Tensor arguments looked up in the tensor map. Like edges these depend on how fast the kernels are, unless the run is
    /// recorded, and so do the next two: a task that was run at once is not registered, and while nothing is
    /// registered nothing is looked up.
    pub lookups: u64,
    /// Accesses registered in the tensor map.
    pub inserts: u64,
    /// Entries of the tensor map compared with an argument.
    pub scanned: u64,
    /// Time spent submitting: in the orchestration, without the kernels that ran there and the waiting. Of short kernels that
    /// are [run at once](crate::RuntimeBuilder::run_at_once) one in many is timed, and stands for the others.
    pub orchestration: Duration,
    /// From the first submit to the last completion.
    pub elapsed: Duration,
    /// The most that was held of each ring.
    pub rings: [RingUse; RINGS],
    /// The task graph, if [`record_graph`](crate::RuntimeBuilder::record_graph) is on.
    pub graph: Option<Graph>,
}

/// The result of a run that succeeded.
#[derive(Clone, Debug)]
pub struct Done<R> {
    /// What the orchestration returned.
    pub value: R,
    /// What the run did.
    pub report: Report,
}
