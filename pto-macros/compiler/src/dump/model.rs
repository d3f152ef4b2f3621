//! The model: which site touches which regions, and under which control flow.

use crate::model::{Access, Context, Program};

/// A line per site: its control flow, and what it touches.
pub fn model(program: &Program) -> String {
    let mut text = String::new();
    for site in &program.sites {
        let context: Vec<String> = site.context.iter().map(context).collect();
        let accesses: Vec<String> = site.accesses.iter().map(|a| access(program, a)).collect();
        let accesses = match site.never {
            true => "never".to_owned(),
            false => accesses.join(", "),
        };
        text.push_str(&format!(
            "#{} {} in [{}]: {accesses}\n",
            site.id,
            site.name,
            context.join(" "),
        ));
    }
    text
}

fn context(context: &Context) -> String {
    match context {
        Context::Loop(id) => format!("loop {id}"),
        Context::Arm { branch, arm } => format!("branch {branch}.{arm}"),
        Context::Past(_) => "maybe".to_owned(),
    }
}

fn access(program: &Program, access: &Access) -> String {
    let verb = match (access.creates, access.writes) {
        (true, _) => "makes",
        (false, true) => "writes",
        (false, false) => "reads",
    };
    let places: Vec<String> = access
        .places
        .iter()
        .map(|place| {
            let age = if place.aged.is_empty() {
                ""
            } else {
                " of an earlier iteration"
            };
            let region = place.region.show(&program.symbols);
            format!("{}{region}{age}", program.roots[place.root].name)
        })
        .collect();
    format!("{verb} {}", places.join(" or "))
}
