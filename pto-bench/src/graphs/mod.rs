//! Programs of the C++ runtime with kernels that do nothing: the same tasks and edges, on tensors of a few elements.

mod attention;
mod grouped;
mod kernels;
mod simple;
mod tiles;

use std::time::{Duration, Instant};

use pto_runtime::{Error, Report, Runtime, RuntimeBuilder, Tensor};

/// A program of a certain size.
#[derive(Clone, Copy, Debug)]
pub struct Graph {
    /// What it is called.
    pub name: &'static str,
    /// In which scopes.
    pub form: &'static str,
    /// How many tasks it has.
    pub tasks: usize,
    /// What the C++ runtime takes for a task of it, in nanoseconds, as measured once: submitting alone, and with one
    /// thread until all is done.
    pub reference: Option<[f64; 2]>,
    program: Program,
}

/// Which program, and its sizes.
#[derive(Clone, Copy, Debug)]
enum Program {
    Independent(Form),
    Chain(Form),
    /// Tiles, and blocks of each.
    Attention(Form, usize, usize),
    /// Tiles, and groups of blocks of each.
    Grouped(Form, usize, usize),
    /// Groups, and products of each.
    Bgemm(Form, usize, usize),
    /// Products, and as many sums.
    Alternating(Form, usize),
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Auto,
    Manual,
    Unrolled,
}

use Form::{Auto, Manual, Unrolled};
use Program::{Alternating, Attention, Bgemm, Chain, Grouped, Independent};

const SIMPLE: usize = 32768;
const CASE1: usize = 256 * (1 + 4 * 64);
const CASE2: usize = 64 * (1 + 4 * 128);

/// All of them, with the medians of the C++ runtime.
pub const GRAPHS: [Graph; 19] = [
    graph(
        "independent",
        "auto",
        SIMPLE,
        Some([196.0, 125.0]),
        Independent(Auto),
    ),
    graph(
        "independent",
        "manual",
        SIMPLE,
        Some([180.0, 122.0]),
        Independent(Manual),
    ),
    graph("chain", "auto", SIMPLE, Some([142.0, 170.0]), Chain(Auto)),
    graph(
        "chain",
        "manual",
        SIMPLE,
        Some([104.0, 137.0]),
        Chain(Manual),
    ),
    graph("chain", "unrolled", SIMPLE, None, Chain(Unrolled)),
    graph(
        "attention Case1",
        "auto",
        CASE1,
        Some([392.0, 302.0]),
        Attention(Auto, 256, 64),
    ),
    graph(
        "attention Case1",
        "manual",
        CASE1,
        Some([248.0, 279.0]),
        Attention(Manual, 256, 64),
    ),
    graph(
        "attention Case1",
        "unrolled",
        CASE1,
        None,
        Attention(Unrolled, 256, 64),
    ),
    graph(
        "attention Case2",
        "auto",
        CASE2,
        Some([311.0, 273.0]),
        Attention(Auto, 64, 128),
    ),
    graph(
        "attention Case2",
        "manual",
        CASE2,
        Some([241.0, 219.0]),
        Attention(Manual, 64, 128),
    ),
    graph(
        "attention Case2",
        "unrolled",
        CASE2,
        None,
        Attention(Unrolled, 64, 128),
    ),
    graph(
        "grouped Case1",
        "auto",
        1280,
        Some([162.0, 198.0]),
        Grouped(Auto, 256, 1),
    ),
    graph(
        "grouped Case1",
        "manual",
        1280,
        Some([136.0, 178.0]),
        Grouped(Manual, 256, 1),
    ),
    graph(
        "grouped Case2",
        "auto",
        576,
        Some([168.0, 212.0]),
        Grouped(Auto, 64, 2),
    ),
    graph(
        "grouped Case2",
        "manual",
        576,
        Some([130.0, 172.0]),
        Grouped(Manual, 64, 2),
    ),
    graph(
        "bgemm Case0",
        "auto",
        1000,
        Some([301.0, 196.0]),
        Bgemm(Auto, 250, 2),
    ),
    graph("bgemm Case0", "manual", 1000, None, Bgemm(Manual, 250, 2)),
    graph(
        "alternating Case1",
        "auto",
        1000,
        Some([135.0, 158.0]),
        Alternating(Auto, 500),
    ),
    graph(
        "alternating Case1",
        "manual",
        1000,
        None,
        Alternating(Manual, 500),
    ),
];

const fn graph(
    name: &'static str,
    form: &'static str,
    tasks: usize,
    reference: Option<[f64; 2]>,
    program: Program,
) -> Graph {
    Graph {
        name,
        form,
        tasks,
        reference,
        program,
    }
}

impl Graph {
    /// A runtime whose rings hold all tasks, so that nothing has to retire.
    pub fn machine(&self) -> RuntimeBuilder {
        let slots = (self.tasks + 2).next_power_of_two();
        Runtime::builder().window(slots).dep_pool(8 * slots)
    }

    /// Runs it once. Returns the time from the call of the runtime to its return, and what the runtime says.
    ///
    /// # Errors
    /// The runtime refuses or fails.
    pub fn run(&self, runtime: &mut Runtime) -> Result<(Duration, Report), Error> {
        match self.program {
            Independent(form) => {
                let x = Tensor::zeros([1]);
                timed(|| match form {
                    Auto => runtime.run(simple::independent_auto(&x, self.tasks)),
                    _ => runtime.run(simple::independent_manual(&x, self.tasks)),
                })
            }
            Chain(form) => {
                let mut x = Tensor::zeros([1]);
                timed(|| match form {
                    Auto => runtime.run(simple::chain_auto(&mut x, self.tasks)),
                    Manual => runtime.run(simple::chain_manual(&mut x, self.tasks)),
                    Unrolled => runtime.run(simple::chain_unrolled(&mut x, self.tasks)),
                })
            }
            Attention(form, tiles, blocks) => {
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
                })
            }
            Grouped(form, tiles, groups) => {
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
            Bgemm(form, groups, grid) => {
                let (a, b) = (matrix(groups * grid, 1), matrix(groups * grid, 1));
                let mut c = matrix(groups, 1);
                timed(|| match form {
                    Auto => runtime.run(tiles::bgemm_auto(&a, &b, &mut c, grid)),
                    _ => runtime.run(tiles::bgemm_manual(&a, &b, &mut c, grid)),
                })
            }
            Alternating(form, count) => {
                let (a, b) = (matrix(count, 1), matrix(count, 1));
                let (mut c, mut z) = (matrix(count, 1), matrix(count, 1));
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

    #[test]
    fn graphs_have_their_tasks_and_edges() {
        for graph in &GRAPHS {
            let mut runtime = graph.machine().workers(1).build().unwrap();
            let report = graph.run(&mut runtime).unwrap().1;
            assert_eq!(report.tasks, graph.tasks as u64, "{graph:?}");
            // Edges of order, and storage that is kept.
            let (edges, kept) = match graph.program {
                Independent(_) | Alternating(..) => (0, 0),
                Chain(_) => (graph.tasks - 1, 0),
                // Scores to weights, weights to product and update, product to update, scratch to update; update to update.
                Attention(Auto, tiles, n) | Grouped(Auto, tiles, n) => (tiles * (6 * n - 1), 0),
                // Without those that others imply.
                Attention(_, tiles, n) | Grouped(_, tiles, n) => (tiles * (4 * n - 1), tiles),
                Bgemm(_, groups, grid) => (groups * (2 * grid - 1), 0),
            };
            let lifetime = report.edges.lifetime;
            assert_eq!(lifetime, kept as u64, "{graph:?} {report:?}");
            assert_eq!(
                report.edges.total() - lifetime,
                edges as u64,
                "{graph:?} {report:?}"
            );
        }
    }
}
