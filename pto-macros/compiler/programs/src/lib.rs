//! Random orchestrations as source text.
//!
//! The same seed always makes the same program, so a failing one is named by its seed.

mod random;
mod regions;
mod statements;
mod tensors;

use random::Random;

/// Elements of every tensor.
pub const ELEMENTS: i64 = 64;

/// Makes programs from a seed.
pub struct Generator {
    random: Random,
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

impl Generator {
    /// A generator of programs with their usual variety.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
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
    pub fn program(mut self, size: usize) -> String {
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

    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }
}
