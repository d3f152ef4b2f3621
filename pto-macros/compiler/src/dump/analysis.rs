//! The analysed program as text: a line per task, a line per dependence.

use crate::analysis::{Analysis, Level, TableEdge, VariableKind};
use crate::model::{Program, Site, SiteKind};
use std::fmt::Write;

/// Everything that was found out about a program, for tests and for people.
pub fn explain(program: &Program, analysis: &Analysis) -> String {
    let mut text = String::new();
    for site in &program.sites {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", site_line(program, analysis, site));
    }
    for (deps, how) in [
        (&analysis.wired, "wired"),
        (&analysis.held, "held"),
        (&analysis.tracked, "tracked"),
    ] {
        for dep in deps {
            for level in dep.levels() {
                let dropped = how == "wired" && analysis.ideal.implied(dep.from, dep.to, level);
                let how = if dropped { "implied" } else { how };
                let mut why: Vec<String> = dep
                    .conflicts
                    .iter()
                    .filter(|conflict| conflict.level == level)
                    .map(|conflict| {
                        let root = &program.roots[conflict.root].name;
                        format!("{} {root} {:?}", conflict.hazard, conflict.verdict)
                    })
                    .collect();
                why.dedup();
                let at = match level {
                    Level::Same => "same iteration".to_owned(),
                    Level::Carried(index) => format!("carried by loop {index}"),
                };
                let _ = writeln!(
                    text,
                    "#{} -> #{} {how}, {at}: {}",
                    dep.from,
                    dep.to,
                    why.join(", ")
                );
            }
        }
    }
    for loan in &analysis.loans {
        let how = if loan.covered.is_some() {
            "covered"
        } else {
            "kept"
        };
        let _ = writeln!(text, "#{} lives until #{}: {how}", loan.owner, loan.user);
    }
    text
}

fn site_line(program: &Program, analysis: &Analysis, site: &Site) -> String {
    let kind = match site.kind {
        SiteKind::Task => "task",
        SiteKind::Alloc => "alloc",
        SiteKind::Call => "call",
    };
    let mode = program.mode(site.id);
    let wiring = &analysis.plan.sites[site.id];
    let plan = &analysis.plan;
    let variable = |index: &usize| {
        let variable = &plan.variables[*index];
        let members: Vec<String> = variable.members.iter().map(|m| format!("#{m}")).collect();
        match &variable.kind {
            VariableKind::First => format!("first {}", members.join("|")),
            VariableKind::Latest => members.join("|"),
            VariableKind::All { fence: None } => format!("all {}", members.join("|")),
            VariableKind::All { fence: Some(_) } => format!("fence of {}", members.join("|")),
            VariableKind::Table { .. } => format!("table of {}", members.join("|")),
        }
    };
    let entry = |edge: &TableEdge| {
        let key = edge.at.iter().map(|(of, offset)| {
            let var = program.loops[*of].var;
            let name = var.map_or("?", |var| &program.symbols.info(var).name);
            match offset {
                0 => name.to_owned(),
                offset => format!("{name}{offset:+}"),
            }
        });
        let key: Vec<String> = key.collect();
        format!(
            "{}[{}]",
            plan.variables[edge.variable].members[0],
            key.join(",")
        )
    };
    let list = |names: &mut dyn Iterator<Item = String>| {
        let names: Vec<String> = names.collect();
        format!("[{}]", names.join(", "))
    };
    let entries = wiring.tables.iter().map(|edge| format!("#{}", entry(edge)));
    let owners = site
        .accesses
        .iter()
        .filter(|access| wiring.owners.contains(&access.arg));
    let owners = owners.map(|access| format!("owner of {}", access.tensor));
    let touches: Vec<String> = site
        .accesses
        .iter()
        .filter(|access| !access.creates)
        .map(|access| {
            let mark = if access.writes { "&mut " } else { "&" };
            format!("{mark}{}", access.tensor)
        })
        .collect();
    format!(
        "#{} {kind} {} {mode:?} ({}) proven={} explicit={} keep={}",
        site.id,
        site.name,
        touches.join(", "),
        list(
            &mut wiring
                .proven
                .iter()
                .map(variable)
                .chain(entries)
                .chain(owners)
        ),
        list(&mut wiring.explicit.iter().map(variable)),
        list(&mut wiring.keep.iter().map(variable))
    )
}
