//! Task ids by the values of loop variables.

use crate::hash::KeyMap;
use crate::task::{TaskId, TaskSet};

/// Tasks by key: the values that `N` loop variables had when they were submitted.
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
        let tasks = self.0.entry(key).or_default();
        tasks.clear();
        tasks.push(id);
    }

    /// The tasks of a key, to add one.
    #[inline]
    pub fn at(&mut self, key: [usize; N]) -> &mut TaskSet {
        self.0.entry(key).or_default()
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
        table.at([2, 1]).push(id(2));
        table.at([2, 1]).push(id(3));
        assert_eq!(table.get([1, 2]), [id(1)]);
        assert_eq!(table.get([2, 1]), [id(2), id(3)]);
        assert_eq!(table.get([1, usize::MAX]), []);
    }
}
