//! The task graphs that are compared, as tables: of each task what it reads and writes.
//!
//! | workload | graph |
//! |---|---|
//! | `nodep` | independent tasks that declare nothing |
//! | `indep` | independent tasks, each declares that it writes a cell |
//! | `chain` | all tasks update one cell |
//! | `stencil` | 16 wide: each task reads three neighbours of the step before; two buffers in turn |
//! | `attn` | groups of 1 + 16 x 4 tasks: first, then 16 times scores, weights, product, update of the group's cell |
//! | `random` | each task reads four of the last 256 results |

mod build;
mod edges;
mod file;
mod value;

use std::fmt;
use std::str::FromStr;

use crate::cells::{CELL, Cells};
use crate::clock;

pub use edges::{Edges, Lists};
pub use value::Value;

/// How wide a stencil is.
pub const WIDTH: usize = 16;
/// Blocks of a group of `attn`.
pub const BLOCKS: usize = 16;
/// Tasks, and cells, of a group of `attn`.
pub const GROUP: usize = 1 + 4 * BLOCKS;
/// Cells that are only read, behind those that are written.
pub const CONSTANTS: usize = 64;

/// One of the six task graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table of the module says what they are")]
pub enum Name {
    Nodep,
    Indep,
    Chain,
    Stencil,
    Attn,
    Random,
}

impl Name {
    /// All of them.
    pub const ALL: [Name; 6] = [
        Name::Nodep,
        Name::Indep,
        Name::Chain,
        Name::Stencil,
        Name::Attn,
        Name::Random,
    ];

    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Name::Nodep => "nodep",
            Name::Indep => "indep",
            Name::Chain => "chain",
            Name::Stencil => "stencil",
            Name::Attn => "attn",
            Name::Random => "random",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Name::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| {
            let all = Name::ALL.map(Name::as_str).join(", ");
            format!("no workload {text:?}; there are {all}")
        })
    }
}

/// What a task does, which is part of its arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "each is a step of one of the graphs")]
pub enum Kind {
    Nodep,
    Out,
    Step,
    Stencil,
    First,
    Scores,
    Weights,
    Product,
    Update,
    Gather,
}

/// One task: the cells it uses.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// What it does.
    pub kind: Kind,
    inputs: [u32; 4],
    outputs: [u32; 2],
    input_count: u8,
    output_count: u8,
    /// Whether it reads its first output as well.
    pub updates: bool,
    /// A cell that no task writes.
    pub constant: Option<u32>,
}

impl Task {
    /// The cells it reads, other than one it updates.
    #[inline]
    pub fn inputs(&self) -> &[u32] {
        &self.inputs[..self.input_count as usize]
    }

    /// The cells it writes.
    #[inline]
    pub fn outputs(&self) -> &[u32] {
        &self.outputs[..self.output_count as usize]
    }

    /// Does its arithmetic, which takes so many ticks more, on cells that others see to.
    #[inline]
    pub fn run(&self, id: usize, ticks: u64, get: impl Fn(u32) -> u64, set: impl Fn(u32, u64)) {
        let mut value = Value::new(id as u64, self.kind);
        for &input in self.inputs() {
            value = value.reading(get(input));
        }
        if let Some(constant) = self.constant {
            value = value.with_constant(get(constant));
        }
        if self.updates {
            value = value.reading(get(self.outputs[0]));
        }
        clock::spin(ticks);
        for (n, &output) in self.outputs().iter().enumerate() {
            set(output, value.output(n as u64));
        }
    }
}

/// A task graph of a certain size.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Which of the six.
    pub name: Name,
    /// The tasks in the order of the program.
    pub tasks: Vec<Task>,
    /// How many cells tasks write, or read before any task has written them. [`CONSTANTS`] more follow.
    pub written: usize,
    /// The checksum of these cells after the run.
    pub checksum: u64,
}

impl Workload {
    /// The workload of about so many tasks: as many as whole groups, or pairs of steps, have.
    pub fn new(name: Name, tasks: usize) -> Self {
        let mut workload = build::build(name, tasks);
        let mut cells = workload.cells();
        workload.run_serially(&mut cells, 0);
        workload.checksum = workload.checksum_of(&cells);
        workload
    }

    /// Cells for it, with their initial values.
    pub fn cells(&self) -> Cells {
        Cells::new(self.written + CONSTANTS)
    }

    /// The checksum of cells after a run.
    pub fn checksum_of(&self, cells: &Cells) -> u64 {
        cells.checksum(self.written)
    }

    /// Runs one task after the other.
    pub fn run_serially(&self, cells: &mut Cells, ticks: u64) {
        let cells = std::cell::Cell::from_mut(cells.numbers_mut()).as_slice_of_cells();
        let cell = |at: u32| &cells[at as usize * CELL];
        for (id, task) in self.tasks.iter().enumerate() {
            task.run(
                id,
                ticks,
                |at| cell(at).get(),
                |at, value| cell(at).set(value),
            );
        }
    }

    /// Which tasks each task has to wait for.
    pub fn edges(&self) -> Edges {
        Edges::of(self)
    }
}

#[cfg(test)]
mod tests;
