//! How PTO stands against the best of the others.

use super::Bench;
use super::contenders::Class;
use super::speed::Figures;
use super::table::{Table, ns};
use crate::workload::Name;

/// A form of PTO against the best of some classes: what it should be at most.
struct Match {
    title: &'static str,
    forms: &'static [&'static str],
    classes: &'static [Class],
    threads: usize,
    goal: Goal,
}

#[derive(Clone, Copy)]
enum Goal {
    /// Of the best of the others.
    Share(f64),
    /// Nanoseconds a task.
    Ns(f64),
}

const EXPLICIT: [&str; 3] = ["pto-manual", "pto-hand", "pto-unrolled"];

const MATCHES: [Match; 4] = [
    Match {
        title: "AUTO against the best runtime that discovers, 2 threads; the goal is a fifth of it",
        forms: &["pto-auto"],
        classes: &[Class::Discovers],
        threads: 2,
        goal: Goal::Share(0.2),
    },
    Match {
        title: "The best of our other forms against the best runtime of any kind, 2 threads; the goal is 0.8 of it",
        forms: &EXPLICIT,
        classes: &[Class::Discovers, Class::Wired, Class::Rerun],
        threads: 2,
        goal: Goal::Share(0.8),
    },
    Match {
        title: "AUTO on one thread; the goal is 40 ns",
        forms: &["pto-auto"],
        classes: &[Class::Discovers],
        threads: 1,
        goal: Goal::Ns(40.0),
    },
    Match {
        title: "The best of our other forms on one thread; the goal is 20 ns",
        forms: &EXPLICIT,
        classes: &[Class::Discovers, Class::Wired, Class::Rerun],
        threads: 1,
        goal: Goal::Ns(20.0),
    },
];

pub(super) fn tables(bench: &Bench<'_>, figures: &Figures) -> Vec<Table> {
    MATCHES
        .iter()
        .map(|one| table(bench, figures, one))
        .collect()
}

fn table(bench: &Bench<'_>, figures: &Figures, of: &Match) -> Table {
    let header = [
        "workload",
        "ours",
        "ns",
        "best of the others",
        "ns",
        "ratio",
        "goal",
    ];
    let mut table = Table::new(of.title, header);
    for name in Name::ALL {
        let best = |names: &mut dyn Iterator<Item = &'static str>| {
            names
                .filter_map(|who| match figures.get(&(who, name, of.threads)) {
                    Some(Ok(figure)) => Some((who, *figure)),
                    _ => None,
                })
                .min_by(|a, b| a.1.total_cmp(&b.1))
        };
        let Some(ours) = best(&mut of.forms.iter().copied()) else {
            continue;
        };
        let others = of.classes.iter().flat_map(|&class| bench.field.of(class));
        let other = best(&mut others.map(|one| one.name));
        let goal = match (of.goal, other) {
            (Goal::Ns(goal), _) => Some(goal),
            (Goal::Share(share), Some((_, figure))) => Some(share * figure),
            (Goal::Share(_), None) => None,
        };
        let met = match goal {
            Some(goal) if ours.1 <= goal => format!("{}, met", ns(goal)),
            Some(goal) => ns(goal),
            None => "–".to_owned(),
        };
        let (who, figure, ratio) = match other {
            Some((who, figure)) => (
                who.to_owned(),
                ns(figure),
                format!("{:.2}", ours.1 / figure),
            ),
            None => ("none".to_owned(), String::new(), String::new()),
        };
        table.row([
            name.to_string(),
            ours.0.to_owned(),
            ns(ours.1),
            who,
            figure,
            ratio,
            met,
        ]);
    }
    table
}
