//! Executes a program element by element.
//!
//! Shares the syntax tree and the plan with the compiler and nothing of its analysis. What would be an error of the run, a view out of
//! bounds or arithmetic that leaves `usize`, has no value; a task without all of its arguments touches nothing. At a loop
//! without a range the run ends.

use crate::wires::{Loops, Wires};
use pto_compiler::analysis::Plan;
use pto_compiler::syntax::ast::{
    ArgKind, Block, Expr, Host, LoopHead, LoopId, Orchestration, Rearrangement, SiteId, Stmt,
    Target, TensorExpr,
};
use std::collections::BTreeSet;

pub(crate) const ROWS: usize = 8;
pub(crate) const COLUMNS: usize = 12;
pub(crate) const ELEMENTS: usize = 96;
/// Instances to execute: they show every level of every pair of sites.
const ENOUGH: usize = 300;

/// One executed task.
pub(crate) struct Instance {
    pub(crate) site: SiteId,
    /// Which iteration of each loop around it.
    pub(crate) rounds: Vec<usize>,
    /// The variables of these loops.
    variables: Vec<(LoopId, usize)>,
    /// Elements, as bits, and whether they are written.
    touched: Vec<(u128, bool)>,
    /// Instances that it has edges from.
    pub(crate) after: BTreeSet<usize>,
}

impl Instance {
    /// The variable of a loop around it.
    pub(crate) fn variable(&self, of: LoopId) -> Option<i64> {
        let found = self.variables.iter().find(|(id, _)| *id == of);
        found.and_then(|(_, value)| i64::try_from(*value).ok())
    }

    /// Whether it touches nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.touched.iter().all(|(elements, _)| *elements == 0)
    }

    pub(crate) fn conflicts(&self, other: &Self) -> bool {
        self.touched.iter().any(|(a, writes)| {
            let others = other.touched.iter();
            others
                .into_iter()
                .any(|(b, also)| a & b != 0 && (*writes || *also))
        })
    }
}

/// Extents, and the elements in row-major order.
#[derive(Clone)]
struct Handle {
    shape: Vec<usize>,
    elements: Vec<usize>,
}

#[derive(Clone)]
enum Value {
    Number(usize),
    Tensor(Handle),
    /// Its computation failed.
    Nothing,
}

struct Machine<'a> {
    wires: Wires<'a>,
    names: Vec<(String, Value)>,
    rounds: Vec<usize>,
    variables: Vec<(LoopId, usize)>,
    instances: Vec<Instance>,
    /// Whether the run has ended.
    over: bool,
}

/// Executes a program with numbers that depend on `seed`, and with the edges of a plan.
pub(crate) fn execute(source: &Orchestration, plan: &Plan, seed: u64) -> Vec<Instance> {
    let numbers = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = |shift: u32, least: u64, most: u64| {
        let value = least + (numbers >> shift) % (most - least + 1);
        usize::try_from(value).unwrap_or(0)
    };
    let numbers = [
        number(5, 1, 5),
        number(15, 1, 3),
        number(25, 1, 3),
        number(35, 0, 9),
    ];
    execute_with(source, plan, numbers)
}

/// Executes a program with these values of `n`, `m`, `t` and `s`, and with the edges of a plan.
pub(crate) fn execute_with(
    source: &Orchestration,
    plan: &Plan,
    [n, m, t, s]: [usize; 4],
) -> Vec<Instance> {
    let whole = Handle {
        shape: vec![ROWS, COLUMNS],
        elements: (0..ELEMENTS).collect(),
    };
    let named = |name: &str, value| (name.to_owned(), value);
    let mut machine = Machine {
        wires: Wires::new(plan),
        names: vec![
            named("y", Value::Tensor(whole)),
            named("n", Value::Number(n)),
            named("m", Value::Number(m)),
            named("t", Value::Number(t)),
            named("s", Value::Number(s)),
        ],
        rounds: Vec::new(),
        variables: Vec::new(),
        instances: Vec::new(),
        over: false,
    };
    machine.block(&source.body);
    machine.instances
}

impl Loops for Vec<(LoopId, usize)> {
    fn value(&self, of: LoopId) -> i64 {
        let found = self.iter().find(|(id, _)| *id == of);
        i64::try_from(found.expect("the loop is around").1).expect("small")
    }
}

impl Machine<'_> {
    fn get(&self, name: &impl ToString) -> Value {
        let name = name.to_string();
        let found = self.names.iter().rev().find(|(known, _)| *known == name);
        found.map_or(Value::Nothing, |(_, value)| value.clone())
    }

    fn block(&mut self, block: &Block) {
        let mark = self.names.len();
        for stmt in &block.stmts {
            match stmt {
                Stmt::Let {
                    pat: syn::Pat::Ident(pat),
                    init: Some(init),
                    ..
                } => {
                    let value = self.value(init);
                    self.names.push((pat.ident.to_string(), value));
                }
                Stmt::Expr { expr, .. } => self.expr(expr),
                _ => panic!("not generated"),
            }
        }
        self.names.truncate(mark);
    }

    fn value(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Host(host) => self
                .number(&host.source)
                .map_or(Value::Nothing, Value::Number),
            Expr::Tensor(tensor, _) => self.tensor(tensor).map_or(Value::Nothing, Value::Tensor),
            _ => panic!("not generated"),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Task(task) => {
                let touched: Option<Vec<(u128, bool)>> = task
                    .args
                    .iter()
                    .map(|arg| match &arg.kind {
                        ArgKind::Read(tensor) if tensor.variable() == "x" => Some((0, false)),
                        ArgKind::Read(tensor) => Some((self.tensor(tensor)?.bits(), false)),
                        ArgKind::Write(tensor) => Some((self.tensor(tensor)?.bits(), true)),
                        _ => panic!("not generated"),
                    })
                    .collect();
                self.submit(task.site, touched.unwrap_or_default());
            }
            Expr::Scope(scope) => self.block(&scope.body),
            Expr::Assign { left, right } => {
                let value = self.value(right);
                let Target::Host(syn::Expr::Path(path)) = left else {
                    panic!("not generated");
                };
                let wanted = path.path.get_ident().unwrap().to_string();
                let found = self
                    .names
                    .iter_mut()
                    .rev()
                    .find(|(name, _)| *name == wanted);
                found.unwrap().1 = value;
            }
            Expr::Loop(looped) => {
                let LoopHead::For { pat, iter } = &looped.head else {
                    panic!("not generated");
                };
                let (values, all) = self.values(&iter.source);
                for (round, value) in values.into_iter().enumerate() {
                    self.round(looped.id, round, value, |machine| {
                        machine.copy(pat, value, &looped.body);
                    });
                }
                self.over |= !all;
            }
            Expr::Unrolled(unrolled) if unrolled.first.is_some() => {
                let (values, all) = self.values(&unrolled.iter.source);
                self.over |= !all;
                let values = values.into_iter();
                for (value, body) in values.zip(&unrolled.copies) {
                    self.copy(&unrolled.var, value, body);
                }
            }
            Expr::Unrolled(unrolled) => {
                let (values, all) = self.values(&unrolled.iter.source);
                let rounds = values.chunks_exact(unrolled.copies.len());
                let rest = rounds.remainder().to_vec();
                for (round, values) in rounds.enumerate() {
                    self.round(unrolled.main, round, values[0], |machine| {
                        for (value, body) in values.iter().zip(&unrolled.copies) {
                            machine.copy(&unrolled.var, *value, body);
                        }
                    });
                }
                for (round, value) in rest.into_iter().enumerate() {
                    let rest = unrolled.rest.as_ref().unwrap();
                    self.round(rest.id, round, value, |machine| {
                        machine.copy(&unrolled.var, value, &rest.body);
                    });
                }
                self.over |= !all;
            }
            _ => panic!("not generated"),
        }
    }

    fn submit(&mut self, site: SiteId, touched: Vec<(u128, bool)>) {
        // From here on nothing: tasks that are left out order nothing.
        if self.over || self.instances.len() >= ENOUGH {
            return;
        }
        let (instances, rounds, variables) = (&mut self.instances, &self.rounds, &self.variables);
        let mut push = |touched, after| {
            instances.push(Instance {
                site,
                rounds: rounds.clone(),
                variables: variables.clone(),
                touched,
                after,
            });
            instances.len() - 1
        };
        self.wires.fences(site, |after| push(Vec::new(), after));
        let this = push(touched, self.wires.edges(site, variables));
        self.wires.set(site, this, variables);
    }

    fn round(&mut self, of: LoopId, round: usize, var: usize, body: impl FnOnce(&mut Self)) {
        self.wires.enter(of);
        self.rounds.push(round);
        self.variables.push((of, var));
        body(self);
        self.variables.pop();
        self.rounds.pop();
    }

    fn copy(&mut self, pat: &syn::Pat, value: usize, body: &Block) {
        let syn::Pat::Ident(pat) = pat else {
            panic!("not generated");
        };
        let mark = self.names.len();
        self.names
            .push((pat.ident.to_string(), Value::Number(value)));
        if self.instances.len() < ENOUGH {
            self.block(body);
        }
        self.names.truncate(mark);
    }

    /// The values a loop variable takes, and whether they are all; none if a bound has no value.
    fn values(&self, iter: &syn::Expr) -> (Vec<usize>, bool) {
        /// So many show what the others do.
        const MOST: usize = 40;
        match iter {
            syn::Expr::Paren(inner) => self.values(&inner.expr),
            syn::Expr::Range(range) => match self.range(range, 0) {
                Some((low, high)) => ((low..high.min(low + MOST)).collect(), high <= low + MOST),
                None => (Vec::new(), false),
            },
            syn::Expr::MethodCall(call) if call.method == "rev" => {
                let (values, all) = self.values(&call.receiver);
                (values.into_iter().rev().collect(), all)
            }
            syn::Expr::MethodCall(call) => {
                let step = self.number(&call.args[0]).filter(|step| *step > 0);
                let (values, all) = self.values(&call.receiver);
                match step {
                    Some(step) => (values.into_iter().step_by(step).collect(), all),
                    None => (Vec::new(), false),
                }
            }
            _ => panic!("not generated"),
        }
    }

    fn range(&self, range: &syn::ExprRange, extent: usize) -> Option<(usize, usize)> {
        let low = match &range.start {
            Some(low) => self.number(low)?,
            None => 0,
        };
        let high = match (&range.end, range.limits) {
            (Some(high), syn::RangeLimits::HalfOpen(_)) => self.number(high)?,
            (Some(high), syn::RangeLimits::Closed(_)) => self.number(high)? + 1,
            (None, _) => extent.max(low),
        };
        Some((low, high))
    }

    fn number(&self, expr: &syn::Expr) -> Option<usize> {
        match expr {
            syn::Expr::Paren(inner) => self.number(&inner.expr),
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Int(int),
                ..
            }) => int.base10_parse().ok(),
            syn::Expr::Path(path) => match self.get(path.path.get_ident()?) {
                Value::Number(value) => Some(value),
                _ => None,
            },
            syn::Expr::Binary(binary) => {
                let (a, b) = (self.number(&binary.left)?, self.number(&binary.right)?);
                match binary.op {
                    syn::BinOp::Add(_) => a.checked_add(b),
                    syn::BinOp::Sub(_) => a.checked_sub(b),
                    syn::BinOp::Mul(_) => a.checked_mul(b),
                    syn::BinOp::Div(_) => a.checked_div(b),
                    _ => a.checked_rem(b),
                }
            }
            syn::Expr::MethodCall(call) if call.method == "dim" => {
                let syn::Expr::Path(path) = &*call.receiver else {
                    panic!("not generated");
                };
                match self.get(path.path.get_ident()?) {
                    Value::Tensor(handle) => handle.shape.get(self.number(&call.args[0])?).copied(),
                    _ => None,
                }
            }
            syn::Expr::MethodCall(call) => {
                let (a, b) = (self.number(&call.receiver)?, self.number(&call.args[0])?);
                match call.method.to_string().as_str() {
                    "min" => Some(a.min(b)),
                    "max" => Some(a.max(b)),
                    "div_ceil" => (b > 0).then(|| a.div_ceil(b)),
                    "saturating_sub" => Some(a.saturating_sub(b)),
                    "abs_diff" => Some(a.abs_diff(b)),
                    _ => a.checked_next_multiple_of(b),
                }
            }
            _ => panic!("not generated"),
        }
    }

    fn numbers(&self, args: &[Host]) -> Option<Vec<usize>> {
        match args {
            [
                Host {
                    source: syn::Expr::Array(array),
                    ..
                },
            ] => array.elems.iter().map(|elem| self.number(elem)).collect(),
            args => args.iter().map(|arg| self.number(&arg.source)).collect(),
        }
    }

    fn tensor(&self, tensor: &TensorExpr) -> Option<Handle> {
        match tensor {
            TensorExpr::Var(ident) => match self.get(ident) {
                Value::Tensor(handle) => Some(handle),
                _ => None,
            },
            TensorExpr::Field { .. } | TensorExpr::Element { .. } | TensorExpr::Deref(_) => {
                panic!("not generated")
            }
            TensorExpr::View { base, region, .. } => {
                let mut handle = self.tensor(base)?;
                for (dim, range) in region.as_ref()?.iter().enumerate() {
                    handle = self.cut(&handle, dim, range)?;
                }
                Some(handle)
            }
            TensorExpr::Rearranged {
                base, how, args, ..
            } => {
                let handle = self.tensor(base)?;
                match how {
                    Rearrangement::Slice => {
                        self.cut(&handle, self.number(&args[0].source)?, &args[1])
                    }
                    Rearrangement::Reshape => handle.reshaped(self.numbers(args)?),
                    Rearrangement::Permute => handle.permuted(&self.numbers(args)?),
                    Rearrangement::Transpose => {
                        let dims = self.numbers(args)?;
                        let mut order: Vec<usize> = (0..handle.shape.len()).collect();
                        if dims[0].max(dims[1]) >= order.len() {
                            return None;
                        }
                        order.swap(dims[0], dims[1]);
                        handle.permuted(&order)
                    }
                }
            }
        }
    }

    fn cut(&self, handle: &Handle, dim: usize, range: &Host) -> Option<Handle> {
        let syn::Expr::Range(range) = &range.source else {
            panic!("not generated");
        };
        let extent = *handle.shape.get(dim)?;
        let (low, high) = self.range(range, extent)?;
        if low == high {
            return Some(handle.narrowed(dim, 0, 0));
        }
        (low < high && high <= extent).then(|| handle.narrowed(dim, low, high))
    }
}

impl Handle {
    fn bits(&self) -> u128 {
        self.elements.iter().fold(0, |bits, at| bits | 1 << at)
    }

    /// The coordinates of all elements, in row-major order.
    fn coordinates(shape: &[usize]) -> Vec<Vec<usize>> {
        shape.iter().fold(vec![Vec::new()], |all, extent| {
            let longer = |at: Vec<usize>| (0..*extent).map(move |i| [at.clone(), vec![i]].concat());
            all.into_iter().flat_map(longer).collect()
        })
    }

    fn at(&self, coordinates: &[usize]) -> usize {
        let flat = coordinates
            .iter()
            .zip(&self.shape)
            .fold(0, |flat, (at, extent)| flat * extent + at);
        self.elements[flat]
    }

    fn narrowed(&self, dim: usize, low: usize, high: usize) -> Self {
        let mut shape = self.shape.clone();
        shape[dim] = high - low;
        let elements = Self::coordinates(&shape).into_iter().map(|mut at| {
            at[dim] += low;
            self.at(&at)
        });
        Self {
            elements: elements.collect(),
            shape,
        }
    }

    fn permuted(&self, order: &[usize]) -> Option<Self> {
        let valid =
            order.len() == self.shape.len() && (0..order.len()).all(|dim| order.contains(&dim));
        if !valid {
            return None;
        }
        let shape: Vec<usize> = order.iter().map(|dim| self.shape[*dim]).collect();
        let elements = Self::coordinates(&shape).into_iter().map(|to| {
            let mut from = vec![0; order.len()];
            order.iter().zip(to).for_each(|(dim, at)| from[*dim] = at);
            self.at(&from)
        });
        Some(Self {
            elements: elements.collect(),
            shape,
        })
    }

    /// More than the runtime can do, which does not copy.
    fn reshaped(&self, shape: Vec<usize>) -> Option<Self> {
        (shape.iter().product::<usize>() == self.elements.len()).then(|| Self {
            shape,
            elements: self.elements.clone(),
        })
    }
}
