//! `docs/diagnostics` has a page for every code, with programs and messages that are compiled here.
//!
//! A line `<!-- file: path -->` in a page is followed by that file, verbatim. `PAGES=overwrite` renews what has
//! changed, and the index. Run it after `TRYBUILD=overwrite`.

use pto_compiler::diag::Code;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let full = root().join(path);
    fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Nobody can provoke a bug that is not known.
fn can_be_provoked(code: Code) -> bool {
    code != Code::Internal
}

fn page(code: Code) -> String {
    format!("docs/diagnostics/{code}.md")
}

/// The folder of programs that provoke the code.
fn folder(code: Code) -> String {
    let prefix = format!("{}_", code.to_string().to_lowercase());
    let ui = "ui-tests/tests/ui";
    let entries = fs::read_dir(root().join(ui)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: Vec<String> = names.filter(|name| name.starts_with(&prefix)).collect();
    let [name] = &found[..] else {
        panic!("{code}: one folder {ui}/{prefix}.. is needed, there are {found:?}");
    };
    format!("{ui}/{name}")
}

/// The module with the mended program.
fn mended(code: Code) -> String {
    code.to_string().to_lowercase()
}

/// The files that a page shows.
fn shown(text: &str) -> impl Iterator<Item = &str> {
    let marks = text
        .lines()
        .filter_map(|line| line.strip_prefix("<!-- file: "));
    marks.filter_map(|mark| mark.strip_suffix(" -->"))
}

/// The page with the files as they are now.
fn renewed(text: &str) -> String {
    let mut lines = text.lines();
    let mut out = String::new();
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        let Some(path) = shown(line).next() else {
            continue;
        };
        // What the page has there now, if anything.
        let mut rest = lines.clone();
        if rest.next().is_some_and(|line| line.starts_with("```")) {
            rest.by_ref()
                .take_while(|line| *line != "```")
                .for_each(drop);
            lines = rest;
        }
        let language = if path.ends_with(".rs") {
            "rust"
        } else {
            "text"
        };
        out += &format!("```{language}\n{}\n```\n", read(path).trim_end());
    }
    out
}

/// The index with a row for every code.
fn indexed(text: &str) -> String {
    let is_row = |line: &&str| line.starts_with("| [PTO");
    let head = text.lines().take_while(|line| !is_row(line));
    let rows =
        Code::ALL.map(|code| format!("| [{code}](diagnostics/{code}.md) | {} |", code.title()));
    let tail = text
        .lines()
        .skip_while(|line| !is_row(line))
        .skip_while(is_row);
    let lines = head
        .map(str::to_owned)
        .chain(rows)
        .chain(tail.map(str::to_owned));
    lines.map(|line| line + "\n").collect()
}

/// `path` reads as `renew` would have it, or is made to.
fn check(path: &str, renew: impl FnOnce(&str) -> String) {
    let present = read(path);
    let right = renew(&present);
    if present == right {
        return;
    }
    let overwrite = std::env::var("PAGES").is_ok_and(|how| how == "overwrite");
    assert!(
        overwrite,
        "{path} is not up to date: `PAGES=overwrite cargo test -p ui-tests --test pages` renews it"
    );
    fs::write(root().join(path), right).unwrap();
}

#[test]
fn pages_show_the_programs_and_what_the_compiler_says() {
    for code in Code::ALL {
        check(&page(code), renewed);
    }
}

#[test]
fn the_index_lists_every_code() {
    check("docs/diagnostics.md", indexed);
}

#[test]
fn every_code_has_a_page_a_refused_and_a_mended_program() {
    let modules = read("ui-tests/tests/mended/main.rs");
    for code in Code::ALL {
        let text = read(&page(code));
        let heading = format!("# {code}: {}\n", code.title());
        assert!(
            text.starts_with(&heading),
            "{} begins with {heading}",
            page(code)
        );
        if !can_be_provoked(code) {
            continue;
        }
        let (folder, mended) = (folder(code), mended(code));
        let needed = [
            format!("{folder}/page.rs"),
            format!("{folder}/page.stderr"),
            format!("ui-tests/tests/mended/{mended}.rs"),
        ];
        assert_eq!(
            shown(&text).collect::<Vec<_>>(),
            needed,
            "the files of {}",
            page(code)
        );
        let said = read(&needed[1]);
        assert!(
            said.contains(&format!("{code}: ")),
            "{} is of another code",
            needed[1]
        );
        assert!(
            modules.contains(&format!("mod {mended};")),
            "ui-tests/tests/mended/main.rs lacks `mod {mended};`"
        );
    }
}

#[test]
fn no_page_is_of_a_code_that_is_gone() {
    let entries = fs::read_dir(root().join("docs/diagnostics")).unwrap();
    for entry in entries {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = Code::ALL.iter().any(|code| name == format!("{code}.md"));
        assert!(known, "docs/diagnostics/{name} is of no code");
    }
}
