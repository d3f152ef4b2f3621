//! Regions of tensors.

use crate::Generator;

impl Generator {
    /// A range of elements, mostly affine in loop variables; `None` for all.
    pub(crate) fn region(&mut self) -> Option<String> {
        let var = match self.vars.len() {
            0 => None,
            count => {
                let at = self.below(count);
                Some(self.vars[at].clone())
            }
        };
        Some(match (self.below(6), var) {
            (0, _) => return None,
            (1, Some(var)) => format!("{var} * t..({var} + 1) * t"),
            (2, Some(var)) => format!("{var} * t..{var} * t + {}", 1 + self.below(6)),
            (3, Some(var)) => format!("{var}..{var} + {}", 1 + self.below(3)),
            (4, Some(var)) => format!("{}..{var} + 1", 0),
            (5, Some(var)) => {
                let at = self.below(self.vars.len());
                let other = self.vars[at].clone();
                format!("{var} * t + {other}..{var} * t + {other} + 1")
            }
            (kind, _) => {
                let low = 4 * kind;
                format!("{low}..{}", low + 1 + self.below(8))
            }
        })
    }
}
