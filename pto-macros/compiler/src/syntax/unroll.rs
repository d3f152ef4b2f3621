//! Stage two, normalisation: unrolled loops become chained copies of their body, and a loop of one iteration its body.

use super::ast::{Block, Expr, Host, Loop, LoopHead, Unroll, Unrolled};
use super::inside::InsideMut;
use super::spelling::spelling;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};

/// Most copies of one body, by all the loops around it: more take minutes to compile.
const MOST: usize = 256;

/// What can be unrolled.
const RANGE: &str = "write the loop as `for i in start..end`";
/// How to unroll what has no literal bounds, or too many iterations.
const FACTOR: &str = "write the number of copies: `#[unroll(4)]`";

/// Replaces every loop marked `#[unroll]`, or of one iteration, by its copies.
pub fn unroll(block: &mut Block, errors: &mut Diagnostics) {
    Unrolling { errors, around: 1 }.block(block);
}

/// So many copies as nothing is said of any more.
const REFUSED: usize = 0;

struct Unrolling<'e> {
    errors: &'e mut Diagnostics,
    /// How many copies there will be of what is being walked; [`REFUSED`] if that is refused already.
    around: usize,
}

impl Unrolling<'_> {
    fn block(&mut self, block: &mut Block) {
        block.expressions_mut().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let Expr::Loop(looped) = expr {
            if let Some(unrolled) = self.looped(looped) {
                *expr = Expr::Unrolled(Box::new(unrolled));
            }
            return;
        }
        for inside in expr.inside_mut() {
            match inside {
                InsideMut::Block(block) => self.block(block),
                InsideMut::Expr(expr) => self.expr(expr),
            }
        }
    }

    fn looped(&mut self, looped: &mut Loop) -> Option<Unrolled> {
        let around = self.around;
        let plan = match looped.unroll.take() {
            Some(request) => self.plan(looped, request),
            None => single(looped),
        };
        self.around *= plan.as_ref().map_or(1, Plan::bodies);
        self.block(&mut looped.body);
        self.around = around;
        plan.map(|plan| plan.copies(looped))
    }

    /// How a loop is to be unrolled as asked.
    fn plan(&mut self, looped: &Loop, request: Unroll) -> Option<Plan> {
        let mut reject = |place: Place, what: &str, help: &str| {
            self.errors
                .push(Diagnostic::new(Code::CannotUnroll, place, what).help(help));
            None
        };
        if looped.parallel {
            let what = "a `parallel_for!` is not unrolled: its iterations form no chain";
            return reject(request.place, what, "unroll a `for` loop inside it");
        }
        let LoopHead::For { pat, iter } = &looped.head else {
            return reject(request.place, "only a `for` loop can be unrolled", RANGE);
        };
        let at = Place::of(&iter.source);
        let syn::Expr::Range(range) = &iter.source else {
            return reject(at, "only a loop over a plain range can be unrolled", RANGE);
        };
        let (Some(start), Some(end)) = (&range.start, &range.end) else {
            return reject(at, "an unrolled loop needs both ends of its range", RANGE);
        };
        if matches!(range.limits, syn::RangeLimits::Closed(_)) {
            let help = format!("write `{}..{} + 1`", spelling(start), spelling(end));
            return reject(at, "an unrolled loop needs a half-open range", &help);
        }
        if !is_plain(pat) {
            let what = "the variable of an unrolled loop is a plain name";
            return reject(Place::of(pat), what, RANGE);
        }
        let bounds = literal(start).zip(literal(end));
        let trips = bounds.map(|(start, end)| end.saturating_sub(start));
        let (factor, complete) = match (request.factor, trips) {
            (Some(factor), Some(trips)) if trips > 0 && trips % factor == 0 => (factor, true),
            (Some(factor), _) => (factor, false),
            (None, Some(trips @ 1..=64)) => (trips, true),
            (None, Some(_)) => {
                let what = "a loop is unrolled completely only with 1 to 64 iterations";
                return reject(at, what, FACTOR);
            }
            (None, None) => {
                let what = "the bounds of a completely unrolled loop are literals";
                return reject(at, what, FACTOR);
            }
        };
        let plan = Plan {
            var: pat.clone(),
            iter: iter.clone(),
            factor,
            first: bounds
                .filter(|_| trips == Some(factor))
                .map(|(start, _)| start),
            has_rest: !complete,
        };
        let all = self.around * plan.bodies();
        if all > MOST {
            self.around = REFUSED;
            let what =
                format!("unrolled loops in each other make {all} copies, and {MOST} are the most");
            let help = "unroll fewer of them, or by smaller numbers";
            self.errors
                .push(Diagnostic::new(Code::CannotUnroll, request.place, what).help(help));
        }
        // Inside of what is too much, only other mistakes are told.
        (self.around != REFUSED).then_some(plan)
    }
}

/// How a loop is unrolled.
struct Plan {
    var: syn::Pat,
    iter: Host,
    factor: usize,
    /// The number of the first copy, if they are all there is of the loop.
    first: Option<usize>,
    has_rest: bool,
}

impl Plan {
    /// How many bodies there are afterwards.
    fn bodies(&self) -> usize {
        self.factor + usize::from(self.has_rest)
    }

    fn copies(self, looped: &Loop) -> Unrolled {
        let rest = self.has_rest.then(|| {
            Box::new(Loop {
                unroll: None,
                label: None,
                ..looped.clone()
            })
        });
        Unrolled {
            main: 0,
            var: self.var,
            iter: self.iter,
            copies: vec![looped.body.clone(); self.factor],
            first: self.first,
            rest,
            label: looped.label.clone(),
        }
    }
}

/// A loop of exactly one iteration, as literals show.
fn single(looped: &Loop) -> Option<Plan> {
    let LoopHead::For { pat, iter } = &looped.head else {
        return None;
    };
    let syn::Expr::Range(range) = &iter.source else {
        return None;
    };
    let (start, end) = (range.start.as_deref()?, range.end.as_deref()?);
    let (first, end) = (literal(start)?, literal(end)?);
    let open = matches!(range.limits, syn::RangeLimits::HalfOpen(_));
    let once = open && first.checked_add(1) == Some(end);
    let plain = !looped.parallel && is_plain(pat) && !looped.body.may_jump();
    (once && plain).then(|| Plan {
        var: pat.clone(),
        iter: iter.clone(),
        factor: 1,
        first: Some(first),
        has_rest: false,
    })
}

/// Whether a pattern is a name that does not change, or `_`.
fn is_plain(pat: &syn::Pat) -> bool {
    match pat {
        syn::Pat::Ident(pat) => {
            pat.mutability.is_none() && pat.by_ref.is_none() && pat.subpat.is_none()
        }
        syn::Pat::Wild(_) => true,
        syn::Pat::Paren(inner) => is_plain(&inner.pat),
        _ => false,
    }
}

/// The value of an integer literal.
pub(super) fn literal(expr: &syn::Expr) -> Option<usize> {
    match expr {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(lit),
            ..
        }) => lit.base10_parse().ok(),
        _ => None,
    }
}
