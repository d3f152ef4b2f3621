//! Loops: walked to a fixed point; ranges give their variables bounds.

use super::{Frame, Target, Variable, Walker};
use crate::model::env::{BindingId, Known};
use crate::model::flow::{State, Value};
use crate::model::poly::{Induction, Poly, Sym, SymInfo};
use crate::model::program::{Context, LoopInfo, position};
use crate::syntax::ast::{Block, Jump, Loop, LoopHead, LoopId};
use crate::syntax::spelling;

impl Walker {
    pub(super) fn looped(&mut self, looped: &Loop) {
        let (mut var, mut trips, mut full) = (None, 0, false);
        let variable = match &looped.head {
            LoopHead::For { pat, iter } => {
                let range = self.range(&iter.source);
                trips = range.as_ref().map_or(0, Range::trips);
                let known = self.known(&iter.source);
                full = known.is_number() && range.as_ref().is_some_and(Range::is_dense);
                var = self.induction(looped.id, pat, range, None);
                Variable::Pattern(pat, var.map(|var| (Poly::symbol(var), known)))
            }
            LoopHead::Each { pat, each } => {
                let (item, number) = self.each(each, looped.id);
                var = Some(number);
                Variable::Item(pat, item, Poly::symbol(number))
            }
            LoopHead::While(cond) => Variable::Condition(cond),
            LoopHead::Forever => {
                trips = 1;
                Variable::None
            }
        };
        self.program.loops[looped.id] = LoopInfo {
            parallel: looped.parallel,
            var,
            at: looped.place,
            depth: self.loops.len(),
            trips,
            full: false,
        };
        let label = looped.label.as_ref().map(|label| label.name.to_string());
        let bodies = [(variable, &looped.body)];
        let endless = matches!(looped.head, LoopHead::Forever);
        let left = self.iterate(looped.id, label, &bodies, endless);
        self.program.loops[looped.id].full = full && !left;
    }

    /// The symbol of a loop variable that runs over a range; `part` cuts an unrolled range.
    pub(super) fn induction(
        &mut self,
        of: LoopId,
        pat: &syn::Pat,
        range: Option<Range>,
        part: Option<(Poly, usize, bool)>,
    ) -> Option<Sym> {
        let syn::Pat::Ident(pat) = untyped(pat) else {
            return None;
        };
        if pat.mutability.is_some() || pat.subpat.is_some() {
            return None;
        }
        let Range {
            low,
            high,
            step,
            reversed,
        } = range?;
        let (low, high, step) = match part {
            None => (low, high, step),
            Some((split, factor, true)) => {
                let last = split.minus(&number(factor - 1));
                (low, last, number(factor))
            }
            Some((split, _, false)) => (split, high, step),
        };
        let mut varies = self.loops.clone();
        varies.push(of);
        Some(self.program.symbols.fresh(SymInfo {
            name: pat.ident.to_string(),
            varies,
            induction: Some(Induction {
                of,
                low,
                high,
                step,
                reversed,
            }),
        }))
    }

    /// What is iterated over, if it is a range.
    pub(super) fn range(&mut self, iter: &syn::Expr) -> Option<Range> {
        let (range, step, reversed) = range_of(iter)?;
        let low = self.bound(range.start.as_deref()?);
        let high = self.bound(range.end.as_deref()?);
        let high = match range.limits {
            syn::RangeLimits::HalfOpen(_) => high,
            syn::RangeLimits::Closed(_) => high.plus(&Poly::constant(1)),
        };
        let step = match step {
            // Even a step that nothing is known of is at least one: `step_by(0)` panics.
            Some(expr) => match self.bound(expr) {
                zero if zero == Poly::default() => Poly::constant(1),
                step => step,
            },
            None => Poly::constant(1),
        };
        Some(Range {
            low,
            high,
            step,
            reversed,
        })
    }

    /// A bound of a range of `usize`. Arithmetic is read only where it is that of `usize`.
    fn bound(&mut self, expr: &syn::Expr) -> Poly {
        let plain = matches!(expr, syn::Expr::Path(_) | syn::Expr::Field(_));
        let known = self.reader().known(expr);
        if known == Known::Usize {
            self.program.exact.insert(position(expr));
        }
        if plain || matches!(known, Known::Usize | Known::Integer) {
            let poly = self.reader().poly(expr);
            // Arithmetic of literals alone is not computed exactly.
            if known != Known::Integer || poly.as_count().is_some() {
                return poly;
            }
        }
        Poly::symbol(self.program.symbols.fresh(SymInfo {
            name: spelling(expr),
            varies: self.loops.clone(),
            induction: None,
        }))
    }

    /// What is known of the variable of a loop over `iter`.
    pub(super) fn known(&mut self, iter: &syn::Expr) -> Known {
        let reader = self.reader();
        let Some((range, _, _)) = range_of(iter) else {
            return Known::Nothing;
        };
        let known =
            |bound: &Option<Box<syn::Expr>>| bound.as_deref().map(|bound| reader.known(bound));
        match (known(&range.start), known(&range.end)) {
            (Some(start), Some(end)) => start.beside(end),
            _ => Known::Nothing,
        }
    }

    /// Walks the bodies of a loop, one after the other an iteration, to a fixed point. Whether a body may be left for a
    /// place after the loop.
    pub(super) fn iterate(
        &mut self,
        id: LoopId,
        label: Option<String>,
        bodies: &[(Variable<'_>, &Block)],
        endless: bool,
    ) -> bool {
        // A round adds at least one storage to one variable, so the fixed point
        // comes; the bound is for programs that would take too long to reach it.
        const MOST_ROUNDS: usize = 128;
        let mark: BindingId = self.env.number();
        let mut entry = self.state.clone();
        // Around an outer loop there is only more to add: what was reached before stays.
        if let Some(reached) = self.reached.remove(&id) {
            entry = entry.join(reached);
        }
        self.loops.push(id);
        self.context.push(Context::Loop(id));
        let mut breaks = Vec::new();
        let (mut settled, escaping) = (false, self.escaping.len());
        let left = self.left;
        for _ in 0..MOST_ROUNDS {
            self.state = entry.clone();
            self.env.renumber(mark + 1);
            breaks = self.round(id, label.clone(), bodies);
            self.left = left;
            let back = std::mem::take(&mut self.state);
            let back = self.aged(back.restricted(mark), id);
            let next = entry.clone().join(back);
            if next == entry {
                settled = true;
                break;
            }
            entry = next;
        }
        if !settled {
            self.program.unsettled.insert(id);
        }
        let is_left = !breaks.is_empty() || self.escaping.len() > escaping;
        self.reached.insert(id, entry.clone());
        self.context.pop();
        self.loops.pop();
        let mut exit = (!endless).then_some(entry.clone());
        for state in breaks {
            let state = self.aged(state.restricted(mark), id);
            exit = Some(match exit {
                Some(known) => known.join(state),
                None => state,
            });
        }
        self.state = exit.unwrap_or(entry);
        is_left
    }

    /// Walks the bodies of a loop once; returns the states in which they may be left.
    pub(super) fn round(
        &mut self,
        id: LoopId,
        label: Option<String>,
        bodies: &[(Variable<'_>, &Block)],
    ) -> Vec<State> {
        let of = Target::Loop(id);
        self.frames.push(Frame::new(of, label));
        let depth = self.context.len();
        for (copy, (variable, body)) in bodies.iter().enumerate() {
            if bodies.len() > 1 {
                self.copies.insert(id, copy);
            }
            let names = self.env.enter();
            self.bind_variable(variable, id);
            let escaping = self.escaping.len();
            let left = self.left;
            self.block(body);
            // `continue` leads to the end of this body: the next copy of an
            // unrolled loop is executed all the same.
            let ended = self
                .frames
                .last_mut()
                .map(|frame| std::mem::take(&mut frame.continues));
            self.arrive(ended.unwrap_or_default(), left);
            self.escaping
                .retain(|escape| *escape != (of, Jump::Continue));
            if self.escaping.len() > escaping {
                let past = self.unique();
                self.context.push(Context::Past(past));
            }
            self.env.leave(names);
        }
        self.copies.remove(&id);
        self.context.truncate(depth);
        self.escaping.retain(|(target, _)| *target != of);
        self.frames
            .pop()
            .map_or_else(Vec::new, |frame| frame.breaks)
    }

    fn bind_variable(&mut self, variable: &Variable<'_>, of: LoopId) {
        match variable {
            Variable::None => {}
            Variable::Condition(cond) => self.bind_condition(cond),
            Variable::Pattern(pat, value) => match (untyped(pat), value) {
                (syn::Pat::Ident(pat), Some((value, known))) => {
                    self.bind_value(&pat.ident, false, Some(value.clone()), *known);
                }
                (pat, _) => self.bind_host(pat),
            },
            Variable::Number(pat, value, known) => match untyped(pat) {
                syn::Pat::Ident(pat) => {
                    self.bind_value(&pat.ident, false, Some(value.clone()), *known);
                    self.env.attribute(&pat.ident, of);
                }
                pat => self.bind_host(pat),
            },
            Variable::Item(pat, item, number) => self.bind_item(pat, item, number),
        }
    }

    fn aged(&self, state: State, id: LoopId) -> State {
        state.aged(id, &self.program.roots, &self.program.symbols)
    }

    pub(super) fn jump(&mut self, kind: Jump, label: Option<&syn::Lifetime>) {
        if self.is_dead() {
            return;
        }
        if kind == Jump::Return {
            self.escaping.push((Target::Function, kind));
            self.left = true;
            return;
        }
        let wanted = label.map(ToString::to_string);
        let target = self.frames.iter_mut().rfind(|frame| match &wanted {
            Some(wanted) => frame.label.as_ref() == Some(wanted),
            None => matches!(frame.of, Target::Loop(_)),
        });
        // Without a target rustc has something to say.
        let Some(frame) = target else {
            return;
        };
        let state = self.state.clone();
        match kind {
            Jump::Continue => frame.continues.push(state),
            _ => frame.breaks.push(state),
        }
        let of = frame.of;
        self.escaping.push((of, kind));
        self.left = true;
    }

    /// A jump to anywhere, which may be taken or not.
    pub(super) fn may_jump(&mut self) {
        if self.is_dead() {
            return;
        }
        for frame in &mut self.frames {
            frame.breaks.push(self.state.clone());
            self.escaping.push((frame.of, Jump::Break));
            if let Target::Loop(_) = frame.of {
                frame.continues.push(self.state.clone());
                self.escaping.push((frame.of, Jump::Continue));
            }
        }
        self.escaping.push((Target::Function, Jump::Return));
    }

    /// A labelled block: jumps out of it lead to its end.
    pub(super) fn labelled(&mut self, label: &syn::Label, block: &Block) -> Value {
        let of = Target::Block(self.unique());
        let left = self.left;
        self.frames
            .push(Frame::new(of, Some(label.name.to_string())));
        let value = self.block(block);
        self.escaping.retain(|(target, _)| *target != of);
        let breaks = self.frames.pop().map(|frame| frame.breaks);
        self.arrive(breaks.unwrap_or_default(), left);
        value
    }

    /// Where jumps arrive in these states, as well as what comes before if its end is reached; `left` is whether all of it
    /// is never reached.
    pub(super) fn arrive(&mut self, states: Vec<State>, left: bool) {
        for state in states {
            let known = std::mem::take(&mut self.state);
            self.state = match std::mem::replace(&mut self.left, left) == left {
                true => known.join(state),
                false => state,
            };
        }
    }
}

/// The range of a loop's variable.
#[derive(Clone)]
pub(super) struct Range {
    /// Least value.
    pub(super) low: Poly,
    /// One past the greatest value.
    pub(super) high: Poly,
    /// Distance of two consecutive values, at least one.
    step: Poly,
    /// Whether it runs downwards.
    reversed: bool,
}

impl Range {
    /// Whether it has every number between its ends.
    fn is_dense(&self) -> bool {
        self.step == Poly::constant(1)
    }

    /// How many values it has at least.
    pub(super) fn trips(&self) -> usize {
        let length = self.high.minus(&self.low).least().unwrap_or(0).max(0);
        let trips = match self.step.as_constant() {
            Some(step) => length / step + i128::from(length % step != 0),
            None => length.min(1),
        };
        usize::try_from(trips).unwrap_or(usize::MAX)
    }
}

pub(super) fn number(value: usize) -> Poly {
    Poly::constant(i128::try_from(value).unwrap_or(i128::MAX))
}

pub(super) fn untyped(pat: &syn::Pat) -> &syn::Pat {
    match pat {
        syn::Pat::Type(typed) => untyped(&typed.pat),
        syn::Pat::Paren(inner) => untyped(&inner.pat),
        _ => pat,
    }
}

/// `a..b`, `(a..b).rev()`, `(a..b).step_by(s)`: the range, the step, and whether it runs down.
fn range_of(iter: &syn::Expr) -> Option<(&syn::ExprRange, Option<&syn::Expr>, bool)> {
    match iter {
        syn::Expr::Paren(inner) => range_of(&inner.expr),
        syn::Expr::Group(inner) => range_of(&inner.expr),
        syn::Expr::Range(range) => Some((range, None, false)),
        syn::Expr::MethodCall(call) if call.method == "rev" && call.args.is_empty() => {
            let (range, step, reversed) = range_of(&call.receiver)?;
            Some((range, step, !reversed))
        }
        syn::Expr::MethodCall(call) if call.method == "step_by" && call.args.len() == 1 => {
            match range_of(&call.receiver)? {
                (range, None, false) => Some((range, call.args.first(), false)),
                _ => None,
            }
        }
        _ => None,
    }
}
