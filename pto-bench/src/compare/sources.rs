//! The programs in C++: what they need, and how they are compiled.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program in C++: the compiler, the source, what to ask `pkg-config` for, and flags.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: &'static str,
    compiler: &'static str,
    file: &'static str,
    package: Option<&'static str>,
    flags: &'static [&'static str],
    /// What it runs with.
    pub(super) environment: &'static [(&'static str, &'static str)],
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

pub(super) static GCC: Source = openmp("openmp-gcc", "g++");
pub(super) static CLANG: Source = openmp("openmp-clang", "clang++");
pub(super) static ONETBB: Source = Source {
    name: "onetbb",
    compiler: "g++",
    file: "onetbb.cpp",
    package: None,
    flags: &["-ltbb"],
    environment: &[],
};
pub(super) static STARPU: Source = Source {
    name: "starpu",
    compiler: "g++",
    file: "starpu.cpp",
    package: Some("starpu-1.3"),
    flags: &[],
    environment: &[("STARPU_SILENT", "1"), ("STARPU_WORKERS_NOBIND", "1")],
};
pub(super) static SOURCES: [&Source; 4] = [&GCC, &CLANG, &ONETBB, &STARPU];

impl Source {
    /// Compiles it into a folder.
    ///
    /// # Errors
    /// What is missing, or wrong.
    pub(super) fn build(&self, folder: &Path) -> Result<PathBuf, String> {
        let mut command = Command::new(self.compiler);
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let program = folder.join(self.name);
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
            .arg(sources.join(self.file))
            .args(self.flags);
        if let Some(package) = self.package {
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
                Err(format!("not installed ({})", self.compiler))
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
}
