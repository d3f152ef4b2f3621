//! Whether two regions of one root can overlap, given how their iterations relate.

use super::Level;
use crate::model::{Interval, Place, Poly, Program, Region, RootKind, Slot, Sym, Symbols};
use crate::syntax::ast::LoopId;
use std::collections::BTreeMap;

/// What the compiler knows about two regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// They never overlap.
    Disjoint,
    /// They may or may not.
    Undecided,
    /// They do, if they have elements at all.
    Overlap,
}

/// What a verdict rests on. Dimensions are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Apart: the storage is made anew, and the two have different incarnations of it.
    OtherStorage,
    /// Apart: the two storages were put in a collection at different indices.
    OtherElement,
    /// Apart: in this dimension the earlier access ends before the later one begins.
    EndsBefore(usize),
    /// Apart: in this dimension the later access ends before the earlier one begins.
    BeginsAfter(usize),
    /// Apart: one of the two has no elements, as this dimension shows.
    Empty(usize),
    /// Undecided: the storage of some earlier iteration, and which one is not known.
    EarlierStorage,
    /// Undecided: the two may be elements of a collection at different indices.
    UnknownElement,
    /// Undecided: a region cannot be expressed at all.
    UnknownRegion,
    /// Undecided: the bounds of this dimension cannot be compared.
    Unordered(usize),
    /// Overlapping: they share elements in every dimension.
    Shared,
}

impl Reason {
    /// The verdict that rests on it.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::OtherStorage
            | Self::OtherElement
            | Self::EndsBefore(_)
            | Self::BeginsAfter(_)
            | Self::Empty(_) => Verdict::Disjoint,
            Self::EarlierStorage
            | Self::UnknownElement
            | Self::UnknownRegion
            | Self::Unordered(_) => Verdict::Undecided,
            Self::Shared => Verdict::Overlap,
        }
    }
}

/// Decides for an access `early` at an earlier and `late` at a later moment.
///
/// `common` are the loops around both, outermost first; `level` says which of
/// them are in the same iteration.
pub(super) fn decide(
    program: &Program,
    common: &[LoopId],
    level: Level,
    early: &Place,
    late: &Place,
) -> Verdict {
    reason(program, common, level, early, late).verdict()
}

/// What [`decide`] goes by.
pub(super) fn reason(
    program: &Program,
    common: &[LoopId],
    level: Level,
    early: &Place,
    late: &Place,
) -> Reason {
    if early.root != late.root || other_instance(program, common, level, early, late) {
        return Reason::OtherStorage;
    }
    let aged = !(early.aged.is_empty() && late.aged.is_empty());
    let mut sides = Sides::new(&program.symbols, common, level);
    let mut one_element = true;
    for indices in indices(early, late) {
        let Some((first, second)) = indices else {
            one_element = false;
            continue;
        };
        let (a, b) = sides.indices(first, second);
        if sides.apart(0, &a, &b).is_some() {
            return Reason::OtherElement;
        }
        one_element &= sides.touch(&a, &b);
    }
    match by_regions(&mut sides, early, late) {
        Reason::Shared if !one_element => Reason::UnknownElement,
        Reason::Shared if aged && level != Level::Same => Reason::EarlierStorage,
        reason => reason,
    }
}

/// What the regions tell of two handles that may denote the same storage.
fn by_regions(sides: &mut Sides<'_>, early: &Place, late: &Place) -> Reason {
    let (Region::Box(first), Region::Box(second)) = (&early.region, &late.region) else {
        return Reason::UnknownRegion;
    };
    // Most comparisons are of whole storages.
    if early.region.is_whole() && late.region.is_whole() {
        return Reason::Shared;
    }
    let mut unordered = None;
    for dim in 0..first.len().max(second.len()) {
        let full = Interval::Full;
        let a = sides.rename(first.get(dim).unwrap_or(&full), Side::Early);
        let b = sides.rename(second.get(dim).unwrap_or(&full), Side::Late);
        if let Some(apart) = sides.apart(dim, &a, &b) {
            return apart;
        }
        if unordered.is_none() && !sides.touch(&a, &b) {
            unordered = Some(dim);
        }
    }
    unordered.map_or(Reason::Shared, Reason::Unordered)
}

/// By how many steps a loop variable of the earlier moment exceeds one of the later.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distance {
    AtLeast(i64),
    AtMost(i64),
    Exactly(i64),
}

/// Whether the two are apart wherever the variables `vars`, of a loop around
/// `early` and of one around `late`, are at such a distance.
pub(super) fn apart_at(
    program: &Program,
    common: &[LoopId],
    level: Level,
    (early, late): (&Place, &Place),
    vars: (Sym, Sym),
    distance: Distance,
) -> bool {
    let mut sides = Sides::new(&program.symbols, common, level);
    sides.assume(vars, distance);
    for (first, second) in indices(early, late).flatten() {
        let (a, b) = sides.indices(first, second);
        if sides.apart(0, &a, &b).is_some() {
            return true;
        }
    }
    let (Region::Box(first), Region::Box(second)) = (&early.region, &late.region) else {
        return false;
    };
    let full = Interval::Full;
    (0..first.len().max(second.len())).any(|dim| {
        let a = sides.rename(first.get(dim).unwrap_or(&full), Side::Early);
        let b = sides.rename(second.get(dim).unwrap_or(&full), Side::Late);
        sides.apart(dim, &a, &b).is_some()
    })
}

/// For each collection that both storages were put in, the indices; `None` where one is unknown.
fn indices<'a>(
    early: &'a Place,
    late: &'a Place,
) -> impl Iterator<Item = Option<(&'a Poly, &'a Poly)>> {
    let both = early.slots.iter().filter_map(|(id, first)| {
        let second = late.slots.get(id)?;
        Some((first, second))
    });
    both.map(|slots| match slots {
        (Slot::At(first), Slot::At(second)) => Some((first, second)),
        _ => None,
    })
}

/// Whether the two handles denote different incarnations of storage that is made anew.
fn other_instance(
    program: &Program,
    common: &[LoopId],
    level: Level,
    early: &Place,
    late: &Place,
) -> bool {
    let RootKind::Made { loops, .. } = &program.roots[early.root].kind else {
        return false;
    };
    let same = match level {
        Level::Carried(carrier) => carrier,
        Level::Same => common.len(),
    };
    let in_same = |id: &LoopId| early.aged.contains(id) != late.aged.contains(id);
    if common[..same]
        .iter()
        .filter(|id| loops.contains(id))
        .any(in_same)
    {
        return true;
    }
    match level {
        Level::Carried(carrier) if loops.contains(&common[carrier]) => {
            // Made in an earlier iteration: only an aged handle still leads to it.
            !late.aged.contains(&common[carrier])
        }
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Early,
    Late,
}

/// Renames symbols so that those which differ between the two moments are different.
struct Sides<'a> {
    original: &'a Symbols,
    /// The next number for a symbol of this comparison.
    next: Sym,
    same: &'a [LoopId],
    carrier: Option<LoopId>,
    renamed: BTreeMap<(Sym, Side), Sym>,
    /// Values that are given.
    assumed: BTreeMap<(Sym, Side), Poly>,
    /// The later moment's induction variables of the carrying loop, by the earlier one's.
    late: BTreeMap<Sym, Poly>,
    /// By how many steps more than one the two moments are apart.
    more: Vec<Sym>,
    /// Loop variables that may be replaced by their bounds, in order of appearance.
    bounded: Vec<(Sym, Poly, Poly)>,
}

impl<'a> Sides<'a> {
    fn new(original: &'a Symbols, common: &'a [LoopId], level: Level) -> Self {
        let (same, carrier) = match level {
            Level::Carried(carrier) => (&common[..carrier], Some(common[carrier])),
            Level::Same => (common, None),
        };
        Self {
            original,
            next: original.len(),
            same,
            carrier,
            renamed: BTreeMap::new(),
            assumed: BTreeMap::new(),
            late: BTreeMap::new(),
            more: Vec::new(),
            bounded: Vec::new(),
        }
    }

    /// Takes the variables of two loops to be at a distance.
    fn assume(&mut self, (early, late): (Sym, Sym), distance: Distance) {
        let unit = unit(self.original, self.same, early, late);
        let steps = |n: i64, more: &Poly| {
            let count = Poly::constant(n.into()).plus(more);
            // Steps are symbols or constants: the product stays small.
            unit.checked_times(&count).unwrap_or(count)
        };
        let more = Poly::symbol(self.fresh());
        let base = self.fresh();
        let at = Poly::symbol(base);
        let none = Poly::default();
        let (first, second, free) = match distance {
            Distance::AtLeast(n) => (at.plus(&steps(n, &more)), at, (late, Side::Late)),
            Distance::Exactly(n) => (at.plus(&steps(n, &none)), at, (late, Side::Late)),
            Distance::AtMost(n) => (at.clone(), at.plus(&steps(-n, &more)), (early, Side::Early)),
        };
        self.assumed.insert((early, Side::Early), first);
        self.assumed.insert((late, Side::Late), second);
        if let Some(induction) = self.original.info(free.0).induction.clone()
            && let (Some(low), Some(high)) = (
                self.poly(&induction.low, free.1),
                self.poly(&induction.high, free.1),
            )
        {
            self.bound(base, low, high);
        }
    }

    /// A symbol that means nothing outside of this comparison.
    fn fresh(&mut self) -> Sym {
        self.next += 1;
        self.next - 1
    }

    fn rename(&mut self, interval: &Interval, side: Side) -> Interval {
        match interval {
            Interval::Range(low, high) => match (self.poly(low, side), self.poly(high, side)) {
                (Some(low), Some(high)) => Interval::Range(low, high),
                _ => Interval::Unknown,
            },
            Interval::From(low) => self
                .poly(low, side)
                .map_or(Interval::Unknown, Interval::From),
            other => other.clone(),
        }
    }

    /// Two indices of a collection as parts of a dimension.
    fn indices(&mut self, early: &Poly, late: &Poly) -> (Interval, Interval) {
        let part = |index: &Poly| Interval::Range(index.clone(), index.plus(&Poly::constant(1)));
        (
            self.rename(&part(early), Side::Early),
            self.rename(&part(late), Side::Late),
        )
    }

    fn poly(&mut self, poly: &Poly, side: Side) -> Option<Poly> {
        let mut out = poly.clone();
        let symbols: Vec<Sym> = poly.symbols().collect();
        for sym in symbols {
            let value = self.value(sym, side);
            if value != Poly::symbol(sym) {
                out = out.substitute(sym, &value)?;
            }
        }
        Some(out)
    }

    /// What `sym` is at one of the two moments.
    fn value(&mut self, sym: Sym, side: Side) -> Poly {
        if let Some(value) = self.assumed.get(&(sym, side)) {
            return value.clone();
        }
        let info = self.original.info(sym).clone();
        let fixed = info.varies.iter().all(|id| self.same.contains(id));
        if fixed {
            if let Some(induction) = &info.induction {
                self.bound(sym, induction.low.clone(), induction.high.clone());
            }
            return Poly::symbol(sym);
        }
        if let Some(induction) = &info.induction
            && Some(induction.of) == self.carrier
        {
            return self.carried(sym, side);
        }
        if let Some(known) = self.renamed.get(&(sym, side)) {
            return Poly::symbol(*known);
        }
        let fresh = self.fresh();
        self.renamed.insert((sym, side), fresh);
        if let Some(induction) = &info.induction
            && let (Some(low), Some(high)) = (
                self.poly(&induction.low, side),
                self.poly(&induction.high, side),
            )
        {
            self.bound(fresh, low, high);
        }
        Poly::symbol(fresh)
    }

    /// The carrying loop's variable: one step or more apart between the moments.
    fn carried(&mut self, sym: Sym, side: Side) -> Poly {
        let info = self.original.info(sym).clone();
        let Some(induction) = info.induction else {
            return Poly::symbol(sym);
        };
        // Bounds and step may only mention what is the same at both moments.
        let constant = |poly: &Poly| {
            poly.symbols().all(|sym| {
                let varies = &self.original.info(sym).varies;
                varies.iter().all(|id| self.same.contains(id))
            })
        };
        let invariant = constant(&induction.low) && constant(&induction.high);
        let lesser = match self.renamed.get(&(sym, Side::Early)) {
            Some(known) => *known,
            None => {
                let fresh = self.fresh();
                let more = self.fresh();
                self.more.push(more);
                self.renamed.insert((sym, Side::Early), fresh);
                let distance = Poly::symbol(more).plus(&Poly::constant(1));
                let greater = induction
                    .step
                    .checked_times(&distance)
                    .map(|distance| Poly::symbol(fresh).plus(&distance))
                    .unwrap_or_else(|| Poly::symbol(more));
                self.late.insert(sym, greater);
                if invariant {
                    self.bound(fresh, induction.low.clone(), induction.high.clone());
                    // The later value is below the end as well: `lesser + step * (1 + more) < high`.
                    let most = induction.high.minus(&induction.step);
                    self.bound(more, Poly::default(), most.minus(&Poly::symbol(fresh)));
                }
                fresh
            }
        };
        let greater = self.late.get(&sym).cloned().unwrap_or_default();
        if (side == Side::Early) != induction.reversed {
            Poly::symbol(lesser)
        } else {
            greater
        }
    }

    fn bound(&mut self, sym: Sym, low: Poly, high: Poly) {
        if self.bounded.iter().all(|(known, _, _)| *known != sym) {
            self.bounded.push((sym, low, high));
        }
    }

    /// Whether `poly >= 0` for certain.
    fn nonnegative(&self, poly: &Poly) -> bool {
        let mut poly = poly.clone();
        if poly.is_nonnegative() {
            return true;
        }
        // Bounds mention variables further out only: replace the innermost first.
        for (sym, low, high) in self.bounded.iter().rev() {
            if poly.symbols().any(|found| found == *sym)
                && let Some(less) = poly.without(*sym, low, high)
            {
                poly = less;
                if poly.is_nonnegative() {
                    return true;
                }
            }
        }
        false
    }

    /// Why `a` of the earlier and `b` of the later access have nothing in common, if so for certain.
    fn apart(&self, dim: usize, a: &Interval, b: &Interval) -> Option<Reason> {
        let before = |a: &Interval, b: &Interval| {
            let (Interval::Range(_, high), Interval::Range(low, _) | Interval::From(low)) = (a, b)
            else {
                return false;
            };
            self.nonnegative(&low.minus(high))
        };
        // An empty interval overlaps nothing.
        let empty = |a: &Interval| matches!(a, Interval::Range(low, high) if self.nonnegative(&low.minus(high)));
        if before(a, b) {
            Some(Reason::EndsBefore(dim))
        } else if before(b, a) {
            Some(Reason::BeginsAfter(dim))
        } else {
            (empty(a) || empty(b)).then_some(Reason::Empty(dim))
        }
    }

    /// Whether the two have an element in common, if both have any.
    fn touch(&self, a: &Interval, b: &Interval) -> bool {
        match (a, b) {
            (Interval::Unknown, _) | (_, Interval::Unknown) => false,
            (Interval::Full, _) | (_, Interval::Full) => true,
            (Interval::From(_), Interval::From(_)) => true,
            (Interval::Range(low, high), Interval::Range(from, to)) => {
                let lengths = [high.minus(low), to.minus(from)];
                (low == from && high == to)
                    || (self.certainly_below(low, to, &lengths)
                        && self.certainly_below(from, high, &lengths))
            }
            (Interval::Range(first, high), Interval::From(low))
            | (Interval::From(low), Interval::Range(first, high)) => {
                self.certainly_below(low, high, &[high.minus(first)])
            }
        }
    }

    /// Whether `a < b` for certain, at least in neighbouring iterations, if the `lengths` are positive.
    fn certainly_below(&self, a: &Poly, b: &Poly, lengths: &[Poly]) -> bool {
        let mut gap = b.minus(a).minus(&Poly::constant(1));
        for more in &self.more {
            match gap.substitute(*more, &Poly::default()) {
                Some(neighbouring) => gap = neighbouring,
                None => return false,
            }
        }
        let mut factors: Vec<Sym> = lengths.iter().flat_map(Poly::factors).collect();
        factors.sort_unstable();
        factors.dedup();
        for sym in factors {
            let least = Poly::symbol(sym).plus(&Poly::constant(1));
            match gap.substitute(sym, &least) {
                Some(shifted) => gap = shifted,
                None => return false,
            }
        }
        self.nonnegative(&gap)
    }
}

/// The unit in which the distance of two loop variables is a whole number: their
/// common step, if both start at the same value, which is the same at both moments.
pub(super) fn unit(symbols: &Symbols, same: &[LoopId], early: Sym, late: Sym) -> Poly {
    let one = Poly::constant(1);
    let (Some(a), Some(b)) = (
        &symbols.info(early).induction,
        &symbols.info(late).induction,
    ) else {
        return one;
    };
    let fixed = |poly: &Poly| {
        poly.symbols().all(|sym| {
            let varies = &symbols.info(sym).varies;
            varies.iter().all(|id| same.contains(id))
        })
    };
    let aligned = a.low == b.low && a.step == b.step && fixed(&a.low) && fixed(&a.step);
    // Also where it runs down, a variable is its least value and whole steps.
    if aligned { a.step.clone() } else { one }
}
