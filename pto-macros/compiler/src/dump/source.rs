//! The tree: what was parsed, or what normalisation made of it.

use crate::syntax::ast::{
    Arg, ArgKind, Block, Cond, Expr, Host, Orchestration, ScopeMode, Stmt, TaskOptions,
};
use crate::syntax::spelling;

/// The tasks of a program in order, indented by the scopes, loops and branches around them.
pub fn source(program: &Orchestration) -> String {
    let mut lines = Lines::default();
    lines.block(&program.body);
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    fn line(&mut self, line: &str) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn inside(&mut self, head: &str, block: &Block) {
        self.line(head);
        self.depth += 1;
        self.block(block);
        self.depth -= 1;
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Let { init, diverge, .. } => {
                    for expr in init.iter().chain(diverge.iter().map(|expr| &**expr)) {
                        self.expr(expr);
                    }
                }
                Stmt::Expr { expr, .. } => self.expr(expr),
                Stmt::Item(_) | Stmt::MayJump => {}
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Task(task) => {
                let mut args = task.args.iter().map(arg);
                let mut calls: Vec<String> = task
                    .kernels
                    .iter()
                    .map(|kernel| {
                        let args: Vec<String> = args.by_ref().take(kernel.args).collect();
                        args.join(", ")
                    })
                    .collect();
                // A barrier has no kernel.
                calls.extend(args.reduce(|all, arg| format!("{all}, {arg}")));
                let when = task.condition.as_ref();
                let when = when.map(|when| format!(" when {}", when.shown()));
                self.line(&format!(
                    "{}({}){}{}",
                    task.name(),
                    calls.join(" | "),
                    when.unwrap_or_default(),
                    options(&task.options)
                ));
            }
            Expr::Alloc(alloc) => {
                let shapes: Vec<String> = alloc.shapes.iter().map(host).collect();
                let fill = alloc.fill.as_ref();
                let fill = fill.map(|fill| format!(" = {}", host(fill)));
                self.line(&format!(
                    "alloc {}{}{}",
                    shapes.join(", "),
                    fill.unwrap_or_default(),
                    options(&alloc.options)
                ));
            }
            Expr::Call(call) => {
                let args: Vec<String> = call.args.iter().map(arg).collect();
                self.line(&format!("call {}({})", call.name(), args.join(", ")));
            }
            Expr::Access(access) => {
                let index: Vec<String> = access.index.iter().map(host).collect();
                let value = access
                    .value
                    .iter()
                    .map(|value| format!(", {}", host(value)));
                self.line(&format!(
                    "{}.{}([{}]{}){}",
                    access.tensor.shown(),
                    access.method,
                    index.join(", "),
                    value.collect::<String>(),
                    options(&access.options)
                ));
            }
            Expr::Block(_, block) => self.block(block),
            Expr::Scope(scope) => {
                let mode = match scope.mode {
                    ScopeMode::Auto => "scope",
                    ScopeMode::Infer => "manual_scope",
                    ScopeMode::Explicit => "manual_scope deps(explicit)",
                };
                self.inside(mode, &scope.body);
            }
            Expr::If { cond, then, other } => {
                self.inside(&format!("if {}", condition(cond)), then);
                if let Some(other) = other {
                    self.line("else");
                    self.depth += 1;
                    self.expr(other);
                    self.depth -= 1;
                }
            }
            Expr::Match { on, arms } => {
                self.line(&format!("match {}", host(on)));
                self.depth += 1;
                arms.iter().for_each(|(_, arm)| self.expr(arm));
                self.depth -= 1;
            }
            Expr::Loop(looped) => {
                let head = if looped.parallel {
                    "parallel_for"
                } else {
                    "loop"
                };
                self.inside(head, &looped.body);
            }
            Expr::Unrolled(unrolled) => {
                let copies = unrolled.copies.len();
                self.line(&match unrolled.first {
                    Some(_) => format!("{copies} copies"),
                    None => format!("loop of {copies} copies"),
                });
                self.depth += 1;
                unrolled.copies.iter().for_each(|copy| self.block(copy));
                self.depth -= 1;
                if let Some(rest) = &unrolled.rest {
                    self.inside("remainder", &rest.body);
                }
            }
            Expr::Assign { right, .. } => self.expr(right),
            Expr::Tuple(_) | Expr::Array { .. } | Expr::Vector(_) | Expr::Change(_) => {
                expr.parts().iter().for_each(|part| self.expr(part));
            }
            Expr::Jump { value, .. } => {
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            Expr::Host(_) | Expr::Tensor(..) | Expr::Borrow { .. } | Expr::Select(_) => {}
        }
    }
}

fn arg(arg: &Arg) -> String {
    match &arg.kind {
        ArgKind::Read(tensor) => format!("&{}", tensor.shown()),
        ArgKind::Write(tensor) => format!("&mut {}", tensor.shown()),
        ArgKind::Out(shape) => format!("out {}", host(shape)),
        ArgKind::Scalar(value) => host(value),
    }
}

fn condition(cond: &Cond) -> String {
    match cond {
        Cond::Host(cond) => host(cond),
        Cond::Let { value, .. } => format!("let {}.{}()", value.of.shown(), value.method),
    }
}

fn host(host: &Host) -> String {
    spelling(&host.source)
}

fn options(options: &TaskOptions) -> String {
    let mut text = String::new();
    if !options.after.is_empty() {
        let after: Vec<String> = options.after.iter().map(ToString::to_string).collect();
        text.push_str(&format!(" after [{}]", after.join(", ")));
    }
    if let Some(blocks) = &options.blocks {
        text.push_str(&format!(" blocks {}", host(blocks)));
    }
    if options.sync_start.is_some() {
        text.push_str(" sync_start");
    }
    text
}
