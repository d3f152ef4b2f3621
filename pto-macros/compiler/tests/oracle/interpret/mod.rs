//! Executes a normalised program access by access, with the edges of its plan.
//!
//! Shares the syntax tree with the compiler and nothing of its analysis.

mod control;
mod host;
mod run;
mod submit;
mod tensors;

pub(crate) use run::Run;

use pto_compiler::analysis::{Analysis, Plan};
use pto_compiler::model::Program;
use pto_compiler::syntax::ast::{Jump, LoopId, Orchestration, ScopeId};
use std::collections::{BTreeMap, BTreeSet};

/// How a statement ended.
enum Flow {
    On,
    Jump(Jump, Option<String>),
}

#[derive(Clone)]
struct Handle {
    storage: usize,
    range: std::ops::Range<i64>,
}

#[derive(Clone)]
enum Value {
    None,
    Int(i64),
    Tensor(Handle),
    Tuple(Vec<Value>),
}

struct Machine<'a> {
    program: &'a Program,
    analysis: &'a Analysis,
    plan: &'a Plan,
    /// What the TensorMap knows: accesses of AUTO tasks, and whose they are.
    map: Vec<(run::Touch, usize)>,
    run: Run,
    names: Vec<(String, Value)>,
    flips: u64,
    latest: BTreeMap<usize, BTreeSet<usize>>,
    /// Contents of the plan's tables, by variable and key.
    tables: BTreeMap<(usize, Vec<i64>), BTreeSet<usize>>,
    /// Values of the loop variables.
    at: BTreeMap<LoopId, i64>,
    scopes: Vec<(ScopeId, usize)>,
    opened: usize,
}

/// Executes a program; `flips` decides what its conditions are.
pub(crate) fn execute(
    source: &Orchestration,
    program: &Program,
    analysis: &Analysis,
    flips: u64,
) -> Run {
    let mut machine = Machine {
        program,
        analysis,
        plan: &analysis.plan,
        map: Vec::new(),
        run: Run::default(),
        names: Vec::new(),
        flips: flips | 1,
        latest: BTreeMap::new(),
        tables: BTreeMap::new(),
        at: BTreeMap::new(),
        scopes: vec![(0, 0)],
        opened: 0,
    };
    for name in ["x", "y", "z"] {
        let handle = machine.storage(None);
        machine.names.push((name.to_owned(), Value::Tensor(handle)));
    }
    machine.names.push(("t".to_owned(), Value::Int(4)));
    machine.block(&source.body);
    machine.run
}
