//! Branches and loops.

use crate::jumps::Target;
use crate::{At, Generator, TRIPS};

impl Generator {
    pub(crate) fn branch(&mut self, size: usize, at: At) {
        let vars = self.vars.len();
        if self.chance(20) {
            let name = self.name("h");
            self.push(&format!("if let Some({name}) = maybe() {{\n"));
            self.vars.push((name, 2));
        } else {
            let condition = self.truth();
            self.push(&format!("if {condition} {{\n"));
        }
        self.block(size, at.inside());
        self.vars.truncate(vars);
        if self.chance(50) {
            self.push("} else {\n");
            self.block(1, at.inside());
        }
        self.push("}\n");
    }

    /// What is true or not: mostly for the run to tell, sometimes by host variables alone.
    fn truth(&mut self) -> String {
        let at = self.below(self.vars.len() + 1);
        let Some((var, last)) = self.var(at) else {
            return "flip()".to_owned();
        };
        let number = self.below(usize::try_from(last.clamp(0, 3)).unwrap_or(0) + 1);
        match self.below(8) {
            0 | 1 => "flip()".to_owned(),
            2 => format!("{var} > {number}"),
            3 => format!("{var} % 2 == {}", number % 2),
            4 => format!("{var} + 1 != {}", number + 1),
            5 => format!("flip() && {var} < {}", number + 1),
            6 => format!("!(flip() || {var} == {number})"),
            _ => format!("{var} == {number}"),
        }
    }

    /// A guard of an arm, sometimes.
    fn guard(&mut self) -> String {
        if self.chance(40) {
            format!(" if {}", self.truth())
        } else {
            String::new()
        }
    }

    pub(crate) fn matched(&mut self, size: usize, at: At) {
        let on = self.below(2 * self.vars.len() + 2);
        let (on, last) = self.var(on).unwrap_or(("pick()".to_owned(), 2));
        let guard = self.guard();
        self.push(&format!("match {on} {{\n0{guard} => {{\n"));
        self.block(size, at.inside());
        self.push("}\n");
        if self.chance(50) {
            let pattern = self.choose(&["1", "1 | 2", "1..=3"]);
            let guard = self.guard();
            self.push(&format!("{pattern}{guard} => {{\n"));
            self.block(1, at.inside());
            self.push("}\n");
        }
        if self.chance(40) {
            let vars = self.vars.len();
            let name = self.name("h");
            self.vars.push((name.clone(), last));
            let condition = self.truth();
            self.push(&format!("{name} if {condition} => {{\n"));
            self.block(1, at.inside());
            self.vars.truncate(vars);
            self.push("}\n");
        }
        let name = self.name("h");
        let vars = self.vars.len();
        self.push(&format!("{name} => {{\n"));
        self.vars.push((name, last));
        self.block(1, at.inside());
        self.vars.truncate(vars);
        self.push("}\n}\n");
    }

    /// The body of a loop that jumps may leave.
    fn body(&mut self, size: usize, label: Option<String>, at: At) {
        self.targets.push(Target::Loop(label));
        self.block(size, at.inside());
        self.targets.pop();
    }

    fn loop_label(&mut self) -> Option<String> {
        let labelled = self.is_free() && self.chance(30);
        labelled.then(|| {
            let label = self.name("'l");
            self.push(&format!("{label}: "));
            label
        })
    }

    /// `while`.
    pub(crate) fn conditional(&mut self, size: usize, at: At) {
        let vars = self.vars.len();
        let label = self.loop_label();
        if self.chance(30) {
            let name = self.name("h");
            self.push(&format!("while let Some({name}) = maybe() {{\n"));
            self.vars.push((name, 2));
        } else {
            self.push("while flip() {\n");
        }
        self.body(size, label, at);
        self.vars.truncate(vars);
        self.push("}\n");
    }

    /// `loop`, with a way out of it at either end.
    pub(crate) fn endless(&mut self, size: usize, at: At) {
        let label = self.loop_label();
        self.push("loop {\n");
        let first = self.chance(50);
        if first {
            self.push("if flip() { break; }\n");
        }
        self.body(size, label, at);
        if !first {
            self.push("if flip() { break; }\n");
        }
        self.push("}\n");
    }

    pub(crate) fn parallel(&mut self, size: usize, at: At) {
        let var = self.name("i");
        let (range, last, trips) = self.range();
        self.push(&format!("parallel_for!({range}, |{var}| {{\n"));
        self.targets.push(Target::Iteration);
        self.iterations(size, at, var, last, trips);
        self.targets.pop();
        self.push("});\n");
    }

    /// `for`.
    pub(crate) fn counted(&mut self, size: usize, at: At) {
        let var = self.name("i");
        let unrolled = self.chance(25);
        let (mut range, mut last, trips) = self.range();
        if unrolled {
            let factor = 2 + self.below(2);
            let completely = is_literal(&range) && trips > 0 && self.chance(60);
            match completely || !self.is_free() {
                true => self.push("#[unroll]\n"),
                false => self.push(&format!("#[unroll({factor})]\n")),
            }
        }
        let label = self.loop_label();
        if !unrolled && self.is_free() {
            match self.below(6) {
                0 => range = format!("({range}).rev()"),
                1 => {
                    range = format!("0..{}", 2 * trips);
                    last = 2 * trips - 1;
                    range = format!("({range}).step_by(2)");
                }
                _ => {}
            }
        }
        self.push(&format!("for {var} in {range} {{\n"));
        self.targets.push(Target::Loop(label));
        self.iterations(size, at, var, last, trips);
        self.targets.pop();
        self.push("}\n");
    }

    fn iterations(&mut self, size: usize, at: At, var: String, last: i64, trips: i64) {
        let (vars, times) = (self.vars.len(), self.times);
        self.times *= trips.max(1);
        self.vars.push((var, last));
        self.block(size, at.inside());
        self.vars.truncate(vars);
        self.times = times;
    }

    /// A range, the last number in it, and how many are in it at most.
    fn range(&mut self) -> (String, i64, i64) {
        // The whole program must stay small enough to compare all pairs.
        let most = if self.times > 16 { 2 } else { 4 };
        let trips = i64::try_from(self.below(most + 1)).unwrap_or(0);
        if !self.is_free() {
            let trips = trips.max(2);
            return (format!("0..{trips}"), trips - 1, trips);
        }
        let inner = self.vars.last().filter(|(_, last)| *last <= 4).cloned();
        match (self.below(8), inner) {
            (0 | 1, _) if most == 4 => ("0..n".to_owned(), TRIPS - 1, TRIPS),
            (2, _) => (format!("1..{}", trips + 1), trips, trips),
            (3, Some((outer, last))) => {
                (format!("{outer}..{outer} + {trips}"), last + trips, trips)
            }
            (4, Some((outer, last))) if last <= 2 => (format!("0..{outer} + 1"), last, last + 1),
            _ => (format!("0..{trips}"), trips - 1, trips),
        }
    }

    /// A host variable, sometimes by the name of a loop variable.
    pub(crate) fn host(&mut self) {
        let at = self.random.below(self.vars.len() + 1);
        let Some((var, last)) = self.var(at) else {
            let name = self.name("h");
            self.push(&format!("let {name} = pick();\n"));
            self.vars.push((name, 2));
            return;
        };
        let name = if self.chance(30) {
            let names: Vec<String> = self.vars.iter().map(|(name, _)| name.clone()).collect();
            self.choose(&names)
        } else {
            self.name("h")
        };
        let (value, last) = match self.below(4) {
            0 => ("2".to_owned(), 2),
            1 if last < 10 => (format!("{var} * t"), last * crate::TILE),
            2 if last < 10 => (format!("{var} + 1"), last + 1),
            _ => (var, last),
        };
        self.push(&format!("let {name} = {value};\n"));
        self.vars.push((name, last));
    }
}

/// Whether the ends of a range are numbers.
fn is_literal(range: &str) -> bool {
    let mut ends = range.split("..");
    ends.all(|end| end.parse::<u32>().is_ok())
}
