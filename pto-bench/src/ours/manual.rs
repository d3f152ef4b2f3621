//! MANUAL scopes whose edges the compiler infers: nothing is looked up while they run.

use pto_runtime::prelude::*;

use super::SCOPE;
use super::kernels;
use crate::cells::CELL;
use crate::workload::{BLOCKS, GROUP};

/// How many steps of the stencil are in a scope.
const STEPS: usize = SCOPE / 16;

/// Every task writes a tile.
#[orchestration]
pub fn nodep(cells: InOut<u64>, tasks: usize, ticks: u64) {
    for from in (0..tasks).step_by(SCOPE) {
        manual_scope!({
            for id in from..tasks.min(from + SCOPE) {
                kernels::undeclared(&mut cells.view_mut([id * CELL..(id + 1) * CELL]), id, ticks);
            }
        });
    }
}

/// Every task writes a tile.
#[orchestration]
pub fn indep(cells: InOut<u64>, tasks: usize, ticks: u64) {
    for from in (0..tasks).step_by(SCOPE) {
        manual_scope!({
            for id in from..tasks.min(from + SCOPE) {
                kernels::independent(&mut cells.view_mut([id * CELL..(id + 1) * CELL]), id, ticks);
            }
        });
    }
}

/// Every task updates the one cell.
#[orchestration]
pub fn chain(cell: InOut<u64>, tasks: usize, ticks: u64) {
    for from in (0..tasks).step_by(SCOPE) {
        manual_scope!({
            for id in from..tasks.min(from + SCOPE) {
                kernels::step(&mut cell, id, ticks);
            }
        });
    }
}

/// The chain, eight links at a time.
#[orchestration]
pub fn unrolled_chain(cell: InOut<u64>, tasks: usize, ticks: u64) {
    for from in (0..tasks).step_by(SCOPE) {
        manual_scope!({
            #[unroll(8)]
            for id in from..tasks.min(from + SCOPE) {
                kernels::step(&mut cell, id, ticks);
            }
        });
    }
}

/// Two buffers in turn. The first and the last point of a step are neighbours.
#[orchestration]
pub fn stencil(even: InOut<u64>, odd: InOut<u64>, steps: usize, ticks: u64) {
    for from in (0..steps).step_by(STEPS) {
        manual_scope!({
            for at in (from..steps.min(from + STEPS)).step_by(2) {
                let id = at * 16;
                kernels::stencil(
                    &odd.view([15 * CELL..16 * CELL]),
                    &odd.view([0..CELL]),
                    &odd.view([CELL..2 * CELL]),
                    &mut even.view_mut([0..CELL]),
                    id,
                    ticks,
                );
                for i in 1..15 {
                    kernels::stencil(
                        &odd.view([(i - 1) * CELL..i * CELL]),
                        &odd.view([i * CELL..(i + 1) * CELL]),
                        &odd.view([(i + 1) * CELL..(i + 2) * CELL]),
                        &mut even.view_mut([i * CELL..(i + 1) * CELL]),
                        id + i,
                        ticks,
                    );
                }
                kernels::stencil(
                    &odd.view([14 * CELL..15 * CELL]),
                    &odd.view([15 * CELL..16 * CELL]),
                    &odd.view([0..CELL]),
                    &mut even.view_mut([15 * CELL..16 * CELL]),
                    id + 15,
                    ticks,
                );
                let id = id + 16;
                kernels::stencil(
                    &even.view([15 * CELL..16 * CELL]),
                    &even.view([0..CELL]),
                    &even.view([CELL..2 * CELL]),
                    &mut odd.view_mut([0..CELL]),
                    id,
                    ticks,
                );
                for i in 1..15 {
                    kernels::stencil(
                        &even.view([(i - 1) * CELL..i * CELL]),
                        &even.view([i * CELL..(i + 1) * CELL]),
                        &even.view([(i + 1) * CELL..(i + 2) * CELL]),
                        &mut odd.view_mut([i * CELL..(i + 1) * CELL]),
                        id + i,
                        ticks,
                    );
                }
                kernels::stencil(
                    &even.view([14 * CELL..15 * CELL]),
                    &even.view([15 * CELL..16 * CELL]),
                    &even.view([0..CELL]),
                    &mut odd.view_mut([15 * CELL..16 * CELL]),
                    id + 15,
                    ticks,
                );
            }
        });
    }
}

/// Groups of blocks, a scope for each group. `picks` has the key and the value of each block.
#[orchestration]
pub fn attn(picks: In<u32>, constants: In<u64>, cells: InOut<u64>, ticks: u64) {
    parallel_for!(0..cells.len() / (GROUP * CELL), |g| {
        manual_scope!({
            let mut group = cells.view_mut([g * GROUP * CELL..(g + 1) * GROUP * CELL]);
            let mut sum = group.view_mut([0..CELL]);
            kernels::first(&mut sum, g * GROUP, ticks);
            for b in 0..BLOCKS {
                let id = g * GROUP + 1 + 4 * b;
                let mut block = group.view_mut([(1 + 4 * b) * CELL..(5 + 4 * b) * CELL]);
                let key = picks[[g * BLOCKS + b, 0]] as usize * CELL;
                let value = picks[[g * BLOCKS + b, 1]] as usize * CELL;
                kernels::scores(
                    &constants.view([key..key + CELL]),
                    &mut block.view_mut([0..CELL]),
                    id,
                    ticks,
                );
                kernels::weights(
                    &block.view([0..CELL]),
                    &mut block.view_mut([CELL..2 * CELL]),
                    &mut block.view_mut([2 * CELL..3 * CELL]),
                    id + 1,
                    ticks,
                );
                kernels::product(
                    &block.view([CELL..2 * CELL]),
                    &constants.view([value..value + CELL]),
                    &mut block.view_mut([3 * CELL..4 * CELL]),
                    id + 2,
                    ticks,
                );
                kernels::update(
                    &block.view([2 * CELL..3 * CELL]),
                    &block.view([3 * CELL..4 * CELL]),
                    &mut sum,
                    id + 3,
                    ticks,
                );
            }
        });
    });
}
