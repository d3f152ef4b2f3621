//! Task ids by the values of loop variables.

use crate::hash::KeyMap;
use crate::task::{TaskId, TaskSet};

/// Tasks by key: the values that `N` loop variables had when they were submitted. Those that are [over](TaskId::is_over) are
/// left out.
#[derive(Clone, Debug, Default)]
pub struct TaskTable<const N: usize>(KeyMap<[usize; N], TaskSet>);

impl<const N: usize> TaskTable<N> {
    /// An empty table.
    #[inline]
    pub fn new() -> Self {
        TaskTable(KeyMap::default())
    }

    /// Makes a task the only one of its key.
    #[inline]
    pub fn set(&mut self, key: [usize; N], id: TaskId) {
        // Mostly no task has to be waited for, and the table stays empty.
        if !(id.is_over() && self.0.is_empty()) {
            self.replace(key, id);
        }
    }

    #[inline(never)]
    fn replace(&mut self, key: [usize; N], id: TaskId) {
        if id.is_over() {
            self.0.remove(&key);
            return;
        }
        let tasks = self.0.entry(key).or_default();
        tasks.clear();
        tasks.push(id);
    }

    /// The tasks of a key, to add `id`; `None` if there is nothing to add.
    #[inline]
    pub fn at(&mut self, key: [usize; N], id: TaskId) -> Option<&mut TaskSet> {
        (!id.is_over()).then(|| self.0.entry(key).or_default())
    }

    /// The tasks of a key.
    #[inline]
    pub fn get(&self, key: [usize; N]) -> &[TaskId] {
        self.0.get(&key).map_or(&[], TaskSet::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_latest_or_all_of_its_tasks() {
        let id = |local| TaskId::new(0, local);
        let mut table = TaskTable::new();
        table.set([1, 2], id(0));
        table.set([1, 2], id(1));
        for local in [2, 3] {
            table.at([2, 1], id(local)).unwrap().push(id(local));
        }
        assert_eq!(table.get([1, 2]), [id(1)]);
        assert_eq!(table.get([2, 1]), [id(2), id(3)]);
        assert_eq!(table.get([1, usize::MAX]), []);
        let over = TaskId::over(0, 4);
        table.set([1, 2], over);
        assert_eq!(table.get([1, 2]), []);
        assert!(table.at([2, 1], over).is_none());
        assert_eq!(table.get([2, 1]), [id(2), id(3)]);
    }
}
