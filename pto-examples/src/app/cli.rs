//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;

use crate::version::Version;

/// Runs paged attention in five versions, and a small vector example, on the task runtime.
///
/// Without options: all versions on the four small cases, checked against stored results, then the vector example.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "pto-examples")]
pub struct Cli {
    /// Run this case; may be given several times; `all` for every case. `--list` has the names
    #[arg(long = "case", value_name = "NAME", conflicts_with = "input")]
    pub cases: Vec<String>,

    /// Run this version only; may be given several times
    #[arg(long = "version", value_name = "NAME")]
    pub versions: Vec<Version>,

    /// Threads that run kernels, the submitting one included [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroUsize>,

    /// Task slots of each ring, a power of two [default: room for every task of the run]
    #[arg(long, value_name = "SLOTS")]
    pub window: Option<usize>,

    /// Bytes each ring has for what tasks produce, as in `4MiB` [default: room for the whole run]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub heap: Option<usize>,

    /// How often each version runs, in turn with the others [default: 25 for small problems, 3 for large ones]
    #[arg(long, value_name = "N")]
    pub repeat: Option<NonZeroUsize>,

    /// Verify every run: any two tasks that access an element, one of them writing, are ordered by edges, and storage is
    /// kept until its users are done. Times are then those of the check
    #[arg(long)]
    pub verify: bool,

    /// Write the task graph of one case and one version, as Graphviz (.dot) or Mermaid (.mmd)
    #[arg(long, value_name = "FILE")]
    pub graph: Option<PathBuf>,

    /// Run on the tensors of a safetensors file: query, key_cache, value_cache, block_table, context_lens and, if the
    /// result is to be checked against one you have, out
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// Write the result of the run as a safetensors file; needs `--input`, or one `--case`
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// What scores are multiplied by before the softmax [default: 1]
    #[arg(long, value_name = "X", requires = "input")]
    pub scale: Option<f32>,

    /// Tokens of a cache block, for caches stored as [blocks * block_size, head_dim]
    #[arg(long, value_name = "TOKENS", requires = "input")]
    pub block_size: Option<usize>,

    /// Explain every task, edge and missing edge of orchestrations, and stop: of a version, of `VectorExample`, of `all`,
    /// or of a Rust file of yours
    #[arg(long, value_name = "WHAT", num_args = 0..=1, default_missing_value = "all",
          conflicts_with_all = ["cases", "versions", "input", "output", "graph", "list", "scenes", "all"])]
    pub explain: Option<String>,

    /// Explain in JSON, for programs
    #[arg(long, requires = "explain")]
    pub json: bool,

    /// Run this scene, a small program that shows one thing; may be given several times. `--list` has the names
    #[arg(long = "scene", value_name = "NAME",
          conflicts_with_all = ["cases", "versions", "input", "output", "graph", "list"])]
    pub scenes: Vec<String>,

    /// Run all scenes, and print one table
    #[arg(long, conflicts_with_all = ["scenes", "cases", "versions", "input", "output", "graph", "list"])]
    pub all: bool,

    /// List the cases, versions and scenes, and stop
    #[arg(long)]
    pub list: bool,
}

/// A number of bytes: plain, or in KiB, MiB or GiB.
fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        _ => return Err("write a number of bytes, or of `KiB`, `MiB` or `GiB`".into()),
    };
    let count: usize = digits
        .parse()
        .map_err(|_| "write a number, as in `4MiB`".to_string())?;
    count
        .checked_mul(1 << shift)
        .ok_or_else(|| "more bytes than this machine can address".to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_may_have_a_unit() {
        let good = [
            ("0", 0),
            ("4096", 4096),
            ("64k", 65536),
            ("4MiB", 4 << 20),
            ("4 mib", 4 << 20),
            ("1G", 1 << 30),
        ];
        for (text, size) in good {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "MiB", "4 MB", "-1", "1.5GiB", "99999999999GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        assert!(
            parse("x --case Case1 --case RingStress --version auto --version unroll-manual")
                .is_ok()
        );
        assert!(parse("x --input a --scale 0.5 --block-size 16").is_ok());
        assert!(parse("x --explain").is_ok());
        assert!(parse("x --explain manual --json").is_ok());
        for line in [
            "x --case Case1 --input a",
            "x --scale 2",
            "x --workers 0",
            "x --repeat 0",
            "x --version c++",
            "x --json",
            "x --explain manual --case Case1",
            "x --explain --list",
            "x --all --case Case1",
            "x --scene vector --all",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
