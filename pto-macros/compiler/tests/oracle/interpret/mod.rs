//! Executes a normalised program access by access, with the edges of its plan.
//!
//! Shares the syntax tree with the compiler and nothing of its analysis.

mod calls;
mod collections;
mod control;
mod host;
mod host_access;
mod loops;
mod run;
mod submit;
mod tensors;

pub(crate) use run::{Instance, Run};

use crate::wires::Wires;
use pto_compiler::Compiled;
use pto_compiler::analysis::{Analysis, Plan};
use pto_compiler::model::Program;
use pto_compiler::syntax::ast::{Jump, ScopeId};
use pto_programs::{TILE, TRIPS};
use run::Iteration;

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
    Bool(bool),
    Int(i64),
    Maybe(Option<Box<Value>>),
    Tensor(Handle),
    Tuple(Vec<Value>),
    List(Vec<Value>),
}

struct Machine<'a> {
    program: &'a Program,
    analysis: &'a Analysis,
    plan: &'a Plan,
    run: Run,
    names: Vec<(String, Value)>,
    flips: u64,
    wires: Wires<'a>,
    /// The scopes around the present point, each with the number of its opening.
    scopes: Vec<(ScopeId, usize)>,
    opened: usize,
    /// The loops around the present point.
    around: Vec<Iteration>,
    entered: usize,
    /// Whether another orchestration calls the program.
    nested: bool,
    /// What the program returns early.
    returned: Value,
}

/// Executes a program that is run by itself; `flips` decides what its conditions are.
pub(crate) fn execute(compiled: &Compiled, flips: u64) -> Run {
    execute_in(compiled, flips, false)
}

/// Executes a program that another orchestration calls.
pub(crate) fn execute_nested(compiled: &Compiled, flips: u64) -> Run {
    execute_in(compiled, flips, true)
}

fn execute_in(compiled: &Compiled, flips: u64, nested: bool) -> Run {
    let mut machine = Machine {
        program: &compiled.program,
        analysis: &compiled.analysis,
        plan: &compiled.analysis.plan,
        run: Run::default(),
        names: Vec::new(),
        flips,
        wires: Wires::new(&compiled.analysis.plan),
        scopes: vec![(0, 0)],
        opened: 0,
        around: Vec::new(),
        entered: 0,
        nested,
        returned: Value::None,
    };
    let mut shared = Vec::new();
    for name in ["x", "y", "z"] {
        let handle = machine.storage(None);
        shared.push(handle.clone());
        machine.names.push((name.to_owned(), Value::Tensor(handle)));
    }
    for (name, value) in [("t", TILE), ("n", TRIPS)] {
        machine.names.push((name.to_owned(), Value::Int(value)));
    }
    if nested {
        machine.made_by_the_caller(&shared);
    }
    let (_, value) = machine.block(&compiled.source.body);
    if nested {
        let returned = [value, std::mem::replace(&mut machine.returned, Value::None)];
        shared.extend(returned.into_iter().filter_map(|value| match value {
            Value::Tensor(handle) => Some(handle),
            _ => None,
        }));
        machine.caller(&shared);
    }
    machine.run
}
