//! Every pair of accesses that was compared, with what the verdict rests on: for people.
//!
//! The analysis itself keeps conflicts only; this goes over the same pairs again
//! and keeps those that were proven apart as well.

use super::Level;
use super::compared::Compared;
use super::dependence::{Ground, Hazard, Verdict, exclusive, ground, meetings, pairs};
use crate::model::{Place, Program, SiteKind};
use crate::syntax::ast::SiteId;

/// Two accesses of one storage, one of them writing, and whether they touch.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The earlier site.
    pub from: SiteId,
    /// The later site.
    pub to: SiteId,
    /// What kind of conflict it is, or would be.
    pub hazard: Hazard,
    /// Where the iterations lie.
    pub level: Level,
    /// Index of the access at the earlier site, and one place it may touch.
    pub early: (usize, &'a Place),
    /// Index of the access at the later site, and one place it may touch.
    pub late: (usize, &'a Place),
    /// What the verdict rests on.
    pub ground: Ground,
}

impl Comparison<'_> {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.ground.verdict()
    }
}

/// All comparisons, in order of (`from`, `to`), outermost loop first.
pub fn comparisons(program: &Program) -> Vec<Comparison<'_>> {
    let compared = Compared::new(program);
    let mut found = Vec::new();
    for (from, to) in pairs(program) {
        compare(&compared, from, to, &mut found);
    }
    found
}

/// The comparisons whose later site is `to`.
pub fn comparisons_with(program: &Program, to: SiteId) -> Vec<Comparison<'_>> {
    let compared = Compared::new(program);
    let mut found = Vec::new();
    for from in 0..program.sites.len() {
        if program.sites[from].kind != SiteKind::Alloc {
            compare(&compared, from, to, &mut found);
        }
    }
    found
}

fn compare<'a>(compared: &Compared<'a>, from: SiteId, to: SiteId, found: &mut Vec<Comparison<'a>>) {
    let program = compared.program();
    let common = program.common_loops(from, to);
    let mut levels: Vec<Level> = (0..common.len()).map(Level::Carried).collect();
    if from < to {
        levels.push(Level::Same);
    }
    for level in levels {
        let alternatives = level == Level::Same && exclusive(program, from, to);
        for meeting in meetings(&program.sites[from], &program.sites[to]) {
            let ground = if alternatives {
                Ground::Alternatives
            } else {
                ground(compared, &common, level, (from, to), &meeting)
            };
            found.push(Comparison {
                from,
                to,
                hazard: meeting.hazard,
                level,
                early: meeting.early,
                late: meeting.late,
                ground,
            });
        }
    }
}
