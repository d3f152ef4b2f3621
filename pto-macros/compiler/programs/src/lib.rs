//! Random orchestrations as source text.
//!
//! The same seed always makes the same program, so a failing one is named by its
//! seed. The programs call what each reader of them defines in its own way:
//!
//! * kernels named after their arguments, `r`ead, `w`ritten, `o`ut or `f`illed:
//!   `k_w`, `k_rw`, `k_rrw`, `k_ww`, `k_rww`, `k_rrww`, `k_ro`, `k_roo`, `k_f`;
//! * those that run in blocks: `b_w`, `b_rw`, `b_rrw`, `b_ww`, `b_rww`, `b_rrww`, `b_ro`;
//! * `get` and `set` of tensors;
//! * `flip()`, any truth value; `pick()`, a number below 3; `maybe()`, such a number or `None`.

mod collections;
mod control;
mod edges;
mod edits;
mod jumps;
mod large;
mod random;
mod regions;
mod statements;
mod teams;
mod tensors;

use collections::Collection;
pub use edits::{Edit, WORDS};
use jumps::Target;
pub use large::large;
use random::Random;

/// Elements of every tensor.
pub const ELEMENTS: i64 = 64;
/// The value of the parameter `t`, the extent of a tile.
pub const TILE: i64 = 4;
/// The value of the parameter `n`, a number of iterations.
pub const TRIPS: i64 = 3;

/// What programs are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Everything.
    Any,
    /// Loops with constant bounds, some of them unrolled completely, around tiles of one extent: see `docs/architecture.md`.
    Exact,
    /// The same, without loops inside each other.
    Flat,
    /// Everything, and calls `call!(f(..))` of an orchestration `f` that returns
    /// a tensor. The program returns its tensor `r`.
    Calls,
}

/// Makes programs from a seed.
pub struct Generator {
    random: Random,
    style: Style,
    text: String,
    /// Names of tensor variables in scope, and whether they may be written.
    tensors: Vec<(String, bool)>,
    /// Arrays and vectors in scope.
    collections: Vec<Collection>,
    /// Whether tensors are put in tuples, arrays and vectors.
    collecting: bool,
    /// How many scopes are around the present point.
    scopes: usize,
    /// How many tensor variables there were when the innermost scope began.
    outer: usize,
    /// Host variables in scope, and the largest value of each.
    vars: Vec<(String, i64)>,
    /// Host variables in scope that hold elements of tensors.
    elements: Vec<String>,
    names: usize,
    /// What jumps may lead out of, innermost last.
    targets: Vec<Target>,
    /// How often the present point is executed at most, `while` loops apart.
    times: i64,
    /// Whether allocations are filled at once.
    filled: bool,
    /// Whether tasks have names, and edges of the program's own.
    naming: bool,
    /// The names of tasks.
    tasks: Vec<String>,
}

/// Where a statement stands.
#[derive(Clone, Copy)]
struct At {
    manual: bool,
    depth: usize,
}

impl At {
    fn inside(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl Generator {
    /// A generator of programs with their usual variety.
    pub fn new(seed: u64) -> Self {
        Self::with_style(seed, Style::Any)
    }

    /// A generator of programs of a style.
    pub fn with_style(seed: u64, style: Style) -> Self {
        Self {
            random: Random::new(seed),
            style,
            text: String::new(),
            tensors: ["x", "y", "z"]
                .map(|name| (name.to_owned(), name != "x"))
                .into(),
            collections: Vec::new(),
            collecting: false,
            scopes: 0,
            outer: 0,
            vars: Vec::new(),
            elements: Vec::new(),
            names: 0,
            targets: Vec::new(),
            times: 1,
            filled: false,
            naming: false,
            tasks: Vec::new(),
        }
    }

    /// A function `name` of about `size` statements.
    pub fn function(mut self, name: &str, size: usize) -> String {
        self.head(name);
        if self.style == Style::Calls {
            self.push(&format!("let mut r = k_ro(&x, out!([{ELEMENTS}]));\n"));
            self.tensors.push(("r".to_owned(), true));
        }
        let manual = match self.style {
            Style::Any => self.chance(70),
            Style::Exact | Style::Flat => true,
            Style::Calls => false,
        };
        if manual {
            self.manual();
        }
        self.block(size, At { manual, depth: 0 });
        if manual {
            self.push("});\n");
        }
        self.push(if self.style == Style::Calls {
            "r\n}"
        } else {
            "}"
        });
        self.finished()
    }

    /// A program of about `size` statements.
    pub fn program(self, size: usize) -> String {
        self.function("program", size)
    }

    /// Has every allocation filled by `k_f` before anything reads it, and no variable given a tensor of an inner scope.
    #[must_use]
    pub fn filled(mut self) -> Self {
        self.filled = true;
        self
    }

    /// Has tensors put in tuples, arrays and vectors. Indices may be out of bounds.
    #[must_use]
    pub fn collecting(mut self) -> Self {
        self.collecting = true;
        self
    }

    /// A program of about `size` statements in one `parallel_for!`.
    pub fn parallel_program(mut self, size: usize) -> String {
        self.head("program");
        let manual = self.chance(50);
        if self.collecting {
            self.collect();
        }
        self.parallel(size, At { manual, depth: 0 });
        self.push("}");
        self.finished()
    }

    fn head(&mut self, name: &str) {
        let returns = match self.style {
            Style::Calls => " -> Tensor<u64>",
            _ => "",
        };
        self.push(&format!(
            "fn {name}(x: In<u64>, y: InOut<u64>, z: InOut<u64>, t: usize, n: usize){returns} {{\n"
        ));
    }

    /// Whether programs are made of everything.
    fn is_free(&self) -> bool {
        matches!(self.style, Style::Any | Style::Calls)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn choose<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A host variable in scope with its largest value: one that no other shadows.
    fn var(&self, at: usize) -> Option<(String, i64)> {
        let (name, _) = self.vars.get(at)?;
        self.vars
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .cloned()
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }
}
