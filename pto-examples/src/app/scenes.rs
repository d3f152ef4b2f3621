//! Running scenes, and the table of what they came to.

use std::io::Write;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use pto_runtime::Runtime;

use super::cli::Cli;
use crate::error::Error;
use crate::scenes::{Counts, Scene, Tried, scenes};

const HEADER: [&str; 9] = [
    "scene",
    "tasks",
    "edges",
    "listed tasks",
    "listed edges",
    "lookups",
    "elapsed",
    "error / limit",
    "result",
];

/// Runs the scenes that the command line asks for; returns what was wrong.
pub(super) fn run(cli: &Cli, out: &mut dyn Write) -> Result<Vec<String>, Error> {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(HEADER);
    let (mut faults, mut notes) = (Vec::new(), Vec::new());
    for scene in chosen(cli)? {
        let mut builder = Runtime::builder();
        if let Some(workers) = cli.workers {
            builder = builder.workers(workers.get());
        }
        if cli.verify {
            builder = builder.verify(true);
        }
        let tried = scene.try_on(builder)?;
        table.add_row(row(&scene, &tried));
        faults.extend(faults_of(&scene, &tried));
        let differs = |listed: &(Counts, &str)| listed.0 != tried.graph();
        if let Some((_, why)) = scene.listed.filter(differs) {
            notes.push(format!("{}: {why}", scene.name));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    if !notes.is_empty() {
        writeln!(out, "graphs that are not as listed:")?;
    }
    for note in notes {
        writeln!(out, "  {note}")?;
    }
    Ok(faults)
}

/// The scenes of the command line: those whose name begins with one that is given.
fn chosen(cli: &Cli) -> Result<Vec<Scene>, Error> {
    let mut found = Vec::new();
    for scene in scenes() {
        let begins = |name: &String| scene.name.starts_with(name.as_str());
        if cli.all || cli.scenes.iter().any(begins) {
            found.push(scene);
        }
    }
    for name in &cli.scenes {
        if !found.iter().any(|scene| scene.name.starts_with(name)) {
            return Err(Error::Usage {
                what: format!("there is no scene called `{name}`"),
                help: "`--list` has the names; a part up to a `/` means all cases of a scene",
            });
        }
    }
    Ok(found)
}

fn row(scene: &Scene, tried: &Tried) -> [String; HEADER.len()] {
    let Counts { tasks, edges } = tried.graph();
    let listed = |number: fn(&Counts) -> u64| match &scene.listed {
        Some((counts, _)) => number(counts).to_string(),
        None => "-".to_owned(),
    };
    let result = match faults_of(scene, tried).is_empty() {
        true => "ok",
        false => "WRONG",
    };
    [
        scene.name.clone(),
        tasks.to_string(),
        edges.to_string(),
        listed(|counts| counts.tasks),
        listed(|counts| counts.edges),
        tried.recorded.report.lookups.to_string(),
        format!("{:.2?}", tried.usual.report.elapsed),
        format!("{:.1e}", tried.error()),
        result.to_owned(),
    ]
}

fn faults_of(scene: &Scene, tried: &Tried) -> Vec<String> {
    let mut faults = Vec::new();
    let graph = tried.graph();
    if graph != scene.graph {
        let Counts { tasks, edges } = scene.graph;
        faults.push(format!(
            "{}: {} tasks and {} edges, where there must be {tasks} and {edges}",
            scene.name, graph.tasks, graph.edges
        ));
    }
    if tried.error() > 1.0 {
        let error = format!(
            "{}: the error is {:.1e} of what passes",
            scene.name,
            tried.error()
        );
        faults.push(error);
    }
    faults
}
