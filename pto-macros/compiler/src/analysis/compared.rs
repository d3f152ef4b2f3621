//! Comparisons of places, each made once.
//!
//! Sites come in numbers, but they touch few different places: a program of two
//! hundred tasks compares the same two tiles over and over.

use super::Level;
use super::disjoint::{Reason, reason};
use crate::model::{Place, Program, Sym};
use crate::syntax::ast::LoopId;
use std::cell::RefCell;
use std::collections::HashMap;

/// What was found out about pairs of places of a program.
pub(super) struct Compared<'a> {
    program: &'a Program,
    /// Equal places have equal numbers. The program does not change meanwhile,
    /// so the address of a place identifies it.
    numbers: HashMap<*const Place, usize>,
    /// Pairs of places that lie to each other in the same way have equal numbers, as copies of an unrolled body have.
    pairs: RefCell<HashMap<(usize, usize), usize>>,
    moved: RefCell<HashMap<(Place, Place), usize>>,
    reasons: RefCell<HashMap<Question, Reason>>,
    found: RefCell<Numbers>,
}

/// The few numbers that something can be where two places meet; `None` if it can be any.
type Numbers = HashMap<(Question, About), Option<Vec<i64>>>;

/// What numbers are about.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// By how many steps the variable of one loop, at the earlier place, exceeds that of another at the later, given
    /// the same of other variables.
    Difference(LoopId, LoopId, Vec<((Sym, Sym), i64)>),
    /// The variable of a loop at the earlier place.
    Early(LoopId),
    /// The variable of a loop at the later place.
    Late(LoopId),
}

/// Two places, by the number of the pair, and how their iterations lie.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Question {
    places: usize,
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
            pairs: RefCell::default(),
            moved: RefCell::default(),
            reasons: RefCell::default(),
            found: RefCell::default(),
        }
    }

    pub(super) fn program(&self) -> &'a Program {
        self.program
    }

    fn question(
        &self,
        common: &[LoopId],
        level: Level,
        places: (&Place, &Place),
    ) -> Option<Question> {
        Some(Question {
            places: self.pair(places)?,
            carried: matches!(level, Level::Carried(_)),
            innermost: match level {
                Level::Carried(index) => common.get(index).copied(),
                Level::Same => common.last().copied(),
            },
        })
    }

    /// The number of a pair of places.
    fn pair(&self, (early, late): (&Place, &Place)) -> Option<usize> {
        let number = |place: &Place| self.numbers.get(&std::ptr::from_ref(place)).copied();
        let pair = (number(early)?, number(late)?);
        if let Some(known) = self.pairs.borrow().get(&pair) {
            return Some(*known);
        }
        let (mut first, mut second) = (early.clone(), late.clone());
        // Where a value occurs of which more is known, that tells of others too: that a divisor is not zero.
        let symbols = &self.program.symbols;
        let is_plain = |sym| symbols.info(sym).varies.is_empty() && symbols.limits(sym).is_empty();
        if let Some(moved) = early.region.together(&late.region, is_plain) {
            (first.region, second.region) = moved;
        }
        let mut moved = self.moved.borrow_mut();
        let next = moved.len();
        let number = *moved.entry((first, second)).or_insert(next);
        self.pairs.borrow_mut().insert(pair, number);
        Some(number)
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

    /// What `find` finds where two places meet.
    pub(super) fn numbers(
        &self,
        common: &[LoopId],
        level: Level,
        places: (&Place, &Place),
        about: About,
        find: impl FnOnce() -> Option<Vec<i64>>,
    ) -> Option<Vec<i64>> {
        let Some(question) = self.question(common, level, places) else {
            return find();
        };
        let question = (question, about);
        if let Some(known) = self.found.borrow().get(&question) {
            return known.clone();
        }
        let found = find();
        self.found.borrow_mut().insert(question, found.clone());
        found
    }
}
