//! Blocks, statements and control flow.

use super::ast::{Block, Expr, Host, ItemId, Jump, LoopHead, Stmt};
use super::collections::{is_empty_vector, vec_elements};
use super::control::Around;
use super::ends::HostMacro;
use super::host::{Lowering, dsl_macro};
use super::host_access::is_host_access;
use super::jumps::is_plain;
use super::kind::{Kind, VectorId};
use super::names::{Names, binds_simply};
use super::options::{Taken, take};
use super::unseen::alone;
use crate::diag::{Code, Diagnostic, Diagnostics, Place, Related};
use quote::ToTokens;
use std::collections::BTreeMap;

/// Turns `syn`'s tree into the language's own, collecting mistakes.
pub(super) struct Parser<'a> {
    pub(super) names: Names,
    pub(super) errors: &'a mut Diagnostics,
    /// Path of the runtime crate.
    pub(super) krate: &'a syn::Path,
    /// What the elements of vectors are that are made empty, from an earlier reading.
    pub(super) known: BTreeMap<VectorId, Kind>,
    /// What this reading found out about such vectors.
    pub(super) learnt: BTreeMap<VectorId, Kind>,
    /// How many such vectors there are so far.
    pub(super) vectors: VectorId,
    /// How many names of items there are so far.
    pub(super) items: ItemId,
    /// Whether host code of the present statement may jump without being seen to.
    pub(super) hidden_jump: bool,
    /// Names given to tasks, and where.
    pub(super) tasks: BTreeMap<String, Place>,
    /// Whether everything could be parsed. What is checked of a part would be half true.
    pub(super) complete: bool,
    /// What jumps from the present statement may lead out of, innermost last.
    pub(super) around: Vec<Around>,
    /// How many tensors the orchestration returns; `None` if its signature is
    /// mistaken about that, from which other mistakes would follow.
    pub(super) returns: Option<usize>,
}

impl<'a> Parser<'a> {
    /// A parser with no names in scope, which knows that much of vectors.
    pub(super) fn new(
        errors: &'a mut Diagnostics,
        krate: &'a syn::Path,
        known: BTreeMap<VectorId, Kind>,
    ) -> Self {
        Self {
            names: Names::default(),
            errors,
            krate,
            known,
            learnt: BTreeMap::new(),
            vectors: 0,
            items: 0,
            hidden_jump: false,
            tasks: BTreeMap::new(),
            complete: true,
            around: Vec::new(),
            returns: Some(0),
        }
    }

    /// Binds a parameter: an `In` tensor, another tensor, or a host value.
    pub(super) fn bind_param(&mut self, pat: &syn::Pat, kind: &Kind) {
        self.names.bind_pat(pat, kind);
    }

    /// Host code.
    pub(super) fn host(&mut self, expr: syn::Expr) -> Host {
        let source = expr.clone();
        let lowered = self.lowering().lower(expr);
        Host { source, lowered }
    }

    fn lowering(&mut self) -> Lowering<'_> {
        Lowering::new(
            &mut self.names,
            self.errors,
            self.krate,
            &mut self.hidden_jump,
        )
    }

    /// A block, with a scope of names of its own.
    pub(super) fn block(&mut self, block: syn::Block) -> Block {
        self.no_item_is_a_variable(&block);
        let items = self.numbered_items(&block);
        let mark = self.names.enter();
        let mut stmts = Vec::with_capacity(block.stmts.len());
        for stmt in block.stmts {
            let around = std::mem::take(&mut self.hidden_jump);
            let stmt = self.stmt(stmt);
            let jumps = std::mem::replace(&mut self.hidden_jump, around);
            // The jump may come before what the statement does, or after.
            let is_value =
                matches!(&stmt, Stmt::Expr { expr, semi: false } if self.kind(expr).has_tensor());
            if jumps {
                stmts.push(Stmt::MayJump);
            }
            stmts.push(stmt);
            if jumps && !is_value {
                stmts.push(Stmt::MayJump);
            }
        }
        self.names.leave(mark);
        Block { stmts, items }
    }

    /// Takes our options out of a statement's attributes.
    #[inline(never)]
    fn take(&mut self, attrs: &mut Vec<syn::Attribute>) -> Taken {
        let taken = take(attrs, self.errors);
        if let Some((options, _)) = &taken.task
            && let Some(name) = &options.name
        {
            let place = Place::at(name.span());
            if let Some(first) = self.tasks.insert(name.to_string(), place) {
                self.errors.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place,
                        format!("two tasks are called `{name}`"),
                    )
                    .label("this name is taken")
                    .related(Related {
                        place: first,
                        name: name.to_string(),
                        lacks: "a_name_of_its_own".to_owned(),
                        over: name.to_string(),
                    })
                    .note(format!("`after = [{name}]` could mean either"))
                    .help(format!(
                        "give this one a name of its own, as in `name = {name}_2`"
                    )),
                );
            }
        }
        taken
    }

    fn stmt(&mut self, stmt: syn::Stmt) -> Stmt {
        match stmt {
            syn::Stmt::Local(local) => self.local(local),
            syn::Stmt::Item(item) => Stmt::Item(item.into_token_stream()),
            syn::Stmt::Expr(expr, semi) => self.stmt_expr(expr, semi.is_some()),
            syn::Stmt::Macro(stmt) => self.stmt_macro(stmt),
        }
    }

    #[inline(never)]
    fn stmt_macro(&mut self, mut stmt: syn::StmtMacro) -> Stmt {
        let mut taken = self.take(&mut stmt.attrs);
        let semi = stmt.semi_token.is_some();
        if HostMacro::of(&stmt.mac).is_some() {
            let (attrs, mac) = (stmt.attrs, stmt.mac);
            let expr = self.host(syn::Expr::Macro(syn::ExprMacro { attrs, mac }));
            self.leftover(taken);
            return Stmt::Expr {
                expr: Expr::Host(expr),
                semi,
            };
        }
        let expr = if let Some(expr) = self.dsl(&stmt.mac, &mut taken) {
            expr
        } else {
            self.lowering().lower_macro(&mut stmt.mac);
            let (plain, span) = (is_plain(&stmt.mac), Place::of(&stmt.mac.path).first);
            let statement = syn::Stmt::Macro(stmt);
            return Stmt::Item(match plain {
                true => statement.into_token_stream(),
                false => alone(&statement, self.names.tensors(), span),
            });
        };
        self.leftover(taken);
        Stmt::Expr { expr, semi }
    }

    pub(super) fn stmt_expr(&mut self, mut expr: syn::Expr, semi: bool) -> Stmt {
        let mut taken = attrs_of(&mut expr).map_or(
            Taken {
                task: None,
                unroll: None,
            },
            |attrs| self.take(attrs),
        );
        let expr = self.expr_with(expr, &mut taken);
        self.leftover(taken);
        Stmt::Expr { expr, semi }
    }

    #[inline(never)]
    fn local(&mut self, mut local: syn::Local) -> Stmt {
        let mut taken = self.take(&mut local.attrs);
        let (init, diverge) = match local.init {
            Some(init) => {
                let mut value = self.expr_with(*init.expr, &mut taken);
                value.bind_to(&Kind::wanted_by_pat(&local.pat));
                let diverge = init.diverge.map(|(_, other)| Box::new(self.expr(*other)));
                (Some(value), diverge)
            }
            None => (None, None),
        };
        self.leftover(taken);
        let kind = init.as_ref().map_or(Kind::Host, |init| self.kind(init));
        // A name declared without a value becomes a tensor where it is assigned.
        self.names.bind_pat(&local.pat, &kind);
        match &init {
            Some(init) if matches!(local.pat, syn::Pat::Ident(_) | syn::Pat::Type(_)) => {
                self.no_option(init, Place::of(&local.pat));
            }
            _ => {}
        }
        self.check_pattern(&local.pat, &kind);
        Stmt::Let {
            attrs: local.attrs,
            pat: local.pat,
            init,
            diverge,
        }
    }

    /// Reports a pattern that takes tensors apart in a way that is not followed.
    pub(super) fn check_pattern(&mut self, pat: &syn::Pat, kind: &Kind) {
        if !binds_simply(pat, kind) {
            self.errors.push(
                Diagnostic::new(
                    Code::Unsupported,
                    Place::of(pat),
                    "tensors cannot be taken apart by this pattern",
                )
                .help("bind them to plain names: `let x = ..`, `let (x, y) = ..` or `let [x, y] = ..`"),
            );
        }
    }

    /// Reports an option that nothing consumed.
    #[inline(never)]
    fn leftover(&mut self, taken: Taken) {
        if let Some((_, place)) = taken.task {
            self.errors.push(
                Diagnostic::new(
                    Code::Misplaced,
                    place,
                    "`#[task(..)]` stands on a statement that submits no task",
                )
                .help("put it on the statement that calls the kernel"),
            );
        }
        if let Some(unroll) = taken.unroll {
            self.errors.push(
                Diagnostic::new(
                    Code::Misplaced,
                    unroll.place,
                    "`#[unroll]` stands on a statement that is no `for` loop",
                )
                .help("put it directly before `for`"),
            );
        }
    }

    /// An expression without options.
    pub(super) fn expr(&mut self, expr: syn::Expr) -> Expr {
        let mut none = Taken {
            task: None,
            unroll: None,
        };
        self.expr_with(expr, &mut none)
    }

    /// An expression with options. What contains statements is read in functions of its own, and so is all that
    /// does not: this one is on the stack once for each block around a point, and is to be small there.
    pub(super) fn expr_with(&mut self, mut expr: syn::Expr, taken: &mut Taken) -> Expr {
        while let syn::Expr::Paren(syn::ExprParen { expr: inner, .. })
        | syn::Expr::Group(syn::ExprGroup { expr: inner, .. }) = expr
        {
            expr = *inner;
        }
        match expr {
            syn::Expr::Macro(mac) if dsl_macro(&mac.mac).is_some() => {
                self.dsl(&mac.mac, taken).unwrap_or_else(Expr::nothing)
            }
            syn::Expr::Block(block) => {
                let body = match &block.label {
                    Some(label) => self.around(Around::block(label), block.block),
                    None => self.block(block.block),
                };
                Expr::Block(block.label, body)
            }
            syn::Expr::If(branch) => self.branch(branch),
            syn::Expr::Match(on) => self.matched(on),
            syn::Expr::ForLoop(for_loop) => self.for_loop(for_loop, taken.unroll.take()),
            syn::Expr::While(while_loop) => self.while_loop(while_loop),
            syn::Expr::Loop(forever) => {
                let place = Place::at(forever.loop_token.span);
                self.plain_loop(forever.label, LoopHead::Forever, forever.body, place)
            }
            syn::Expr::Assign(assign) => self.assigned(assign, taken),
            other => self.value(other, taken),
        }
    }

    #[inline(never)]
    fn assigned(&mut self, assign: syn::ExprAssign, taken: &mut Taken) -> Expr {
        let place = Place::of(&assign);
        let mut right = self.expr_with(*assign.right, taken);
        right.bind_to(&Kind::wanted_by_place(&assign.left));
        self.no_option(&right, place);
        let kind = self.kind(&right);
        Expr::Assign {
            left: self.target(*assign.left, &kind),
            right: Box::new(right),
        }
    }

    /// An expression that is neither control flow nor a macro of the language.
    #[inline(never)]
    fn value(&mut self, expr: syn::Expr, taken: &mut Taken) -> Expr {
        let place = Place::of(&expr);
        match expr {
            syn::Expr::Call(call) if self.moves_tensors(&call) => self.moving(&call),
            syn::Expr::Call(call) if self.is_task(&call) => {
                let options = taken.task.take().map(|(options, _)| options);
                self.task(call, options.unwrap_or_default())
                    .map_or_else(Expr::nothing, |task| Expr::Task(Box::new(task)))
            }
            expr if is_empty_vector(&expr) => Expr::Vector(self.empty_vector(expr)),
            syn::Expr::Tuple(tuple) if tuple.elems.iter().any(|elem| self.is_dsl(elem)) => {
                let parts = tuple.elems.into_iter();
                Expr::Tuple(parts.map(|elem| self.part(elem)).collect())
            }
            syn::Expr::Array(array) if array.elems.iter().any(|elem| self.is_element(elem)) => {
                let elements = array.elems.into_iter();
                Expr::Array {
                    id: 0,
                    elements: elements.map(|elem| self.part(elem)).collect(),
                }
            }
            syn::Expr::Macro(mac) => match vec_elements(&mac.mac) {
                Some(elements) if elements.iter().any(|elem| self.is_element(elem)) => {
                    Expr::Vector(self.full_vector(elements))
                }
                _ => Expr::Host(self.host(syn::Expr::Macro(mac))),
            },
            syn::Expr::Reference(reference) if self.has_tensors(&reference.expr) => {
                let exclusive = reference.mutability.is_some();
                let of = self.through(*reference.expr.clone());
                let kind = self.names.place(&reference.expr).unwrap_or(Kind::Host);
                Expr::Borrow {
                    at: place,
                    exclusive,
                    of,
                    kind: kind.peeled().clone().renamed(),
                }
            }
            syn::Expr::MethodCall(call) if is_host_access(&call, &self.names) => {
                let options = taken.task.take().map(|(options, _)| options);
                self.host_access(call, options.unwrap_or_default())
                    .map_or_else(Expr::nothing, |access| Expr::Access(Box::new(access)))
            }
            syn::Expr::MethodCall(call) if self.is_collection_call(&call) => {
                self.collection_call(call)
            }
            syn::Expr::Break(jump) => {
                let value = jump.expr.map(|value| self.host(*value));
                let value = value.map(|value| Box::new(Expr::Host(value)));
                self.jump(Jump::Break, jump.label, value, place)
            }
            syn::Expr::Continue(jump) => self.jump(Jump::Continue, jump.label, None, place),
            syn::Expr::Return(jump) => {
                let value = self.returned(jump.expr.map(|value| *value), place);
                self.jump(Jump::Return, None, value, place)
            }
            other => match self.names.place(&other).filter(Kind::has_tensor) {
                Some(kind) => Expr::Tensor(self.tensor(other), kind.renamed()),
                None => Expr::Host(self.host(other)),
            },
        }
    }
}

/// The attributes of a statement: they are parsed as those of what it begins with.
fn attrs_of(expr: &mut syn::Expr) -> Option<&mut Vec<syn::Attribute>> {
    match expr {
        syn::Expr::Assign(expr) => attrs_of(&mut expr.left),
        syn::Expr::Binary(expr) => attrs_of(&mut expr.left),
        syn::Expr::Cast(expr) => attrs_of(&mut expr.expr),
        syn::Expr::Array(expr) => Some(&mut expr.attrs),
        syn::Expr::Block(expr) => Some(&mut expr.attrs),
        syn::Expr::Break(expr) => Some(&mut expr.attrs),
        syn::Expr::Call(expr) => Some(&mut expr.attrs),
        syn::Expr::Closure(expr) => Some(&mut expr.attrs),
        syn::Expr::Continue(expr) => Some(&mut expr.attrs),
        syn::Expr::Field(expr) => Some(&mut expr.attrs),
        syn::Expr::ForLoop(expr) => Some(&mut expr.attrs),
        syn::Expr::If(expr) => Some(&mut expr.attrs),
        syn::Expr::Index(expr) => Some(&mut expr.attrs),
        syn::Expr::Infer(expr) => Some(&mut expr.attrs),
        syn::Expr::Lit(expr) => Some(&mut expr.attrs),
        syn::Expr::Loop(expr) => Some(&mut expr.attrs),
        syn::Expr::Macro(expr) => Some(&mut expr.attrs),
        syn::Expr::Match(expr) => Some(&mut expr.attrs),
        syn::Expr::MethodCall(expr) => Some(&mut expr.attrs),
        syn::Expr::Paren(expr) => Some(&mut expr.attrs),
        syn::Expr::Path(expr) => Some(&mut expr.attrs),
        syn::Expr::Reference(expr) => Some(&mut expr.attrs),
        syn::Expr::Return(expr) => Some(&mut expr.attrs),
        syn::Expr::Struct(expr) => Some(&mut expr.attrs),
        syn::Expr::Try(expr) => Some(&mut expr.attrs),
        syn::Expr::Tuple(expr) => Some(&mut expr.attrs),
        syn::Expr::Unary(expr) => Some(&mut expr.attrs),
        syn::Expr::Unsafe(expr) => Some(&mut expr.attrs),
        syn::Expr::While(expr) => Some(&mut expr.attrs),
        _ => None,
    }
}

impl Expr {
    /// What stands in for an expression that could not be parsed.
    pub(super) fn nothing() -> Self {
        Self::Host(Host::unit())
    }
}

impl super::ast::Task {
    /// How many tensors the call returns.
    pub fn outs(&self) -> usize {
        let is_out = |arg: &&super::ast::Arg| matches!(arg.kind, super::ast::ArgKind::Out(_));
        self.args.iter().filter(is_out).count()
    }

    /// Whether several threads run it: it has several kernels or blocks.
    pub fn is_team(&self) -> bool {
        let super::ast::TaskOptions {
            blocks, sync_start, ..
        } = &self.options;
        self.kernels.len() > 1 || blocks.is_some() || sync_start.is_some()
    }
}
