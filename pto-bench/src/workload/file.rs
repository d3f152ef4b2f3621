//! Workloads as files, which programs in other languages read. So there is one definition of them.
//!
//! A file is little-endian numbers of 64 bits: a mark, then how many tasks, written cells, constants and edges there are,
//! and the checksum. Then numbers of 32 bits: twelve of each task, the ends of the lists of producers, these lists,
//! the ends of the lists of consumers, these lists. `peers/common.hpp` has the other side.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{CONSTANTS, Edges, Task, Workload};

/// What a file begins with: a change of the format changes it.
const MARK: u64 = 0x3130_6863_6e65_6270;

/// Numbers of a task: kind, how many inputs and outputs, whether it updates, four inputs, two outputs, the constant
/// (the index of its cell and whether there is one).
const FIELDS: usize = 12;

impl Workload {
    /// Writes the tasks and their edges to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, edges: &Edges, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        let sizes = [self.tasks.len(), self.written, CONSTANTS, edges.count()];
        let head = sizes.map(|size| size as u64);
        for number in [&[MARK][..], &head, &[self.checksum]].concat() {
            file.write_all(&number.to_le_bytes())?;
        }
        let mut put = |numbers: &[u32]| {
            let mut each = numbers.iter().map(|number| number.to_le_bytes());
            each.try_for_each(|bytes| file.write_all(&bytes))
        };
        for task in &self.tasks {
            put(&task.fields())?;
        }
        for lists in edges.lists() {
            put(lists.ends())?;
            put(lists.items())?;
        }
        file.flush()
    }
}

impl Task {
    fn fields(&self) -> [u32; FIELDS] {
        let Self {
            kind,
            inputs: [a, b, c, d],
            outputs: [x, y],
            input_count,
            output_count,
            updates,
            constant,
        } = *self;
        let counts = [input_count, output_count].map(u32::from);
        let has = [updates, constant.is_some()].map(u32::from);
        let constant = constant.unwrap_or(0);
        [
            kind as u32,
            counts[0],
            counts[1],
            has[0],
            a,
            b,
            c,
            d,
            x,
            y,
            constant,
            has[1],
        ]
    }
}
