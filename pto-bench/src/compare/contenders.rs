//! Who takes part.

use std::error::Error;

use super::sources::{CLANG, GCC, ONETBB, STARPU, Source};
use crate::ours::Form;
use crate::workload::Name;

/// How a runtime comes to know the order of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// PTO, which discovers or has proven it.
    Ours,
    /// From the data that tasks declare, while they are submitted.
    Discovers,
    /// From edges that the program wires.
    Wired,
    /// From a graph that was built before the time begins.
    Rerun,
    /// Not at all.
    Limit,
}

impl Class {
    pub(super) const ALL: [Class; 5] = [
        Class::Ours,
        Class::Discovers,
        Class::Wired,
        Class::Rerun,
        Class::Limit,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Class::Ours => "ours",
            Class::Discovers => "discovers",
            Class::Wired => "wired",
            Class::Rerun => "rerun",
            Class::Limit => "limit",
        }
    }
}

/// How a contender is started.
#[derive(Clone, Copy, Debug)]
pub(super) enum Program {
    /// By this executable.
    Own,
    /// By a program in C++ and its variant.
    Cpp(&'static Source, &'static str),
}

/// Someone who takes part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) class: Class,
    pub(super) program: Program,
    /// Whether it takes part in quick comparisons.
    pub(super) quick: bool,
}

const fn own(name: &'static str, class: Class, quick: bool) -> Contender {
    Contender {
        name,
        class,
        program: Program::Own,
        quick,
    }
}

const fn cpp(
    name: &'static str,
    class: Class,
    source: &'static Source,
    variant: &'static str,
) -> Contender {
    Contender {
        name,
        class,
        program: Program::Cpp(source, variant),
        quick: true,
    }
}

/// Everyone.
pub(super) static ALL: [Contender; 17] = [
    own("pto-auto", Class::Ours, true),
    own("pto-manual", Class::Ours, true),
    own("pto-hand", Class::Ours, true),
    own("pto-unrolled", Class::Ours, true),
    cpp("openmp-gcc", Class::Discovers, &GCC, ""),
    cpp("openmp-clang", Class::Discovers, &CLANG, ""),
    cpp("starpu", Class::Discovers, &STARPU, "lws"),
    cpp("onetbb-flow", Class::Wired, &ONETBB, "flow"),
    cpp("onetbb-group", Class::Wired, &ONETBB, "group"),
    own("rayon-spawn", Class::Wired, true),
    own("rayon-inline", Class::Wired, true),
    own("tokio", Class::Wired, true),
    own("dag_exec", Class::Wired, false),
    cpp("onetbb-rerun", Class::Rerun, &ONETBB, "rerun"),
    own("rayon-rerun", Class::Rerun, true),
    own("serial", Class::Limit, true),
    own("static", Class::Limit, true),
];

impl Contender {
    /// Whether it can run a workload on so many threads.
    pub(super) fn runs(&self, name: Name, threads: usize) -> bool {
        match self.name.strip_prefix("pto-").map(str::parse::<Form>) {
            Some(form) => form.is_ok_and(|form| form.has(name)),
            None => self.name != "serial" || threads == 1,
        }
    }
}

/// An error of a contender of ours, which ends the comparison.
pub(super) fn failed(contender: &Contender, why: &str) -> Box<dyn Error> {
    format!("{} fails: {why}", contender.name).into()
}
