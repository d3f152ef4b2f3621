//! Small programs that each show one thing a task runtime has to do, with the results and task graphs they must have.
//!
//! Their sizes, and the tasks and edges listed for them, are those of the test scenes of the C++ runtime. Where a graph
//! differs from the one listed, the scene says which edges do, and why.

pub mod alternating;
pub mod attention;
pub mod batch_attention;
pub mod bgemm;
pub mod cohorts;
pub mod core_counts;
pub mod dummy;
pub mod heap_rebase;
pub mod many_edges;
pub mod merge_pipeline;
pub mod mixed;
pub mod predicated;
pub mod scalar_data;
mod sequences;
pub mod spmd;
pub mod spmd_attention;
pub mod unroll_attention;
pub mod vector;

use pto_runtime::{Report, Runtime, RuntimeBuilder};

use crate::error::Error;

/// Numbers of a task graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Tasks, allocations included.
    pub tasks: u64,
    /// Edges between them.
    pub edges: u64,
}

impl Counts {
    /// Those of a run.
    pub fn of(report: &Report) -> Self {
        Self {
            tasks: report.tasks,
            edges: report.edges.total(),
        }
    }
}

/// What a run of a scene came to.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What the runtime did.
    pub report: Report,
    /// The worst error of the results, in units of the largest that passes.
    pub error: f64,
}

/// What two runs of a scene came to: one as usual, and one that was recorded, as only such a run has all edges.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The usual one.
    pub usual: Ran,
    /// The recorded one.
    pub recorded: Ran,
}

impl Tried {
    /// The graph.
    pub fn graph(&self) -> Counts {
        Counts::of(&self.recorded.report)
    }

    /// The worse error of the two.
    pub fn error(&self) -> f64 {
        self.usual.error.max(self.recorded.error)
    }
}

/// A function that runs a scene.
pub type Run = Box<dyn Fn(&mut Runtime) -> Result<Ran, Error>>;

/// A scene of a certain size.
pub struct Scene {
    /// The scene, and the case if it has several.
    pub name: String,
    /// What it shows.
    pub about: &'static str,
    /// The machine it needs, where the usual one will not do.
    pub machine: fn(RuntimeBuilder) -> RuntimeBuilder,
    /// Runs it on such a machine, and compares the results with what they should be.
    pub run: Run,
    /// Its graph.
    pub graph: Counts,
    /// The graph that is listed, and why it is another one, if it is.
    pub listed: Option<(Counts, &'static str)>,
}

impl Scene {
    fn new(
        name: impl Into<String>,
        about: &'static str,
        graph: Counts,
        run: impl Fn(&mut Runtime) -> Result<Ran, Error> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            about,
            machine: |builder| builder,
            run: Box::new(run),
            graph,
            listed: None,
        }
    }

    /// Runs it twice, with its machine added to a builder.
    pub fn try_on(&self, builder: RuntimeBuilder) -> Result<Tried, Error> {
        let run = |builder| (self.run)(&mut (self.machine)(builder).build()?);
        Ok(Tried {
            usual: run(builder.clone())?,
            recorded: run(builder.record_graph(true))?,
        })
    }

    /// On a machine of its own.
    fn on(mut self, machine: fn(RuntimeBuilder) -> RuntimeBuilder) -> Self {
        self.machine = machine;
        self
    }

    /// The graph is listed as it is here.
    fn listed_like_this(mut self) -> Self {
        self.listed = Some((self.graph, ""));
        self
    }

    /// The graph of this case is listed as it is here, those of the others are not.
    fn listed_for(self, case: &str) -> Self {
        match self.name.ends_with(case) {
            true => self.listed_like_this(),
            false => self,
        }
    }

    /// The graph is listed with other numbers.
    fn listed(mut self, tasks: u64, edges: u64, why: &'static str) -> Self {
        self.listed = Some((Counts { tasks, edges }, why));
        self
    }
}

/// All scenes.
pub fn scenes() -> Vec<Scene> {
    let mut all = Vec::new();
    all.extend(vector::scenes());
    all.extend(scalar_data::scenes());
    all.extend(bgemm::scenes());
    all.extend(alternating::scenes());
    all.extend(attention::scenes());
    all.extend(unroll_attention::scenes());
    all.extend(batch_attention::scenes());
    all.extend(spmd_attention::scenes());
    all.extend(mixed::scenes());
    all.extend(spmd::scenes());
    all.extend(cohorts::scenes());
    all.extend(merge_pipeline::scenes());
    all.extend(dummy::scenes());
    all.extend(predicated::scenes());
    all.extend(core_counts::scenes());
    all.extend(many_edges::scenes());
    all.extend(heap_rebase::scenes());
    all
}

/// The worst of the errors `|got - want|`, each in units of `tolerance * (1 + |want|)`; infinite where the two do not
/// compare.
fn worst(got: &[f32], want: impl IntoIterator<Item = f32>, tolerance: f64) -> f64 {
    let mut want = want.into_iter();
    let mut worst = 0.0_f64;
    for got in got.iter().map(|got| f64::from(*got)) {
        let Some(want) = want.next().map(f64::from) else {
            return f64::INFINITY;
        };
        let error = (got - want).abs() / (tolerance * (1.0 + want.abs()));
        worst = if error.is_nan() {
            f64::INFINITY
        } else {
            worst.max(error)
        };
    }
    match want.next() {
        Some(_) => f64::INFINITY,
        None => worst,
    }
}

/// Whether all is as it should be: no error or an infinite one.
fn exact(right: bool) -> f64 {
    if right { 0.0 } else { f64::INFINITY }
}
