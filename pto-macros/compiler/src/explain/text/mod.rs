//! An explanation as text: a block for each task.

mod pairs;
mod shown;

use super::{Explanation, Kept, Level, Message, Outcome, Position, Task, TaskKind, Use};
use shown::Shown;

/// An explanation for people.
pub fn text(explanation: &Explanation) -> String {
    let mut lines = Lines::default();
    head(&mut lines, explanation);
    for number in 0..explanation.tasks.len() {
        task(&mut lines, explanation, number);
    }
    for message in &explanation.diagnostics {
        diagnostic(&mut lines, explanation, message);
    }
    lines.text
}

/// Width of the words that lines of a task begin with.
const WORD: usize = 13;

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A line about a task.
    fn entry(&mut self, word: &str, what: &str) {
        self.line(&format!("    {word:WORD$}{what}"));
    }

    /// Lines below an entry, in columns.
    fn rows(&mut self, rows: &[[String; 3]]) {
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or(0)
        };
        let (first, second) = (width(0), width(1));
        for [a, b, c] in rows {
            self.entry("", &format!("  {a:first$}  {b:second$}  {c}"));
        }
    }
}

fn place(explanation: &Explanation, at: Position) -> String {
    format!("{}:{}:{}", explanation.file, at.line, at.column)
}

fn head(lines: &mut Lines, explanation: &Explanation) {
    let at = place(explanation, explanation.at);
    lines.line(&format!("orchestration `{}`, {at}", explanation.name));
    let (tasks, pairs) = (explanation.tasks.len(), explanation.pairs.len());
    lines.line(&format!(
        "    tasks: {tasks}, pairs of accesses to compare: {pairs}"
    ));
    let kind = |outcome: &Outcome| match outcome {
        Outcome::Wired { .. } | Outcome::Traced { .. } | Outcome::Held => "wired by the compiler",
        Outcome::Users { .. } => "ordered by edges of yours",
        Outcome::Implied { .. } => "implied by other edges",
        Outcome::Over => "over before the later one is submitted",
        Outcome::Owned => "ordered by the runtime's edges from who makes storage to who uses it",
        Outcome::Tracked { .. } => "left to the runtime",
        Outcome::Mistake { .. } => "ordered by nothing: mistakes",
        Outcome::Asserted => "asserted apart by you",
        Outcome::NotNeeded | Outcome::NeverMeets => "proven apart",
    };
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for kind in explanation.pairs.iter().map(|pair| kind(&pair.outcome)) {
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    counts.sort_by_key(|(kind, _)| *kind == "proven apart");
    for (kind, count) in counts {
        lines.line(&format!("    {count:6} {kind}"));
    }
}

fn task(lines: &mut Lines, explanation: &Explanation, number: usize) {
    let shown = Shown(explanation);
    let task = &explanation.tasks[number];
    let copy = task
        .copy
        .map_or_else(String::new, |[copy, of]| format!(", copy {copy} of {of}"));
    let at = place(explanation, task.at);
    lines.line("");
    lines.line(&format!("#{number} {}{copy}, {at}", task.name));
    if !task.inside.is_empty() {
        let inside: Vec<String> = task
            .inside
            .iter()
            .map(|around| shown.around(*around))
            .collect();
        lines.entry("in", &inside.join(", "));
    }
    if task.never {
        lines.entry("never runs", "as conditions or jumps around it show");
    }
    if let Some(team) = team(task) {
        lines.entry("runs", &team);
    }
    accesses(lines, explanation, task);
    pairs::ordered(lines, explanation, number);
    unneeded(lines, explanation, number);
    pairs::apart(lines, explanation, number);
    lives(lines, explanation, number);
}

/// The kernels and blocks of a task that has several.
fn team(task: &Task) -> Option<String> {
    let kernels = match task.kernels.as_slice() {
        [] => None,
        kernels => Some(format!("{} at the same time", kernels.join(", "))),
    };
    let blocks = task.blocks.as_ref().map(|blocks| match task.sync_start {
        true => format!("`{blocks}` blocks at the same time"),
        false => format!("`{blocks}` blocks"),
    });
    let together = (task.sync_start && blocks.is_none()).then(|| "all or none".to_owned());
    let parts: Vec<String> = [kernels, blocks, together].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn accesses(lines: &mut Lines, explanation: &Explanation, task: &Task) {
    let shown = Shown(explanation);
    for access in &task.accesses {
        let word = match access.used {
            Use::Reads => "reads",
            Use::Writes => "writes",
            Use::Makes => continue,
        };
        let regions: Vec<String> = access.regions.iter().map(|r| shown.region(r)).collect();
        let regions = regions.join(" or ");
        let tracking = shown.tracking(access);
        let tensor = &access.tensor;
        if *tensor == regions {
            lines.entry(word, &format!("{regions}{tracking}"));
        } else {
            lines.entry(word, &format!("{tensor}, which is {regions}{tracking}"));
        }
    }
    let made = task.accesses.iter().filter(|a| a.used == Use::Makes);
    let made = made.flat_map(|access| &access.regions);
    let made: Vec<String> = made.map(|region| shown.region(region)).collect();
    if !made.is_empty() {
        lines.entry("makes", &made.join(", "));
    }
}

/// Edges of the user's own that no pair of accesses asks for.
fn unneeded(lines: &mut Lines, explanation: &Explanation, number: usize) {
    let shown = Shown(explanation);
    for variable in &explanation.tasks[number].waits.explicit {
        let members = &explanation.variables[*variable].members;
        let needed = explanation.pairs.iter().any(|pair| {
            pair.to == number
                && members.contains(&pair.from)
                && matches!(pair.outcome, Outcome::Users { .. })
        });
        if !needed {
            let is_alloc = |site: &usize| explanation.tasks[*site].kind == TaskKind::Alloc;
            let what = if members.iter().all(is_alloc) {
                "your own edge, which only keeps the storage"
            } else {
                "your own edge, which no pair of accesses asks for"
            };
            lines.entry("waits for", &format!("{}: {what}", shown.tasks(members)));
        }
    }
}

fn lives(lines: &mut Lines, explanation: &Explanation, number: usize) {
    let shown = Shown(explanation);
    for life in explanation.lives.iter().filter(|life| life.user == number) {
        let how = match &life.kept {
            Kept::Edge => "by the edge from there".to_owned(),
            Kept::Older { owner, user } => format!(
                "by what keeps {} until {}, as storage is recycled in order",
                shown.task(*owner),
                shown.task(*user)
            ),
            Kept::Handle => "by the edge that is read off the handle".to_owned(),
            Kept::Own { variables } => {
                format!("by an edge of its own, {}", shown.variables(variables))
            }
            Kept::Nothing => "by nothing, which is a mistake".to_owned(),
        };
        let text = format!("{} of {}: {how}", life.tensor, shown.task(life.owner));
        lines.entry("keeps", &text);
    }
}

fn diagnostic(lines: &mut Lines, explanation: &Explanation, message: &Message) {
    let level = match message.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    lines.line("");
    lines.line(&format!("{level}: {}: {}", message.code, message.title));
    lines.line(&format!("    at {}", place(explanation, message.at)));
    if let Some((name, at)) = &message.other {
        lines.line(&format!("    and `{name}` at {}", place(explanation, *at)));
    }
    for note in &message.notes {
        lines.line(&format!("    note: {note}"));
    }
    for help in &message.help {
        lines.line(&format!("    help: {help}"));
    }
}
