//! Explanations on request while a crate is built.

use super::{explain, json, text};
use crate::expand::Compiled;
use proc_macro2::Span;
use std::env;
use std::path::PathBuf;

/// How an explanation is written.
#[derive(Clone, Copy)]
enum Format {
    Text,
    Json,
}

/// Explains an orchestration if the environment variable `PTO_EXPLAIN` names it
/// or is `*`: on standard error, or into a file of its own in the directory that
/// `PTO_EXPLAIN_DIR` names. `PTO_EXPLAIN_FORMAT` is `text` or `json`.
///
/// What cannot be done is said on standard error: a request for information is
/// no reason to break a build.
pub(crate) fn show(compiled: &Compiled) {
    let name = &compiled.source.ident;
    let wanted = env::var("PTO_EXPLAIN").is_ok_and(|wanted| wanted == "*" || name == &wanted);
    if wanted && let Err(problem) = try_show(compiled) {
        eprintln!("PTO_EXPLAIN: `{name}` is not explained: {problem}");
    }
}

fn try_show(compiled: &Compiled) -> Result<(), String> {
    let format = match env::var("PTO_EXPLAIN_FORMAT").as_deref() {
        Err(_) | Ok("text") => Format::Text,
        Ok("json") => Format::Json,
        Ok(other) => {
            return Err(format!(
                "PTO_EXPLAIN_FORMAT is `{other}`; write `text` or `json`"
            ));
        }
    };
    let file = compiled.source.ident.span().file();
    let explanation = explain(compiled, &file);
    let (content, extension) = match format {
        Format::Text => (text(&explanation), "txt"),
        Format::Json => (json(&[explanation]), "json"),
    };
    let Some(directory) = env::var_os("PTO_EXPLAIN_DIR").map(PathBuf::from) else {
        eprintln!("{content}");
        return Ok(());
    };
    let path = directory.join(file_name(&file, compiled.source.ident.span(), extension));
    std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(&path, content))
        .map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

/// A name that no other orchestration has: its place in the source.
fn file_name(file: &str, span: Span, extension: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '.' {
            c
        } else {
            '-'
        }
    };
    let file: String = file.chars().map(plain).collect();
    let start = span.start();
    format!("{file}-{}-{}.{extension}", start.line, start.column + 1)
}
