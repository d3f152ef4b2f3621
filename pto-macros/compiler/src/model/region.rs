//! Regions: which part of a storage root a handle covers.
//!
//! A handle is cut out of a root and rearranged in steps. As long as the steps cut boxes and exchange dimensions, what is
//! left is a box over the root's own dimensions. A reshape begins a new frame of coordinates, and with it a new layer: a
//! box in that frame, whose elements are those of the layer before in another shape. A handle's elements lie in the boxes
//! of all its layers, and two handles whose last steps differ can still be apart in what they have in common.

use super::poly::{Poly, Sym, Symbols};
use crate::syntax::ast::Rearrangement;

/// A part of one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// All of it.
    Full,
    /// From `low` to before `high`.
    Range(Poly, Poly),
    /// From `low` to the end.
    From(Poly),
    /// Something the compiler cannot express.
    Unknown,
}

/// The part of one dimension that a box covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Intervals that contain it, a narrower one after a wider one; never `Full` or `Unknown`.
    within: Vec<Interval>,
    /// Whether it is only a part of the last of them.
    vague: bool,
}

/// How the coordinates of a layer come about from the layer before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Frame {
    /// They are the root's own.
    Root,
    /// A rearrangement that is a function of these numbers.
    Rearranged(Rearrangement, Vec<Poly>),
}

/// A box in one frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layer {
    /// The frame.
    pub frame: Frame,
    /// A span for each dimension of the frame; missing trailing ones are full.
    spans: Vec<Span>,
    /// Which dimension of the frame each of the handle's is; missing trailing ones are the same.
    axes: Vec<usize>,
    /// Whether only a part of the box is covered.
    vague: bool,
}

/// A part of a storage root: its layers, the root's own first. There is at least that one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    layers: Vec<Layer>,
}

/// No tensor has more dimensions; a handle with more does not exist.
const MOST_DIMS: usize = 8;

impl Region {
    /// All of a root.
    pub fn whole() -> Self {
        Self {
            layers: vec![Layer::whole(Frame::Root)],
        }
    }

    /// Some part of a root.
    pub fn unknown() -> Self {
        let mut region = Self::whole();
        region.blur();
        region
    }

    /// Whether it is any part of the root.
    pub fn is_unknown(&self) -> bool {
        matches!(self.layers.as_slice(), [layer] if layer.vague && layer.spans.is_empty())
    }

    /// Whether it is all of the root for certain.
    pub fn is_whole(&self) -> bool {
        self.layers.iter().all(Layer::is_whole)
    }

    /// The layers, the root's own first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Cuts a range out of each of the handle's dimensions.
    pub fn view(&mut self, ranges: &[Interval]) {
        for (dim, range) in ranges.iter().enumerate() {
            self.narrow(dim, range);
        }
    }

    /// Cuts a range out of one of the handle's dimensions.
    pub fn narrow(&mut self, dim: usize, range: &Interval) {
        // Nobody knows where the dimensions of a handle of a vague layer begin.
        if let Some(layer) = self.layers.last_mut().filter(|layer| !layer.vague) {
            match layer.axis(dim) {
                Some(axis) => layer.span(axis).narrow(range),
                None => layer.vague = true,
            }
        }
    }

    /// Keeps some part that the compiler cannot express.
    pub fn blur(&mut self) {
        if let Some(layer) = self.layers.last_mut() {
            layer.vague = true;
        }
    }

    /// Gives the handle its dimensions in another order, `order[d]` as dimension `d`.
    pub fn permute(&mut self, order: &[usize]) {
        if let Some(layer) = self.layers.last_mut() {
            let axis = |dim: &usize| layer.axis(*dim).unwrap_or(*dim);
            let mut axes: Vec<usize> = order.iter().map(axis).collect();
            axes.extend(layer.axes.iter().skip(order.len()));
            layer.axes = axes;
        }
    }

    /// Begins a frame whose coordinates are a function of `by` and of the handle's.
    pub fn rearrange(&mut self, how: Rearrangement, by: Vec<Poly>) {
        let frame = Frame::Rearranged(how, by);
        match self.layers.last_mut() {
            // No other frame could ever be known to be the same.
            Some(layer) if !layer.is_exact() => layer.vague = true,
            // Reshaping keeps the order of the elements, so only the last shape counts.
            Some(layer) if how == Rearrangement::Reshape && layer.is_reshaped_whole() => {
                layer.frame = frame;
            }
            _ => self.layers.push(Layer::whole(frame)),
        }
    }

    /// Applies `f` to every bound and forgets those for which it has no answer.
    pub fn map(&self, mut f: impl FnMut(&Poly) -> Option<Poly>) -> Self {
        let mut layers: Vec<Layer> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let Some(frame) = layer.frame.map(&mut f) else {
                break;
            };
            layers.push(Layer {
                frame,
                spans: layer.spans.iter().map(|span| span.map(&mut f)).collect(),
                ..layer.clone()
            });
        }
        let mut region = Self { layers };
        if region.layers.len() < self.layers.len() {
            region.blur();
        }
        region
    }

    /// Whether a wanted symbol occurs in a bound.
    pub fn mentions(&self, mut wanted: impl FnMut(Sym) -> bool) -> bool {
        let mut bounds = self.layers.iter().flat_map(Layer::bounds);
        bounds.any(|bound| bound.symbols().any(&mut wanted))
    }

    /// Where the region begins in each dimension of each layer, where that is not at zero for certain.
    pub fn begins(&self) -> impl Iterator<Item = ((usize, usize), &Poly)> {
        let layers = self.layers.iter().enumerate();
        layers.flat_map(|(depth, layer)| {
            let spans = layer.spans.iter().enumerate();
            spans.filter_map(move |(dim, span)| match span.within.last()? {
                Interval::Range(low, _) | Interval::From(low) => Some(((depth, dim), low)),
                Interval::Full | Interval::Unknown => None,
            })
        })
    }

    /// Two regions of one root, moved together in each dimension to where the first begins, as far as that is a sum of
    /// wanted symbols. How they lie to each other does not change. `None` where it matters that a bound is not negative.
    pub fn together(&self, other: &Self, wanted: impl Fn(Sym) -> bool) -> Option<(Self, Self)> {
        let matters = |bound: &Poly| !bound.plus(&Poly::constant(1)).needed().is_empty();
        let mut bounds = self
            .layers
            .iter()
            .chain(&other.layers)
            .flat_map(Layer::bounds);
        if bounds.any(matters) {
            return None;
        }
        let origins: Vec<((usize, usize), Poly)> = self
            .begins()
            .map(|(at, low)| (at, low.part(&wanted)))
            .collect();
        let (mut first, mut second) = (self.clone(), other.clone());
        for ((layer, dim), origin) in origins {
            for region in [&mut first, &mut second] {
                let layer = region.layers.get_mut(layer);
                if let Some(span) = layer.and_then(|layer| layer.spans.get_mut(dim)) {
                    *span = span.map(&mut |bound| Some(bound.minus(&origin)));
                }
            }
        }
        Some((first, second))
    }

    /// As text, with the user's names.
    pub fn show(&self, symbols: &Symbols) -> String {
        self.layers
            .iter()
            .map(|layer| layer.show(symbols))
            .collect()
    }
}

impl Layer {
    fn whole(frame: Frame) -> Self {
        Self {
            frame,
            spans: Vec::new(),
            axes: Vec::new(),
            vague: false,
        }
    }

    /// Whether it is all of its frame for certain.
    pub fn is_whole(&self) -> bool {
        !self.vague && self.spans.iter().all(|span| *span == Span::default())
    }

    /// Whether it is what a reshape gives, and nothing else has happened to it.
    fn is_reshaped_whole(&self) -> bool {
        let reshaped = matches!(self.frame, Frame::Rearranged(Rearrangement::Reshape, _));
        reshaped && self.is_whole() && (0..MOST_DIMS).all(|dim| self.axis(dim) == Some(dim))
    }

    /// Whether it is only a part of the box that the spans say.
    pub fn is_vague(&self) -> bool {
        self.vague
    }

    /// Whether it is the box that the spans say, not a part of it.
    fn is_exact(&self) -> bool {
        !self.vague && self.spans.iter().all(|span| !span.vague)
    }

    /// The spans of two layers of one frame, dimension by dimension.
    pub fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a Span, &'a Span)> {
        static FULL: Span = Span {
            within: Vec::new(),
            vague: false,
        };
        let count = self.spans.len().max(other.spans.len());
        (0..count).map(move |dim| {
            let of = |layer: &'a Self| layer.spans.get(dim).unwrap_or(&FULL);
            (of(self), of(other))
        })
    }

    /// Whether the handles of two layers run through the dimensions of their frame in the same order.
    pub fn same_axes(&self, other: &Self) -> bool {
        (0..MOST_DIMS).all(|dim| self.axis(dim) == other.axis(dim))
    }

    fn bounds(&self) -> impl Iterator<Item = &Poly> {
        let intervals = self.spans.iter().flat_map(|span| &span.within);
        intervals.flat_map(|interval| match interval {
            Interval::Range(low, high) => vec![low, high],
            Interval::From(low) => vec![low],
            Interval::Full | Interval::Unknown => Vec::new(),
        })
    }

    fn axis(&self, dim: usize) -> Option<usize> {
        let axis = self.axes.get(dim).copied().unwrap_or(dim);
        (axis < MOST_DIMS).then_some(axis)
    }

    /// The span of a dimension, if it is not full.
    pub fn span_of(&self, dim: usize) -> Option<&Span> {
        self.spans.get(dim)
    }

    fn span(&mut self, axis: usize) -> &mut Span {
        if self.spans.len() <= axis {
            self.spans.resize(axis + 1, Span::default());
        }
        &mut self.spans[axis]
    }

    fn show(&self, symbols: &Symbols) -> String {
        let how = match &self.frame {
            Frame::Root => String::new(),
            Frame::Rearranged(how, by) => {
                let by: Vec<String> = by.iter().map(|by| by.show(symbols)).collect();
                format!(".{}({})", how.name(), by.join(", "))
            }
        };
        let spans: Vec<String> = self.spans.iter().map(|span| span.show(symbols)).collect();
        let spans = match (self.vague, self.is_whole()) {
            (_, true) => "..".to_owned(),
            (true, _) if spans.is_empty() => "?".to_owned(),
            (true, _) => format!("? in {}", spans.join(", ")),
            (false, _) => spans.join(", "),
        };
        format!("{how}[{spans}]")
    }
}

impl Frame {
    fn map(&self, f: &mut impl FnMut(&Poly) -> Option<Poly>) -> Option<Self> {
        match self {
            Self::Root => Some(Self::Root),
            Self::Rearranged(how, by) => {
                let by: Option<Vec<Poly>> = by.iter().map(f).collect();
                by.map(|by| Self::Rearranged(*how, by))
            }
        }
    }
}

impl Span {
    /// The intervals that contain it.
    pub fn within(&self) -> &[Interval] {
        &self.within
    }

    /// Whether it is only a part of the last of them.
    pub fn is_vague(&self) -> bool {
        self.vague
    }

    /// Cuts out `range`, which counts from where this one begins. What leaves this one is an error of the run, so the
    /// result lies in all intervals that contain it.
    fn narrow(&mut self, range: &Interval) {
        /// Longer chains say little more.
        const MOST: usize = 4;
        if self.vague || *range == Interval::Full {
            return;
        }
        let base = self.within.last().cloned().unwrap_or(Interval::Full);
        let narrower = match (base, range) {
            (base, Interval::Full) => base,
            (Interval::Unknown, _) | (_, Interval::Unknown) => {
                self.vague = true;
                return;
            }
            (Interval::Full, range) => range.clone(),
            (Interval::Range(base, _) | Interval::From(base), Interval::Range(low, high)) => {
                Interval::Range(base.plus(low), base.plus(high))
            }
            (Interval::Range(base, end), Interval::From(low)) => {
                Interval::Range(base.plus(low), end)
            }
            (Interval::From(base), Interval::From(low)) => Interval::From(base.plus(low)),
        };
        if self.within.len() == MOST {
            self.within.remove(1);
        }
        self.within.push(narrower);
    }

    fn map(&self, f: &mut impl FnMut(&Poly) -> Option<Poly>) -> Self {
        let mut mapped = Self {
            within: Vec::with_capacity(self.within.len()),
            vague: self.vague,
        };
        for (index, interval) in self.within.iter().enumerate() {
            let known = match interval {
                Interval::Range(low, high) => f(low)
                    .zip(f(high))
                    .map(|(low, high)| Interval::Range(low, high)),
                Interval::From(low) => f(low).map(Interval::From),
                other => Some(other.clone()),
            };
            match known {
                Some(known) => mapped.within.push(known),
                None => mapped.vague |= index + 1 == self.within.len(),
            }
        }
        mapped
    }

    fn show(&self, symbols: &Symbols) -> String {
        match self.within.last() {
            _ if self.vague => "?".to_owned(),
            Some(last) => last.show(symbols),
            None => "..".to_owned(),
        }
    }
}

impl Interval {
    fn show(&self, symbols: &Symbols) -> String {
        match self {
            Self::Full => "..".to_owned(),
            Self::Range(low, high) => {
                format!("{} .. {}", low.show(symbols), high.show(symbols))
            }
            Self::From(low) => format!("{} ..", low.show(symbols)),
            Self::Unknown => "?".to_owned(),
        }
    }
}
