//! MANUAL scopes whose edges are wired by hand, in the runtime's own terms.
//!
//! Which of the last results a task of `random` reads comes out of a table, so no compiler can say for which tasks it
//! waits. A program that knows them keeps their ids. That of the stencil keeps the ids of the step before.
//!
//! Both take the table of their [`auto`](super::auto) versions.

use std::ops::Range;

use pto_runtime::{Deps, Error, InputOutput, Native, Root, Site, TaskId, read, write};

use super::{SCOPE, kernels};
use crate::cells::CELL;

/// Every task reads four cells and writes one, a cell of its own.
pub fn random<'env>(
    table: &'env [[u32; 5]],
    cells: InputOutput<'env, u64>,
    ticks: u64,
) -> impl FnOnce(&Root<'env, Native>) -> Result<(), Error> {
    move |root| {
        let mut cells = root.inout(cells);
        // Who writes a cell.
        let mut writers = vec![TaskId::NONE; cells.len() / CELL];
        for (from, rows) in (0..).step_by(SCOPE).zip(table.chunks(SCOPE)) {
            // SAFETY: all tasks of the run are launched below.
            let scope = unsafe { root.manual(Site::here("tasks"))? };
            for (id, &[a, b, c, d, out]) in (from..).zip(rows) {
                let mut call = kernels::gather::call(
                    read(&cells.view(tile(a))?),
                    read(&cells.view(tile(b))?),
                    read(&cells.view(tile(c))?),
                    read(&cells.view(tile(d))?),
                    write(&mut cells.view_mut(tile(out))?),
                    id,
                    ticks,
                );
                // SAFETY: each cell is written once, before it is read, and its readers wait for its writer. It is host
                // memory, which nothing has to keep.
                let launched = unsafe {
                    match scope.now(&mut call, const { &Site::here("gather") }) {
                        Some(launched) => launched,
                        // Edges are only looked up if they matter.
                        None => {
                            let producers = [a, b, c, d].map(|cell| writers[cell as usize]);
                            let deps = Deps {
                                explicit: &producers,
                                ..Deps::NONE
                            };
                            scope.submit(call, const { &Site::here("gather") }, deps)?
                        }
                    }
                };
                writers[out as usize] = launched.id();
            }
        }
        Ok(())
    }
}

/// Every task reads three cells and writes one, which nobody but the three writers of the cells has read.
pub fn stencil<'env>(
    table: &'env [[u32; 4]],
    cells: InputOutput<'env, u64>,
    ticks: u64,
) -> impl FnOnce(&Root<'env, Native>) -> Result<(), Error> {
    move |root| {
        let mut cells = root.inout(cells);
        // Who writes a cell: before that, its readers are done.
        let mut writers = vec![TaskId::NONE; cells.len() / CELL];
        for (from, rows) in (0..).step_by(SCOPE).zip(table.chunks(SCOPE)) {
            // SAFETY: all tasks of the run are launched below.
            let scope = unsafe { root.manual(Site::here("tasks"))? };
            for (id, &[left, middle, right, out]) in (from..).zip(rows) {
                let mut call = kernels::stencil::call(
                    read(&cells.view(tile(left))?),
                    read(&cells.view(tile(middle))?),
                    read(&cells.view(tile(right))?),
                    write(&mut cells.view_mut(tile(out))?),
                    id,
                    ticks,
                );
                // SAFETY: the task waits for the writers of what it reads. They have waited for the last writer of what it
                // writes, and they are its only readers. It is host memory, which nothing has to keep.
                let launched = unsafe {
                    match scope.now(&mut call, const { &Site::here("stencil") }) {
                        Some(launched) => launched,
                        // Edges are only looked up if they matter.
                        None => {
                            let producers =
                                [left, middle, right].map(|cell| writers[cell as usize]);
                            let deps = Deps {
                                explicit: &producers,
                                ..Deps::NONE
                            };
                            scope.submit(call, const { &Site::here("stencil") }, deps)?
                        }
                    }
                };
                writers[out as usize] = launched.id();
            }
        }
        Ok(())
    }
}

fn tile(cell: u32) -> Range<usize> {
    cell as usize * CELL..(cell as usize + 1) * CELL
}
