//! Names of tasks.

use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::Program;

/// `after = [x]` where no task is called `x`.
pub(super) fn unknown_tasks(program: &Program, errors: &mut Diagnostics) {
    let mut known: Vec<String> = program
        .sites
        .iter()
        .filter_map(|site| site.options.name.as_ref().map(ToString::to_string))
        .collect();
    known.sort();
    known.dedup();
    let mut reported = Vec::new();
    for site in &program.sites {
        for name in &site.options.after {
            // Copies of an unrolled body repeat the option.
            let place = (
                name.span().start().line,
                name.span().start().column,
                name.to_string(),
            );
            if known.contains(&name.to_string()) || reported.contains(&place) {
                continue;
            }
            reported.push(place);
            let title = format!("no task of this orchestration is called `{name}`");
            let mut error = Diagnostic::new(Code::UnknownTask, Place::at(name.span()), title);
            error = match nearest(&name.to_string(), &known) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!(
                    "name the task that this one comes after: `#[task(name = {name})]`"
                )),
            };
            errors.push(error);
        }
    }
}

/// The known name that differs least from `name`, if it is near enough to be meant.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    known
        .iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
