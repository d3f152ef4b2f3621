//! Sequences to attend to, as several scenes have them.

use pto_runtime::Report;

use super::{Ran, worst};
use crate::attention::{Geometry, Problem, attention, generate};

/// Sequences of a scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequences {
    /// The contexts of the sequences, in turn.
    contexts: &'static [usize],
    /// How many sequences there are.
    pub(super) count: usize,
}

impl Sequences {
    /// `count` sequences that have these contexts in turn.
    pub(super) const fn new(contexts: &'static [usize], count: usize) -> Self {
        Self { contexts, count }
    }

    fn context(self, sequence: usize) -> usize {
        self.contexts[sequence % self.contexts.len()]
    }

    /// How many tokens each sequence attends to.
    pub(super) fn contexts(self) -> impl Iterator<Item = usize> + Clone {
        (0..self.count).map(move |sequence| self.context(sequence))
    }

    /// The problem of these sequences: heads, size of a head, and tokens of a block. Sequences share the blocks of the cache.
    pub(super) fn geometry(self, [heads, head_dim, block_size]: [usize; 3]) -> Geometry {
        let longest = self.contexts.iter().copied().max().unwrap_or(0);
        Geometry {
            batch: self.count,
            heads,
            head_dim,
            block_size,
            blocks: 64 * self.count.min(4),
            max_blocks: longest.div_ceil(block_size),
        }
    }

    /// Has `run` solve the problem with inputs of that seed, and compares the result with the textbook's.
    pub(super) fn solve(
        self,
        geometry: Geometry,
        seed: u64,
        run: impl FnOnce(&Problem, &mut [f32]) -> Result<Report, crate::Error>,
    ) -> Result<Ran, crate::Error> {
        let problem = generate(geometry, |sequence| self.context(sequence), seed);
        // What is not written shows.
        let mut out = vec![f32::NAN; geometry.query_len()];
        let report = run(&problem, &mut out)?;
        Ok(Ran {
            error: worst(&out, attention(&problem), 1e-3),
            report,
        })
    }
}
