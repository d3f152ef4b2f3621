//! Who waits for whom, derived from what the tasks read and write.

use super::{Kind, Workload};

/// A list of tasks for each task, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Where each list ends.
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// The list of a task.
    #[inline]
    pub fn of(&self, list: usize) -> &[u32] {
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.items[start as usize..self.ends[list] as usize]
    }
}

/// The edges of a workload, for runtimes that are told them.
#[derive(Clone, Debug)]
pub struct Edges {
    producers: Lists,
    consumers: Lists,
}

/// What is known of a cell while the program is walked.
#[derive(Clone, Debug, Default)]
struct Seen {
    writer: Option<u32>,
    /// Who read it since.
    readers: Vec<u32>,
}

impl Edges {
    pub(super) fn of(workload: &Workload) -> Self {
        let mut seen = vec![Seen::default(); workload.written];
        let mut producers = Lists::default();
        let mut found = Vec::new();
        for (id, task) in workload.tasks.iter().enumerate() {
            // These tasks have data of their own too, but nothing about it is declared.
            if task.kind != Kind::Nodep {
                for &input in task.inputs() {
                    found.extend(seen[input as usize].writer);
                }
                for &output in task.outputs() {
                    let Seen { writer, readers } = &seen[output as usize];
                    // Readers wait for the writer, so who waits for them needs not.
                    match readers.is_empty() {
                        true => found.extend(*writer),
                        false => found.extend(readers),
                    }
                }
                for &input in task.inputs() {
                    seen[input as usize].readers.push(id as u32);
                }
                for &output in task.outputs() {
                    let seen = &mut seen[output as usize];
                    seen.writer = Some(id as u32);
                    seen.readers.clear();
                }
            }
            found.sort_unstable();
            found.dedup();
            producers.items.append(&mut found);
            producers.ends.push(producers.items.len() as u32);
        }
        let consumers = transposed(&producers);
        Self {
            producers,
            consumers,
        }
    }

    /// The tasks that a task waits for.
    #[inline]
    pub fn producers(&self, task: usize) -> &[u32] {
        self.producers.of(task)
    }

    /// The tasks that wait for a task.
    #[inline]
    pub fn consumers(&self, task: usize) -> &[u32] {
        self.consumers.of(task)
    }

    /// The tasks that wait for each task, found anew: what a program has to do that knows for whom each task waits.
    pub fn list_consumers(&self) -> Lists {
        transposed(&self.producers)
    }

    /// The lists of tasks that a task waits for, and of those that wait for it.
    pub fn lists(&self) -> [&Lists; 2] {
        [&self.producers, &self.consumers]
    }

    /// How many edges there are.
    pub fn count(&self) -> usize {
        self.producers.items.len()
    }

    /// The number of tasks on the longest path.
    pub fn critical_path(&self) -> usize {
        let tasks = self.producers.ends.len();
        let mut depth = vec![1; tasks];
        for task in 0..tasks {
            let before = self.producers(task).iter().map(|&p| depth[p as usize]);
            depth[task] = 1 + before.max().unwrap_or(0);
        }
        depth.into_iter().max().unwrap_or(0)
    }
}

impl Lists {
    /// Where each list ends among the items.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The items of all lists.
    pub fn items(&self) -> &[u32] {
        &self.items
    }
}

fn transposed(lists: &Lists) -> Lists {
    let count = lists.ends.len();
    let mut ends = vec![0; count];
    for &item in &lists.items {
        ends[item as usize] += 1;
    }
    let mut sum = 0;
    for end in &mut ends {
        // For now where the list begins; filling it moves that to its end.
        (*end, sum) = (sum, sum + *end);
    }
    let mut items = vec![0; lists.items.len()];
    for list in 0..count {
        for &item in lists.of(list) {
            let end = &mut ends[item as usize];
            items[*end as usize] = list as u32;
            *end += 1;
        }
    }
    Lists { ends, items }
}
