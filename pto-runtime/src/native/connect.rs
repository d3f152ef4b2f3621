//! What the edges of a new task bring about.

use std::ptr::NonNull;

use crate::graph::EdgeKind;
use crate::native::orchestrator::Orchestrator;
use crate::task::TaskId;

impl Orchestrator {
    /// Follows the edges of the newest task: its producers stay until it is complete if the edges say so, those that are
    /// not complete are to count it down, and edges are counted, or recorded. Counted are those that wait or only keep, or all
    /// if the run is watched. Returns how many producers it need not wait for after all.
    ///
    /// Its slot has been prepared, if there is anything to wait for, and there is room for that in the dependency pool.
    #[inline(never)]
    pub(super) fn connect(&mut self, to: TaskId) -> u32 {
        let Self {
            rings,
            edges,
            counts,
            recorder,
            is_watched,
            ..
        } = self;
        let (number, local) = (to.ring(), to.local());
        let slot = NonNull::from(rings[number].slot(local));
        let mut unlinked = 0;
        rings[number].take_nodes(edges.pending);
        for edge in &edges.list {
            let meta = rings[edge.from.ring()].meta(edge.from.local());
            if edge.retains {
                // It is the newest of its ring, so this is more than was needed before.
                meta.needed[number] = local + 1;
            }
            if edge.waits || *is_watched || edge.kind == EdgeKind::Lifetime {
                let is_new = match recorder {
                    Some(recorder) => recorder.edge(edge.from, to, edge.kind),
                    None => {
                        edge.kind != EdgeKind::Lifetime || meta.is_first_keep(edge.from.local())
                    }
                };
                counts.add(edge.kind, is_new);
            }
            if edge.waits {
                let node = || rings[number].use_node();
                let producer = rings[edge.from.ring()].slot(edge.from.local());
                // SAFETY: the node was just taken, and returns to the pool when the consumer retires. Slots stay in place.
                unlinked += u32::from(!unsafe { producer.link(node, slot.as_ref()) });
            }
        }
        if recorder.is_some() {
            self.record_retired(to);
        }
        unlinked
    }

    /// Records the edges to tasks that are retired.
    #[cold]
    fn record_retired(&mut self, to: TaskId) {
        if let (Some(recorder), Some(retired)) = (&mut self.recorder, &self.edges.retired) {
            for &(from, kind) in retired {
                let kind = recorder.kind_of(from, kind);
                self.counts.add(kind, recorder.edge(from, to, kind));
            }
        }
    }
}
