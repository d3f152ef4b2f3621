//! Programs of the C++ runtime with kernels that do nothing: the same tasks and edges, on tensors of a few elements.

mod attention;
mod grouped;
mod kernels;
mod simple;
mod tiles;
mod tracked;

use std::time::{Duration, Instant};

use pto_runtime::{Error, Report, Runtime, Tensor};

/// Who finds the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The runtime alone: AUTO scopes that no compiler has seen.
    Tracked,
    /// The compiler where it is certain, else the runtime: AUTO scopes.
    Auto,
    /// The compiler: MANUAL scopes.
    Manual,
    /// The compiler, in loops that are unrolled.
    Unrolled,
}

use Form::{Auto, Manual, Tracked, Unrolled};

impl Form {
    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Tracked => "tracked",
            Auto => "auto",
            Manual => "manual",
            Unrolled => "unrolled",
        }
    }
}

/// Nanoseconds that the C++ runtime takes for a task, as measured once, medians: submitting alone; with one thread
/// until all is done; with two.
pub type Reference = [f64; 3];

/// A program of a certain size.
#[derive(Clone, Copy, Debug)]
pub struct Graph {
    /// What it is called.
    pub name: &'static str,
    /// How many tasks it has.
    pub tasks: usize,
    /// The forms that it has, and the reference for each.
    pub forms: &'static [(Form, Option<Reference>)],
    program: Program,
}

/// Which program, and its sizes.
#[derive(Clone, Copy, Debug)]
enum Program {
    Independent,
    Chain,
    Attention { tiles: usize, blocks: usize },
    Grouped { tiles: usize, groups: usize },
    Bgemm { groups: usize, grid: usize },
    Alternating { pairs: usize },
}

use Program::{Alternating, Attention, Bgemm, Chain, Grouped, Independent};

/// All of them. A tile of attention has an allocation, and four tasks for each block.
pub const GRAPHS: [Graph; 8] = [
    Graph {
        name: "independent",
        tasks: 32768,
        forms: &[
            (Auto, Some([196.0, 125.0, 180.0])),
            (Manual, Some([180.0, 122.0, 153.0])),
        ],
        program: Independent,
    },
    Graph {
        name: "chain",
        tasks: 32768,
        forms: &[
            (Tracked, Some([142.0, 170.0, 276.0])),
            (Auto, Some([142.0, 170.0, 276.0])),
            (Manual, Some([104.0, 137.0, 293.0])),
            (Unrolled, Some([104.0, 137.0, 293.0])),
        ],
        program: Chain,
    },
    Graph {
        name: "attention Case1",
        tasks: 256 * (1 + 4 * 64),
        forms: &[
            (Tracked, Some([392.0, 302.0, 366.0])),
            (Auto, Some([392.0, 302.0, 366.0])),
            (Manual, Some([248.0, 279.0, 275.0])),
            (Unrolled, Some([248.0, 279.0, 275.0])),
        ],
        program: Attention {
            tiles: 256,
            blocks: 64,
        },
    },
    Graph {
        name: "attention Case2",
        tasks: 64 * (1 + 4 * 128),
        forms: &[
            (Tracked, Some([311.0, 273.0, 371.0])),
            (Auto, Some([311.0, 273.0, 371.0])),
            (Manual, Some([241.0, 219.0, 276.0])),
            (Unrolled, Some([241.0, 219.0, 276.0])),
        ],
        program: Attention {
            tiles: 64,
            blocks: 128,
        },
    },
    Graph {
        name: "grouped attention Case1",
        tasks: 256 * (1 + 4),
        forms: &[
            (Auto, Some([162.0, 198.0, 243.0])),
            (Manual, Some([136.0, 178.0, 199.0])),
        ],
        program: Grouped {
            tiles: 256,
            groups: 1,
        },
    },
    Graph {
        name: "grouped attention Case2",
        tasks: 64 * (1 + 4 * 2),
        forms: &[
            (Auto, Some([168.0, 212.0, 266.0])),
            (Manual, Some([130.0, 172.0, 215.0])),
        ],
        program: Grouped {
            tiles: 64,
            groups: 2,
        },
    },
    Graph {
        name: "bgemm Case0",
        tasks: 1000,
        forms: &[
            (Tracked, Some([301.0, 196.0, 304.0])),
            (Auto, Some([301.0, 196.0, 304.0])),
            (Manual, None),
        ],
        program: Bgemm {
            groups: 250,
            grid: 2,
        },
    },
    Graph {
        name: "alternating Case1",
        tasks: 1000,
        forms: &[(Auto, Some([135.0, 158.0, 211.0])), (Manual, None)],
        program: Alternating { pairs: 500 },
    },
];

impl Graph {
    /// Whether it has a form.
    pub fn has(&self, form: Form) -> bool {
        self.forms.iter().any(|(one, _)| *one == form)
    }

    /// Runs it once. Returns the time from the call of the runtime to its return, and what the runtime says.
    ///
    /// # Errors
    /// The runtime refuses or fails.
    pub fn run(&self, form: Form, runtime: &mut Runtime) -> Result<(Duration, Report), Error> {
        match self.program {
            Independent => {
                let x = Tensor::zeros([1]);
                timed(|| match form {
                    Auto => runtime.run(simple::independent_auto(&x, self.tasks)),
                    _ => runtime.run(simple::independent_manual(&x, self.tasks)),
                })
            }
            Chain => {
                let mut x = Tensor::zeros([1]);
                timed(|| match form {
                    Auto => runtime.run(simple::chain_auto(&mut x, self.tasks)),
                    Manual => runtime.run(simple::chain_manual(&mut x, self.tasks)),
                    Unrolled => runtime.run(simple::chain_unrolled(&mut x, self.tasks)),
                    Tracked => runtime.run(tracked::chain(&mut x, self.tasks)),
                })
            }
            Attention { tiles, blocks } => {
                let Attended {
                    q,
                    k,
                    v,
                    table,
                    mut out,
                } = Attended::new(tiles, blocks);
                timed(|| match form {
                    Auto => runtime.run(attention::auto(&q, &k, &v, &table, &mut out, blocks)),
                    Manual => runtime.run(attention::manual(&q, &k, &v, &table, &mut out, blocks)),
                    Unrolled => {
                        runtime.run(attention::unrolled(&q, &k, &v, &table, &mut out, blocks))
                    }
                    Tracked => {
                        let tensors = tracked::Tensors {
                            query: (&q).into(),
                            key: (&k).into(),
                            value: (&v).into(),
                            table: (&table).into(),
                            out: (&mut out).into(),
                        };
                        runtime.run(tracked::attention(tensors, blocks))
                    }
                })
            }
            Grouped { tiles, groups } => {
                let Attended {
                    q,
                    k,
                    v,
                    table,
                    mut out,
                } = Attended::new(tiles, 64 * groups);
                timed(|| match form {
                    Auto => runtime.run(grouped::auto(&q, &k, &v, &table, &mut out, groups)),
                    _ => runtime.run(grouped::manual(&q, &k, &v, &table, &mut out, groups)),
                })
            }
            Bgemm { groups, grid } => {
                let (a, b) = (matrix(groups * grid, 1), matrix(groups * grid, 1));
                let mut c = matrix(groups, 1);
                timed(|| match form {
                    Auto => runtime.run(tiles::bgemm_auto(&a, &b, &mut c, grid)),
                    Tracked => runtime.run(tracked::bgemm(&a, &b, &mut c, grid)),
                    _ => runtime.run(tiles::bgemm_manual(&a, &b, &mut c, grid)),
                })
            }
            Alternating { pairs } => {
                let (a, b) = (matrix(pairs, 1), matrix(pairs, 1));
                let (mut c, mut z) = (matrix(pairs, 1), matrix(pairs, 1));
                timed(|| match form {
                    Auto => runtime.run(tiles::alternating_auto(&a, &b, &mut c, &mut z)),
                    _ => runtime.run(tiles::alternating_manual(&a, &b, &mut c, &mut z)),
                })
            }
        }
    }
}

/// The tensors of attention.
struct Attended {
    q: Tensor<f32>,
    k: Tensor<f32>,
    v: Tensor<f32>,
    table: Tensor<i32>,
    out: Tensor<f32>,
}

impl Attended {
    fn new(tiles: usize, blocks: usize) -> Self {
        Self {
            q: matrix(tiles, 4),
            k: matrix(blocks, 4),
            v: matrix(blocks, 4),
            table: Tensor::zeros([tiles, blocks]),
            out: matrix(tiles, 4),
        }
    }
}

fn matrix(rows: usize, columns: usize) -> Tensor<f32> {
    Tensor::zeros([rows, columns])
}

fn timed(
    run: impl FnOnce() -> Result<pto_runtime::Done<()>, Error>,
) -> Result<(Duration, Report), Error> {
    let start = Instant::now();
    let report = run()?.report;
    Ok((start.elapsed(), report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine;

    #[test]
    fn graphs_have_their_tasks_and_edges() {
        for graph in &GRAPHS {
            for &(form, _) in graph.forms {
                let mut runtime = machine::recording(graph.tasks).build().unwrap();
                let report = graph.run(form, &mut runtime).unwrap().1;
                let of = format!("{} {}: {report:?}", graph.name, form.as_str());
                assert_eq!(report.tasks, graph.tasks as u64, "{of}");
                // Edges of order, and storage that is kept.
                let (edges, kept) = match (graph.program, form) {
                    (Independent | Alternating { .. }, _) => (0, 0),
                    (Chain, _) => (graph.tasks - 1, 0),
                    // Scores to weights, weights to product and update, product to update, scratch to update; update to
                    // update.
                    (
                        Attention { tiles, blocks: n } | Grouped { tiles, groups: n },
                        Auto | Tracked,
                    ) => (tiles * (6 * n - 1), 0),
                    // Without those that others imply.
                    (Attention { tiles, blocks: n } | Grouped { tiles, groups: n }, _) => {
                        (tiles * (4 * n - 1), tiles)
                    }
                    (Bgemm { groups, grid }, _) => (groups * (2 * grid - 1), 0),
                };
                assert_eq!(report.edges.lifetime, kept as u64, "{of}");
                assert_eq!(report.edges.total(), (edges + kept) as u64, "{of}");
            }
        }
    }
}
