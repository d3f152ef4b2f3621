//! The smallest kernel for which half of the machine's time goes to kernels: METG(50 %).

use std::collections::HashMap;
use std::error::Error;

use super::contenders::{Class, Contender, failed};
use super::field::Trial;
use super::sample::least;
use super::table::{Table, ns};
use super::{Bench, Tables, plot};
use crate::workload::{Name, Workload};

const THREADS: usize = 2;
/// No kernel is tried that is longer, in nanoseconds.
const LONGEST: f64 = 8192.0;
/// The most tasks of a try: there are many tries.
const TASKS: usize = 8000;
/// Repetitions of a try, of which the fastest counts.
const REPS: usize = 5;
/// So many tries have to be too slow, each in a process of its own: a search that one has misled does not recover.
const TRIES: usize = 3;
/// Tries within a factor of this are close enough.
const CLOSE: f64 = 1.07;

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let names: &[Name] = if bench.options.quick {
        &[Name::Attn]
    } else {
        &Name::ALL
    };
    let title = format!("METG(50 %): nanoseconds of the smallest kernel, {THREADS} threads");
    let header = ["runtime", "kind"]
        .into_iter()
        .chain(names.iter().map(|name| name.as_str()));
    let mut table = Table::new(title, header);
    let tasks = bench.options.tasks().min(TASKS);
    let (mut graphs, mut groups) = (Vec::new(), Vec::new());
    for &name in names {
        graphs.push(Ideal::new(bench, name, tasks)?);
        groups.push(plot::Group {
            name: name.to_string(),
            bars: Vec::new(),
        });
    }
    for contender in &bench.field.contenders {
        let who = contender.class;
        if who == Class::Limit || (bench.options.quick && who == Class::Rerun) {
            continue;
        }
        if bench.field.missing(contender).is_some() {
            continue;
        }
        let mut cells = Vec::new();
        for (ideal, group) in graphs.iter_mut().zip(&mut groups) {
            if !contender.runs(ideal.name, THREADS) {
                cells.push("–".to_owned());
                continue;
            }
            let metg = ideal.search(bench, contender);
            if let Ok(Metg::Kernel(ns) | Metg::Below(ns)) = metg {
                group.bars.push((contender.class, ns));
            }
            cells.push(found(metg, contender)?);
        }
        let start = [
            contender.name.to_owned(),
            contender.class.as_str().to_owned(),
        ];
        table.row(start.into_iter().chain(cells));
    }
    if let Some(folder) = bench.plots {
        let caption = "METG(50 %), 2 threads; each workload in the order of the table";
        plot::bars(&folder.join("metg.svg"), caption, &groups)?;
    }
    Ok(vec![table])
}

fn found(metg: Result<Metg, String>, contender: &Contender) -> Result<String, Box<dyn Error>> {
    match metg {
        Ok(Metg::Kernel(kernel)) => Ok(ns(kernel)),
        Ok(Metg::Below(kernel)) => Ok(format!("< {}", ns(kernel))),
        Ok(Metg::Above) => Ok(format!("> {LONGEST}")),
        Err(why) if contender.class == Class::Ours => Err(failed(contender, &why)),
        Err(why) => Ok(why),
    }
}

/// What a search finds.
enum Metg {
    Kernel(f64),
    /// The kernel's arithmetic alone is long enough.
    Below(f64),
    Above,
}

/// What a workload would take on a machine that does nothing but kernels.
struct Ideal {
    name: Name,
    tasks: usize,
    /// Kernels one after the other on the longest path, or on one thread if that is more.
    steps: f64,
    serial: &'static Contender,
    /// Nanoseconds of a kernel, by its ticks, as the serial loop has them.
    kernels: HashMap<u64, f64>,
}

impl Ideal {
    fn new(bench: &Bench<'_>, name: Name, tasks: usize) -> Result<Self, Box<dyn Error>> {
        let workload = Workload::new(name, tasks);
        let count = workload.tasks.len();
        let critical = workload.edges().critical_path() as f64;
        Ok(Self {
            name,
            tasks,
            steps: critical.max(count as f64 / THREADS as f64),
            serial: bench
                .field
                .named("serial")
                .ok_or("the serial loop takes part")?,
            kernels: HashMap::new(),
        })
    }

    /// Doubles the kernel until it is long enough, then halves the range, on a logarithmic scale.
    fn search(&mut self, bench: &Bench<'_>, contender: &'static Contender) -> Result<Metg, String> {
        let ticks = |ns: f64| (ns * bench.ticks_per_ns) as u64;
        if self.is_efficient(bench, contender, 0)? {
            return Ok(Metg::Below(self.kernel(bench, 0)?));
        }
        // Long kernels are tried last, as they take long.
        let (mut low, mut high) = (2.0_f64, 32.0_f64);
        while !self.is_efficient(bench, contender, ticks(high))? {
            if high >= LONGEST {
                return Ok(Metg::Above);
            }
            (low, high) = (high, 2.0 * high);
        }
        while high / low > CLOSE {
            let middle = (low * high).sqrt();
            match self.is_efficient(bench, contender, ticks(middle))? {
                true => high = middle,
                false => low = middle,
            }
        }
        Ok(Metg::Kernel(self.kernel(bench, ticks(high))?))
    }

    fn is_efficient(
        &mut self,
        bench: &Bench<'_>,
        contender: &'static Contender,
        ticks: u64,
    ) -> Result<bool, String> {
        let ideal = self.kernel(bench, ticks)? * self.steps;
        for _ in 0..TRIES {
            let took = self.took(bench, contender, ticks, THREADS)?;
            if ideal >= 0.5 * took {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn kernel(&mut self, bench: &Bench<'_>, ticks: u64) -> Result<f64, String> {
        if let Some(kernel) = self.kernels.get(&ticks) {
            return Ok(*kernel);
        }
        let all = self.took(bench, self.serial, ticks, 1)?;
        let kernel = all / Workload::new(self.name, self.tasks).tasks.len() as f64;
        self.kernels.insert(ticks, kernel);
        Ok(kernel)
    }

    fn took(
        &self,
        bench: &Bench<'_>,
        contender: &'static Contender,
        ticks: u64,
        threads: usize,
    ) -> Result<f64, String> {
        let Self { name, tasks, .. } = *self;
        let trial = Trial {
            contender,
            name,
            tasks,
            ticks,
            threads,
            reps: REPS,
        };
        least(bench.field.run(&trial)?).ok_or_else(|| "nothing was measured".to_owned())
    }
}
