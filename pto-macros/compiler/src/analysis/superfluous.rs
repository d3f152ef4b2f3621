//! Edges of the user's own that change nothing.

use super::dependence::exclusive;
use super::lifetime::loans;
use super::order::Order;
use super::tracking::Split;
use super::users::UserEdge;
use super::{Analysis, Level};
use crate::model::{Program, SiteKind};
use crate::syntax::ast::{ScopeMode, SiteId};

/// What is wrong with an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// No task that it names is ever submitted before it.
    Never,
    /// It leads to an allocation, which waits for nothing.
    Ready,
    /// The order holds and the storage is kept without it.
    Superfluous,
}

/// The user's edges that change nothing, each once: all of them may be removed together.
///
/// One name that is written once stands for several edges where a loop was unrolled.
pub fn superfluous_edges(program: &Program, analysis: &Analysis) -> Vec<(UserEdge, Edge)> {
    let mut found = Vec::new();
    let mut left = analysis.users.clone();
    let mut names: Vec<(usize, usize)> = left.iter().map(position).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (edges, rest): (Vec<UserEdge>, Vec<UserEdge>) = left
            .iter()
            .cloned()
            .partition(|edge| position(edge) == name);
        let what = if edges.iter().all(|edge| is_never(program, edge)) {
            Edge::Never
        } else if edges
            .iter()
            .all(|edge| program.sites[edge.to].kind == SiteKind::Alloc)
        {
            Edge::Ready
        } else if edges
            .iter()
            .all(|edge| is_suspect(program, analysis, &rest, edge))
            && changes_nothing(program, analysis, &edges, &rest)
        {
            Edge::Superfluous
        } else {
            continue;
        };
        found.extend(edges.first().map(|edge| (edge.clone(), what)));
        left = rest;
    }
    found
}

/// Where its name is written.
fn position(edge: &UserEdge) -> (usize, usize) {
    let start = edge.name.span().start();
    (start.line, start.column)
}

/// Whether an instance of `from` can be submitted before `to`, where the edge's variable lives.
fn can_precede(program: &Program, from: SiteId, edge: &UserEdge) -> bool {
    let in_text = from < edge.to && !exclusive(program, from, edge.to);
    in_text || program.common_loops(from, edge.to).len() > edge.depth
}

fn is_never(program: &Program, edge: &UserEdge) -> bool {
    let mut members = edge.from.iter();
    !members.any(|from| can_precede(program, *from, edge))
}

/// Whether it is worth a closer look, which costs: most edges are there for a reason.
fn is_suspect(program: &Program, analysis: &Analysis, rest: &[UserEdge], edge: &UserEdge) -> bool {
    let members = edge
        .from
        .iter()
        .filter(|from| can_precede(program, **from, edge));
    members.into_iter().all(|from| {
        let common = program.common_loops(*from, edge.to).len();
        let mut levels = (0..common).map(Level::Carried).chain([Level::Same]);
        let twin = |other: &UserEdge| other.to == edge.to && other.from.contains(from);
        let inferred = program.mode(edge.to) != ScopeMode::Explicit;
        program.sites[*from].kind == SiteKind::Alloc
            || rest.iter().any(twin)
            || (inferred
                && analysis
                    .wired
                    .iter()
                    .chain(&analysis.owned)
                    .any(|dep| (dep.from, dep.to) == (*from, edge.to)))
            || levels.any(|level| analysis.actual.implied(*from, edge.to, level))
    })
}

/// Whether the edges in `rest` and those of the compiler's are enough.
fn changes_nothing(
    program: &Program,
    analysis: &Analysis,
    edges: &[UserEdge],
    rest: &[UserEdge],
) -> bool {
    let order = Order::actual(program, &Split::known(analysis).ordered(program), rest);
    let is_ordered = |edge: &UserEdge| {
        let members = edge
            .from
            .iter()
            .filter(|from| can_precede(program, **from, edge));
        members.into_iter().all(|from| {
            // An allocation is complete as soon as it is submitted.
            program.sites[*from].kind == SiteKind::Alloc
                || order.holds_latest(*from, edge.to, edge.depth)
        })
    };
    // Elsewhere the compiler or the runtime keeps what has to be kept.
    let kept = || {
        let without = loans(program, &order, rest, &analysis.plan);
        let explicit = without
            .iter()
            .filter(|loan| program.mode(loan.user) == ScopeMode::Explicit);
        explicit.into_iter().all(|loan| loan.covered.is_some())
    };
    edges.iter().all(is_ordered) && kept()
}
