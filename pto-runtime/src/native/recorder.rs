//! Records the task graph of a run, if asked to.

use std::collections::{HashMap, HashSet};

use crate::backend::{Mode, Work};
use crate::graph::{Edge, EdgeKind, Graph, Node};
use crate::site::Site;
use crate::task::TaskId;

#[derive(Default)]
pub(crate) struct Recorder {
    graph: Graph,
    /// Where the edge is that keeps a task: it moves to the last consumer.
    kept: HashMap<TaskId, usize>,
    allocations: HashSet<TaskId>,
}

impl Recorder {
    pub(crate) fn task(&mut self, id: TaskId, site: Site, work: Work<'_>, mode: Mode) {
        if let Work::Allocation { .. } = work {
            self.allocations.insert(id);
        }
        let (kernels, blocks, sync_start) = match work {
            Work::Allocation { .. } | Work::Barrier => (Vec::new(), None, false),
            Work::Kernel(kernel) => (vec![kernel], None, false),
            Work::Team(team) => (
                team.members.iter().map(|member| member.kernel).collect(),
                team.blocks,
                team.sync_start,
            ),
        };
        self.graph.nodes.push(Node {
            id,
            name: site.name,
            file: site.location.file(),
            line: site.location.line(),
            cores: kernels.into_iter().map(|kernel| kernel.core).collect(),
            blocks,
            sync_start,
            mode,
        });
    }

    /// What an edge of that kind is: those to allocations only keep, unless they were found.
    pub(crate) fn kind_of(&self, from: TaskId, kind: EdgeKind) -> EdgeKind {
        match kind {
            EdgeKind::Proven | EdgeKind::Explicit if self.allocations.contains(&from) => {
                EdgeKind::Lifetime
            }
            kind => kind,
        }
    }

    /// Records an edge. Whether it is a new one: a task has one edge at most that only keeps it.
    pub(crate) fn edge(&mut self, from: TaskId, to: TaskId, kind: EdgeKind) -> bool {
        if kind == EdgeKind::Lifetime
            && let Some(at) = self.kept.insert(from, self.graph.edges.len())
        {
            self.kept.insert(from, at);
            self.graph.edges[at].to = to;
            return false;
        }
        self.graph.edges.push(Edge { from, to, kind });
        true
    }

    pub(crate) fn finish(self) -> Graph {
        self.graph
    }
}
