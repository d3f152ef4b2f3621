//! Nanoseconds a task with kernels that do nothing but their arithmetic.

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use super::contenders::{Class, Contender, failed};
use super::field::Trial;
use super::options::Effort;
use super::ratios;
use super::sample::median;
use super::table::{Table, ns};
use super::{Bench, Tables, plot};
use crate::workload::{Name, Workload};

/// What one contender takes for a task of one workload on so many threads, or why there is no figure.
pub(super) type Figures = HashMap<(&'static str, Name, usize), Result<f64, String>>;

/// Threads that are compared.
const THREADS: [usize; 2] = [2, 1];

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let mut figures = Figures::new();
    let (tasks, effort) = (bench.options.tasks(), bench.options.effort());
    for name in Name::ALL {
        for threads in THREADS {
            for (contender, figure) in measure(bench, name, tasks, threads, effort, |_| true)? {
                figures.insert((contender.name, name, threads), figure);
            }
        }
    }
    if let Some(folder) = bench.plots {
        let groups = Name::ALL.map(|name| plot::Group {
            name: name.to_string(),
            bars: bars(bench, &figures, name),
        });
        let caption =
            "nanoseconds a task, 2 threads, empty kernels; each workload in the order of the table";
        plot::bars(&folder.join("speed.svg"), caption, &groups)?;
    }
    let mut tables: Vec<Table> = THREADS
        .map(|threads| table(bench, &figures, threads))
        .into();
    tables.extend(ratios::tables(bench, &figures));
    Ok(tables)
}

/// The figures of a workload on two threads.
fn bars(bench: &Bench<'_>, figures: &Figures, name: Name) -> Vec<(Class, f64)> {
    let all = bench.field.contenders.iter();
    let known = all.filter_map(|one| {
        let figure = figures.get(&(one.name, name, 2))?.as_ref().ok()?;
        Some((one.class, *figure))
    });
    known.collect()
}

/// Whose turn takes longer gets no other: nobody has to know precisely how slow it is.
const SLOW: Duration = Duration::from_secs(2);

/// A contender and its median, or why there is none.
type Median = (&'static Contender, Result<f64, String>);

/// Medians of the contenders that take part, in nanoseconds a task. They take turns, so that a change of the machine
/// meets all.
pub(super) fn measure(
    bench: &Bench<'_>,
    name: Name,
    tasks: usize,
    threads: usize,
    effort: Effort,
    takes_part: impl Fn(&Contender) -> bool,
) -> Result<Vec<Median>, Box<dyn Error>> {
    let field = bench.field;
    let candidates = field.contenders.iter().copied();
    let taking_part: Vec<_> = candidates
        .filter(|one| one.runs(name, threads) && takes_part(one))
        .collect();
    let mut samples = vec![Ok(Vec::new()); taking_part.len()];
    let mut is_slow = vec![false; taking_part.len()];
    for round in 0..effort.rounds {
        for turn in 0..taking_part.len() {
            // Another one begins each time: who comes after whom may matter.
            let at = (round + turn) % taking_part.len();
            let Ok(so_far) = &mut samples[at] else {
                continue;
            };
            if is_slow[at] {
                continue;
            }
            let start = Instant::now();
            let contender = taking_part[at];
            let trial = Trial {
                contender,
                name,
                tasks,
                ticks: 0,
                threads,
                reps: effort.reps,
            };
            match field.run(&trial) {
                Ok(more) => so_far.extend(more),
                Err(why) if contender.class == Class::Ours => return Err(failed(contender, &why)),
                Err(why) => samples[at] = Err(why),
            }
            is_slow[at] = start.elapsed() > SLOW;
        }
    }
    // Whole groups and steps may be fewer tasks than asked for.
    let count = Workload::new(name, tasks).tasks.len() as f64;
    let medians = samples.into_iter().map(|samples| {
        samples.map(|mut all| median(&mut all).map_or(f64::NAN, |middle| middle / count))
    });
    Ok(taking_part.into_iter().zip(medians).collect())
}

fn table(bench: &Bench<'_>, figures: &Figures, threads: usize) -> Table {
    let title = format!(
        "Nanoseconds a task from first submit to all done, {threads} thread{}, {} tasks, medians of {} repetitions",
        if threads == 1 { "" } else { "s" },
        bench.options.tasks(),
        bench.options.effort().total(),
    );
    let header = ["runtime", "kind"]
        .into_iter()
        .chain(Name::ALL.map(Name::as_str));
    let mut table = Table::new(title, header);
    for contender in &bench.field.contenders {
        let start = [
            contender.name.to_owned(),
            contender.class.as_str().to_owned(),
        ];
        if let Some(why) = bench.field.missing(contender) {
            table.row(start.into_iter().chain([why.to_owned()]));
            continue;
        }
        let cells = Name::ALL.map(|name| match figures.get(&(contender.name, name, threads)) {
            Some(Ok(figure)) => ns(*figure),
            Some(Err(why)) => why.clone(),
            None => "–".to_owned(),
        });
        if let Some(why) = the_one_reason(figures, contender, threads) {
            table.row(start.into_iter().chain([why]));
        } else if cells.iter().any(|cell| cell != "–") {
            table.row(start.into_iter().chain(cells));
        }
    }
    table
}

/// Why a contender has no figure at all, if it is the same everywhere.
fn the_one_reason(figures: &Figures, contender: &Contender, threads: usize) -> Option<String> {
    let all = Name::ALL.map(|name| figures.get(&(contender.name, name, threads)));
    match all[0] {
        Some(Err(why)) if all.iter().all(|one| *one == all[0]) => Some(why.clone()),
        _ => None,
    }
}
