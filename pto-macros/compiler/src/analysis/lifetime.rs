//! Whether storage outlives its uses, apart from whether the uses are ordered.
//!
//! In MANUAL scopes the runtime draws no edge from a buffer to its users. A ring
//! is reclaimed in order, so a buffer stays while it, or anything older of its
//! scope, is kept by an edge to a consumer that has not completed. Dropping an
//! ordering edge because others imply it may therefore free a buffer early; this
//! module finds the uses that nothing covers.

use super::Level;
use super::order::{Order, is_latest};
use super::plan::{Plan, Variable, VariableKind};
use super::users::UserEdge;
use crate::model::{Place, Program, RootKind, SiteKind};
use crate::syntax::ast::{LoopId, ScopeMode, SiteId};

/// A use of storage in a MANUAL scope.
#[derive(Clone, Debug)]
pub struct Loan {
    /// The site that made the storage.
    pub owner: SiteId,
    /// The site that uses it.
    pub user: SiteId,
    /// Index of the access at the user.
    pub access: usize,
    /// Loops of whose earlier iterations the storage may stem.
    pub aged: bool,
    /// What covers it already.
    pub covered: Option<Cover>,
}

/// What keeps storage without an edge of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// The edge from the owner to the user.
    Edge,
    /// What keeps this owner until that user: it is older, and on the same ring.
    Older {
        /// The older owner.
        owner: SiteId,
        /// The user until which it is kept.
        user: SiteId,
    },
    /// An edge that is read off the handle: it keeps the storage used, and not for
    /// certain any storage of this owner.
    Handle,
}

/// All uses of storage in MANUAL scopes, in order of (`owner`, `user`), with those
/// left uncovered by the edges of `plan` marked. Uncovered loans cover later ones:
/// they will be kept, or reported.
pub(super) fn loans(
    program: &Program,
    order: &Order,
    users: &[UserEdge],
    plan: &Plan,
) -> Vec<Loan> {
    let mut loans: Vec<Loan> = Vec::new();
    for site in &program.sites {
        if site.kind != SiteKind::Task || !program.mode(site.id).is_manual() {
            continue;
        }
        for (access, found) in site.accesses.iter().enumerate() {
            for place in found.places.iter().filter(|_| !found.creates) {
                let RootKind::Made { by, .. } = program.roots[place.root].kind else {
                    continue;
                };
                // The runtime tracks its uses, and keeps it for them.
                if program.is_call(by) {
                    continue;
                }
                loans.push(Loan {
                    owner: by,
                    user: site.id,
                    access,
                    aged: !place.aged.is_empty(),
                    covered: None,
                });
            }
        }
    }
    loans.sort_by_key(|loan| (loan.owner, loan.user, !loan.aged));
    loans.dedup_by_key(|loan| (loan.owner, loan.user));
    for index in 0..loans.len() {
        let loan = &loans[index];
        let by_older = || {
            let mut older = loans[..index].iter();
            let older = older.find(|older| anchors(program, order, older, loan))?;
            Some(Cover::Older {
                owner: older.owner,
                user: older.user,
            })
        };
        let by_handle = || by_handle(program, plan, loan).then_some(Cover::Handle);
        loans[index].covered = by_edge(program, users, plan, loan)
            .then_some(Cover::Edge)
            .or_else(by_older)
            .or_else(by_handle);
    }
    loans
}

/// Whether an edge is read off every handle by which the user has storage of that owner.
fn by_handle(program: &Program, plan: &Plan, loan: &Loan) -> bool {
    let owned = |place: &Place| matches!(program.roots[place.root].kind, RootKind::Made { by, .. } if by == loan.owner);
    let accesses = program.sites[loan.user].accesses.iter();
    let mut handles = accesses.filter(|access| !access.creates && access.places.iter().any(owned));
    handles.all(|access| plan.sites[loan.user].owners.contains(&access.arg))
}

/// Whether an edge from the owner to the user keeps the very instance that is used.
fn by_edge(program: &Program, users: &[UserEdge], plan: &Plan, loan: &Loan) -> bool {
    if loan.aged {
        return false;
    }
    let latest = |group: &[SiteId]| {
        group.contains(&loan.owner)
            && (group.len() == 1 || is_latest(program, group, loan.owner, loan.user))
    };
    let by_user = users
        .iter()
        .any(|edge| edge.to == loan.user && latest(&edge.from));
    let by_plan =
        program.mode(loan.user) != ScopeMode::Explicit && plan.proven_groups(loan.user).any(latest);
    by_user || by_plan
}

/// Whether what keeps `older`'s storage keeps everything younger in its scope, `loan`'s included.
fn anchors(program: &Program, order: &Order, older: &Loan, loan: &Loan) -> bool {
    if older.covered == Some(Cover::Handle) {
        return false;
    }
    // What the compiler keeps is the oldest of the scope; what a user keeps is what it names.
    let by_own = program.mode(older.user) != ScopeMode::Explicit && older.covered.is_none();
    let kept = match by_own {
        true => anchor(program, older.owner),
        false => older.owner,
    };
    let (a, p) = (&program.sites[kept], &program.sites[loan.owner]);
    let same_ring = a.scopes == p.scopes;
    // Storage of an earlier iteration is older than what this one has made; the first of all is older still.
    let single = a.depth() == program.scopes[a.scope()].depth;
    let earlier =
        a.id <= p.id && p.context.starts_with(&a.context) && (by_own || single || !loan.aged);
    let reaches = older.user == loan.user
        || (order.holds(loan.user, older.user, Level::Same)
            && program.sites[loan.user]
                .context
                .starts_with(&program.sites[older.user].context));
    same_ring && earlier && reaches
}

/// Wires the loans that nothing covers: keeps the oldest task of the owner's
/// scope, and with it all that is younger on its ring.
pub(super) fn keep(program: &Program, loans: &[Loan], plan: &mut Plan) {
    for loan in loans.iter().filter(|loan| loan.covered.is_none()) {
        let scope = &program.scopes[program.sites[loan.owner].scope()];
        let loops: Vec<LoopId> = program.sites[loan.owner].loops().collect();
        let variable = plan.variable(Variable {
            kind: VariableKind::First,
            members: vec![anchor(program, loan.owner)],
            home: scope.depth.checked_sub(1).map(|outer| loops[outer]),
        });
        plan.sites[loan.user].keep.push(variable);
    }
}

/// The oldest site of `owner`'s scope that is certain to execute before it, or `owner` itself.
fn anchor(program: &Program, owner: SiteId) -> SiteId {
    let site = &program.sites[owner];
    // A call of another orchestration may submit no task, and an access by the host is none.
    let older = program.sites[..owner]
        .iter()
        .filter(|older| !matches!(older.kind, SiteKind::Call | SiteKind::Host))
        .find(|older| older.scopes == site.scopes && site.context.starts_with(&older.context));
    older.map_or(owner, |older| older.id)
}
