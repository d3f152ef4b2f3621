//! AUTO scopes, and cells that are named by a table: the runtime finds every edge, from what each task touches.
//!
//! `table` has a row for each task: its inputs, then its outputs, then the constant it reads, as far as it has such.
//! The index of a cell comes out of it, so the compiler knows nothing of which cells are the same.

use pto_runtime::prelude::*;

use super::SCOPE;
use super::kernels;
use crate::cells::CELL;

/// Every task writes a cell, and declares that this needs no order.
#[orchestration]
pub fn nodep(table: In<u32>, cells: InOut<u64>, ticks: u64) {
    for from in (0..table.dim(0)).step_by(SCOPE) {
        scope!({
            for id in from..table.dim(0).min(from + SCOPE) {
                let out = table[[id, 0]] as usize * CELL;
                #[task(unsafe(no_dep(cells)))]
                kernels::undeclared(&mut cells.view_mut([out..out + CELL]), id, ticks);
            }
        });
    }
}

/// Every task writes a cell.
#[orchestration]
pub fn indep(table: In<u32>, cells: InOut<u64>, ticks: u64) {
    for from in (0..table.dim(0)).step_by(SCOPE) {
        scope!({
            for id in from..table.dim(0).min(from + SCOPE) {
                let out = table[[id, 0]] as usize * CELL;
                kernels::independent(&mut cells.view_mut([out..out + CELL]), id, ticks);
            }
        });
    }
}

/// Every task updates a cell.
#[orchestration]
pub fn chain(table: In<u32>, cells: InOut<u64>, ticks: u64) {
    for from in (0..table.dim(0)).step_by(SCOPE) {
        scope!({
            for id in from..table.dim(0).min(from + SCOPE) {
                let cell = table[[id, 0]] as usize * CELL;
                kernels::step(&mut cells.view_mut([cell..cell + CELL]), id, ticks);
            }
        });
    }
}

/// Every task reads three cells and writes one.
#[orchestration]
pub fn stencil(table: In<u32>, cells: InOut<u64>, ticks: u64) {
    for from in (0..table.dim(0)).step_by(SCOPE) {
        scope!({
            for id in from..table.dim(0).min(from + SCOPE) {
                let left = table[[id, 0]] as usize * CELL;
                let middle = table[[id, 1]] as usize * CELL;
                let right = table[[id, 2]] as usize * CELL;
                let out = table[[id, 3]] as usize * CELL;
                kernels::stencil(
                    &cells.view([left..left + CELL]),
                    &cells.view([middle..middle + CELL]),
                    &cells.view([right..right + CELL]),
                    &mut cells.view_mut([out..out + CELL]),
                    id,
                    ticks,
                );
            }
        });
    }
}

/// Groups of blocks, a scope for each group.
#[orchestration]
pub fn attn(table: In<u32>, constants: In<u64>, cells: InOut<u64>, ticks: u64, group: usize) {
    for at in (0..table.dim(0)).step_by(group) {
        scope!({
            let sum = table[[at, 0]] as usize * CELL;
            kernels::first(&mut cells.view_mut([sum..sum + CELL]), at, ticks);
            for id in (at + 1..at + group).step_by(4) {
                let scores = table[[id, 0]] as usize * CELL;
                let key = table[[id, 1]] as usize * CELL;
                kernels::scores(
                    &constants.view([key..key + CELL]),
                    &mut cells.view_mut([scores..scores + CELL]),
                    id,
                    ticks,
                );
                let scores = table[[id + 1, 0]] as usize * CELL;
                let weights = table[[id + 1, 1]] as usize * CELL;
                let norm = table[[id + 1, 2]] as usize * CELL;
                kernels::weights(
                    &cells.view([scores..scores + CELL]),
                    &mut cells.view_mut([weights..weights + CELL]),
                    &mut cells.view_mut([norm..norm + CELL]),
                    id + 1,
                    ticks,
                );
                let weights = table[[id + 2, 0]] as usize * CELL;
                let product = table[[id + 2, 1]] as usize * CELL;
                let value = table[[id + 2, 2]] as usize * CELL;
                kernels::product(
                    &cells.view([weights..weights + CELL]),
                    &constants.view([value..value + CELL]),
                    &mut cells.view_mut([product..product + CELL]),
                    id + 2,
                    ticks,
                );
                let norm = table[[id + 3, 0]] as usize * CELL;
                let product = table[[id + 3, 1]] as usize * CELL;
                let sum = table[[id + 3, 2]] as usize * CELL;
                kernels::update(
                    &cells.view([norm..norm + CELL]),
                    &cells.view([product..product + CELL]),
                    &mut cells.view_mut([sum..sum + CELL]),
                    id + 3,
                    ticks,
                );
            }
        });
    }
}

/// Every task reads four cells and writes one.
#[orchestration]
pub fn random(table: In<u32>, cells: InOut<u64>, ticks: u64) {
    for from in (0..table.dim(0)).step_by(SCOPE) {
        scope!({
            for id in from..table.dim(0).min(from + SCOPE) {
                let a = table[[id, 0]] as usize * CELL;
                let b = table[[id, 1]] as usize * CELL;
                let c = table[[id, 2]] as usize * CELL;
                let d = table[[id, 3]] as usize * CELL;
                let out = table[[id, 4]] as usize * CELL;
                kernels::gather(
                    &cells.view([a..a + CELL]),
                    &cells.view([b..b + CELL]),
                    &cells.view([c..c + CELL]),
                    &cells.view([d..d + CELL]),
                    &mut cells.view_mut([out..out + CELL]),
                    id,
                    ticks,
                );
            }
        });
    }
}
