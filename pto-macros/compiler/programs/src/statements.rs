//! Statements: blocks, scopes, branches, loops and jumps.

use crate::Generator;

impl Generator {
    pub(crate) fn block(&mut self, size: usize, manual: bool, depth: usize) {
        let (tensors, vars) = (self.tensors.len(), self.vars.len());
        let mut left = size;
        while left > 0 {
            let inner = (left - 1).min(1 + self.below(5));
            let nested = depth < 4 && inner > 0;
            match self.below(13) {
                0 if nested => {
                    self.branch(inner, manual, depth);
                    left -= inner;
                }
                1..=3 if nested => {
                    self.looped(inner, manual, depth);
                    left -= inner;
                }
                4 if nested => {
                    let mode = if manual || self.chance(60) {
                        "manual_scope"
                    } else {
                        "scope"
                    };
                    self.push(&format!("{mode}!({{\n"));
                    self.block(inner, manual || mode == "manual_scope", depth + 1);
                    self.push("});\n");
                    left -= inner;
                }
                5 if nested && self.chance(40) => {
                    let label = self.name("'b");
                    self.push(&format!("{label}: {{\n"));
                    self.labels.push(label);
                    self.block(inner + 1, manual, depth + 1);
                    self.labels.pop();
                    self.push("}\n");
                    left -= inner;
                }
                5 => self.fresh(),
                6 => self.reassign(),
                7 | 8 if !self.labels.is_empty() && self.chance(60) => {
                    let at = self.below(self.labels.len());
                    let label = self.labels[at].clone();
                    self.push(&format!("if flip() {{ break {label}; }}\n"));
                }
                7 if self.loops > 0 => {
                    let jump = if self.chance(70) { "continue" } else { "break" };
                    self.push(&format!("if flip() {{ {jump}; }}\n"));
                }
                _ => self.task(),
            }
            left = left.saturating_sub(1);
        }
        self.tensors.truncate(tensors);
        self.vars.truncate(vars);
    }

    pub(crate) fn branch(&mut self, size: usize, manual: bool, depth: usize) {
        self.push("if flip() {\n");
        self.block(size, manual, depth + 1);
        if self.chance(50) {
            self.push("} else {\n");
            self.block(1, manual, depth + 1);
        }
        self.push("}\n");
    }

    pub(crate) fn looped(&mut self, size: usize, manual: bool, depth: usize) {
        let var = self.name("i");
        let trips = self.below(5);
        if self.chance(25) {
            let factor = 2 + self.below(2);
            self.push(&format!(
                "#[unroll({factor})]\nfor {var} in 0..{trips} {{\n"
            ));
        } else {
            let range = match self.below(5) {
                0 => format!("(0..{trips}).rev()"),
                1 => format!("(0..{}).step_by(2)", 2 * trips),
                _ => format!("0..{trips}"),
            };
            self.push(&format!("for {var} in {range} {{\n"));
        }
        self.vars.push(var);
        self.loops += 1;
        self.block(size, manual, depth + 1);
        self.loops -= 1;
        self.vars.pop();
        self.push("}\n");
    }
}
