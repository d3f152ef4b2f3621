//! Instructions of a task, counted by valgrind, compared with a baseline: `instructions [--accept]`.
//!
//! A task is submitted, run and completed by one thread, at once or by way of the queue of ready tasks, as if it were handed
//! over to another; its kernel does nothing but the workload's arithmetic. So it is for the programs of the C++ runtime, whose
//! kernels do nothing at all. What a program of many tasks takes after its second run is what many runs take without what two
//! take.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use pto_bench::graphs::{Form as GraphForm, GRAPHS, Graph};
use pto_bench::machine;
use pto_bench::ours::{Form, Ours};
use pto_bench::workload::{Name, Workload};
use pto_runtime::Runtime;

/// Tasks of a workload.
const TASKS: usize = 2048;
/// The least tasks of a program that is counted in a few runs.
const MANY: usize = 10_000;
/// How many runs are counted.
const RUNS: usize = 20;
/// How many instructions more than the baseline are accepted, in percent: hashes and memory differ from run to run.
const TOLERANCE: f64 = 2.0;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["run", key, runs] => {
            let subject = Subject::all().find(|subject| subject.key() == *key);
            let subject = subject.ok_or_else(|| format!("there is no {key}"))?;
            subject.run(runs.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        [] => compare(false),
        ["--accept"] => compare(true),
        _ => Err("usage: instructions [--accept]".into()),
    }
}

/// The way of a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    AtOnce,
    Queued,
}

impl Way {
    const ALL: [Way; 2] = [Way::AtOnce, Way::Queued];

    fn as_str(self) -> &'static str {
        match self {
            Way::AtOnce => "at-once",
            Way::Queued => "queued",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy)]
enum Program {
    Workload(Name, Form),
    Graph(&'static Graph, GraphForm),
}

/// Which tasks of it.
#[derive(Clone, Copy)]
struct Subject {
    program: Program,
    way: Way,
}

impl Subject {
    fn all() -> impl Iterator<Item = Self> {
        let workloads = Name::ALL.into_iter().flat_map(|name| {
            let forms = Form::ALL.into_iter().filter(move |form| form.has(name));
            forms.map(move |form| Program::Workload(name, form))
        });
        // The programs of other sizes have the same tasks.
        let graphs = GRAPHS.iter().filter(|graph| !graph.name.ends_with("Case2"));
        let graphs = graphs.flat_map(|graph| {
            let forms = graph.forms.iter();
            forms.map(move |&(form, _)| Program::Graph(graph, form))
        });
        let programs: Vec<Program> = workloads.chain(graphs).collect();
        Way::ALL.into_iter().flat_map(move |way| {
            let subject = move |program| Self { program, way };
            programs.clone().into_iter().map(subject)
        })
    }

    fn key(self) -> String {
        let way = self.way.as_str();
        match self.program {
            Program::Workload(name, form) => format!("{name} {form} {way}"),
            Program::Graph(graph, form) => format!("{}, {} {way}", graph.name, form.as_str()),
        }
    }

    /// What valgrind watches.
    fn run(self, runs: usize) -> Result<(), Box<dyn Error>> {
        let at_once = self.way == Way::AtOnce;
        match self.program {
            Program::Workload(name, form) => {
                let runtime = Runtime::builder().workers(1).run_at_once(at_once).build()?;
                let mut ours = Ours::new(Workload::new(name, TASKS), form, 0, runtime);
                for _ in 0..runs {
                    ours.run()?;
                }
            }
            Program::Graph(graph, form) => {
                let builder = machine::roomy(graph.tasks).workers(1);
                let mut runtime = builder.run_at_once(at_once).build()?;
                for _ in 0..runs {
                    graph.run(form, &mut runtime)?;
                }
            }
        }
        Ok(())
    }

    /// Instructions of a task. The first runs are others. Which kernels are timed differs from run to run, so it takes some.
    fn count(self) -> Result<f64, Box<dyn Error>> {
        let tasks = match self.program {
            Program::Workload(name, _) => Workload::new(name, TASKS).tasks.len(),
            Program::Graph(graph, _) => graph.tasks,
        };
        let runs = if tasks < MANY { RUNS } else { 2 };
        let begun = count(&self.key(), 2)?;
        let counted = count(&self.key(), 2 + runs)?.saturating_sub(begun);
        Ok(counted as f64 / runs as f64 / tasks as f64)
    }
}

fn compare(accept: bool) -> Result<ExitCode, Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return Ok(ExitCode::SUCCESS);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    let baseline = read(&path)?;
    let mut measured = BTreeMap::new();
    let mut worse = 0;
    for subject in Subject::all() {
        let (key, now) = (subject.key(), subject.count()?);
        let verdict = match baseline.get(&key) {
            None => "new".to_owned(),
            Some(before) => {
                let change = 100.0 * (now / before - 1.0);
                let too_many = change > TOLERANCE;
                worse += usize::from(too_many);
                let note = if too_many { ", TOO MANY" } else { "" };
                format!("{before:.0} before, {change:+.1} %{note}")
            }
        };
        println!("{key:<40} {now:7.0} instructions a task, {verdict}");
        measured.insert(key, now);
    }
    if accept {
        let lines = measured
            .iter()
            .map(|(key, now)| format!("{key} {now:.0}\n"));
        fs::write(&path, lines.collect::<String>())?;
        println!("accepted as {}", path.display());
    } else if worse > 0 {
        println!(
            "{worse} need more instructions. If that is what it takes, run it again with `--accept`, and commit"
        );
        println!("the new baseline together with the change and the reason.");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The baseline: lines of a workload, a form, a way and a number. None at all if there is no file yet.
fn read(path: &Path) -> Result<BTreeMap<String, f64>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let mut baseline = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines() {
        let (key, count) = line
            .rsplit_once(' ')
            .ok_or("a line of the baseline has no number")?;
        baseline.insert(key.to_owned(), count.parse()?);
    }
    Ok(baseline)
}

/// Instructions of a process with so many runs of a subject.
fn count(key: &str, runs: usize) -> Result<u64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["run", key])
        .arg(runs.to_string())
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    match collected {
        Some((_, number)) if output.status.success() => Ok(number.trim().parse()?),
        _ => Err(format!("valgrind fails: {text}").into()),
    }
}
