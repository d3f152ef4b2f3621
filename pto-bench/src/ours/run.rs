//! Running a workload on PTO.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use pto_runtime::{Error, Input, InputOutput, Report, Runtime};

use super::table::Table;
use super::{auto, by_hand, manual};
use crate::cells::{CELL, Cells};
use crate::workload::{CONSTANTS, GROUP, Name, WIDTH, Workload};

/// Who finds the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The runtime, from what each task touches.
    Auto,
    /// The compiler; in `random` the programmer, as in [`Hand`](Form::Hand).
    Manual,
    /// The programmer, who keeps the ids of tasks. For graphs of which the compiler sees too little.
    Hand,
    /// The compiler, in loops that are unrolled.
    Unrolled,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 4] = [Form::Auto, Form::Manual, Form::Hand, Form::Unrolled];

    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Auto => "auto",
            Form::Manual => "manual",
            Form::Hand => "hand",
            Form::Unrolled => "unrolled",
        }
    }

    /// Whether there is a version of a workload in this form.
    pub fn has(self, name: Name) -> bool {
        match self {
            Form::Auto | Form::Manual => true,
            Form::Hand => matches!(name, Name::Stencil | Name::Random),
            Form::Unrolled => name == Name::Chain,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Form::ALL.into_iter().find(|form| form.as_str() == text);
        found.ok_or_else(|| {
            let all = Form::ALL.map(Form::as_str).join(", ");
            format!("no form {text:?}; there are {all}")
        })
    }
}

/// What a run took.
#[derive(Clone, Debug)]
pub struct Sample {
    /// From the call of the runtime to its return, when all tasks are done.
    pub elapsed: Duration,
    /// What the runtime says of the run.
    pub report: Report,
}

/// A workload in one form, with its data and a runtime.
#[derive(Debug)]
pub struct Ours {
    workload: Workload,
    form: Form,
    ticks: u64,
    table: Table,
    cells: Cells,
    runtime: Runtime,
}

impl Ours {
    /// Gets ready to run a workload with kernels that take so many ticks of the [`clock`](crate::clock).
    ///
    /// # Panics
    /// There is no such version of the workload.
    pub fn new(workload: Workload, form: Form, ticks: u64, runtime: Runtime) -> Self {
        assert!(
            form.has(workload.name),
            "{} has no form {form}",
            workload.name
        );
        Self {
            form,
            ticks,
            table: Table::of(&workload, form),
            cells: workload.cells(),
            workload,
            runtime,
        }
    }

    /// Runs it once, from fresh data, and compares the result with that of the serial loop.
    ///
    /// # Errors
    /// The runtime refuses or fails.
    ///
    /// # Panics
    /// The result is wrong.
    pub fn run(&mut self) -> Result<Sample, Error> {
        self.cells.reset();
        let start = Instant::now();
        let report = self.launch()?;
        let elapsed = start.elapsed();
        let Self { workload, form, .. } = self;
        let sum = workload.checksum_of(&self.cells);
        assert_eq!(sum, workload.checksum, "{} {form} is wrong", workload.name);
        Ok(Sample { elapsed, report })
    }

    fn launch(&mut self) -> Result<Report, Error> {
        let (cells, constants) = self
            .cells
            .numbers_mut()
            .split_at_mut(self.workload.written * CELL);
        let data = Data {
            tasks: self.workload.tasks.len(),
            ticks: self.ticks,
            table: &self.table,
            constants: Input::from_slice(constants, [CONSTANTS * CELL])?,
            cells,
        };
        let name = self.workload.name;
        match self.form {
            Form::Auto => data.auto(name, &mut self.runtime),
            Form::Manual => data.manual(name, &mut self.runtime),
            Form::Hand => data.by_hand(name, &mut self.runtime),
            Form::Unrolled => data.unrolled(&mut self.runtime),
        }
    }
}

/// What orchestrations are given.
struct Data<'d> {
    tasks: usize,
    ticks: u64,
    table: &'d Table,
    constants: Input<'d, u64>,
    cells: &'d mut [u64],
}

impl Data<'_> {
    fn auto(self, name: Name, runtime: &mut Runtime) -> Result<Report, Error> {
        let Self {
            ticks, constants, ..
        } = self;
        let (table, cells) = (self.table.input()?, tensor(self.cells)?);
        let done = match name {
            Name::Nodep => runtime.run(auto::nodep(table, cells, ticks)),
            Name::Indep => runtime.run(auto::indep(table, cells, ticks)),
            Name::Chain => runtime.run(auto::chain(table, cells, ticks)),
            Name::Stencil => runtime.run(auto::stencil(table, cells, ticks)),
            Name::Attn => runtime.run(auto::attn(table, constants, cells, ticks, GROUP)),
            Name::Random => runtime.run(auto::random(table, cells, ticks)),
        }?;
        Ok(done.report)
    }

    fn manual(self, name: Name, runtime: &mut Runtime) -> Result<Report, Error> {
        let Self { tasks, ticks, .. } = self;
        let done = match name {
            Name::Nodep => runtime.run(manual::nodep(tensor(self.cells)?, tasks, ticks)),
            Name::Indep => runtime.run(manual::indep(tensor(self.cells)?, tasks, ticks)),
            Name::Chain => runtime.run(manual::chain(tensor(self.cells)?, tasks, ticks)),
            Name::Stencil => {
                let (even, odd) = self.cells.split_at_mut(WIDTH * CELL);
                let (even, odd) = (tensor(even)?, tensor(odd)?);
                runtime.run(manual::stencil(even, odd, tasks / WIDTH, ticks))
            }
            Name::Attn => {
                let (picks, cells) = (self.table.input()?, tensor(self.cells)?);
                runtime.run(manual::attn(picks, self.constants, cells, ticks))
            }
            Name::Random => return self.by_hand(name, runtime),
        }?;
        Ok(done.report)
    }

    fn by_hand(self, name: Name, runtime: &mut Runtime) -> Result<Report, Error> {
        let (table, cells) = (self.table, tensor(self.cells)?);
        let done = match name {
            Name::Stencil => runtime.run(by_hand::stencil(table.rows(), cells, self.ticks)),
            _ => runtime.run(by_hand::random(table.rows(), cells, self.ticks)),
        }?;
        Ok(done.report)
    }

    fn unrolled(self, runtime: &mut Runtime) -> Result<Report, Error> {
        let program = manual::unrolled_chain(tensor(self.cells)?, self.tasks, self.ticks);
        Ok(runtime.run(program)?.report)
    }
}

fn tensor(numbers: &mut [u64]) -> Result<InputOutput<'_, u64>, Error> {
    let extent = numbers.len();
    InputOutput::from_mut_slice(numbers, [extent])
}
