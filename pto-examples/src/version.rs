//! The five versions, by name.

use clap::ValueEnum;
use pto_runtime::{Input, InputOutput, Report, Runtime};

use crate::attention::Problem;
use crate::error::Error;
use crate::orchestrations;

/// A version of paged attention; see [`orchestrations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Version {
    /// AUTO scopes for tiles and blocks: the runtime finds every edge.
    Auto,
    /// A MANUAL scope for each tile, whose edges the compiler infers.
    Manual,
    /// A MANUAL scope for each tile, whose edges are written by hand, and checked.
    Explicit,
    /// The AUTO scopes, four blocks to a turn of the loop.
    UnrollAuto,
    /// The MANUAL scope with inferred edges, four blocks to a turn of the loop.
    UnrollManual,
}

/// Which scopes the MANUAL versions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// One for each tile.
    Tiles,
    /// One for each tile, and in it one for each block: see [`orchestrations::nested`].
    Blocks,
}

impl Version {
    /// All versions, the one the others are compared with first.
    pub const ALL: [Version; 5] = [
        Version::Auto,
        Version::Manual,
        Version::Explicit,
        Version::UnrollAuto,
        Version::UnrollManual,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Version::Auto => "auto",
            Version::Manual => "manual",
            Version::Explicit => "explicit",
            Version::UnrollAuto => "unroll-auto",
            Version::UnrollManual => "unroll-manual",
        }
    }

    /// Who finds the edges, in a line: what `--help` says of it.
    pub fn summary(self) -> String {
        let value = self.to_possible_value();
        value
            .and_then(|value| value.get_help().map(ToString::to_string))
            .unwrap_or_default()
    }

    /// The scopes that a run on `problem` needs if its rings have `window` slots.
    pub fn scopes(self, problem: &Problem, window: usize) -> Scopes {
        // One slot of a ring stays free.
        if self.largest_scope(problem) < window {
            Scopes::Tiles
        } else {
            Scopes::Blocks
        }
    }

    /// The most tasks that one scope holds if there are none for blocks.
    fn largest_scope(self, problem: &Problem) -> usize {
        let blocks = (0..problem.geometry.batch)
            .map(|batch| problem.blocks_of(batch))
            .max()
            .unwrap_or(0);
        match self {
            // These have scopes for blocks in any case.
            Version::Auto | Version::UnrollAuto => 4,
            Version::Manual | Version::Explicit | Version::UnrollManual => 1 + 4 * blocks,
        }
    }

    /// Solves a problem; `out` is `[batch * heads, head_dim]`.
    pub fn run(
        self,
        runtime: &mut Runtime,
        problem: &Problem,
        scopes: Scopes,
        out: &mut [f32],
    ) -> Result<Report, Error> {
        let geometry = problem.geometry;
        let rows = [geometry.rows(), geometry.head_dim];
        let cache = [geometry.blocks * geometry.block_size, geometry.head_dim];
        macro_rules! run {
            ($($version:ident)::+) => {
                runtime.run(orchestrations::$($version)::+(
                    Input::from_slice(&problem.query, rows)?,
                    Input::from_slice(&problem.key, cache)?,
                    Input::from_slice(&problem.value, cache)?,
                    Input::from_slice(&problem.table, [geometry.batch, geometry.max_blocks])?,
                    Input::from_slice(&problem.lens, [geometry.batch])?,
                    InputOutput::from_mut_slice(out, rows)?,
                    problem.scale,
                    geometry.heads,
                    geometry.tile_rows(),
                    geometry.block_size,
                ))?
            };
        }
        let done = match (self, scopes) {
            (Version::Auto, _) => run!(auto),
            (Version::Manual, Scopes::Tiles) => run!(inferred),
            (Version::Manual, Scopes::Blocks) => run!(nested::inferred),
            (Version::Explicit, Scopes::Tiles) => run!(explicit),
            (Version::Explicit, Scopes::Blocks) => run!(nested::explicit),
            (Version::UnrollAuto, _) => run!(unrolled_auto),
            (Version::UnrollManual, Scopes::Tiles) => run!(unrolled_inferred),
            (Version::UnrollManual, Scopes::Blocks) => run!(nested::unrolled_inferred),
        };
        Ok(done.report)
    }
}
