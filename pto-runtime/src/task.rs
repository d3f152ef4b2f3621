//! Names of tasks.

use std::fmt;

use smallvec::SmallVec;

/// The name of a task within one run: its ring and its number on that ring. It also says if the task was
/// [over](TaskId::is_over) when it was named, is an allocation, or owns nothing that anybody would have to keep.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(u64);

impl TaskId {
    /// No task. Ignored wherever a list of dependencies is given.
    pub const NONE: TaskId = TaskId(u64::MAX);

    /// The `local`-th task of `ring`.
    #[inline]
    pub const fn new(ring: u8, local: u32) -> Self {
        TaskId((ring as u64) << 32 | local as u64)
    }

    /// Set if the task is over; beside ring and number.
    const OVER: u64 = 1 << 40;

    /// The `local`-th task of `ring`, which is over.
    #[inline]
    pub(crate) const fn over(ring: u8, local: u32) -> Self {
        TaskId(TaskId::new(ring, local).0 | TaskId::OVER)
    }

    /// Whether nobody has to wait for the task or to keep it: it was run at once and has created nothing. So it is for
    /// [`TaskId::NONE`].
    #[inline]
    pub const fn is_over(self) -> bool {
        self.0 & TaskId::OVER != 0
    }

    /// Set if nobody has to keep the task, which others may be waiting for; beside ring and number.
    const BARE: u64 = 1 << 41;

    /// The `local`-th task of `ring`, which owns nothing.
    #[inline]
    pub(crate) const fn bare(ring: u8, local: u32) -> Self {
        TaskId(TaskId::new(ring, local).0 | TaskId::BARE)
    }

    /// Set if the task is an allocation, for which nobody has to wait; beside ring and number.
    const ALLOCATION: u64 = 1 << 42;

    /// The `local`-th task of `ring`, which is an allocation.
    #[inline]
    pub(crate) const fn allocation(ring: u8, local: u32) -> Self {
        TaskId(TaskId::new(ring, local).0 | TaskId::ALLOCATION)
    }

    /// Whether the task is known to be an allocation.
    #[inline]
    pub(crate) const fn is_allocation(self) -> bool {
        self.0 & (TaskId::OVER | TaskId::ALLOCATION) == TaskId::ALLOCATION
    }

    /// Whether nobody has to keep the task, and it is not known to be over.
    #[inline]
    pub(crate) const fn is_bare(self) -> bool {
        self.0 & (TaskId::OVER | TaskId::BARE) == TaskId::BARE
    }

    /// Whether nobody has to keep the task, of one that is not known to be over.
    #[inline]
    pub(crate) const fn owns_nothing(self) -> bool {
        self.0 & TaskId::BARE != 0
    }

    /// Whether it is a task of that ring, and not known to be over.
    #[inline]
    pub(crate) const fn is_on(self, ring: usize) -> bool {
        (self.0 & !(TaskId::BARE | TaskId::ALLOCATION)) >> 32 == ring as u64
    }

    /// Whether this is one of the `count` tasks from `first` on, and says as much as that one.
    #[inline]
    pub(crate) const fn is_among(self, first: TaskId, count: u32) -> bool {
        self.0.wrapping_sub(first.0) < count as u64
    }

    /// The ring the task lives on.
    #[inline]
    pub const fn ring(self) -> usize {
        (self.0 >> 32) as u8 as usize
    }

    /// The task's number on its ring, counted from 0 in each run.
    #[inline]
    pub const fn local(self) -> u32 {
        self.0 as u32
    }

    /// Whether this is [`TaskId::NONE`].
    #[inline]
    pub const fn is_none(self) -> bool {
        self.0 == u64::MAX
    }
}

impl Default for TaskId {
    fn default() -> Self {
        TaskId::NONE
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            f.write_str("none")
        } else {
            write!(f, "r{}:{}", self.ring(), self.local())
        }
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A list of task ids that is built up by a loop and waited for after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskSet(SmallVec<[TaskId; 8]>);

impl TaskSet {
    /// An empty set.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Some tasks, and those of some lists. Those that are [over](TaskId::is_over) are left out.
    #[inline]
    pub fn joined(ids: &[TaskId], lists: &[&[TaskId]]) -> Self {
        let mut set = TaskSet::new();
        set.push_pending(ids);
        for list in lists {
            set.push_pending(list);
        }
        set
    }

    /// Adds those that are not over. Mostly all of them are.
    #[inline]
    fn push_pending(&mut self, ids: &[TaskId]) {
        for &id in ids {
            if !id.is_over() {
                self.push(id);
            }
        }
    }

    /// Adds a task; [`TaskId::NONE`] is not kept.
    #[inline]
    pub fn push(&mut self, id: TaskId) {
        if !id.is_none() {
            self.0.push(id);
        }
    }

    /// Adds a task, after forgetting those that do not `matter` any more if there is no room: a set of tasks that soon
    /// cease to matter stays small.
    #[inline]
    pub(crate) fn push_among(&mut self, id: TaskId, matter: impl Fn(TaskId) -> bool) {
        if self.0.len() == self.0.capacity() {
            self.0.retain(|known| matter(*known));
        }
        self.push(id);
    }

    /// Forgets all tasks.
    #[inline]
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The tasks, in the order they were added.
    #[inline]
    pub fn as_slice(&self) -> &[TaskId] {
        &self.0
    }

    /// How many tasks there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<TaskId> for TaskSet {
    fn extend<I: IntoIterator<Item = TaskId>>(&mut self, ids: I) {
        ids.into_iter().for_each(|id| self.push(id));
    }
}

impl FromIterator<TaskId> for TaskSet {
    fn from_iter<I: IntoIterator<Item = TaskId>>(ids: I) -> Self {
        let mut set = TaskSet::new();
        set.extend(ids);
        set
    }
}

impl std::ops::Deref for TaskSet {
    type Target = [TaskId];
    fn deref(&self) -> &[TaskId] {
        self.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_show_ring_and_number() {
        assert_eq!(TaskId::new(1, 3).to_string(), "r1:3");
        assert_eq!(TaskId::new(3, u32::MAX).local(), u32::MAX);
        assert_eq!(TaskId::new(0, 0).ring(), 0);
        assert!(!TaskId::new(0, 0).is_none());
        assert_eq!(TaskId::NONE.to_string(), "none");
        assert_eq!(TaskId::over(2, 7).to_string(), "r2:7");
        assert_eq!(
            (TaskId::over(2, 7).ring(), TaskId::over(2, 7).local()),
            (2, 7)
        );
        assert!(TaskId::over(2, 7).is_among(TaskId::over(2, 0), 8));
        for other in [
            TaskId::over(2, 8),
            TaskId::new(2, 7),
            TaskId::over(3, 7),
            TaskId::NONE,
        ] {
            assert!(!other.is_among(TaskId::over(2, 0), 8), "{other}");
        }
        assert!(TaskId::over(0, 0).is_over() && !TaskId::new(3, u32::MAX).is_over());
    }

    #[test]
    fn sets_skip_the_absent_task() {
        let set: TaskSet = [TaskId::NONE, TaskId::new(0, 1)].into_iter().collect();
        assert_eq!(set.as_slice(), [TaskId::new(0, 1)]);
    }
}
