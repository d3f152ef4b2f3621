//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Growth goes up to this power of ten.
const MOST: i64 = 7;

/// Measures PTO beside other task runtimes: the same task graphs, kernels and checks of the results.
#[derive(Debug, Parser)]
#[command(
    name = "compare",
    after_help = "`contender NAME WORKLOAD TASKS TICKS THREADS REPS` runs one of them once."
)]
pub(super) struct Options {
    /// Fewer contenders, tasks and repetitions: about a minute. Writes no documentation unless `--docs` is given.
    #[arg(long)]
    pub(super) quick: bool,
    /// Only these parts, of speed, metg, graphs, growth, shapes, proof.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Tasks of a workload.
    #[arg(long)]
    tasks: Option<usize>,
    /// Rounds, in each of which every contender has its turn.
    #[arg(long)]
    rounds: Option<usize>,
    /// Growth of the other runtimes goes up to this power of ten; ours goes up to ten million tasks.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(3..=MOST))]
    grow: u32,
    /// The folder that has `performance.md`: its tables, and the plots beside it, are written anew.
    #[arg(long)]
    docs: Option<PathBuf>,
}

impl Options {
    /// Whether a part is asked for.
    pub(super) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    /// Tasks of a workload.
    pub(super) fn tasks(&self) -> usize {
        self.tasks.unwrap_or(if self.quick { 4000 } else { 20_000 })
    }

    /// How often what is compared is measured.
    pub(super) fn effort(&self) -> Effort {
        Effort {
            rounds: self.rounds.unwrap_or(if self.quick { 2 } else { 8 }),
            reps: if self.quick { 3 } else { 5 },
        }
    }

    /// The numbers of tasks for which growth is measured.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        let last = if self.quick { 4 } else { MOST as u32 };
        (3..=last).map(|power| 10_usize.pow(power))
    }

    /// Whether the growth of other runtimes is measured up to so many tasks: ten million take some of them minutes.
    pub(super) fn compares_growth(&self, tasks: usize) -> bool {
        !self.quick && tasks <= 10_usize.pow(self.grow)
    }

    /// Where documentation is written, if at all: a whole run writes that of the workspace.
    pub(super) fn docs(&self) -> Option<PathBuf> {
        let all = !self.quick && self.only.is_empty();
        let own = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs");
        self.docs.clone().or_else(|| all.then(own))
    }
}

/// How often something is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Rounds, in each of which every contender has its turn.
    pub(super) rounds: usize,
    /// Repetitions of a contender in its turn.
    pub(super) reps: usize,
}

impl Effort {
    /// All repetitions.
    pub(super) fn total(self) -> usize {
        self.rounds * self.reps
    }

    /// Less of it, for what takes long.
    pub(super) fn at_most(self, rounds: usize, reps: usize) -> Self {
        Self {
            rounds: self.rounds.min(rounds),
            reps: self.reps.min(reps),
        }
    }
}
