//! Walks the program once in abstract: loops to a fixed point, branches as alternatives.

mod bind;
mod branches;
mod collections;
mod loops;
mod rearrange;
mod returns;
mod tasks;
mod unrolled;

use super::RootId;
use super::affine::Reader;
use super::env::{Env, Known};
use super::flow::{State, Value};
use super::poly::Poly;
use super::program::{Context, LoopInfo, Program, RootKind, ScopeInfo, Site};
use crate::diag;
use crate::syntax::ast::{
    Block, Cond, Expr, Jump, LoopId, Orchestration, Scope, ScopeId, ScopeMode, SiteId, Stmt,
};
use crate::syntax::number::Counts;
use collections::Item;
use std::collections::BTreeMap;

/// Models a normalised and numbered orchestration.
pub fn model(program: &Orchestration, counts: Counts) -> Program {
    let mut walker = Walker {
        program: Program {
            sites: Vec::with_capacity(counts.sites),
            roots: Vec::new(),
            loops: vec![
                LoopInfo {
                    parallel: false,
                    var: None,
                    at: diag::Place::at(proc_macro2::Span::call_site()),
                    depth: 0,
                    trips: 0,
                    full: false,
                };
                counts.loops
            ],
            scopes: vec![
                ScopeInfo {
                    mode: ScopeMode::Auto,
                    path: Vec::new(),
                    depth: 0,
                    at: None,
                };
                counts.scopes
            ],
            symbols: Default::default(),
            unsettled: Default::default(),
            returned: Default::default(),
            exact: Default::default(),
            filled: Default::default(),
        },
        sites: BTreeMap::new(),
        made: BTreeMap::new(),
        env: Env::default(),
        state: State::default(),
        context: Vec::new(),
        loops: Vec::new(),
        copies: BTreeMap::new(),
        scopes: Vec::new(),
        frames: Vec::new(),
        reached: BTreeMap::new(),
        escaping: Vec::new(),
        never: false,
        left: false,
        unique: 0,
    };
    walker.params(program);
    let value = walker.block(&program.body);
    if let (Some(at), false) = (program.value, value == Value::Host) {
        walker.returned(value, at);
    }
    walker.program.sites = std::mem::take(&mut walker.sites).into_values().collect();
    walker.name_the_nameless();
    walker.program
}

struct Walker {
    program: Program,
    sites: BTreeMap<SiteId, Site>,
    /// Roots by the site and output that make them.
    made: BTreeMap<(SiteId, usize), RootId>,
    env: Env,
    state: State,
    context: Vec<Context>,
    loops: Vec<LoopId>,
    /// For each unrolled loop around the present point, the number of the copy.
    copies: BTreeMap<LoopId, usize>,
    scopes: Vec<ScopeId>,
    frames: Vec<Frame>,
    /// The states in which iterations of loops begin, as far as they are known.
    reached: BTreeMap<LoopId, State>,
    /// What statements before this point may have left or continued.
    escaping: Vec<(Target, Jump)>,
    /// Whether the present point is never reached, as a condition around it holds in no run.
    never: bool,
    /// Whether it is never reached, as a jump before it leads elsewhere.
    left: bool,
    unique: usize,
}

/// What a jump can lead out of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The orchestration.
    Function,
    Loop(LoopId),
    /// A labelled block, by a number of its own.
    Block(usize),
}

/// States in which a loop's body or a labelled block is left other than at its end.
struct Frame {
    of: Target,
    label: Option<String>,
    continues: Vec<State>,
    breaks: Vec<State>,
}

impl Frame {
    fn new(of: Target, label: Option<String>) -> Self {
        Self {
            of,
            label,
            continues: Vec::new(),
            breaks: Vec::new(),
        }
    }
}

/// How the variable of a loop is bound.
enum Variable<'a> {
    None,
    /// What the condition of a `while let` binds.
    Condition(&'a Cond),
    /// The pattern and, for a range, the induction variable's value.
    Pattern(&'a syn::Pat, Option<(Poly, Known)>),
    /// The pattern, and the value in one of the copies that are all there is of a loop.
    Number(&'a syn::Pat, Poly, Known),
    /// The pattern, what it is given of collections, and the iterations' number.
    Item(&'a syn::Pat, Item, Poly),
}

impl Walker {
    /// Storage that no variable was bound to, and the accesses that create storage, get names for messages.
    fn name_the_nameless(&mut self) {
        for root in &mut self.program.roots {
            if let RootKind::Made { by, .. } = root.kind
                && root.name.is_empty()
            {
                root.name = format!("output of {}", self.program.sites[by].name);
            }
        }
        for site in &mut self.program.sites {
            for access in site.accesses.iter_mut().filter(|access| access.creates) {
                if let Some(place) = access.places.first() {
                    access
                        .tensor
                        .clone_from(&self.program.roots[place.root].name);
                }
            }
        }
    }

    fn unique(&mut self) -> usize {
        self.unique += 1;
        self.unique - 1
    }

    fn reader(&mut self) -> Reader<'_> {
        Reader {
            env: &self.env,
            symbols: &mut self.program.symbols,
            loops: &self.loops,
        }
    }

    fn block(&mut self, block: &Block) -> Value {
        let names = self.env.enter();
        self.env.declare(&block.items);
        let depth = self.context.len();
        let mut value = Value::Host;
        for stmt in &block.stmts {
            let escaping = self.escaping.len();
            value = self.stmt(stmt);
            if self.escaping.len() > escaping {
                let past = self.unique();
                self.context.push(Context::Past(past));
            }
        }
        self.context.truncate(depth);
        self.env.leave(names);
        value
    }

    fn stmt(&mut self, stmt: &Stmt) -> Value {
        match stmt {
            Stmt::Let {
                pat, init, diverge, ..
            } => {
                let value = init.as_ref().map_or(Value::Host, |init| self.expr(init));
                if let Some(diverge) = diverge {
                    let (branch, before) = (self.unique(), self.state.clone());
                    let left = self.left;
                    self.arm(branch, 0, |walker| walker.expr(diverge));
                    (self.state, self.left) = (before, left);
                }
                match (init, &value) {
                    (Some(Expr::Host(host)), _) => self.bind_pat(pat, value, Some(&host.source)),
                    (None, _) => self.bind_late(pat),
                    _ => self.bind_pat(pat, value, None),
                }
                Value::Host
            }
            Stmt::Expr { expr, semi } => {
                let value = self.expr(expr);
                if *semi { Value::Host } else { value }
            }
            Stmt::Item(_) => Value::Host,
            Stmt::MayJump => {
                self.may_jump();
                Value::Host
            }
        }
    }

    fn expr(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Host(_) => Value::Host,
            Expr::Tensor(tensor, _) => self.value(tensor),
            Expr::Borrow { of, .. } => self.value(of).borrowed(),
            Expr::Task(task) => self.task(task),
            Expr::Alloc(alloc) => self.alloc(alloc),
            Expr::Call(call) => self.call(call),
            Expr::Access(access) => self.access(access),
            Expr::Block(None, block) => self.block(block),
            Expr::Block(Some(label), block) => self.labelled(label, block),
            Expr::Scope(scope) => self.scope(scope),
            Expr::If { cond, then, other } => self.branch(cond, then, other.as_deref()),
            Expr::Match { on, arms } => self.matched(on, arms),
            Expr::Loop(looped) => {
                self.looped(looped);
                Value::Host
            }
            Expr::Unrolled(unrolled) => {
                self.unrolled(unrolled);
                Value::Host
            }
            Expr::Assign { left, right } => {
                let value = self.expr(right);
                self.assign(left, value);
                Value::Host
            }
            Expr::Tuple(parts) => Value::Tuple(parts.iter().map(|part| self.expr(part)).collect()),
            Expr::Array { id, elements } => {
                let elements = elements.iter().map(|element| self.expr(element));
                Value::array(*id, elements.collect())
            }
            Expr::Vector(vector) => self.vector(vector),
            Expr::Change(change) => {
                self.change(change);
                Value::Host
            }
            Expr::Select(select) => self.select(select),
            Expr::Jump {
                kind,
                label,
                value,
                place,
            } => {
                if let (Jump::Return, Some(value)) = (kind, value) {
                    let value = self.expr(value);
                    self.returned(value, *place);
                }
                self.jump(*kind, label.as_ref());
                Value::Host
            }
        }
    }

    fn scope(&mut self, scope: &Scope) -> Value {
        self.scopes.push(scope.id);
        self.program.scopes[scope.id] = ScopeInfo {
            mode: scope.mode,
            path: self.scopes.clone(),
            depth: self.loops.len(),
            at: Some(scope.place),
        };
        let value = self.block(&scope.body);
        self.scopes.pop();
        value
    }
}
