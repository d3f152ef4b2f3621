//! How many tasks a scope is certain to hold at once.
//!
//! A ring returns the slots of its tasks in order, and those of a scope's tasks
//! not before it closes. So from its first task on, a scope holds all that its
//! ring gets: its own tasks and, where scopes inside it use the same ring, theirs.

use crate::diag::Place;
use crate::model::Program;
use crate::syntax::ast::{Block, Expr, Jump, LoopId, Scope, Stmt};
use std::collections::BTreeSet;

/// What a scope holds when it has submitted all that is certain.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    /// How many tasks.
    pub(super) held: u64,
    /// Where they become more than there is room for.
    pub(super) passed: Option<Passed>,
}

/// Where a scope gets one task too many.
#[derive(Clone, Copy)]
pub(super) enum Passed {
    /// At a task.
    Task(Place),
    /// At a loop that submits as many in each iteration.
    Loop {
        /// The loop.
        at: Place,
        /// How many iterations are certain.
        iterations: u64,
        /// How many tasks each submits.
        each: u64,
    },
}

/// Counts the tasks of the scope with this `body`; `room` is what its ring has room for, and `shared` whether scopes
/// inside it use the same ring.
pub(super) fn tally(program: &Program, body: &Block, room: u64, shared: bool) -> Tally {
    let mut counter = Counter {
        program,
        room,
        shared,
        frames: Vec::new(),
        escapes: BTreeSet::new(),
    };
    let mut tally = Tally::default();
    counter.block(body, &mut tally);
    tally
}

/// A jump out of what is being counted, and the frame it leads to; `None` is outside of the scope.
type Escape = (Option<usize>, Jump);

struct Counter<'a> {
    program: &'a Program,
    room: u64,
    shared: bool,
    /// The loops and labelled blocks around the present point: their labels, and whether they are loops.
    frames: Vec<(Option<String>, bool)>,
    /// The jumps that may have been taken before the present point. As long as there is none, it is certain to be reached.
    escapes: BTreeSet<Escape>,
}

impl Counter<'_> {
    fn block(&mut self, block: &Block, tally: &mut Tally) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Let { init, diverge, .. } => {
                    if let Some(init) = init {
                        self.expr(init, tally);
                    }
                    if let Some(diverge) = diverge {
                        self.expr(diverge, &mut tally.clone());
                    }
                }
                Stmt::Expr { expr, .. } => self.expr(expr, tally),
                Stmt::Item(_) => {}
                Stmt::MayJump => self.may_jump(),
            }
        }
    }

    fn expr(&mut self, expr: &Expr, tally: &mut Tally) {
        match expr {
            Expr::Task(task) => self.task(task.place, tally),
            Expr::Alloc(alloc) => self.task(alloc.place, tally),
            Expr::Block(None, block) => self.block(block, tally),
            Expr::Block(Some(label), block) => {
                let frame = self.enter(Some(label), false);
                self.block(block, tally);
                self.leave(frame, &[Jump::Break]);
            }
            Expr::Scope(scope) => self.nested(scope, tally),
            Expr::If { then, other, .. } => {
                let before = *tally;
                let then = self.arm(before, |counter, arm| counter.block(then, arm));
                let other = match other {
                    Some(other) => self.arm(before, |counter, arm| counter.expr(other, arm)),
                    None => (before, self.escapes.clone()),
                };
                *tally = self.least(before, [then, other]);
            }
            Expr::Match { arms, .. } => {
                let before = *tally;
                let arms: Vec<_> = arms
                    .iter()
                    .map(|(_, body)| self.arm(before, |counter, arm| counter.expr(body, arm)))
                    .collect();
                *tally = self.least(before, arms);
            }
            Expr::Loop(looped) => {
                let trips = self.program.loops[looped.id].trips;
                let at = looped.place;
                self.looped(looped.label.as_ref(), at, trips, &looped.body, tally);
            }
            Expr::Unrolled(unrolled) => {
                // The copies and the remainder are the same body again.
                let trips = |id: LoopId| self.program.loops[id].trips;
                let rest = unrolled.rest.as_ref().map_or(0, |rest| trips(rest.id));
                let rounds = trips(unrolled.main);
                let all = rounds.saturating_mul(unrolled.copies.len()) + rest;
                let at = self.program.loops[unrolled.main].at;
                self.looped(unrolled.label.as_ref(), at, all, &unrolled.copies[0], tally);
            }
            Expr::Assign { right, .. } => self.expr(right, tally),
            Expr::Tuple(_) | Expr::Array { .. } | Expr::Vector(_) | Expr::Change(_) => {
                expr.parts().iter().for_each(|part| self.expr(part, tally));
            }
            Expr::Jump {
                kind, label, value, ..
            } => {
                if let Some(value) = value {
                    self.expr(value, tally);
                }
                self.jump(*kind, label.as_ref());
            }
            // What an orchestration submits that is called, it alone knows: nothing, perhaps.
            Expr::Call(_)
            | Expr::Access(_)
            | Expr::Host(_)
            | Expr::Tensor(..)
            | Expr::Borrow { .. }
            | Expr::Select(_) => {}
        }
    }

    fn task(&mut self, at: Place, tally: &mut Tally) {
        if self.escapes.is_empty() {
            tally.held += 1;
            if tally.held > self.room {
                tally.passed.get_or_insert(Passed::Task(at));
            }
        }
    }

    /// A scope inside: what it submits stays if something older does.
    fn nested(&mut self, scope: &Scope, tally: &mut Tally) {
        if self.shared && tally.held > 0 {
            self.block(&scope.body, tally);
        } else {
            self.block(&scope.body, &mut tally.clone());
        }
    }

    fn arm(
        &mut self,
        mut tally: Tally,
        count: impl FnOnce(&mut Self, &mut Tally),
    ) -> (Tally, BTreeSet<Escape>) {
        let before = self.escapes.clone();
        count(self, &mut tally);
        (tally, std::mem::replace(&mut self.escapes, before))
    }

    /// What alternatives have in common.
    fn least(
        &mut self,
        before: Tally,
        arms: impl IntoIterator<Item = (Tally, BTreeSet<Escape>)>,
    ) -> Tally {
        let mut least: Option<Tally> = None;
        for (tally, escapes) in arms {
            self.escapes.extend(escapes);
            if least.is_none_or(|least| tally.held < least.held) {
                least = Some(tally);
            }
        }
        least.unwrap_or(before)
    }

    fn looped(
        &mut self,
        label: Option<&syn::Label>,
        at: Place,
        trips: usize,
        body: &Block,
        tally: &mut Tally,
    ) {
        let before = *tally;
        let certain = self.escapes.is_empty();
        let frame = self.enter(label, true);
        let mut first = before;
        self.block(body, &mut first);
        self.escapes.remove(&(Some(frame), Jump::Continue));
        // An iteration that may leave the loop may be the last one.
        let again = certain && self.escapes.is_empty();
        let trips = u64::try_from(trips).unwrap_or(u64::MAX);
        let iterations = if again { trips } else { trips.min(1) };
        let mut each = first.held - before.held;
        if self.shared && before.held == 0 && first.held > 0 && iterations > 1 {
            // Something older stays from the second iteration on.
            let mut second = first;
            self.block(body, &mut second);
            self.escapes.remove(&(Some(frame), Jump::Continue));
            each = second.held - first.held;
        }
        self.leave(frame, &[Jump::Break, Jump::Continue]);
        if iterations == 0 {
            return;
        }
        *tally = first;
        tally.held = first
            .held
            .saturating_add(each.saturating_mul(iterations - 1));
        if tally.held > self.room {
            let passed = Passed::Loop {
                at,
                iterations,
                each,
            };
            tally.passed.get_or_insert(passed);
        }
    }

    fn enter(&mut self, label: Option<&syn::Label>, is_loop: bool) -> usize {
        let label = label.map(|label| label.name.to_string());
        self.frames.push((label, is_loop));
        self.frames.len() - 1
    }

    fn leave(&mut self, frame: usize, jumps: &[Jump]) {
        self.frames.truncate(frame);
        for jump in jumps {
            self.escapes.remove(&(Some(frame), *jump));
        }
    }

    fn jump(&mut self, kind: Jump, label: Option<&syn::Lifetime>) {
        let wanted = label.map(ToString::to_string);
        let target = self
            .frames
            .iter()
            .rposition(|(label, is_loop)| match &wanted {
                Some(wanted) => label.as_ref() == Some(wanted),
                None => *is_loop && kind != Jump::Return,
            });
        self.escapes.insert((target, kind));
    }

    /// A jump to anywhere, which may be taken or not.
    fn may_jump(&mut self) {
        for frame in 0..self.frames.len() {
            self.escapes.insert((Some(frame), Jump::Break));
            self.escapes.insert((Some(frame), Jump::Continue));
        }
        self.escapes.insert((None, Jump::Return));
    }
}
