//! The analysed program as text: a line per task, a line per dependence.

use crate::analysis::Analysis;
use crate::explain::{
    self, Explanation, Holds, Iterations, Kept, Mode, Offset, Only, Outcome, Task, TaskKind, Use,
};
use crate::model::Program;

/// What was found out about a program, in few words: for tests, and for whoever
/// debugs the compiler. [`explain::text`] says it to its users.
pub fn explain(program: &Program, analysis: &Analysis) -> String {
    let facts = explain::facts(program, analysis);
    let mut lines: Vec<String> = Vec::new();
    for (number, task) in facts.tasks.iter().enumerate() {
        lines.push(task_line(&facts, number, task));
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for pair in &facts.pairs {
        let how = match &pair.outcome {
            Outcome::NotNeeded | Outcome::NeverMeets | Outcome::Asserted => continue,
            Outcome::Wired { .. } | Outcome::Traced { .. } => "wired",
            Outcome::Users { .. } => "after",
            Outcome::Implied { .. } => "implied",
            Outcome::Held => "held",
            Outcome::Over => "over",
            Outcome::Owned => "owned",
            Outcome::Tracked { .. } => "tracked",
            Outcome::Mistake { .. } => "missing",
        };
        let at = match pair.iterations {
            Iterations::Same => "same iteration".to_owned(),
            Iterations::Earlier(index) => format!("carried by loop {index}"),
        };
        let name = &facts.storages[pair.late.region.storage].name;
        let why = format!("{} {name} {:?}", pair.hazard, pair.verdict);
        let head = format!("#{} -> #{} {how}, {at}: ", pair.from, pair.to);
        match groups.iter_mut().find(|(known, _)| *known == head) {
            Some((_, known)) if known.contains(&why) => {}
            Some((_, known)) => known.push(why),
            None => groups.push((head, vec![why])),
        }
    }
    lines.extend(groups.into_iter().map(|(head, why)| head + &why.join(", ")));
    for life in &facts.lives {
        let how = match life.kept {
            Kept::Edge | Kept::Older { .. } | Kept::Handle => "covered",
            Kept::Own { .. } => "kept",
            Kept::Nothing => "missing",
        };
        lines.push(format!("#{} lives until #{}: {how}", life.owner, life.user));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn task_line(facts: &Explanation, number: usize, task: &Task) -> String {
    let kind = match task.kind {
        TaskKind::Task => "task",
        TaskKind::Alloc => "alloc",
        TaskKind::Call => "call",
        TaskKind::Host => "host",
    };
    let mode = match task.mode {
        Mode::Auto => "Auto",
        Mode::Inferred => "Infer",
        Mode::Explicit => "Explicit",
    };
    let list = |variables: &[usize]| {
        let names = variables.iter().map(|index| {
            let variable = &facts.variables[*index];
            let members: Vec<String> = variable.members.iter().map(|m| format!("#{m}")).collect();
            let members = members.join("|");
            match variable.holds {
                Holds::First => format!("first {members}"),
                Holds::Latest => members,
                Holds::All if variable.fence.is_some() => format!("fence of {members}"),
                Holds::All => format!("all {members}"),
                Holds::Table => format!("table of {members}"),
            }
        });
        names.collect::<Vec<String>>()
    };
    let entries = task.waits.tables.iter().map(|entry| {
        let key = entry.at.iter().map(|Offset { of, plus }| {
            let Some(of) = of else {
                return plus.to_string();
            };
            let name = facts.loops[*of].variable.as_deref().unwrap_or("?");
            match plus {
                0 => name.to_owned(),
                plus => format!("{name}{plus:+}"),
            }
        });
        let key: Vec<String> = key.collect();
        let member = facts.variables[entry.variable].members[0];
        let only = entry.only.iter().map(|Only { of, values }| {
            let name = facts.loops[*of].variable.as_deref().unwrap_or("?");
            let values: Vec<String> = values.iter().map(i64::to_string).collect();
            format!(" if {name}={}", values.join("|"))
        });
        format!("#{member}[{}]{}", key.join(","), only.collect::<String>())
    });
    let mut proven = list(&task.waits.proven);
    proven.extend(entries);
    let owners = task
        .accesses
        .iter()
        .filter(|access| access.used != Use::Makes && task.waits.owners.contains(&access.argument));
    proven.extend(owners.map(|access| format!("owner of {}", access.tensor)));
    let touches = task.accesses.iter().filter_map(|access| match access.used {
        Use::Makes => None,
        Use::Writes => Some(format!("&mut {}", access.tensor)),
        Use::Reads => Some(format!("&{}", access.tensor)),
    });
    format!(
        "#{number} {} {} {mode} ({}) proven=[{}] explicit=[{}] keep=[{}]",
        kind,
        task.name,
        touches.collect::<Vec<_>>().join(", "),
        proven.join(", "),
        list(&task.waits.explicit).join(", "),
        list(&task.waits.keep).join(", ")
    )
}
