//! Which tasks are ordered before which: the edges of a run, and paths through them.

use std::collections::VecDeque;

use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;

/// A task by its place in the order of submission.
pub(super) type Seq = u32;

/// What is remembered of a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Submitted {
    pub(super) id: TaskId,
    pub(super) site: Site,
    /// Where the names of its arguments end in `History::names`.
    names: usize,
    /// Where the tasks it waits for end in `History::before`.
    end: usize,
}

/// All tasks of a run so far, with the tasks that each waits for.
#[derive(Debug, Default)]
pub(super) struct History {
    tasks: Vec<Submitted>,
    /// The tasks that each waits for, one list after the other, each ascending.
    before: Vec<Seq>,
    /// The names of each one's tensors, one list after the other.
    names: Vec<&'static str>,
    /// The tasks of each ring, by their number on it.
    on_ring: [Vec<Seq>; RINGS],
    /// The last search that came by each task.
    seen: Vec<u32>,
    search: u32,
    queue: VecDeque<Seq>,
}

impl History {
    /// How many tasks there are.
    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn task(&self, seq: Seq) -> &Submitted {
        &self.tasks[seq as usize]
    }

    /// The place of a task, if it is one of this run.
    pub(super) fn seq(&self, id: TaskId) -> Option<Seq> {
        let ring = self.on_ring.get(id.ring())?;
        ring.get(id.local() as usize).copied()
    }

    /// The tasks of a ring, by their number on it.
    pub(super) fn on_ring(&self, ring: usize) -> &[Seq] {
        &self.on_ring[ring]
    }

    /// Adds a task that waits for `before`, which is sorted.
    pub(super) fn push(
        &mut self,
        id: TaskId,
        site: Site,
        names: &[&'static str],
        before: &[Seq],
    ) -> Seq {
        let seq = self.tasks.len() as Seq;
        self.before.extend_from_slice(before);
        self.names.extend_from_slice(names);
        self.tasks.push(Submitted {
            id,
            site,
            names: self.names.len(),
            end: self.before.len(),
        });
        // What the host does itself is on no ring.
        if let Some(ring) = self.on_ring.get_mut(id.ring()) {
            ring.push(seq);
        }
        self.seen.push(0);
        seq
    }

    /// The name of a task's tensor.
    pub(super) fn name(&self, seq: Seq, position: u32) -> &'static str {
        let start = match seq {
            0 => 0,
            _ => self.tasks[seq as usize - 1].names,
        };
        self.names[start + position as usize]
    }

    /// The tasks that a task waits for, ascending.
    fn before(&self, seq: Seq) -> &[Seq] {
        let start = match seq {
            0 => 0,
            _ => self.tasks[seq as usize - 1].end,
        };
        &self.before[start..self.tasks[seq as usize].end]
    }

    /// Takes off `targets` every task from which a path leads to one of `sources` (sorted), or that is one of them.
    ///
    /// The search goes backwards, nearest tasks first, and never beyond the oldest target: an edge leads from an earlier
    /// task to a later one.
    pub(super) fn retain_unordered(&mut self, sources: &[Seq], targets: &mut Vec<Seq>) {
        targets.retain(|target| sources.binary_search(target).is_err());
        self.search += 1;
        self.queue.clear();
        let Some(&oldest) = targets.iter().min() else {
            return;
        };
        for &source in sources.iter().filter(|&&source| source > oldest) {
            self.seen[source as usize] = self.search;
            self.queue.push_back(source);
        }
        while let Some(task) = self.queue.pop_front() {
            // All targets first: the list may be long, and then they are often in it.
            let before = self.before(task);
            targets.retain(|target| before.binary_search(target).is_err());
            let Some(&oldest) = targets.iter().min() else {
                return;
            };
            let start = before.partition_point(|&earlier| earlier <= oldest);
            let end = self.tasks[task as usize].end;
            for at in end - (before.len() - start)..end {
                let earlier = self.before[at];
                let seen = &mut self.seen[earlier as usize];
                if std::mem::replace(seen, self.search) != self.search {
                    self.queue.push_back(earlier);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn history(edges: &[Vec<Seq>]) -> History {
        let mut history = History::default();
        for (local, before) in edges.iter().enumerate() {
            let id = TaskId::new(0, local as u32);
            history.push(id, Site::here("task"), &[], before);
        }
        history
    }

    #[test]
    fn paths_are_found_and_luck_is_not() {
        // 0 -> 1 -> 3, and 2 by itself.
        let mut history = history(&[vec![], vec![0], vec![], vec![1]]);
        let mut targets = vec![0, 1, 2, 3];
        history.retain_unordered(&[3], &mut targets);
        assert_eq!(targets, [2]);
        let mut targets = vec![0, 2];
        history.retain_unordered(&[], &mut targets);
        assert_eq!(targets, [0, 2]);
    }

    /// Reachability by repetition until nothing changes.
    fn closure(edges: &[Vec<Seq>]) -> Vec<Vec<bool>> {
        let n = edges.len();
        let mut reaches = vec![vec![false; n]; n];
        for (to, before) in edges.iter().enumerate() {
            for &from in before {
                reaches[from as usize][to] = true;
            }
        }
        for via in 0..n {
            for from in 0..n {
                for to in 0..n {
                    reaches[from][to] |= reaches[from][via] && reaches[via][to];
                }
            }
        }
        reaches
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn paths_are_those_of_the_closure(seeds in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..3), 1..24)) {
            let edges: Vec<Vec<Seq>> = seeds.iter().enumerate().map(|(to, seeds)| {
                let mut before: Vec<Seq> = seeds.iter().filter(|_| to > 0).map(|seed| seed % to as u32).collect();
                before.sort_unstable();
                before.dedup();
                before
            }).collect();
            let reaches = closure(&edges);
            let mut history = history(&edges);
            for to in 0..edges.len() {
                let mut targets: Vec<Seq> = (0..to as Seq).collect();
                history.retain_unordered(&edges[to], &mut targets);
                let expected: Vec<Seq> = (0..to).filter(|&from| !reaches[from][to]).map(|from| from as Seq).collect();
                prop_assert_eq!(targets, expected);
            }
        }
    }
}
