//! Regions: which part of a storage root a handle covers.

use super::poly::{Poly, Sym, Symbols};

/// A part of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A part of a storage root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Region {
    /// A box: one interval a dimension of the root; missing trailing ones are full.
    Box(Vec<Interval>),
    /// Something the compiler cannot express.
    Unknown,
}

impl Region {
    /// All of a root.
    pub fn whole() -> Self {
        Self::Box(Vec::new())
    }

    /// Whether it is all of the root for certain.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Box(dims) if dims.iter().all(|dim| *dim == Interval::Full))
    }

    /// The region of a view: `ranges` are relative to `self`.
    pub fn view(&self, ranges: &[Interval]) -> Self {
        let Self::Box(dims) = self else {
            return Self::Unknown;
        };
        let count = dims.len().max(ranges.len());
        let full = Interval::Full;
        let view = (0..count).map(|dim| {
            let base = dims.get(dim).unwrap_or(&full);
            let range = ranges.get(dim).unwrap_or(&full);
            base.narrow(range)
        });
        Self::Box(view.collect())
    }

    /// Applies `f` to every bound; intervals for which it has no answer become unknown.
    pub fn map(&self, mut f: impl FnMut(&Poly) -> Option<Poly>) -> Self {
        let Self::Box(dims) = self else {
            return Self::Unknown;
        };
        let mapped = dims.iter().map(|dim| match dim {
            Interval::Range(low, high) => match (f(low), f(high)) {
                (Some(low), Some(high)) => Interval::Range(low, high),
                _ => Interval::Unknown,
            },
            Interval::From(low) => f(low).map_or(Interval::Unknown, Interval::From),
            other => other.clone(),
        });
        Self::Box(mapped.collect())
    }

    /// Whether `sym` occurs in a bound.
    pub fn mentions(&self, mut wanted: impl FnMut(Sym) -> bool) -> bool {
        let Self::Box(dims) = self else {
            return false;
        };
        dims.iter().any(|dim| match dim {
            Interval::Range(low, high) => {
                low.symbols().any(&mut wanted) || high.symbols().any(&mut wanted)
            }
            Interval::From(low) => low.symbols().any(&mut wanted),
            Interval::Full | Interval::Unknown => false,
        })
    }

    /// As text, with the user's names.
    pub fn show(&self, symbols: &Symbols) -> String {
        let Self::Box(dims) = self else {
            return "[?]".to_owned();
        };
        if self.is_whole() {
            return "[..]".to_owned();
        }
        let dims: Vec<String> = dims.iter().map(|dim| dim.show(symbols)).collect();
        format!("[{}]", dims.join(", "))
    }
}

impl Interval {
    fn narrow(&self, range: &Self) -> Self {
        match (self, range) {
            (base, Self::Full) => base.clone(),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Full, range) => range.clone(),
            (Self::Range(base, _) | Self::From(base), Self::Range(low, high)) => {
                Self::Range(base.plus(low), base.plus(high))
            }
            (Self::Range(base, end), Self::From(low)) => Self::Range(base.plus(low), end.clone()),
            (Self::From(base), Self::From(low)) => Self::From(base.plus(low)),
        }
    }

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
