//! Running a contender in a process of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, process, thread};

use super::contenders::{ALL, Class, Contender, Program};
use super::options::Options;
use super::sources::SOURCES;
use crate::workload::{Name, Workload};

/// One measurement: who, what, how long a task takes in ticks, on how many threads, how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    pub(super) contender: &'static Contender,
    pub(super) name: Name,
    pub(super) tasks: usize,
    pub(super) ticks: u64,
    pub(super) threads: usize,
    pub(super) reps: usize,
}

/// Everyone who takes part, ready to run.
pub(super) struct Field {
    pub(super) contenders: Vec<&'static Contender>,
    /// The programs in C++ that could be built, and why the others could not.
    built: HashMap<&'static str, Result<PathBuf, String>>,
    folder: PathBuf,
}

impl Field {
    /// Builds what has to be built.
    pub(super) fn prepare(options: &Options) -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("pto-bench-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let built = SOURCES.map(|source| (source.name, source.build(&folder)));
        let contenders = ALL
            .iter()
            .filter(|contender| contender.quick || !options.quick);
        Ok(Self {
            contenders: contenders.collect(),
            built: built.into_iter().collect(),
            folder,
        })
    }

    /// Those of a class.
    pub(super) fn of(&self, class: Class) -> impl Iterator<Item = &'static Contender> {
        self.contenders
            .iter()
            .copied()
            .filter(move |one| one.class == class)
    }

    /// The one of that name.
    pub(super) fn named(&self, name: &str) -> Option<&'static Contender> {
        self.contenders.iter().copied().find(|one| one.name == name)
    }

    /// Why a contender cannot take part, if it cannot.
    pub(super) fn missing(&self, contender: &Contender) -> Option<&str> {
        match contender.program {
            Program::Own => None,
            Program::Cpp(source, _) => self.built[source.name].as_ref().err().map(String::as_str),
        }
    }

    /// Nanoseconds of each repetition.
    ///
    /// # Errors
    /// What the contender says of itself if it fails.
    pub(super) fn run(&self, trial: &Trial) -> Result<Vec<f64>, String> {
        let mut command = self.command(trial)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let output = finish(child)?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(text.trim().lines().last().unwrap_or("fails").to_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let samples: Vec<f64> = text
            .lines()
            .filter_map(|line| line.trim().parse().ok())
            .collect();
        match samples.len() == trial.reps {
            true => Ok(samples),
            false => Err("printed something else".to_owned()),
        }
    }

    fn command(&self, trial: &Trial) -> Result<Command, String> {
        let numbers = [trial.ticks, trial.threads as u64, trial.reps as u64].map(|n| n.to_string());
        match trial.contender.program {
            Program::Own => {
                let executable = env::current_exe().map_err(|error| error.to_string())?;
                let mut command = Command::new(executable);
                command
                    .args(["contender", trial.contender.name, trial.name.as_str()])
                    .arg(trial.tasks.to_string())
                    .args(numbers);
                Ok(command)
            }
            Program::Cpp(source, variant) => {
                let program = self.built[source.name].as_ref().map_err(Clone::clone)?;
                let file = self.file(trial).map_err(|error| error.to_string())?;
                let mut command = Command::new(program);
                command.arg(file).args(numbers).arg(variant);
                command.envs(source.environment.iter().copied());
                command.env("OMP_NUM_THREADS", trial.threads.to_string());
                Ok(command)
            }
        }
    }

    /// The workload as a file.
    fn file(&self, trial: &Trial) -> io::Result<PathBuf> {
        let path = self.folder.join(format!("{}-{}", trial.name, trial.tasks));
        if !path.exists() {
            let workload = Workload::new(trial.name, trial.tasks);
            workload.write(&workload.edges(), &path)?;
        }
        Ok(path)
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        // What is left in the folder of temporary files does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// How long a measurement may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a process, but not forever.
fn finish(mut child: Child) -> Result<process::Output, String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return child.wait_with_output().map_err(|error| error.to_string()),
            Ok(None) if start.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(1)),
            Ok(None) => {
                // It may have ended meanwhile, which is as well.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("takes longer than {} s", PATIENCE.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
