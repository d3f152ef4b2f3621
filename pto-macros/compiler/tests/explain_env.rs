//! Explanations while a crate is built. One test: the environment belongs to the whole process.

use proc_macro2::TokenStream;
use std::path::Path;

fn expand(name: &str) {
    let source = format!("fn {name}(x: In<f32>, y: InOut<f32>) {{ k(&x, &mut y); }}");
    let item: TokenStream = source.parse().unwrap();
    let tokens = pto_compiler::orchestration(TokenStream::new(), item);
    assert!(!tokens.is_empty());
}

fn set(name: &str, value: &str) {
    // SAFETY: this is the only test of the process, so no other thread reads or
    // writes the environment.
    unsafe { std::env::set_var(name, value) };
}

/// Names and contents of the files in a directory.
fn files(directory: &Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let content = std::fs::read_to_string(&path).unwrap();
        (
            path.file_name().unwrap().to_str().unwrap().to_owned(),
            content,
        )
    };
    entries.map(file).collect()
}

#[test]
fn what_is_asked_for_is_written_to_a_file_of_its_own() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explain_env");
    let _ = std::fs::remove_dir_all(&scratch);
    let directory = |name: &str| {
        let directory = scratch.join(name);
        set("PTO_EXPLAIN_DIR", directory.to_str().unwrap());
        directory
    };

    let unasked = directory("unasked");
    expand("one");
    assert!(files(&unasked).is_empty());

    set("PTO_EXPLAIN", "one");
    let by_name = directory("by_name");
    expand("one");
    expand("two");
    let found = files(&by_name);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.ends_with(".txt"), "{}", found[0].0);
    assert!(
        found[0].1.starts_with("orchestration `one`"),
        "{}",
        found[0].1
    );

    set("PTO_EXPLAIN", "*");
    set("PTO_EXPLAIN_FORMAT", "json");
    let all = directory("all");
    expand("one");
    expand("two");
    let found = files(&all);
    assert_eq!(found.len(), 2, "{found:?}");
    for (name, content) in found {
        assert!(name.ends_with(".json"), "{name}");
        let json: serde_json::Value = serde_json::from_str(&content).unwrap();
        assert_eq!(json["orchestrations"].as_array().unwrap().len(), 1);
    }

    // What is not understood is said, and nothing is written.
    set("PTO_EXPLAIN_FORMAT", "xml");
    let refused = directory("refused");
    expand("one");
    assert!(files(&refused).is_empty());
}
