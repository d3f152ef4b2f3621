//! Pairs of accesses as text: an entry for all earlier tasks of which the same holds.

use super::shown::{Shown, tracked};
use super::{Explanation, Lines};
use crate::explain::{Iterations, Outcome, Pair, Reason, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What is said of some earlier tasks.
#[derive(PartialEq, Eq)]
struct Line {
    word: &'static str,
    /// What follows the tasks' names: where the iterations lie, and what came of it.
    said: String,
    rows: Vec<[String; 3]>,
}

/// The pairs that must be ordered.
pub(super) fn ordered(lines: &mut Lines, explanation: &Explanation, number: usize) {
    let shown = Shown(explanation);
    let pairs = explanation.pairs.iter().filter(|pair| pair.to == number);
    let pairs = pairs.filter(|pair| pair.verdict != Verdict::Apart);
    // Edges first, then what follows from them.
    let implied = |pair: &Pair| matches!(pair.outcome, Outcome::Implied { .. });
    let mut groups: BTreeMap<_, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        let key = (implied(pair), pair.from, pair.iterations, &pair.outcome);
        groups.entry(key).or_default().push(pair);
    }
    let entries = groups.values().map(|members| {
        let (word, how) = outcome(shown, members);
        let said = format!("{}: {how}", shown.when(members[0]));
        let rows = rows(shown, members);
        (members[0].from, Line { word, said, rows })
    });
    print(lines, shown, entries);
}

/// The pairs that need no order.
pub(super) fn apart(lines: &mut Lines, explanation: &Explanation, number: usize) {
    let shown = Shown(explanation);
    let mut groups: BTreeMap<_, Vec<&Pair>> = BTreeMap::new();
    // The loops in each iteration of which a storage is another one.
    let mut anew: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let pairs = explanation.pairs.iter().filter(|pair| pair.to == number);
    for pair in pairs.filter(|pair| pair.verdict == Verdict::Apart) {
        match (&pair.reason, pair.iterations) {
            (Reason::OtherStorage, Iterations::Earlier(of)) => {
                let loops = anew.entry(pair.late.region.storage).or_default();
                loops.insert(of);
            }
            _ => {
                let key = (pair.from, pair.iterations);
                groups.entry(key).or_default().push(pair);
            }
        }
    }
    let entries = groups.values().map(|members| {
        let entry = Line {
            word: "apart from",
            said: shown.when(members[0]),
            rows: rows(shown, members),
        };
        (members[0].from, entry)
    });
    print(lines, shown, entries);
    let mut storages: BTreeMap<BTreeSet<usize>, Vec<&str>> = BTreeMap::new();
    for (storage, loops) in anew {
        let name = &explanation.storages[storage].name;
        storages.entry(loops).or_default().push(name);
    }
    for (loops, names) in storages {
        let loops: Vec<String> = loops.into_iter().map(|of| shown.looped(of)).collect();
        let (loops, names) = (loops.join(" and "), names.join(", "));
        let text =
            format!("all earlier iterations of {loops} on {names}: the storage is another in each");
        lines.entry("apart from", &text);
    }
}

/// Prints entries, one for all tasks of which the same is said.
fn print(lines: &mut Lines, shown: Shown<'_>, entries: impl Iterator<Item = (usize, Line)>) {
    let mut merged: Vec<(Vec<usize>, Line)> = Vec::new();
    for (from, entry) in entries {
        match merged.iter_mut().find(|(_, known)| *known == entry) {
            Some((sites, _)) => sites.push(from),
            None => merged.push((vec![from], entry)),
        }
    }
    for (sites, Line { word, said, rows }) in merged {
        lines.entry(word, &format!("{}{said}", shown.tasks(&sites)));
        lines.rows(&rows);
    }
}

/// What came of pairs with one outcome: the word that begins the line, and how.
fn outcome(shown: Shown<'_>, members: &[&Pair]) -> (&'static str, String) {
    let is_certain = |pair: &&Pair| pair.verdict == Verdict::Overlapping;
    match &members[0].outcome {
        Outcome::Wired { variables } => (
            "waits for",
            format!(
                "wired by the compiler through {}",
                shown.variables(variables)
            ),
        ),
        Outcome::Traced { entries } => (
            "waits for",
            format!("wired by the compiler through {}", shown.entries(entries)),
        ),
        Outcome::Users { after } => (
            "waits for",
            format!("your own edge, after = [{}]", after.join(", ")),
        ),
        Outcome::Implied {
            through: Some(site),
        } => ("follows", format!("implied, through {}", shown.task(*site))),
        Outcome::Implied { through: None } => {
            ("follows", "implied, through earlier iterations".to_owned())
        }
        Outcome::Held => (
            "waits for",
            "wired by the compiler through the handle, which knows who made its storage".to_owned(),
        ),
        Outcome::Over => (
            "follows",
            "an access by the host is over when the program goes on".to_owned(),
        ),
        Outcome::Owned => (
            "waits for",
            "the runtime's edge from who makes storage to who uses it".to_owned(),
        ),
        Outcome::Tracked { why } if members.iter().any(is_certain) => {
            ("waits for", tracked(*why).to_owned())
        }
        Outcome::Tracked { why } => ("may wait for", tracked(*why).to_owned()),
        Outcome::Mistake { code } => ("races with", format!("a mistake, {code}")),
        Outcome::NeverMeets => (
            "apart from",
            "they meet in no iteration, as the numbers of their tiles show".to_owned(),
        ),
        Outcome::NotNeeded | Outcome::Asserted => ("apart from", String::new()),
    }
}

/// Kind, regions and verdict: a row for all pairs that differ in their regions only.
fn rows(shown: Shown<'_>, pairs: &[&Pair]) -> Vec<[String; 3]> {
    let mut rows: Vec<(&str, String, Vec<String>)> = Vec::new();
    for pair in pairs {
        let early = shown.region(&pair.early.region);
        let late = shown.region(&pair.late.region);
        let regions = if early == late {
            late
        } else {
            format!("{early} then {late}")
        };
        let verdict = verdict(pair);
        let row = rows
            .iter_mut()
            .find(|(h, v, _)| *h == pair.hazard && *v == verdict);
        match row {
            Some((_, _, known)) if known.contains(&regions) => {}
            Some((_, _, known)) => known.push(regions),
            None => rows.push((pair.hazard, verdict, vec![regions])),
        }
    }
    let rows = rows.into_iter();
    rows.map(|(hazard, verdict, regions)| [hazard.to_owned(), regions.join(", "), verdict])
        .collect()
}

fn verdict(pair: &Pair) -> String {
    let verdict = match pair.verdict {
        Verdict::Apart => "apart",
        Verdict::Undecided => "undecided",
        Verdict::Overlapping => "overlapping",
    };
    let why = match &pair.reason {
        Reason::Alternatives => "only one of the branches is taken".to_owned(),
        Reason::Asserted => "you assert it, with `unsafe(..)`".to_owned(),
        Reason::OtherStorage => "one of them has the storage of another iteration".to_owned(),
        Reason::EndsBefore {
            layer: _,
            dimension,
            end,
            begin,
        } => format!("in dimension {dimension}, {end} of the earlier <= {begin} of the later"),
        Reason::BeginsAfter {
            layer: _,
            dimension,
            end,
            begin,
        } => format!("in dimension {dimension}, {end} of the later <= {begin} of the earlier"),
        Reason::Empty { dimension } => format!("dimension {dimension} is empty"),
        Reason::OtherElement => "they are different elements of a collection".to_owned(),
        Reason::UnknownElement => "they may be different elements of a collection".to_owned(),
        Reason::SeveralPlaces => "which of several regions it is may change".to_owned(),
        Reason::EarlierStorage => "which earlier iteration's storage it is is not known".to_owned(),
        Reason::OtherShape => "the tensor was rearranged in two ways".to_owned(),
        Reason::UnknownRegion => "the compiler cannot express the region".to_owned(),
        Reason::Unordered { dimension } => {
            format!("the bounds of dimension {dimension} cannot be compared")
        }
        Reason::Shared => return verdict.to_owned(),
    };
    format!("{verdict}: {why}")
}
