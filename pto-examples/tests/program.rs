//! The program as a user meets it, without starting a process.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use pto_examples::attention::Case;
use pto_examples::compare::Closeness;
use pto_examples::io::{self, Archive, Options};
use pto_examples::{Cli, Error, run};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// What a command line prints.
fn program(words: &[&str]) -> (String, Result<(), Error>) {
    let cli =
        Cli::try_parse_from(["pto-examples"].iter().chain(words)).expect("clap takes the line");
    let mut out = Vec::new();
    let result = run(&cli, &mut out);
    (String::from_utf8(out).expect("text"), result)
}

#[track_caller]
fn succeeds(words: &[&str]) -> String {
    let (text, result) = program(words);
    result.unwrap_or_else(|error| panic!("{error}\n{text}"));
    text
}

#[track_caller]
fn fails(words: &[&str]) -> (String, String) {
    let (text, result) = program(words);
    (text, result.expect_err("the run fails").to_string())
}

/// A path of a file in the directory cargo keeps for tests.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn write(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().into()
}

#[test]
fn the_default_job_checks_all_small_cases_and_the_vector_example() {
    let text = succeeds(&["--repeat", "2"]);
    for name in [
        "CaseSmall1",
        "CaseSmall2",
        "CaseVarSeq2",
        "CaseVarSeq4",
        "VectorExample",
    ] {
        assert!(text.contains(&format!("{name}: ")), "{text}");
    }
    assert_eq!(
        text.lines().filter(|line| line.contains(" ok ")).count(),
        4 * 5 + 2,
        "{text}"
    );
    assert_eq!(
        text.matches("median orchestration time against auto: manual ")
            .count(),
        4,
        "{text}"
    );
}

#[test]
fn every_small_case_and_version_is_verified() {
    let text = succeeds(&["--verify", "--repeat", "1"]);
    assert_eq!(
        text.lines().filter(|line| line.contains(" ok ")).count(),
        4 * 5 + 2,
        "{text}"
    );
    // Less room, so that the MANUAL versions have a scope for each block.
    for version in ["auto", "manual", "explicit", "unroll-auto", "unroll-manual"] {
        let words = "--verify --case CaseVarSeq4 --window 8 --heap 16KiB --repeat 2 --version";
        let mut words: Vec<&str> = words.split(' ').collect();
        words.push(version);
        assert!(succeeds(&words).contains(" ok "));
    }
}

#[test]
fn a_list_names_cases_and_versions() {
    let text = succeeds(&["--list"]);
    for name in [
        "CaseSmall1",
        "Case2",
        "RingStress",
        "VectorExample",
        "unroll-manual",
    ] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn versions_can_be_chosen() {
    let text = succeeds(&[
        "--case",
        "CaseSmall1",
        "--version",
        "explicit",
        "--repeat",
        "1",
        "--workers",
        "1",
    ]);
    assert!(
        text.contains("1 repeats, 1 workers") && text.contains("explicit"),
        "{text}"
    );
    assert!(!text.contains("against auto"), "{text}");
}

#[test]
fn a_file_is_solved_and_its_result_written() {
    let case = Case::named("CaseVarSeq2").unwrap();
    let (input, output) = (
        write("input.safetensors", case.golden.unwrap()),
        scratch("output.safetensors"),
    );
    let text = succeeds(&[
        "--input",
        &input,
        "--output",
        output.to_str().unwrap(),
        "--repeat",
        "1",
    ]);
    assert!(text.contains("against the stored result"), "{text}");
    let bytes = fs::read(&output).unwrap();
    let stored = Archive::new("output", &bytes).unwrap().f32("out").unwrap();
    let expected = io::parse(case.name, case.golden.unwrap(), Options::default())
        .unwrap()
        .expected
        .unwrap();
    assert_eq!(stored.shape, [2, 16, 16]);
    assert!(Closeness::NAMED.accepts(Closeness::NAMED.worst_error(&stored.data, &expected)));
}

#[test]
fn a_file_without_a_result_is_compared_with_the_reference() {
    let golden =
        SafeTensors::deserialize(Case::named("CaseSmall1").unwrap().golden.unwrap()).unwrap();
    let inputs = golden.iter().filter(|(name, _)| *name != "out");
    let input = write(
        "inputs.safetensors",
        safetensors::serialize(inputs, None).unwrap(),
    );
    let text = succeeds(&["--input", &input, "--scale", "0.5", "--repeat", "1"]);
    assert!(text.contains("against the plain reference"), "{text}");
}

#[test]
fn a_wrong_result_is_an_error_that_names_the_versions() {
    let golden =
        SafeTensors::deserialize(Case::named("CaseSmall1").unwrap().golden.unwrap()).unwrap();
    let mut wrong = golden.tensor("out").unwrap().data().to_vec();
    wrong[..4].copy_from_slice(&9.0f32.to_le_bytes());
    let tensors = golden.iter().map(|(name, view)| {
        let data = if name == "out" { &wrong } else { view.data() };
        (
            name,
            TensorView::new(view.dtype(), view.shape().to_vec(), data).unwrap(),
        )
    });
    let input = write(
        "wrong.safetensors",
        safetensors::serialize(tensors, None).unwrap(),
    );
    let (text, error) = fails(&[
        "--input",
        &input,
        "--version",
        "auto",
        "--version",
        "manual",
        "--repeat",
        "1",
    ]);
    assert_eq!(text.matches("WRONG").count(), 2, "{text}");
    assert!(
        error.contains("auto: the worst error is 9")
            && error.contains("manual: the worst error is"),
        "{error}"
    );
}

#[test]
fn graphs_are_drawn() {
    let dot = scratch("tasks.dot");
    succeeds(&[
        "--case",
        "CaseSmall1",
        "--version",
        "manual",
        "--graph",
        dot.to_str().unwrap(),
        "--repeat",
        "1",
    ]);
    let text = fs::read_to_string(dot).unwrap();
    assert!(
        text.starts_with("digraph")
            && text.contains("qk_matmul")
            && text.contains("by_compiler.rs:"),
        "{text}"
    );

    let mermaid = scratch("tasks.mmd");
    succeeds(&[
        "--case",
        "VectorExample",
        "--graph",
        mermaid.to_str().unwrap(),
        "--repeat",
        "1",
    ]);
    let text = fs::read_to_string(mermaid).unwrap();
    assert!(
        text.contains("add_scalar") && text.contains("macros.rs:"),
        "{text}"
    );
}

#[test]
fn errors_of_files_and_of_the_runtime_come_through() {
    assert!(
        fails(&["--input", "no/such/file"])
            .1
            .starts_with("cannot read `no/such/file`")
    );
    let (_, error) = fails(&["--case", "CaseSmall1", "--window", "100"]);
    assert!(error.contains("power of two"), "{error}");
    let (_, error) = fails(&["--case", "CaseSmall2", "--window", "4", "--repeat", "1"]);
    assert!(
        error.contains("help: "),
        "the runtime's message has its cure in it: {error}"
    );
    let (_, error) = fails(&[
        "--case",
        "CaseSmall1",
        "--output",
        "no/such/directory/out",
        "--repeat",
        "1",
    ]);
    assert!(
        error.starts_with("cannot write `no/such/directory/out`"),
        "{error}"
    );
}
