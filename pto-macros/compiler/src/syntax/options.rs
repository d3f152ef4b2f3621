//! Options written as attributes on a statement: `#[task(..)]` and `#[unroll(..)]`.

use super::assertions;
use super::ast::{Host, TaskOptions, Unroll};
use super::unroll::literal;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use darling::FromMeta;
use darling::ast::NestedMeta;
use darling::util::Flag;
use syn::Ident;

/// `#[task(name = x, after = [a, b], blocks = n, sync_start)]`.
#[derive(Debug, Default, FromMeta)]
struct TaskMeta {
    #[darling(default)]
    name: Option<Name>,
    #[darling(default)]
    after: Option<After>,
    #[darling(default)]
    blocks: Option<Blocks>,
    sync_start: Flag,
    #[darling(default)]
    when: Option<When>,
}

/// The condition under which a task runs.
#[derive(Debug)]
struct When(syn::Expr);

impl FromMeta for When {
    fn from_expr(expr: &syn::Expr) -> darling::Result<Self> {
        Ok(Self(expr.clone()))
    }
}

/// In how many blocks a task runs: any expression.
#[derive(Debug)]
struct Blocks(syn::Expr);

impl FromMeta for Blocks {
    fn from_expr(expr: &syn::Expr) -> darling::Result<Self> {
        if literal(expr) == Some(0) {
            let what = "a task runs in one block at least";
            return Err(darling::Error::custom(what).with_span(expr));
        }
        Ok(Self(expr.clone()))
    }
}

/// A task's name: a plain identifier.
#[derive(Debug)]
struct Name(Ident);

impl FromMeta for Name {
    fn from_expr(expr: &syn::Expr) -> darling::Result<Self> {
        task_name(expr).map(Self)
    }
}

/// The tasks that a task comes after.
#[derive(Debug, Default)]
struct After(Vec<Ident>);

impl FromMeta for After {
    fn from_expr(expr: &syn::Expr) -> darling::Result<Self> {
        let syn::Expr::Array(array) = expr else {
            return Err(
                darling::Error::custom("write the tasks in brackets: `after = [a, b]`")
                    .with_span(expr),
            );
        };
        let mut errors = darling::Error::accumulator();
        let names = array
            .elems
            .iter()
            .filter_map(|elem| errors.handle(task_name(elem)))
            .collect();
        errors.finish_with(Self(names))
    }
}

/// Where options are wrong, and how.
pub(crate) fn mistakes(error: darling::Error) -> Vec<(Place, String)> {
    error
        .flatten()
        .into_iter()
        // As an error of `syn` it does not name the option: that is what the place is for.
        .map(syn::Error::from)
        .map(|error| (Place::at(error.span()), reworded(&error.to_string())))
        .collect()
}

/// The parser's words in ours.
fn reworded(what: &str) -> String {
    if let Some(name) = what.strip_prefix("Unknown field: ") {
        // The help lists what there is.
        let name = name.split(". Available").next().unwrap_or(name);
        format!("there is no option {name}")
    } else if let Some(name) = what.strip_prefix("Duplicate field ") {
        format!("the option {name} is given twice")
    } else if what.starts_with("Unexpected meta-item format") {
        "the option has another form".to_owned()
    } else {
        what.to_owned()
    }
}

fn task_name(expr: &syn::Expr) -> darling::Result<Ident> {
    if let syn::Expr::Path(path) = expr
        && let Some(ident) = path.path.get_ident()
    {
        return Ok(ident.clone());
    }
    Err(
        darling::Error::custom("a task's name is a plain identifier, as in `name = qk`")
            .with_span(expr),
    )
}

/// Takes our attributes out of `attrs`.
pub(super) struct Taken {
    /// `#[task(..)]`, if there was one.
    pub(super) task: Option<(TaskOptions, Place)>,
    /// `#[unroll(..)]`, if there was one.
    pub(super) unroll: Option<Unroll>,
}

/// Removes and reads `#[task(..)]` and `#[unroll(..)]`.
pub(super) fn take(attrs: &mut Vec<syn::Attribute>, errors: &mut Diagnostics) -> Taken {
    let mut taken = Taken {
        task: None,
        unroll: None,
    };
    attrs.retain(|attr| {
        if attr.path().is_ident("task") {
            if taken.task.is_some() {
                let text = "a statement has one `#[task(..)]`";
                errors.push(
                    Diagnostic::new(Code::BadOption, Place::of(attr), text)
                        .help("write all options in one: `#[task(name = a, after = [b])]`"),
                );
            }
            taken.task = Some((task(attr, errors), Place::of(attr)));
            false
        } else if attr.path().is_ident("unroll") {
            taken.unroll = unroll(attr, errors);
            false
        } else {
            true
        }
    });
    taken
}

fn task(attr: &syn::Attribute, errors: &mut Diagnostics) -> TaskOptions {
    let list = match &attr.meta {
        syn::Meta::List(list) if !list.tokens.is_empty() => Some(list),
        _ => None,
    };
    let Some(list) = list else {
        let text = "`#[task]` needs options";
        errors.push(
            Diagnostic::new(Code::BadOption, Place::of(attr), text)
                .help("write `#[task(name = qk)]` or `#[task(after = [qk])]`"),
        );
        return TaskOptions::default();
    };
    let (options, asserted) = assertions::take(list.tokens.clone(), errors);
    let parsed = NestedMeta::parse_meta_list(options)
        .map_err(darling::Error::from)
        .and_then(|metas| TaskMeta::from_list(&metas));
    match parsed {
        Ok(meta) => {
            let after = meta.after.map(|after| after.0);
            if after.as_ref().is_some_and(Vec::is_empty) {
                let text = "this option says nothing: it names no task";
                errors.push(
                    Diagnostic::new(Code::NoEffect, Place::of(attr.path()), text)
                        .help("remove it, or name the tasks that this one comes after"),
                );
            }
            TaskOptions {
                name: meta.name.map(|name| name.0),
                after: after.unwrap_or_default(),
                asserted,
                blocks: meta.blocks.map(|blocks| Host {
                    source: blocks.0.clone(),
                    lowered: blocks.0,
                }),
                sync_start: meta
                    .sync_start
                    .is_present()
                    .then(|| Place::at(meta.sync_start.span())),
                when: meta.when.map(|when| when.0),
            }
        }
        Err(error) => {
            for (place, what) in mistakes(error) {
                errors.push(
                    Diagnostic::new(Code::BadOption, place, what)
                        .help("the options are `name = x`, `after = [a, b]`, `when = t[i] > 0`, `blocks = n`, `sync_start` and `unsafe(..)`"),
                );
            }
            TaskOptions::default()
        }
    }
}

fn unroll(attr: &syn::Attribute, errors: &mut Diagnostics) -> Option<Unroll> {
    let (place, name) = (Place::of(attr), Place::of(attr.path()));
    if matches!(attr.meta, syn::Meta::Path(_)) {
        return Some(Unroll {
            factor: None,
            name,
            place,
        });
    }
    let factor = attr
        .parse_args::<syn::LitInt>()
        .and_then(|lit| lit.base10_parse::<usize>());
    match factor {
        Ok(factor @ 1..=64) => Some(Unroll {
            factor: Some(factor),
            name,
            place,
        }),
        _ => {
            errors.push(
                Diagnostic::new(
                    Code::BadOption,
                    place,
                    "the unroll factor is not a number from 1 to 64",
                )
                .help("write `#[unroll(4)]`, or `#[unroll]` for a loop with literal bounds"),
            );
            None
        }
    }
}
