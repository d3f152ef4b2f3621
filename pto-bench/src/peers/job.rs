//! What a runtime is given: tasks that can run in any thread, and which of them wait for which.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::workload::{CONSTANTS, Edges, GROUP, Name, WIDTH, Workload};

/// A number in a cache line of its own. Tasks that share one are ordered by their runtime, so its accesses need not
/// order anything.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Cell(AtomicU64);

/// A workload, its edges and its data.
#[derive(Debug)]
pub struct Job {
    workload: Workload,
    /// Who waits for whom.
    pub edges: Edges,
    ticks: u64,
    cells: Vec<Cell>,
}

impl Job {
    /// A job of tasks that take so many ticks.
    pub fn new(workload: Workload, ticks: u64) -> Self {
        let cells = (0..workload.written + CONSTANTS).map(|_| Cell::default());
        Self {
            edges: workload.edges(),
            ticks,
            cells: cells.collect(),
            workload,
        }
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.workload.tasks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs a task.
    #[inline]
    pub fn run(&self, task: usize) {
        let cell = |at: u32| &self.cells[at as usize].0;
        self.workload.tasks[task].run(
            task,
            self.ticks,
            |at| cell(at).load(Ordering::Relaxed),
            |at, value| cell(at).store(value, Ordering::Relaxed),
        );
    }

    /// The tasks that wait for nothing.
    pub fn roots(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&task| self.edges.producers(task).is_empty())
    }

    /// How many tasks each task waits for, to be counted down.
    pub fn counters(&self) -> Vec<AtomicU32> {
        let count = |task| AtomicU32::new(self.edges.producers(task).len() as u32);
        (0..self.len()).map(count).collect()
    }

    /// Which of two threads runs a task in a good schedule: halves of the tasks or of the stencil's width, every other
    /// group, eight in turn.
    pub fn side(&self, task: usize) -> usize {
        match self.workload.name {
            Name::Nodep | Name::Indep => usize::from(task >= self.len() / 2),
            Name::Chain => 0,
            Name::Stencil => task % WIDTH / (WIDTH / 2),
            Name::Attn => task / GROUP % 2,
            Name::Random => task / 8 % 2,
        }
    }

    /// Gives all data its initial values.
    pub fn reset(&self) {
        for (cell, value) in self.cells.iter().zip(self.workload.cells().values()) {
            cell.0.store(value, Ordering::Relaxed);
        }
    }

    /// Whether the data is what the serial loop leaves.
    pub fn is_right(&self) -> bool {
        let mut cells = self.workload.cells();
        for (place, cell) in cells.values_mut().zip(&self.cells) {
            *place = cell.0.load(Ordering::Relaxed);
        }
        self.workload.checksum_of(&cells) == self.workload.checksum
    }
}
