//! `--explain`, as a user meets it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use pto_compiler::explain;
use pto_examples::{Cli, Version, run};

/// What a command line prints, or its error and the cure.
fn program(words: &[&str]) -> Result<String, (String, Option<String>)> {
    let words = ["pto-examples"].iter().chain(words);
    let cli = Cli::try_parse_from(words).expect("clap takes the line");
    let mut out = Vec::new();
    match run(&cli, &mut out) {
        Ok(()) => Ok(String::from_utf8(out).expect("text")),
        Err(error) => Err((error.to_string(), error.help())),
    }
}

fn orchestrations(text: &str) -> usize {
    let head = |line: &&str| line.starts_with("orchestration `");
    text.lines().filter(head).count()
}

#[test]
fn every_version_can_be_explained() {
    for version in Version::ALL {
        let text = program(&["--explain", version.name()]).unwrap();
        assert!((1..=2).contains(&orchestrations(&text)), "{text}");
        assert!(
            text.contains("online_update") || text.contains("update"),
            "{text}"
        );
    }
    let vector = program(&["--explain", "vectorexample"]).unwrap();
    assert!(
        vector.contains("orchestration `with_macros`, pto-examples/src/vector/macros.rs:"),
        "{vector}"
    );
    // Five versions, of which three have two sorts of scopes, and the vector example.
    let all = program(&["--explain"]).unwrap();
    assert_eq!(orchestrations(&all), 9);
    assert_eq!(program(&["--explain", "all"]).unwrap(), all);
}

#[test]
fn the_lines_are_those_of_the_files() {
    let text = program(&["--explain", "manual"]).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tasks = 0;
    for line in text.lines().filter(|line| line.starts_with('#')) {
        let [name, place] = line.split(", ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let [file, number, column] = place.split(':').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let source = fs::read_to_string(root.join(file)).unwrap();
        let written = source
            .lines()
            .nth(number.parse::<usize>().unwrap() - 1)
            .unwrap();
        let kernel = name.split(' ').nth(1).unwrap();
        let column: usize = column.parse().unwrap();
        assert!(
            written[column - 1..].starts_with(kernel),
            "{line}\n{written}"
        );
        tasks += 1;
    }
    assert_eq!(tasks, 10);
}

#[test]
fn json_is_one_document() {
    let text = program(&["--explain", "all", "--json"]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["schema"], "pto-explain");
    assert_eq!(json["orchestrations"].as_array().unwrap().len(), 9);
}

#[test]
fn a_file_of_your_own_can_be_explained() {
    let path = scratch("own.rs");
    fs::write(
        &path,
        "mod inner { #[orchestration] fn own(x: In<f32>, y: InOut<f32>) { k(&x, &mut y); k(&y, &mut y); } }",
    )
    .unwrap();
    let text = program(&["--explain", path.to_str().unwrap()]).unwrap();
    assert!(text.starts_with("orchestration `own`"), "{text}");
    assert!(text.contains("error: PTO009"), "{text}");
}

#[test]
fn what_cannot_be_explained_is_said_with_a_cure() {
    let broken = scratch("broken.rs");
    fs::write(&broken, "fn f() {\n    let = 1;\n}\n").unwrap();
    let empty = scratch("empty.rs");
    fs::write(&empty, "fn f() {}").unwrap();
    for (subject, expected) in [
        ("manuel", "there is nothing called `manuel`"),
        ("no/such/file.rs", "cannot read `no/such/file.rs`"),
        (broken.to_str().unwrap(), "broken.rs:2:9: "),
        (
            empty.to_str().unwrap(),
            "has no function marked `#[orchestration]`",
        ),
    ] {
        let (error, help) = program(&["--explain", subject]).expect_err(subject);
        assert!(error.contains(expected), "{error}");
        assert!(help.is_some(), "{error}");
    }
}

#[test]
fn no_example_is_warned_about() {
    let mut found = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                for explanation in explain::file(path.to_str().unwrap(), &source).unwrap() {
                    assert!(
                        explanation.diagnostics.is_empty(),
                        "{}",
                        explain::text(&explanation)
                    );
                    found += 1;
                }
            }
        }
    }
    assert!(found >= 9, "{found}");
}

/// A path of a file in the directory cargo keeps for tests.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explain");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}
