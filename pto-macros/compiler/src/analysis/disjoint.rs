//! Whether two regions of one root can overlap, given how their iterations relate.

use super::Level;
use super::moments::{Distance, Moment, Moments};
use crate::model::{Frame, Interval, Layer, Place, Poly, Program, RootKind, Slot, Span, Sym};
use crate::syntax::ast::LoopId;

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

/// What a verdict rests on. Dimensions are those of the storage, or of the shape it was last given, numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Apart: the storage is made anew, and the two have different incarnations of it.
    OtherStorage,
    /// Apart: the two storages were put in a collection at different indices.
    OtherElement,
    /// Apart: in this dimension the earlier access ends before the later one begins.
    EndsBefore(Bounds),
    /// Apart: in this dimension the later access ends before the earlier one begins.
    BeginsAfter(Bounds),
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
    /// Undecided: the tensor was rearranged in two ways, and regions of the one are none of the other.
    OtherShape,
    /// Overlapping: they share elements in every dimension.
    Shared,
}

/// The two intervals that show that regions are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bounds {
    /// Number of the regions' layer.
    pub layer: usize,
    /// Dimension of the layer.
    pub dim: usize,
    /// Which of the intervals that the earlier one lies within.
    pub early: usize,
    /// Which of the intervals that the later one lies within.
    pub late: usize,
}

impl Reason {
    /// The same, of another layer.
    fn in_layer(self, layer: usize) -> Self {
        match self {
            Self::EndsBefore(bounds) => Self::EndsBefore(Bounds { layer, ..bounds }),
            Self::BeginsAfter(bounds) => Self::BeginsAfter(Bounds { layer, ..bounds }),
            other => other,
        }
    }

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
            | Self::Unordered(_)
            | Self::OtherShape => Verdict::Undecided,
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
    let mut moments = Moments::new(&program.symbols, common, level);
    let elements = elements(&mut moments, early, late);
    if let Common::Nothing(why) = elements {
        return why;
    }
    match (regions(&mut moments, early, late), elements) {
        (Reason::Shared, Common::Unknown(why)) => why,
        (Reason::Shared, _) if aged && level != Level::Same => Reason::EarlierStorage,
        (reason, _) => reason,
    }
}

/// Compares the indices at which two storages were put in collections: at different ones there are different storages.
fn elements(moments: &mut Moments<'_>, early: &Place, late: &Place) -> Common {
    let mut common = Common::Everything;
    for (id, first) in &early.slots {
        let part = |index: &Poly| Interval::Range(index.clone(), index.plus(&Poly::constant(1)));
        let found = match (first, late.slots.get(id)) {
            (_, None) => continue,
            (Slot::At(first), Some(Slot::At(second))) => {
                let a = interval(moments, &part(first), Moment::Early);
                let b = interval(moments, &part(second), Moment::Late);
                if before(moments, &a, &b) || before(moments, &b, &a) {
                    return Common::Nothing(Reason::OtherElement);
                }
                touch(moments, &a, &b)
            }
            _ => false,
        };
        if !found {
            common = Common::Unknown(Reason::UnknownElement);
        }
    }
    common
}

/// Compares regions of one storage.
fn regions(moments: &mut Moments<'_>, early: &Place, late: &Place) -> Reason {
    // Most comparisons are of whole storages.
    if early.region.is_whole() && late.region.is_whole() {
        return Reason::Shared;
    }
    let (first, second) = (early.region.layers(), late.region.layers());
    for (depth, (a, b)) in first.iter().zip(second).enumerate() {
        if !same_frame(moments, &a.frame, &b.frame) {
            return Reason::OtherShape;
        }
        let ends = [depth + 1 == first.len(), depth + 1 == second.len()];
        match (compare(moments, a, b), ends) {
            (Common::Nothing(why), _) => return why.in_layer(depth),
            // The other is a part of this one, however it is rearranged.
            (_, [true, _]) if a.is_whole() => return Reason::Shared,
            (_, [_, true]) if b.is_whole() => return Reason::Shared,
            (Common::Everything, [true, _] | [_, true]) => return Reason::Shared,
            (Common::Something, [true, true]) => return Reason::Shared,
            (Common::Unknown(why), _) => return why,
            (Common::Everything, _) if a.same_axes(b) => {}
            (Common::Something | Common::Everything, _) => return Reason::OtherShape,
        }
    }
    Reason::OtherShape
}

/// What is taken for granted of loop variables.
#[derive(Clone, Copy, Debug)]
pub(super) enum Assumption {
    /// How far the first, of a loop around the earlier place, exceeds the second, of one around the later.
    Difference((Sym, Sym), Distance),
    /// What one is at one of the moments.
    Value((Sym, Moment), Distance),
}

/// Whether the two are apart wherever the assumptions hold, those of outer loops before those of inner ones.
pub(super) fn apart_if(
    program: &Program,
    common: &[LoopId],
    level: Level,
    (early, late): (&Place, &Place),
    assumptions: &[Assumption],
) -> bool {
    let mut moments = Moments::new(&program.symbols, common, level);
    for assumption in assumptions {
        match *assumption {
            Assumption::Difference(vars, distance) => {
                if moments.assume(vars, distance).is_none() {
                    return false;
                }
            }
            Assumption::Value((var, moment), value) => moments.assume_value(var, moment, value),
        }
    }
    matches!(elements(&mut moments, early, late), Common::Nothing(_))
        || regions(&mut moments, early, late).verdict() == Verdict::Disjoint
}

/// What two boxes of one frame have in common.
enum Common {
    /// No element, for certain.
    Nothing(Reason),
    /// Nobody knows.
    Unknown(Reason),
    /// An element, if both have any.
    Something,
    /// They are the same box.
    Everything,
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

/// Whether equal coordinates of two frames, of layers that come after equal ones, mean the same element.
fn same_frame(moments: &mut Moments<'_>, early: &Frame, late: &Frame) -> bool {
    match (early, late) {
        (Frame::Root, Frame::Root) => true,
        (Frame::Rearranged(how, by), Frame::Rearranged(other, numbers)) => {
            how == other
                && by.len() == numbers.len()
                && by.iter().zip(numbers).all(|(a, b)| {
                    let a = moments.at(a, Moment::Early);
                    a.is_some() && a == moments.at(b, Moment::Late)
                })
        }
        _ => false,
    }
}

fn compare(moments: &mut Moments<'_>, early: &Layer, late: &Layer) -> Common {
    let mut common = match early.is_vague() || late.is_vague() {
        true => Common::Unknown(Reason::UnknownRegion),
        false => Common::Everything,
    };
    for (dim, (a, b)) in early.pairs(late).enumerate() {
        common = match (spans(moments, dim, a, b), common) {
            (nothing @ Common::Nothing(_), _) => return nothing,
            (_, known @ Common::Unknown(_)) | (known @ Common::Unknown(_), _) => known,
            (Common::Something, _) | (_, Common::Something) => Common::Something,
            (_, known) => known,
        };
    }
    common
}

/// What two parts of dimension `dim` have in common. They lie in all intervals that contain them.
fn spans(moments: &mut Moments<'_>, dim: usize, early: &Span, late: &Span) -> Common {
    let mut at = |span: &Span, moment| -> Vec<Interval> {
        let within = span.within().iter();
        within
            .map(|range| interval(moments, range, moment))
            .collect()
    };
    let (first, second) = (at(early, Moment::Early), at(late, Moment::Late));
    // Narrower ones are more likely to tell.
    for (early, a) in first.iter().enumerate().rev() {
        for (late, b) in second.iter().enumerate().rev() {
            let bounds = Bounds {
                layer: 0,
                dim,
                early,
                late,
            };
            if before(moments, a, b) {
                return Common::Nothing(Reason::EndsBefore(bounds));
            } else if before(moments, b, a) {
                return Common::Nothing(Reason::BeginsAfter(bounds));
            }
        }
    }
    // An empty interval overlaps nothing.
    let empty = |range: &Interval| matches!(range, Interval::Range(low, high) if moments.ordered(high, low));
    if first.iter().chain(&second).any(empty) {
        return Common::Nothing(Reason::Empty(dim));
    }
    let narrowest = |all: &[Interval], span: &Span| match all.last() {
        _ if span.is_vague() => Interval::Unknown,
        Some(last) => last.clone(),
        None => Interval::Full,
    };
    let (a, b) = (narrowest(&first, early), narrowest(&second, late));
    match a != Interval::Unknown && a == b {
        true => Common::Everything,
        false if touch(moments, &a, &b) => Common::Something,
        false => Common::Unknown(Reason::Unordered(dim)),
    }
}

fn interval(moments: &mut Moments<'_>, range: &Interval, moment: Moment) -> Interval {
    match range {
        Interval::Range(low, high) => {
            match (moments.bound(low, moment), moments.bound(high, moment)) {
                (Some(low), Some(high)) => Interval::Range(low, high),
                _ => Interval::Unknown,
            }
        }
        Interval::From(low) => moments
            .bound(low, moment)
            .map_or(Interval::Unknown, Interval::From),
        other => other.clone(),
    }
}

/// Whether `a` ends before `b` begins.
fn before(moments: &Moments<'_>, a: &Interval, b: &Interval) -> bool {
    match (a, b) {
        (Interval::Range(_, high), Interval::Range(low, _) | Interval::From(low)) => {
            moments.ordered(high, low)
        }
        _ => false,
    }
}

/// Whether the two have an element in common, if both have any.
fn touch(moments: &Moments<'_>, a: &Interval, b: &Interval) -> bool {
    match (a, b) {
        (Interval::Unknown, _) | (_, Interval::Unknown) => false,
        (Interval::Full, _) | (_, Interval::Full) => true,
        (Interval::From(_), Interval::From(_)) => true,
        (Interval::Range(low, high), Interval::Range(from, to)) => {
            let lengths = [high.minus(low), to.minus(from)];
            moments.certainly_below(low, to, &lengths)
                && moments.certainly_below(from, high, &lengths)
        }
        (Interval::Range(first, high), Interval::From(low))
        | (Interval::From(low), Interval::Range(first, high)) => {
            moments.certainly_below(low, high, &[high.minus(first)])
        }
    }
}
