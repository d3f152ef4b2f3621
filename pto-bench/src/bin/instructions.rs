//! Instructions of a task, counted by valgrind, compared with a baseline: `instructions [--accept]`.
//!
//! A task is submitted, run and completed by one thread, at once or by way of the queue of ready tasks, as if it were handed
//! over to another; its kernel does nothing but the workload's arithmetic. What a program of many tasks takes after
//! its second run is what many runs take without what two take.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::str::FromStr;

use pto_bench::ours::{Form, Ours};
use pto_bench::workload::{Name, Workload};
use pto_runtime::Runtime;

/// Tasks of a program.
const TASKS: usize = 2048;
/// How many runs are counted.
const RUNS: usize = 20;
/// How many instructions more than the baseline are accepted, in percent: hashes and memory differ from run to run.
const TOLERANCE: f64 = 2.0;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["run", name, form, way, runs] => {
            let way = Way::ALL.into_iter().find(|known| known.as_str() == *way);
            let way = way.ok_or("a task is run at-once or queued")?;
            let (name, form) = (Name::from_str(name)?, Form::from_str(form)?);
            run(name, form, way, runs.parse()?)?;
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

/// What valgrind watches.
fn run(name: Name, form: Form, way: Way, runs: usize) -> Result<(), Box<dyn Error>> {
    let builder = Runtime::builder().workers(1);
    let runtime = builder.run_at_once(way == Way::AtOnce).build()?;
    let mut ours = Ours::new(Workload::new(name, TASKS), form, 0, runtime);
    for _ in 0..runs {
        ours.run()?;
    }
    Ok(())
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
    let forms = |name: Name| Form::ALL.into_iter().filter(move |form| form.has(name));
    for way in Way::ALL {
        let all = Name::ALL.into_iter();
        for (name, form) in all.flat_map(|name| forms(name).map(move |form| (name, form))) {
            let key = format!("{name} {form} {}", way.as_str());
            // The first runs are others. Which kernels are timed differs from run to run, so it takes some.
            let begun = count(name, form, way, 2)?;
            let counted = count(name, form, way, 2 + RUNS)?.saturating_sub(begun) / RUNS as u64;
            let now = counted as f64 / Workload::new(name, TASKS).tasks.len() as f64;
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
            println!("{key:<24} {now:7.0} instructions a task, {verdict}");
            measured.insert(key, now);
        }
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

/// Instructions of a process with so many runs.
fn count(name: Name, form: Form, way: Way, runs: usize) -> Result<u64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["run", name.as_str(), form.as_str(), way.as_str()])
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
