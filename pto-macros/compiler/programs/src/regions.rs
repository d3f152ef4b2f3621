//! Regions of tensors.

use crate::{ELEMENTS, Generator, TILE};

impl Generator {
    /// A range of elements, mostly affine in loop variables; `None` for all.
    pub(crate) fn region(&mut self) -> Option<String> {
        if !self.is_free() {
            return self.tile();
        }
        let at = self.below(self.vars.len() + 1);
        let other = self.below(self.vars.len() + 1).saturating_sub(1);
        let (kind, extent) = (self.below(7), 1 + self.below(6));
        if kind == 0 {
            return None;
        }
        let extents = i64::try_from(extent).unwrap_or(1);
        let fits = |last: i64, extent: i64| last * TILE + extent <= ELEMENTS;
        Some(match (kind, self.var(at)) {
            (1, Some((var, last))) if fits(last, TILE) => {
                format!("{var} * t..({var} + 1) * t")
            }
            (2, Some((var, last))) if fits(last, extents) => {
                format!("{var} * t..{var} * t + {extent}")
            }
            (3, Some((var, _))) => format!("{var}..{var} + {}", 1 + extent / 2),
            (4, Some((var, _))) => format!("0..{var} + 1"),
            (5, Some((var, last))) if fits(last, self.reach(other)) => {
                let other = &self.vars[other].0;
                format!("{var} * t + {other}..{var} * t + {other} + 1")
            }
            (6, Some((var, last))) if fits(last, 2 * TILE) => {
                format!("({var} + 1) * t..({var} + 2) * t")
            }
            _ => format!("{}..{}", 4 * kind, 4 * kind + extent),
        })
    }

    /// One more than the largest value of a host variable.
    fn reach(&self, at: usize) -> i64 {
        self.var(at).map_or(1, |(_, last)| last + 1)
    }

    /// A tile at a multiple of `t`, or everything.
    fn tile(&mut self) -> Option<String> {
        if self.chance(15) {
            return None;
        }
        let at = self.below(self.vars.len() + 1);
        let next = usize::from(self.chance(30));
        Some(match self.vars.get(at) {
            None => {
                let at = self.below(4);
                format!("{at} * t..{} * t", at + 1)
            }
            Some((var, _)) if next == 0 => format!("{var} * t..({var} + 1) * t"),
            Some((var, _)) => format!("({var} + {next}) * t..({var} + {}) * t", next + 1),
        })
    }
}
