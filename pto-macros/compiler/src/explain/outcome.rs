//! What came of a comparison, read off the analysis.

use super::collect::entry;
use super::{Outcome, TrackedWhy};
use crate::analysis::{
    Analysis, Comparison, Conflict, Dependence, Ground, Keyed, Level, TableEdge, UserEdge, Verdict,
};
use crate::diag::Code;
use crate::model::Program;
use crate::syntax::ast::{ScopeMode, SiteId};

/// Answers for each comparison what came of it.
pub(super) struct Outcomes<'a> {
    program: &'a Program,
    analysis: &'a Analysis,
}

impl<'a> Outcomes<'a> {
    pub(super) fn new(program: &'a Program, analysis: &'a Analysis) -> Self {
        Self { program, analysis }
    }

    /// What came of a comparison.
    pub(super) fn of(&self, comparison: &Comparison<'_>) -> Outcome {
        if comparison.ground == Ground::Asserted {
            return Outcome::Asserted;
        }
        if comparison.verdict() == Verdict::Disjoint {
            return Outcome::NotNeeded;
        }
        let (from, to, level) = (comparison.from, comparison.to, comparison.level);
        let among = |dependences: &[Dependence]| {
            let of_pair = dependences
                .iter()
                .filter(|dep| (dep.from, dep.to) == (from, to));
            let mut conflicts = of_pair.flat_map(|dep| &dep.conflicts);
            conflicts.any(|conflict| is_same(conflict, comparison))
        };
        if among(&self.analysis.parallel) {
            let code = match comparison.verdict() {
                Verdict::Overlap => Code::CarriedConflict,
                _ => Code::UndecidedIndependence,
            };
            return mistake(code);
        }
        if self.program.is_host(from) {
            return Outcome::Over;
        }
        if among(&self.analysis.held) {
            return Outcome::Held;
        }
        if among(&self.analysis.owned) {
            return Outcome::Owned;
        }
        if let Some(keyed) = self.analysis.keyed.iter().find(|keyed| {
            (keyed.from, keyed.to, keyed.level) == (from, to, level)
                && keyed.conflicts.iter().any(|c| is_same(c, comparison))
        }) {
            return self.traced(keyed);
        }
        if among(&self.analysis.tracked) {
            return Outcome::Tracked {
                why: match comparison.verdict() {
                    _ if self.program.is_call(from) || self.program.is_call(to) => TrackedWhy::Call,
                    Verdict::Overlap => TrackedWhy::Several,
                    _ => TrackedWhy::Undecided,
                },
            };
        }
        let is_inferred = self.program.mode(to) != ScopeMode::Explicit;
        if is_inferred && among(&self.analysis.wired) {
            self.inferred(from, to, level)
        } else if is_inferred && !self.analysis.actual.holds(from, to, level) {
            // It was to be wired instance by instance, and there is none.
            Outcome::NeverMeets
        } else {
            // What is not wired was dropped, because edges order it anyway.
            self.given(from, to, level)
        }
    }

    /// Where loop variables tell the instances.
    fn traced(&self, keyed: &Keyed) -> Outcome {
        if keyed.keys.is_empty() {
            let through = keyed.implied.iter().map(|(_, through)| *through).max();
            return Outcome::Implied { through };
        }
        let plan = &self.analysis.plan;
        let fits = |edge: &&TableEdge| {
            plan.variables[edge.variable].members.contains(&keyed.from)
                && keyed.keys.iter().any(|key| {
                    let parts = key.parts.iter().zip(&edge.at);
                    key.parts.len() == edge.at.len()
                        && key.only == edge.only
                        && parts.into_iter().all(|(part, (of, offset))| {
                            part.target == *of && part.offsets.contains(offset)
                        })
                })
        };
        let edges = plan.sites[keyed.to].tables.iter().filter(fits);
        Outcome::Traced {
            entries: edges.map(entry).collect(),
        }
    }

    /// Where the edges in force decide, whatever they are for.
    fn given(&self, from: SiteId, to: SiteId, level: Level) -> Outcome {
        let order = &self.analysis.actual;
        let after = self.after(from, to);
        if !order.holds(from, to, level) {
            mistake(Code::MissingEdge)
        } else if after.is_empty() {
            let through = order.through(from, to, level);
            Outcome::Implied { through }
        } else {
            Outcome::Users { after }
        }
    }

    /// Where the compiler wires.
    fn inferred(&self, from: SiteId, to: SiteId, level: Level) -> Outcome {
        let order = &self.analysis.ideal;
        if order.implied(from, to, level) {
            let through = order.through(from, to, level);
            return Outcome::Implied { through };
        }
        let plan = &self.analysis.plan;
        let proven = plan.sites[to].proven.iter().copied();
        let variables: Vec<usize> = proven
            .filter(|variable| plan.variables[*variable].members.contains(&from))
            .collect();
        let after = self.after(from, to);
        match (variables.is_empty(), after.is_empty()) {
            (false, _) => Outcome::Wired { variables },
            (true, false) => Outcome::Users { after },
            (true, true) => Outcome::Implied { through: None },
        }
    }

    /// The names by which the user says that `to` comes after `from`.
    fn after(&self, from: SiteId, to: SiteId) -> Vec<String> {
        let direct = |edge: &&UserEdge| edge.to == to && edge.from.contains(&from);
        let edges = self.analysis.users.iter().filter(direct);
        edges.map(|edge| edge.name.to_string()).collect()
    }
}

fn mistake(code: Code) -> Outcome {
    Outcome::Mistake {
        code: code.to_string(),
    }
}

fn is_same(conflict: &Conflict, comparison: &Comparison<'_>) -> bool {
    conflict.level == comparison.level
        && (conflict.early, conflict.late) == (comparison.early.0, comparison.late.0)
        && conflict.root == comparison.early.1.root
}
