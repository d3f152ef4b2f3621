//! Random orchestrations as source text.

/// Makes programs from a seed.
pub(crate) struct Generator {
    state: u64,
    text: String,
    /// Names of tensor variables in scope, and whether they may be written.
    tensors: Vec<(String, bool)>,
    /// Loop variables in scope.
    vars: Vec<String>,
    names: usize,
    /// Labelled blocks around the present point.
    labels: Vec<String>,
    /// Loops around the present point whose body may jump.
    loops: usize,
}

/// Elements of every tensor.
pub(crate) const ELEMENTS: i64 = 64;

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed | 1,
            text: String::new(),
            tensors: ["x", "y", "z"]
                .map(|name| (name.to_owned(), name != "x"))
                .into(),
            vars: Vec::new(),
            names: 0,
            labels: Vec::new(),
            loops: 0,
        }
    }

    /// A program of about `size` statements.
    pub(crate) fn program(mut self, size: usize) -> String {
        self.text
            .push_str("fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, t: usize) {\n");
        let manual = self.chance(70);
        if manual {
            self.text.push_str("manual_scope!({\n");
        }
        self.block(size, manual, 0);
        if manual {
            self.text.push_str("});\n");
        }
        self.text.push('}');
        self.text
    }

    /// xorshift64*: good enough to pick alternatives.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mixed = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D);
        usize::try_from(mixed >> 33).unwrap_or(0) % bound
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn block(&mut self, size: usize, manual: bool, depth: usize) {
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
                    self.text.push_str(&format!("{mode}!({{\n"));
                    self.block(inner, manual || mode == "manual_scope", depth + 1);
                    self.text.push_str("});\n");
                    left -= inner;
                }
                5 if nested && self.chance(40) => {
                    let label = self.name("'b");
                    self.text.push_str(&format!("{label}: {{\n"));
                    self.labels.push(label);
                    self.block(inner + 1, manual, depth + 1);
                    self.labels.pop();
                    self.text.push_str("}\n");
                    left -= inner;
                }
                5 => self.fresh(),
                6 => self.reassign(),
                7 | 8 if !self.labels.is_empty() && self.chance(60) => {
                    let at = self.below(self.labels.len());
                    let label = self.labels[at].clone();
                    self.text
                        .push_str(&format!("if flip() {{ break {label}; }}\n"));
                }
                7 if self.loops > 0 => {
                    let jump = if self.chance(70) { "continue" } else { "break" };
                    self.text.push_str(&format!("if flip() {{ {jump}; }}\n"));
                }
                _ => self.task(),
            }
            left = left.saturating_sub(1);
        }
        self.tensors.truncate(tensors);
        self.vars.truncate(vars);
    }

    fn branch(&mut self, size: usize, manual: bool, depth: usize) {
        self.text.push_str("if flip() {\n");
        self.block(size, manual, depth + 1);
        if self.chance(50) {
            self.text.push_str("} else {\n");
            self.block(1, manual, depth + 1);
        }
        self.text.push_str("}\n");
    }

    fn looped(&mut self, size: usize, manual: bool, depth: usize) {
        let var = self.name("i");
        let trips = self.below(5);
        if self.chance(25) {
            let factor = 2 + self.below(2);
            self.text.push_str(&format!(
                "#[unroll({factor})]\nfor {var} in 0..{trips} {{\n"
            ));
        } else {
            let range = match self.below(5) {
                0 => format!("(0..{trips}).rev()"),
                1 => format!("(0..{}).step_by(2)", 2 * trips),
                _ => format!("0..{trips}"),
            };
            self.text.push_str(&format!("for {var} in {range} {{\n"));
        }
        self.vars.push(var);
        self.loops += 1;
        self.block(size, manual, depth + 1);
        self.loops -= 1;
        self.vars.pop();
        self.text.push_str("}\n");
    }

    fn fresh(&mut self) {
        let name = self.name("v");
        if self.chance(40) {
            self.text
                .push_str(&format!("let mut {name} = alloc!([{ELEMENTS}]);\n"));
        } else {
            let source = self.read();
            self.text.push_str(&format!(
                "let mut {name} = k({source}, out!([{ELEMENTS}]));\n"
            ));
        }
        self.tensors.push((name, true));
    }

    /// Gives a local variable another tensor, or swaps two.
    fn reassign(&mut self) {
        let locals: Vec<String> = self
            .tensors
            .iter()
            .filter(|(name, _)| name.starts_with('v'))
            .map(|(name, _)| name.clone())
            .collect();
        if locals.is_empty() {
            return self.fresh();
        }
        let a = locals[self.below(locals.len())].clone();
        let b = locals[self.below(locals.len())].clone();
        if a != b && self.chance(40) {
            self.text.push_str(&format!("({a}, {b}) = ({b}, {a});\n"));
        } else {
            let source = self.read();
            self.text
                .push_str(&format!("{a} = k({source}, out!([{ELEMENTS}]));\n"));
        }
    }

    fn task(&mut self) {
        let mut args: Vec<String> = (0..self.below(3)).map(|_| self.read()).collect();
        args.push(self.write());
        if self.chance(20) {
            args.push(self.write());
        }
        self.text.push_str(&format!("k({});\n", args.join(", ")));
    }

    fn read(&mut self) -> String {
        let at = self.below(self.tensors.len());
        let name = self.tensors[at].0.clone();
        let region = self.region();
        format!(
            "&{name}{}",
            region.map_or(String::new(), |region| format!(".view([{region}])"))
        )
    }

    fn write(&mut self) -> String {
        let at = 1 + self.below(self.tensors.len() - 1);
        let name = self.tensors[at].0.clone();
        let region = self.region();
        format!(
            "&mut {name}{}",
            region.map_or(String::new(), |region| format!(".view_mut([{region}])"))
        )
    }

    /// A range of elements, mostly affine in loop variables; `None` for all.
    fn region(&mut self) -> Option<String> {
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
