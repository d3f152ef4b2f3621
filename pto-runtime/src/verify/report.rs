//! What the oracle found, as errors.

use crate::args::TensorArg;
use crate::error::{Error, ErrorKind};
use crate::task::TaskId;
use crate::verify::indices::Elements;
use crate::verify::lifetime::ShortLived;
use crate::verify::order::{History, Submitted};
use crate::verify::shadow::Use;
use crate::verify::{Hazard, Task};

fn name_of(history: &History, access: Use) -> &'static str {
    history.name(access.task, access.position)
}

/// A task that comes up in the message about another.
fn named(task: &Submitted) -> String {
    format!("{} ({})", task.site, task.id)
}

/// `task` accesses what `earlier` has accessed, and does not wait for it.
#[cold]
pub(super) fn race(
    history: &History,
    task: &Task<'_, '_>,
    position: usize,
    earlier: Use,
    hazard: Hazard,
    elements: &Elements<'_>,
) -> Error {
    let other = history.task(earlier.task);
    let message = format!(
        "{} on {elements} of `{}`: '{}' does not wait for {}, which {} them as `{}`",
        hazard.name(),
        task.names[position],
        task.site.name,
        named(other),
        if hazard == Hazard::War {
            "reads"
        } else {
            "writes"
        },
        name_of(history, earlier),
    );
    let help = format!(
        "let '{}' wait for '{}': with `after`, or in AUTO scopes; or withdraw the `unsafe` assertion that they do not meet",
        task.site.name, other.site.name,
    );
    let error = Error::new(ErrorKind::Race, message).in_task(task.site);
    error.with_id(task.id).with_help(help)
}

/// Two arguments of one task overlap, and it writes one of them.
#[cold]
pub(super) fn alias(task: &Task<'_, '_>, positions: [usize; 2], elements: &Elements<'_>) -> Error {
    let [first, second] = positions.map(|position| task.names[position]);
    let message = format!(
        "'{}' gets {elements} both as `{first}` and as `{second}`, and writes one of them",
        task.site.name,
    );
    let error = Error::new(ErrorKind::Race, message).in_task(task.site);
    error.with_id(task.id).with_help(
        "pass parts that do not overlap, or withdraw the `unsafe` assertion that they do not",
    )
}

/// A task may run still when storage that it uses is taken back.
#[cold]
pub(super) fn short_lived(history: &History, found: &ShortLived) -> Error {
    let by = history.task(found.by.task);
    let owner = history.seq(found.owner).map(|owner| history.task(owner));
    let owner = owner.map_or_else(|| found.owner.to_string(), named);
    let message = format!(
        "the storage of `{}` can be recycled while '{}' uses it: its owner {owner} is not kept until then, and its scope \
         closes before",
        name_of(history, found.by),
        by.site.name,
    );
    let error = Error::new(ErrorKind::UseAfterFree, message).in_task(by.site);
    error.with_id(by.id).with_help(format!(
        "let '{}' keep the owner: with `after` or `.keep(..)`, or close the scope later",
        by.site.name,
    ))
}

/// A task is submitted that uses storage which may have been taken back.
#[cold]
pub(super) fn too_late(history: &History, task: &Task<'_, '_>, position: usize) -> Error {
    let owner = task.accesses().nth(position).map(TensorArg::owner);
    let owner = owner.unwrap_or(TaskId::NONE);
    let known = history.seq(owner).map(|owner| history.task(owner));
    let owner = known.map_or_else(|| owner.to_string(), named);
    let message = format!(
        "'{}' uses `{}` after the scope of its owner {owner} was closed: its storage may be another tensor's",
        task.site.name, task.names[position],
    );
    let error = Error::new(ErrorKind::UseAfterFree, message).in_task(task.site);
    error
        .with_id(task.id)
        .with_help("submit the task inside the scope that the tensor was made in")
}
