//! Statements, expressions and branches.

use super::{Flow, Machine, Value};
use pto_compiler::syntax::ast::{Block, Cond, Expr, Jump, Stmt};

/// What came of an expression: how it ended, and its value.
pub(super) type Outcome = (Flow, Value);

pub(super) const NOTHING: Outcome = (Flow::On, Value::None);

impl Machine<'_> {
    pub(super) fn block(&mut self, block: &Block) -> Outcome {
        self.scoped(|machine| {
            let mut value = Value::None;
            for stmt in &block.stmts {
                let (flow, result) = machine.stmt(stmt);
                if let Flow::Jump(..) = flow {
                    return (flow, Value::None);
                }
                value = result;
            }
            (Flow::On, value)
        })
    }

    /// Runs `f`, and forgets the names that it binds.
    pub(super) fn scoped(&mut self, f: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let mark = self.names.len();
        let outcome = f(self);
        self.names.truncate(mark);
        outcome
    }

    fn stmt(&mut self, stmt: &Stmt) -> Outcome {
        match stmt {
            Stmt::Let {
                pat, init, diverge, ..
            } => {
                let (_, value) = self.expr(init.as_ref().expect("tensors have values"));
                match (self.matches(pat, value), diverge) {
                    (false, Some(diverge)) => self.expr(diverge),
                    _ => NOTHING,
                }
            }
            Stmt::Expr { expr, .. } => self.expr(expr),
            Stmt::Item(_) | Stmt::MayJump => NOTHING,
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Outcome {
        match expr {
            Expr::Host(host) => (Flow::On, self.host(&host.source)),
            Expr::Tensor(tensor, _) => (Flow::On, self.value(tensor)),
            Expr::Borrow { of, .. } => (Flow::On, self.value(of)),
            Expr::Array { elements, .. } => (Flow::On, self.list(elements)),
            Expr::Vector(vector) => (Flow::On, self.list(&vector.elements)),
            Expr::Change(change) => {
                self.change(change);
                NOTHING
            }
            Expr::Select(select) => (Flow::On, self.select(select)),
            Expr::Task(task) => (Flow::On, self.task(task)),
            Expr::Alloc(alloc) => (Flow::On, self.alloc(alloc)),
            Expr::Call(call) => (Flow::On, self.call(call)),
            Expr::Access(access) => {
                self.access(access);
                NOTHING
            }
            Expr::Block(label, block) => {
                let (flow, value) = self.block(block);
                let own = label.as_ref().map(|label| label.name.to_string());
                match flow {
                    Flow::Jump(Jump::Break, Some(to)) if Some(&to) == own.as_ref() => NOTHING,
                    flow => (flow, value),
                }
            }
            Expr::Scope(scope) => {
                self.opened += 1;
                self.scopes.push((scope.id, self.opened));
                let outcome = self.block(&scope.body);
                self.scopes.pop();
                outcome
            }
            Expr::If { cond, then, other } => self.branch(cond, then, other.as_deref()),
            Expr::Match { on, arms } => {
                let value = self.host(&on.source);
                for (pat, arm) in arms {
                    let mark = self.names.len();
                    if self.matches(pat, value.clone()) {
                        let outcome = self.expr(arm);
                        self.names.truncate(mark);
                        return outcome;
                    }
                    self.names.truncate(mark);
                }
                panic!("no arm matches");
            }
            Expr::Loop(looped) => self.looped(looped),
            Expr::Unrolled(unrolled) => self.unrolled(unrolled),
            Expr::Assign { left, right } => {
                let (_, value) = self.expr(right);
                self.assign(left, value);
                NOTHING
            }
            Expr::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.expr(part).1).collect();
                (Flow::On, Value::Tuple(parts))
            }
            Expr::Jump {
                kind, label, value, ..
            } => {
                if let (Jump::Return, Some(value)) = (kind, value) {
                    self.returned = self.expr(value).1;
                }
                let label = label.as_ref().map(ToString::to_string);
                (Flow::Jump(*kind, label), Value::None)
            }
        }
    }

    fn branch(&mut self, cond: &Cond, then: &Block, other: Option<&Expr>) -> Outcome {
        let mark = self.names.len();
        if self.cond(cond) {
            let outcome = self.block(then);
            self.names.truncate(mark);
            return outcome;
        }
        other.map_or(NOTHING, |other| self.expr(other))
    }
}
