//! What transposing, permuting, reshaping and slicing do to regions.

use super::Walker;
use crate::model::poly::Poly;
use crate::model::region::{Interval, Region};
use crate::syntax::ast::{Host, Rearrangement};

impl Walker {
    /// What a rearrangement with these arguments does to regions.
    pub(super) fn effect(&mut self, how: Rearrangement, args: &[Host]) -> Effect {
        if let (Rearrangement::Slice, [dim, range]) = (how, args) {
            let range = self.reader().interval(range);
            return match self.reader().poly(&dim.source).as_count() {
                Some(dim) => Effect::Slice(dim, range),
                None => Effect::Part,
            };
        }
        let by: Vec<Poly> = match args {
            [list] => self.reader().list(&list.source),
            args => {
                let mut reader = self.reader();
                args.iter().map(|arg| reader.poly(&arg.source)).collect()
            }
        };
        let counts: Option<Vec<usize>> = by.iter().map(Poly::as_count).collect();
        let order = counts.and_then(|counts| how.order(&counts));
        order.map_or(Effect::Frame(by), Effect::Order)
    }
}

/// What a rearrangement does to a region.
pub(super) enum Effect {
    /// The dimensions come in this order.
    Order(Vec<usize>),
    /// A range of one dimension is left.
    Slice(usize, Interval),
    /// Some part is left.
    Part,
    /// The coordinates are others, which depend on these numbers.
    Frame(Vec<Poly>),
}

impl Effect {
    pub(super) fn apply(&self, how: Rearrangement, region: &mut Region) {
        match self {
            Self::Order(order) => region.permute(order),
            Self::Slice(dim, range) => region.narrow(*dim, range),
            Self::Part => region.blur(),
            Self::Frame(by) => region.rearrange(how, by.clone()),
        }
    }
}

impl Rearrangement {
    /// The order of the dimensions that it makes with these arguments, if it is one.
    fn order(self, args: &[usize]) -> Option<Vec<usize>> {
        /// No tensor has a dimension with a greater number.
        const MOST: usize = 8;
        match (self, args) {
            (Self::Transpose, &[a, b]) if a.max(b) < MOST => {
                let mut order: Vec<usize> = (0..=a.max(b)).collect();
                order.swap(a, b);
                Some(order)
            }
            (Self::Permute, order) => {
                let all = (0..order.len()).all(|dim| order.contains(&dim));
                (all && order.len() < MOST).then(|| order.to_vec())
            }
            _ => None,
        }
    }
}
