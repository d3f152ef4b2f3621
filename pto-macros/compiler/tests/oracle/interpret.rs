//! Executes a normalised program access by access, with the edges of its plan.
//!
//! Shares the syntax tree with the compiler and nothing of its analysis.

use super::generate::ELEMENTS;
use pto_compiler::analysis::{Plan, VariableKind};
use pto_compiler::model::Program;
use pto_compiler::syntax::ast::{
    ArgKind, Block, Expr, Host, Jump, LoopHead, LoopId, Orchestration, ScopeId, SiteId, Stmt,
    TensorExpr,
};
use std::collections::{BTreeMap, BTreeSet};

/// One executed task or allocation.
pub(crate) struct Instance {
    pub(crate) site: SiteId,
    pub(crate) manual: bool,
    alloc: bool,
    /// Storage, elements, whether written.
    accesses: Vec<(usize, std::ops::Range<i64>, bool)>,
    /// Executed instances it has edges from.
    after: BTreeSet<usize>,
    /// Executed instances it keeps.
    keeps: BTreeSet<usize>,
    /// Which execution of which scope it belongs to.
    scope: usize,
}

impl Instance {
    pub(crate) fn conflicts(&self, other: &Self) -> bool {
        !self.alloc
            && !other.alloc
            && self.accesses.iter().any(|(storage, a, writes)| {
                other.accesses.iter().any(|(other, b, also)| {
                    storage == other && (*writes || *also) && a.start < b.end && b.start < a.end
                })
            })
    }
}

/// A finished execution.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) instances: Vec<Instance>,
    /// The instance that made each storage; `None` for parameters.
    owners: Vec<Option<usize>>,
}

impl Run {
    /// For each instance, all that is ordered before it.
    pub(crate) fn reachability(&self) -> Vec<BTreeSet<usize>> {
        let mut reach: Vec<BTreeSet<usize>> = Vec::new();
        for instance in &self.instances {
            let mut all = instance.after.clone();
            for pred in &instance.after {
                all.extend(&reach[*pred]);
            }
            reach.push(all);
        }
        reach
    }

    /// Uses of storage by MANUAL tasks that nothing keeps.
    ///
    /// A scope's tasks retire in order. One is held by a kept edge to a task that
    /// has not completed; whatever completed before that task started needs no more.
    pub(crate) fn freed_early(&self) -> Vec<String> {
        let reach = self.reachability();
        let mut found = Vec::new();
        for (user, instance) in self.instances.iter().enumerate() {
            if !instance.manual || instance.alloc {
                continue;
            }
            for (storage, _, _) in &instance.accesses {
                let Some(owner) = self.owners[*storage] else {
                    continue;
                };
                let held = (0..=owner)
                    .filter(|older| self.instances[*older].scope == self.instances[owner].scope)
                    .any(|older| {
                        self.instances.iter().enumerate().any(|(keeper, by)| {
                            let keeps = by.keeps.contains(&older) || by.after.contains(&older);
                            keeps && (keeper == user || reach[keeper].contains(&user))
                        })
                    });
                if owner != user && !held {
                    found.push(format!("storage of instance {owner} used by {user}"));
                }
            }
        }
        found
    }
}

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
    plan: &'a Plan,
    run: Run,
    names: Vec<(String, Value)>,
    flips: u64,
    latest: BTreeMap<usize, BTreeSet<usize>>,
    scopes: Vec<(ScopeId, usize)>,
    opened: usize,
}

/// Executes a program; `flips` decides what its conditions are.
pub(crate) fn execute(source: &Orchestration, program: &Program, plan: &Plan, flips: u64) -> Run {
    let mut machine = Machine {
        program,
        plan,
        run: Run::default(),
        names: Vec::new(),
        flips: flips | 1,
        latest: BTreeMap::new(),
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

impl Machine<'_> {
    fn storage(&mut self, owner: Option<usize>) -> Handle {
        self.run.owners.push(owner);
        Handle {
            storage: self.run.owners.len() - 1,
            range: 0..ELEMENTS,
        }
    }

    fn flip(&mut self) -> bool {
        self.flips ^= self.flips << 13;
        self.flips ^= self.flips >> 7;
        self.flips ^= self.flips << 17;
        self.flips.count_ones().is_multiple_of(2)
    }

    fn get(&self, name: &impl ToString) -> Value {
        let name = name.to_string();
        let found = self.names.iter().rev().find(|(known, _)| *known == name);
        found.map_or(Value::None, |(_, value)| value.clone())
    }

    fn int(&self, expr: &syn::Expr) -> i64 {
        match expr {
            syn::Expr::Lit(lit) => match &lit.lit {
                syn::Lit::Int(int) => int.base10_parse().unwrap(),
                _ => panic!("not a number"),
            },
            syn::Expr::Paren(inner) => self.int(&inner.expr),
            syn::Expr::Path(path) => match self.get(path.path.get_ident().unwrap()) {
                Value::Int(value) => value,
                _ => panic!("not a number"),
            },
            syn::Expr::Binary(binary) => {
                let (a, b) = (self.int(&binary.left), self.int(&binary.right));
                match binary.op {
                    syn::BinOp::Add(_) => a + b,
                    syn::BinOp::Mul(_) => a * b,
                    _ => panic!("unknown operator"),
                }
            }
            _ => panic!("unknown expression"),
        }
    }

    /// The values a loop variable takes.
    fn values(&self, iter: &syn::Expr) -> Vec<i64> {
        match iter {
            syn::Expr::Paren(inner) => self.values(&inner.expr),
            syn::Expr::Range(range) => (self.int(range.start.as_ref().unwrap())
                ..self.int(range.end.as_ref().unwrap()))
                .collect(),
            syn::Expr::MethodCall(call) => {
                let values = self.values(&call.receiver);
                if call.method == "rev" {
                    values.into_iter().rev().collect()
                } else {
                    let step = usize::try_from(self.int(&call.args[0])).unwrap();
                    values.into_iter().step_by(step).collect()
                }
            }
            _ => panic!("unknown range"),
        }
    }

    fn enter_iteration(&mut self, id: LoopId) {
        for (index, variable) in self.plan.variables.iter().enumerate() {
            if variable.home == Some(id) {
                self.latest.remove(&index);
            }
        }
    }

    fn block(&mut self, block: &Block) -> (Flow, Value) {
        let mark = self.names.len();
        let mut value = Value::None;
        for stmt in &block.stmts {
            match stmt {
                Stmt::Let { pat, init, .. } => {
                    let (_, value) = self.expr(init.as_ref().unwrap());
                    self.bind(pat, value);
                }
                Stmt::Expr { expr, .. } => {
                    let (flow, result) = self.expr(expr);
                    if let Flow::Jump(..) = flow {
                        self.names.truncate(mark);
                        return (flow, Value::None);
                    }
                    value = result;
                }
                Stmt::Item(_) => {}
            }
        }
        self.names.truncate(mark);
        (Flow::On, value)
    }

    fn bind(&mut self, pat: &syn::Pat, value: Value) {
        if let syn::Pat::Ident(pat) = pat {
            self.names.push((pat.ident.to_string(), value));
        }
    }

    fn expr(&mut self, expr: &Expr) -> (Flow, Value) {
        match expr {
            Expr::Tensor(tensor) => (Flow::On, Value::Tensor(self.tensor(tensor))),
            Expr::Task(task) => {
                let mut accesses = Vec::new();
                let mut outs = Vec::new();
                let this = self.run.instances.len();
                for arg in &task.args {
                    match &arg.kind {
                        ArgKind::Read(tensor) => {
                            let handle = self.tensor(tensor);
                            accesses.push((handle.storage, handle.range, false));
                        }
                        ArgKind::Write(tensor) => {
                            let handle = self.tensor(tensor);
                            accesses.push((handle.storage, handle.range, true));
                        }
                        ArgKind::Out(_) => {
                            let handle = self.storage(Some(this));
                            accesses.push((handle.storage, handle.range.clone(), true));
                            outs.push(Value::Tensor(handle));
                        }
                        ArgKind::Scalar(_) => {}
                    }
                }
                self.submit(task.site, accesses, false);
                (Flow::On, packed(outs))
            }
            Expr::Alloc(alloc) => {
                let this = self.run.instances.len();
                let outs = alloc
                    .shapes
                    .iter()
                    .map(|_| Value::Tensor(self.storage(Some(this))))
                    .collect();
                self.submit(alloc.site, Vec::new(), true);
                (Flow::On, packed(outs))
            }
            Expr::Block(label, block) => {
                let (flow, value) = self.block(block);
                match (flow, label) {
                    (Flow::Jump(Jump::Break, Some(to)), Some(label))
                        if label.name.to_string() == to =>
                    {
                        (Flow::On, Value::None)
                    }
                    (flow, _) => (flow, value),
                }
            }
            Expr::Scope(scope) => {
                self.opened += 1;
                self.scopes.push((scope.id, self.opened));
                let result = self.block(&scope.body);
                self.scopes.pop();
                result
            }
            Expr::If { then, other, .. } => {
                if self.flip() {
                    self.block(then)
                } else if let Some(other) = other {
                    self.expr(other)
                } else {
                    (Flow::On, Value::None)
                }
            }
            Expr::Loop(looped) => {
                let LoopHead::For { pat, iter } = &looped.head else {
                    panic!("unknown loop");
                };
                let mut flow = Flow::On;
                for value in self.values(&iter.source) {
                    flow = self.iteration(looped.id, pat, value, &looped.body);
                    if let Flow::Jump(..) = flow {
                        break;
                    }
                }
                Self::left(flow)
            }
            Expr::Unrolled(unrolled) => Self::left(self.unrolled(unrolled)),
            Expr::Assign { left, right } => {
                let (_, value) = self.expr(right);
                self.assign(left, value);
                (Flow::On, Value::None)
            }
            Expr::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.expr(part).1).collect();
                (Flow::On, Value::Tuple(parts))
            }
            Expr::Jump { kind, label, .. } => (
                Flow::Jump(*kind, label.as_ref().map(ToString::to_string)),
                Value::None,
            ),
            Expr::Host(_) | Expr::Match { .. } => (Flow::On, Value::None),
        }
    }

    /// One iteration of a plain loop.
    fn iteration(&mut self, id: LoopId, pat: &syn::Pat, value: i64, body: &Block) -> Flow {
        self.enter_iteration(id);
        self.copy(pat, value, body)
    }

    /// One copy of a body: `On` if the loop goes on.
    fn copy(&mut self, pat: &syn::Pat, value: i64, body: &Block) -> Flow {
        let mark = self.names.len();
        self.bind(pat, Value::Int(value));
        let (flow, _) = self.block(body);
        self.names.truncate(mark);
        match flow {
            Flow::Jump(Jump::Continue, None) => Flow::On,
            flow => flow,
        }
    }

    fn unrolled(&mut self, unrolled: &pto_compiler::syntax::ast::Unrolled) -> Flow {
        let values = self.values(&unrolled.iter.source);
        let factor = unrolled.copies.len();
        let rounds = values.chunks_exact(factor);
        let rest = rounds.remainder();
        for round in rounds {
            self.enter_iteration(unrolled.main);
            for (value, body) in round.iter().zip(&unrolled.copies) {
                let flow = self.copy(&unrolled.var, *value, body);
                if let Flow::Jump(..) = flow {
                    return flow;
                }
            }
        }
        for value in rest {
            let Some(looped) = &unrolled.rest else {
                break;
            };
            let flow = self.iteration(looped.id, &unrolled.var, *value, &looped.body);
            if let Flow::Jump(..) = flow {
                return flow;
            }
        }
        Flow::On
    }

    /// What a loop's end means to what is around it.
    fn left(flow: Flow) -> (Flow, Value) {
        match flow {
            Flow::Jump(Jump::Break, None) => (Flow::On, Value::None),
            flow => (flow, Value::None),
        }
    }

    fn assign(&mut self, left: &syn::Expr, value: Value) {
        match (left, value) {
            (syn::Expr::Tuple(tuple), Value::Tuple(parts)) => {
                for (left, part) in tuple.elems.iter().zip(parts) {
                    self.assign(left, part);
                }
            }
            (syn::Expr::Path(path), value) => {
                let name = path.path.get_ident().unwrap().to_string();
                if let Some((_, known)) = self
                    .names
                    .iter_mut()
                    .rev()
                    .find(|(known, _)| *known == name)
                {
                    *known = value;
                }
            }
            _ => panic!("unknown place"),
        }
    }

    fn tensor(&self, tensor: &TensorExpr) -> Handle {
        match tensor {
            TensorExpr::Var(ident) => match self.get(ident) {
                Value::Tensor(handle) => handle,
                _ => panic!("not a tensor"),
            },
            TensorExpr::View { base, region, .. } => {
                let mut handle = self.tensor(base);
                if let Some([range]) = region.as_deref() {
                    let (low, high) = self.range(range);
                    handle.range = handle.range.start + low..handle.range.start + high;
                }
                handle
            }
            TensorExpr::Transpose { .. } => panic!("not generated"),
        }
    }

    fn range(&self, range: &Host) -> (i64, i64) {
        let syn::Expr::Range(range) = &range.source else {
            panic!("not a range");
        };
        (
            self.int(range.start.as_ref().unwrap()),
            self.int(range.end.as_ref().unwrap()),
        )
    }

    fn submit(
        &mut self,
        site: SiteId,
        accesses: Vec<(usize, std::ops::Range<i64>, bool)>,
        alloc: bool,
    ) {
        let this = self.run.instances.len();
        let wiring = &self.plan.sites[site];
        let read = |variables: &[usize]| -> BTreeSet<usize> {
            let values = variables
                .iter()
                .filter_map(|variable| self.latest.get(variable));
            values.flatten().copied().collect()
        };
        let mut after = read(&wiring.proven);
        after.extend(read(&wiring.explicit));
        let keeps = read(&wiring.keep);
        let (scope, opened) = *self.scopes.last().unwrap();
        self.run.instances.push(Instance {
            site,
            manual: self.program.scopes[scope].mode.is_manual(),
            alloc,
            accesses,
            after,
            keeps,
            scope: opened,
        });
        for variable in &wiring.sets {
            let known = self.latest.entry(*variable).or_default();
            match self.plan.variables[*variable].kind {
                VariableKind::First if !known.is_empty() => {}
                VariableKind::Latest => *known = BTreeSet::from([this]),
                VariableKind::First | VariableKind::All => {
                    known.insert(this);
                }
            }
        }
    }
}

fn packed(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::None,
        1 => values.remove(0),
        _ => Value::Tuple(values),
    }
}
