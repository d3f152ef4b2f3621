//! Who takes part, and running one of them in a process of its own.

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, process, thread};

use super::options::Options;
use crate::ours::Form;
use crate::workload::{Name, Workload};

/// How a runtime comes to know the order of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// PTO, which discovers or has proven it.
    Ours,
    /// From the data that tasks declare, while they are submitted.
    Discovers,
    /// From edges that the program wires.
    Wired,
    /// From a graph that was built before the time begins.
    Rerun,
    /// Not at all.
    Limit,
}

impl Class {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Class::Ours => "ours",
            Class::Discovers => "discovers",
            Class::Wired => "wired",
            Class::Rerun => "rerun",
            Class::Limit => "limit",
        }
    }
}

/// How a contender is started.
#[derive(Clone, Copy, Debug)]
enum Program {
    /// By this executable.
    Own,
    /// By a program in C++ and its variant.
    Cpp(&'static Source, &'static str),
}

/// A program in C++: the compiler, the source, what to ask `pkg-config` for, and flags.
#[derive(Debug)]
struct Source {
    name: &'static str,
    compiler: &'static str,
    file: &'static str,
    package: Option<&'static str>,
    flags: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const fn openmp(name: &'static str, compiler: &'static str) -> Source {
    Source {
        name,
        compiler,
        file: "openmp.cpp",
        package: None,
        flags: &["-fopenmp"],
        // Waiting threads look for tasks instead of going to sleep.
        environment: &[("OMP_WAIT_POLICY", "active"), ("OMP_DYNAMIC", "false")],
    }
}

static GCC: Source = openmp("openmp-gcc", "g++");
static CLANG: Source = openmp("openmp-clang", "clang++");
static ONETBB: Source = Source {
    name: "onetbb",
    compiler: "g++",
    file: "onetbb.cpp",
    package: None,
    flags: &["-ltbb"],
    environment: &[],
};
static STARPU: Source = Source {
    name: "starpu",
    compiler: "g++",
    file: "starpu.cpp",
    package: Some("starpu-1.3"),
    flags: &[],
    environment: &[("STARPU_SILENT", "1"), ("STARPU_WORKERS_NOBIND", "1")],
};
static SOURCES: [&Source; 4] = [&GCC, &CLANG, &ONETBB, &STARPU];

/// Someone who takes part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) class: Class,
    program: Program,
    /// Whether it takes part in quick comparisons.
    quick: bool,
}

const fn own(name: &'static str, class: Class, quick: bool) -> Contender {
    Contender {
        name,
        class,
        program: Program::Own,
        quick,
    }
}

const fn cpp(
    name: &'static str,
    class: Class,
    source: &'static Source,
    variant: &'static str,
) -> Contender {
    Contender {
        name,
        class,
        program: Program::Cpp(source, variant),
        quick: true,
    }
}

static ALL: [Contender; 17] = [
    own("pto-auto", Class::Ours, true),
    own("pto-manual", Class::Ours, true),
    own("pto-hand", Class::Ours, true),
    own("pto-unrolled", Class::Ours, true),
    cpp("openmp-gcc", Class::Discovers, &GCC, ""),
    cpp("openmp-clang", Class::Discovers, &CLANG, ""),
    cpp("starpu", Class::Discovers, &STARPU, "lws"),
    cpp("onetbb-flow", Class::Wired, &ONETBB, "flow"),
    cpp("onetbb-group", Class::Wired, &ONETBB, "group"),
    own("rayon-spawn", Class::Wired, true),
    own("rayon-inline", Class::Wired, true),
    own("tokio", Class::Wired, true),
    own("dag_exec", Class::Wired, false),
    cpp("onetbb-rerun", Class::Rerun, &ONETBB, "rerun"),
    own("rayon-rerun", Class::Rerun, true),
    own("serial", Class::Limit, true),
    own("static", Class::Limit, true),
];

impl Contender {
    /// Whether it can run a workload on so many threads.
    pub(super) fn runs(&self, name: Name, threads: usize) -> bool {
        match self.name.strip_prefix("pto-").map(str::parse::<Form>) {
            Some(form) => form.is_ok_and(|form| form.has(name)),
            None => self.name != "serial" || threads == 1,
        }
    }
}

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
        let built = SOURCES.map(|source| (source.name, build(source, &folder)));
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

/// Compiles a program.
fn build(source: &Source, folder: &Path) -> Result<PathBuf, String> {
    let mut command = Command::new(source.compiler);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let program = folder.join(source.name);
    command
        .args([
            "-O3",
            "-march=native",
            "-std=c++17",
            "-pthread",
            "-DNDEBUG",
            "-o",
        ])
        .arg(&program)
        .arg(sources.join(source.file))
        .args(source.flags);
    if let Some(package) = source.package {
        let flags = Command::new("pkg-config")
            .args(["--cflags", "--libs", package])
            .output();
        match flags {
            Ok(flags) if flags.status.success() => {
                command.args(String::from_utf8_lossy(&flags.stdout).split_whitespace());
            }
            _ => return Err(format!("not installed ({package})")),
        }
    }
    match command.output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("not installed ({})", source.compiler))
        }
        Err(error) => Err(error.to_string()),
        Ok(output) if output.status.success() => Ok(program),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let is_missing = text.contains("No such file") || text.contains("cannot find");
            match (is_missing, text.lines().find(|line| line.contains("error"))) {
                (true, _) => Err("not installed".to_owned()),
                (false, line) => Err(format!("does not compile: {}", line.unwrap_or_default())),
            }
        }
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

/// An error of a contender of ours, which ends the comparison.
pub(super) fn failed(contender: &Contender, why: &str) -> Box<dyn Error> {
    format!("{} fails: {why}", contender.name).into()
}
