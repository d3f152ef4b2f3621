//! Instructions of a task, counted by valgrind, compared with a baseline: `instructions [--accept]`.
//!
//! A task is submitted, run and completed by one thread; its kernel does nothing but the workload's arithmetic. What a
//! program of many tasks takes in its third run is what three runs take without what two take.

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
/// How many instructions more than the baseline are accepted, in percent: hashes and memory differ from run to run.
const TOLERANCE: f64 = 2.0;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["run", name, form, runs] => {
            run(Name::from_str(name)?, Form::from_str(form)?, runs.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        [] => compare(false),
        ["--accept"] => compare(true),
        _ => Err("usage: instructions [--accept]".into()),
    }
}

/// What valgrind watches.
fn run(name: Name, form: Form, runs: usize) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::builder().workers(1).build()?;
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
    for name in Name::ALL {
        for form in Form::ALL.into_iter().filter(|form| form.has(name)) {
            let key = format!("{name} {form}");
            let now = count(name, form, 3)?.saturating_sub(count(name, form, 2)?);
            let now = now as f64 / Workload::new(name, TASKS).tasks.len() as f64;
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
            println!("{key:<16} {now:7.0} instructions a task, {verdict}");
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

/// The baseline: lines of a workload, a form and a number. None at all if there is no file yet.
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
fn count(name: Name, form: Form, runs: usize) -> Result<u64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["run", name.as_str(), form.as_str(), &runs.to_string()])
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
