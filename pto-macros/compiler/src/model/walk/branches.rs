//! Branches: alternatives, of which one is taken, and those that are decided before the run.

use super::Walker;
use crate::model::flow::{State, Value};
use crate::model::program::Context;
use crate::syntax::ast::{Block, Cond, Expr, Host};

impl Walker {
    pub(super) fn arm(
        &mut self,
        branch: usize,
        arm: usize,
        f: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        self.context.push(Context::Arm { branch, arm });
        let value = f(self);
        self.context.pop();
        value
    }

    /// Whether the present point is never reached.
    pub(super) fn is_dead(&self) -> bool {
        self.never || self.left
    }

    /// Walks one of several alternatives; its value, if its end is reached. One that is taken always is none.
    fn alternative(
        &mut self,
        (branch, arm): (usize, usize),
        taken: Taken,
        f: impl FnOnce(&mut Self) -> Value,
    ) -> Option<Value> {
        let left = self.left;
        match taken {
            Taken::Always => {
                let value = f(self);
                (!self.left).then_some(value)
            }
            Taken::Maybe => {
                let value = self.arm(branch, arm, f);
                let reached = std::mem::replace(&mut self.left, left) == left;
                reached.then_some(value)
            }
            Taken::Never => {
                let never = std::mem::replace(&mut self.never, true);
                self.arm(branch, arm, f);
                self.never = never;
                None
            }
        }
    }

    pub(super) fn branch(&mut self, cond: &Cond, then: &Block, other: Option<&Expr>) -> Value {
        let holds = match cond {
            Cond::Host(cond) => self.reader().truth(&cond.source),
            Cond::Let { .. } => None,
        };
        let taken = |wanted: bool| match holds {
            None => Taken::Maybe,
            Some(holds) if holds == wanted => Taken::Always,
            Some(_) => Taken::Never,
        };
        let branch = self.unique();
        let mut ends = Ends::from(self);
        let value = self.alternative((branch, 0), taken(true), |walker| {
            let names = walker.env.enter();
            walker.bind_condition(cond);
            let value = walker.block(then);
            walker.env.leave(names);
            value
        });
        ends.end(self, value);
        let value = self.alternative((branch, 1), taken(false), |walker| {
            other.map_or(Value::Host, |other| walker.expr(other))
        });
        ends.end(self, value);
        ends.join(self)
    }

    pub(super) fn matched(&mut self, on: &Host, arms: &[(syn::Pat, Expr)]) -> Value {
        let taken = self.taken(&on.source, arms);
        let branch = self.unique();
        let mut ends = Ends::from(self);
        for (index, ((pat, body), taken)) in arms.iter().zip(taken).enumerate() {
            let value = self.alternative((branch, index), taken, |walker| {
                let names = walker.env.enter();
                walker.bind_host(pat);
                let value = walker.expr(body);
                walker.env.leave(names);
                value
            });
            ends.end(self, value);
        }
        ends.join(self)
    }

    /// Which arms of a `match` may be taken.
    fn taken(&mut self, on: &syn::Expr, arms: &[(syn::Pat, Expr)]) -> Vec<Taken> {
        let reader = self.reader();
        let Some(number) = reader.number(on) else {
            return vec![Taken::Maybe; arms.len()];
        };
        let mut over = false;
        let taken = arms.iter().map(|(pat, _)| {
            let fits = reader.fits(pat, number);
            let taken = match fits {
                _ if over => Taken::Never,
                Some(false) => Taken::Never,
                Some(true) | None => Taken::Maybe,
            };
            over |= fits == Some(true);
            taken
        });
        let mut taken: Vec<Taken> = taken.collect();
        // One of the arms is taken.
        let mut possible = taken.iter_mut().filter(|taken| **taken == Taken::Maybe);
        if let (Some(only), None) = (possible.next(), possible.next()) {
            *only = Taken::Always;
        }
        taken
    }
}

/// Whether an alternative is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Always,
    Maybe,
    Never,
}

/// What is known where a branching ends, while its alternatives are walked.
struct Ends {
    before: State,
    after: Option<State>,
    value: Value,
}

impl Ends {
    fn from(walker: &Walker) -> Self {
        Self {
            before: walker.state.clone(),
            after: None,
            value: Value::Host,
        }
    }

    /// Notes the end of an alternative, if it is reached, and goes back to where the next one begins.
    fn end(&mut self, walker: &mut Walker, value: Option<Value>) {
        let state = std::mem::replace(&mut walker.state, self.before.clone());
        let Some(value) = value else {
            return;
        };
        self.after = Some(match self.after.take() {
            Some(known) => known.join(state),
            None => state,
        });
        self.value = std::mem::replace(&mut self.value, Value::Host).join(value);
    }

    fn join(self, walker: &mut Walker) -> Value {
        walker.state = self.after.unwrap_or(self.before);
        self.value
    }
}
