//! Tables of numbers that orchestrations read.

use pto_runtime::{Error, Input};

use super::Form;
use crate::workload::{Name, Task, Workload};

/// Rows of the same width.
#[derive(Debug)]
pub(super) struct Table {
    columns: usize,
    numbers: Vec<u32>,
}

impl Table {
    /// What a version of a workload has to be told of its tasks; nothing if it has formulas.
    pub(super) fn of(workload: &Workload, form: Form) -> Self {
        match (form, workload.name) {
            (Form::Auto | Form::Hand, _) | (_, Name::Random) => Self::cells(workload),
            (_, Name::Attn) => Self::picks(workload),
            _ => Self {
                columns: 1,
                numbers: Vec::new(),
            },
        }
    }

    /// A row for each task: the cells it reads, those it writes, and the constant, counted from the first constant.
    fn cells(workload: &Workload) -> Self {
        let used = |task: &Task| -> Vec<u32> {
            let constant = task.constant.map(|cell| cell - workload.written as u32);
            let cells = task.inputs().iter().chain(task.outputs());
            cells.copied().chain(constant).collect()
        };
        let columns = workload.tasks.iter().map(|task| used(task).len()).max();
        let columns = columns.unwrap_or(1);
        let row = |task| {
            let mut row = used(task);
            row.resize(columns, 0);
            row
        };
        Self {
            columns,
            numbers: workload.tasks.iter().flat_map(row).collect(),
        }
    }

    /// The constants that the blocks of attention read, key and value of each.
    fn picks(workload: &Workload) -> Self {
        let constants = workload.tasks.iter().filter_map(|task| task.constant);
        let written = workload.written as u32;
        Self {
            columns: 2,
            numbers: constants.map(|cell| cell - written).collect(),
        }
    }

    /// As a tensor of rows.
    pub(super) fn input(&self) -> Result<Input<'_, u32>, Error> {
        Input::from_slice(
            &self.numbers,
            [self.numbers.len() / self.columns, self.columns],
        )
    }

    /// Its rows, which have `N` columns.
    pub(super) fn rows<const N: usize>(&self) -> &[[u32; N]] {
        self.numbers.as_chunks().0
    }
}
