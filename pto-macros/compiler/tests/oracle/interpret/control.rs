//! Statements, expressions and loops.

use super::run::Touch;
use super::{Flow, Machine, Value};
use pto_compiler::syntax::ast::{ArgKind, Block, Expr, Jump, LoopHead, LoopId, Stmt, Unrolled};

impl Machine<'_> {
    pub(super) fn block(&mut self, block: &Block) -> (Flow, Value) {
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

    pub(super) fn expr(&mut self, expr: &Expr) -> (Flow, Value) {
        match expr {
            Expr::Tensor(tensor) => (Flow::On, Value::Tensor(self.tensor(tensor))),
            Expr::Task(task) => {
                self.fences(task.site);
                let mut accesses = Vec::new();
                let mut outs = Vec::new();
                let this = self.run.instances.len();
                for (arg, found) in task.args.iter().enumerate() {
                    let (handle, writes) = match &found.kind {
                        ArgKind::Read(tensor) => (self.tensor(tensor), false),
                        ArgKind::Write(tensor) => (self.tensor(tensor), true),
                        ArgKind::Out(_) => {
                            let handle = self.storage(Some(this));
                            outs.push(Value::Tensor(handle.clone()));
                            (handle, true)
                        }
                        ArgKind::Scalar(_) => continue,
                    };
                    accesses.push(Touch {
                        storage: handle.storage,
                        elements: handle.range,
                        writes,
                        creates: matches!(found.kind, ArgKind::Out(_)),
                        arg,
                    });
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
    pub(super) fn iteration(
        &mut self,
        id: LoopId,
        pat: &syn::Pat,
        value: i64,
        body: &Block,
    ) -> Flow {
        self.enter_iteration(id, value);
        self.copy(pat, value, body)
    }

    /// One copy of a body: `On` if the loop goes on.
    pub(super) fn copy(&mut self, pat: &syn::Pat, value: i64, body: &Block) -> Flow {
        let mark = self.names.len();
        self.bind(pat, Value::Int(value));
        let (flow, _) = self.block(body);
        self.names.truncate(mark);
        match flow {
            Flow::Jump(Jump::Continue, None) => Flow::On,
            flow => flow,
        }
    }

    pub(super) fn unrolled(&mut self, unrolled: &Unrolled) -> Flow {
        let values = self.values(&unrolled.iter.source);
        let factor = unrolled.copies.len();
        let rounds = values.chunks_exact(factor);
        let rest = rounds.remainder();
        for round in rounds {
            self.enter_iteration(unrolled.main, round[0]);
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
    pub(super) fn left(flow: Flow) -> (Flow, Value) {
        match flow {
            Flow::Jump(Jump::Break, None) => (Flow::On, Value::None),
            flow => (flow, Value::None),
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
