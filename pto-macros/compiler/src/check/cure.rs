//! The `#[task(..)]` that mends a missing edge.

use crate::model::{Program, Site};
use crate::syntax::spelling;
use proc_macro2::Ident;

/// What to write so that `to` comes after `from`.
pub(super) fn add_edge(program: &Program, from: &Site, to: &Site) -> String {
    let named = from.options.name.as_ref().map(Ident::to_string);
    let name = named.clone().unwrap_or_else(|| free_name(program, from));
    if from.at.start() == to.at.start() {
        return format!("write `{}` here", attribute(to, Some(&name), Some(&name)));
    }
    let here = attribute(to, None, Some(&name));
    match named {
        Some(_) => format!("write `{here}` here"),
        None => {
            let there = attribute(from, Some(&name), None);
            format!("write `{there}` at `{}`, and `{here}` here", from.name)
        }
    }
}

/// The attribute of `site`, with this name, and after one more task.
fn attribute(site: &Site, name: Option<&str>, after: Option<&str>) -> String {
    let present = site.options.name.as_ref().map(Ident::to_string);
    let mut options = Vec::new();
    if let Some(name) = present.or(name.map(str::to_owned)) {
        options.push(format!("name = {name}"));
    }
    let mut tasks: Vec<String> = site.options.after.iter().map(Ident::to_string).collect();
    tasks.extend(after.map(str::to_owned));
    if !tasks.is_empty() {
        options.push(format!("after = [{}]", tasks.join(", ")));
    }
    if let Some(blocks) = &site.options.blocks {
        options.push(format!("blocks = {}", spelling(&blocks.source)));
    }
    if site.options.sync_start.is_some() {
        options.push("sync_start".to_owned());
    }
    if let Some(when) = &site.options.when {
        options.push(format!("when = {}", spelling(when)));
    }
    format!("#[task({})]", options.join(", "))
}

/// A name for a task that has none.
fn free_name(program: &Program, site: &Site) -> String {
    let taken = |name: &String| {
        let mut names = program
            .sites
            .iter()
            .filter_map(|site| site.options.name.as_ref());
        names.any(|taken| taken == name)
    };
    let numbered = (2..).map(|number| format!("{}_{number}", site.name));
    let mut names = std::iter::once(site.name.clone()).chain(numbered);
    names.find(|name| !taken(name)).unwrap_or_default()
}
