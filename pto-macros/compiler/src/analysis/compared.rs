//! Comparisons of places, each made once.
//!
//! Sites come in numbers, but they touch few different places: a program of two
//! hundred tasks compares the same two tiles over and over.

use super::Level;
use super::disjoint::{Reason, reason};
use crate::model::{Place, Program};
use crate::syntax::ast::LoopId;
use std::cell::RefCell;
use std::collections::HashMap;

/// What was found out about pairs of places of a program.
pub(super) struct Compared<'a> {
    program: &'a Program,
    /// Equal places have equal numbers. The program does not change meanwhile,
    /// so the address of a place identifies it.
    numbers: HashMap<*const Place, usize>,
    reasons: RefCell<HashMap<Question, Reason>>,
    offsets: RefCell<Offsets>,
}

/// By how much the variable of one loop can exceed that of another where two places meet; `None` if by any amount.
type Offsets = HashMap<(Question, LoopId, LoopId), Option<Vec<i64>>>;

/// Two places, by number, and how their iterations lie.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Question {
    early: usize,
    late: usize,
    /// Whether a loop carries it.
    carried: bool,
    /// The innermost loop that matters: those around it are known by it.
    innermost: Option<LoopId>,
}

impl<'a> Compared<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let mut known: HashMap<&Place, usize> = HashMap::new();
        let accesses = program.sites.iter().flat_map(|site| &site.accesses);
        let places = accesses.flat_map(|access| &access.places);
        let numbers = places
            .map(|place| {
                let next = known.len();
                let number = *known.entry(place).or_insert(next);
                (std::ptr::from_ref(place), number)
            })
            .collect();
        Self {
            program,
            numbers,
            reasons: RefCell::default(),
            offsets: RefCell::default(),
        }
    }

    pub(super) fn program(&self) -> &'a Program {
        self.program
    }

    fn question(
        &self,
        common: &[LoopId],
        level: Level,
        (early, late): (&Place, &Place),
    ) -> Option<Question> {
        let number = |place| {
            self.numbers
                .get(&std::ptr::from_ref::<Place>(place))
                .copied()
        };
        Some(Question {
            early: number(early)?,
            late: number(late)?,
            carried: matches!(level, Level::Carried(_)),
            innermost: match level {
                Level::Carried(index) => common.get(index).copied(),
                Level::Same => common.last().copied(),
            },
        })
    }

    /// What [`reason`] says.
    pub(super) fn reason(
        &self,
        common: &[LoopId],
        level: Level,
        early: &Place,
        late: &Place,
    ) -> Reason {
        let find = || reason(self.program, common, level, early, late);
        let Some(question) = self.question(common, level, (early, late)) else {
            return find();
        };
        let known = self.reasons.borrow().get(&question).copied();
        known.unwrap_or_else(|| {
            let found = find();
            self.reasons.borrow_mut().insert(question, found);
            found
        })
    }

    /// What `find` finds for two places and the variables of two loops.
    pub(super) fn offsets(
        &self,
        common: &[LoopId],
        level: Level,
        places: (&Place, &Place),
        (source, target): (LoopId, LoopId),
        find: impl FnOnce() -> Option<Vec<i64>>,
    ) -> Option<Vec<i64>> {
        let Some(question) = self.question(common, level, places) else {
            return find();
        };
        let question = (question, source, target);
        if let Some(known) = self.offsets.borrow().get(&question) {
            return known.clone();
        }
        let found = find();
        self.offsets.borrow_mut().insert(question, found.clone());
        found
    }
}
