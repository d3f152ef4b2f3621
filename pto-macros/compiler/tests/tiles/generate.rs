//! Programs of nested loops over parts of one tensor.

use super::interpret::{COLUMNS, ELEMENTS, ROWS};

/// Makes programs from a seed.
pub(crate) struct Generator {
    state: u64,
    text: String,
    /// Numbers in scope: loop variables and bindings, innermost last.
    vars: Vec<String>,
    /// Handles in scope.
    handles: Vec<String>,
    /// Ranges of what is in scope, to meet them again.
    ranges: Vec<String>,
    names: usize,
    tasks: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed | 1,
            text: String::new(),
            vars: Vec::new(),
            handles: vec!["y".to_owned()],
            ranges: Vec::new(),
            names: 0,
            tasks: 0,
        }
    }

    pub(crate) fn program(mut self) -> String {
        self.text.push_str(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize, m: usize, t: usize, s: usize) {\nmanual_scope!({\n",
        );
        while self.tasks < 3 {
            match self.below(4) {
                0 => self.nest(0),
                _ => self.statement(0),
            }
        }
        self.text.push_str("});\n}");
        self.text
    }

    /// A program of loops one after the other, mostly inside a common one, over the same tiles: what one of them does comes
    /// after what another did through those in between.
    pub(crate) fn phases(mut self) -> String {
        self.text.push_str(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize, m: usize, t: usize, s: usize) {\nmanual_scope!({\n",
        );
        let around = self.below(4) > 0;
        if around {
            let range = self.pick(&["0..n", "0..n", "0..n", "0..m", "(0..n).rev()", "1..n"]);
            self.text.push_str(&format!("for k in {range} {{\n"));
            self.vars.push("k".to_owned());
        }
        for _ in 0..2 + self.below(3) {
            self.phase(0);
        }
        if around {
            self.text.push_str("}\n");
        }
        self.text.push_str("});\n}");
        self.text
    }

    /// A task on tiles, inside loops.
    fn phase(&mut self, depth: usize) {
        if self.below(5) > depth * 2 {
            let (var, outer) = (self.name("i"), self.var());
            let range = self.pick(&[
                "0..n",
                "0..n",
                "0..n",
                "V + 1..n",
                "V + 1..n",
                "0..V",
                "V..n",
                "0..=V",
                "1..n",
                "0..m",
                "0..n - 1",
                "(0..n).rev()",
                "(V + 1..n).rev()",
                "0..4",
                "(0..n).step_by(2)",
            ]);
            let range = range.replace('V', &outer);
            self.text.push_str(&format!("for {var} in {range} {{\n"));
            self.vars.push(var);
            self.phase(depth + 1);
            if self.below(3) == 0 {
                self.phase(depth + 1);
            }
            self.vars.pop();
            self.text.push_str("}\n");
            return;
        }
        let (read, written) = (self.tile(), self.tile());
        let read = match self.below(3) {
            0 => "x".to_owned(),
            _ => read,
        };
        self.text
            .push_str(&format!("k(&{read}, &mut {written});\n"));
        self.tasks += 1;
    }

    /// One of few tiles: so they are met again.
    fn tile(&mut self) -> String {
        let mut range = || {
            let var = self.var();
            let range = self.pick(&[
                "V * t..(V + 1) * t",
                "V * t..(V + 1) * t",
                "V * t..(V + 1) * t",
                "V * t..(V + 1) * t",
                "(V + 1) * t..(V + 2) * t",
                "V * t - t..V * t",
                "t..2 * t",
                "..",
                "V * t..(V + 2) * t",
            ]);
            range.replace('V', &var)
        };
        let (rows, columns) = (range(), range());
        match self.below(2) {
            0 => format!("y.view_mut([{rows}])"),
            _ => format!("y.view_mut([{rows}, {columns}])"),
        }
    }

    /// xorshift64*: good enough to pick alternatives.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mixed = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D);
        usize::try_from(mixed >> 33).unwrap_or(0) % bound
    }

    fn pick(&mut self, from: &[&str]) -> String {
        let at = self.below(from.len());
        from[at].to_owned()
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn statement(&mut self, depth: usize) {
        match self.below(10) {
            0 | 1 if depth > 0 => {
                let (name, value) = (self.name("a"), self.number(2));
                self.text.push_str(&format!("let {name} = {value};\n"));
                self.vars.push(name);
            }
            2 => {
                let (name, value) = (self.name("h"), self.handle());
                self.text.push_str(&format!("let mut {name} = {value};\n"));
                self.handles.push(name);
            }
            3 if self.handles.len() > 1 && depth > 0 => {
                let at = 1 + self.below(self.handles.len() - 1);
                let (name, step) = (self.handles[at].clone(), self.step());
                self.text.push_str(&format!("{name} = {name}{step};\n"));
            }
            4..=6 if depth < 3 => self.looped(depth),
            _ => {
                let (mut read, write) = ("x".to_owned(), self.handle());
                if self.below(3) == 0 {
                    read = self.handle();
                }
                self.text.push_str(&format!("k(&{read}, &mut {write});\n"));
                self.tasks += 1;
            }
        }
    }

    fn looped(&mut self, depth: usize) {
        let (names, handles, ranges) = (self.vars.len(), self.handles.len(), self.ranges.len());
        let (var, outer) = (self.name("i"), self.var());
        let high = self.number(1);
        let range = match self.below(25) {
            0 => "(0..n).rev()".to_owned(),
            1 => "(0..n).step_by(t)".to_owned(),
            2 => "(0..n).step_by(t).rev()".to_owned(),
            3 => "0..n / t".to_owned(),
            4 => "0..n.div_ceil(t)".to_owned(),
            5 => format!("{outer}..n"),
            6 => format!("{outer} * t..({outer} + 1) * t"),
            7 => format!("{outer}..({outer} + t).min(n)"),
            8 => format!("({outer}..n).step_by(2 * t)"),
            9 => "0..=m".to_owned(),
            10 => format!("0..{high}"),
            11 => format!("{outer}..{high}"),
            12 => "0..m".to_owned(),
            13 | 14 => "0..3".to_owned(),
            15 => "1..3".to_owned(),
            _ => "0..n".to_owned(),
        };
        if ["0..3", "1..3"].contains(&range.as_str()) && self.below(3) > 0 {
            self.text.push_str("#[unroll]\n");
        } else if self.below(6) == 0
            && !range.contains("(0")
            && !range.contains('=')
            && !range.contains("step")
        {
            self.text.push_str("#[unroll(2)]\n");
        }
        self.text.push_str(&format!("for {var} in {range} {{\n"));
        self.vars.push(var);
        for _ in 0..1 + self.below(2) {
            self.statement(depth + 1);
        }
        self.vars.truncate(names);
        self.handles.truncate(handles);
        self.ranges.truncate(ranges);
        self.text.push_str("}\n");
    }

    /// Loops inside each other, most of which cut what the task at the bottom works on.
    fn nest(&mut self, depth: usize) {
        let (var, handles) = (self.name("i"), self.handles.len());
        let range = self.pick(&["0..n", "0..m", "0..t", "0..3", "(0..n).rev()"]);
        self.text.push_str(&format!("for {var} in {range} {{\n"));
        if self.below(3) > 0 {
            let (name, last) = (self.name("h"), self.handles[self.handles.len() - 1].clone());
            let cut = self.pick(&[
                ".view_mut([V..V + 1])",
                ".view_mut([V * t..(V + 1) * t])",
                ".view_mut([.., V * t..(V + 1) * t])",
                ".view_mut([V * t..(V + 1) * t]).reshape_mut([12, t])",
                ".view_mut([V * 2..(V + 1) * 2]).reshape_mut([24])",
                ".view_mut([V..V + 1]).reshape_mut([4, 3])",
            ]);
            let cut = cut.replace('V', &var);
            self.text
                .push_str(&format!("let mut {name} = {last}{cut};\n"));
            self.handles.push(name);
        }
        if depth < 2 || (depth < 3 && self.below(3) == 0) {
            self.nest(depth + 1);
        } else {
            let (read, written) = (
                self.below(4) == 0,
                self.handles[self.handles.len() - 1].clone(),
            );
            let read = if read { "y" } else { "x" };
            self.text
                .push_str(&format!("k(&{read}, &mut {written});\n"));
            self.tasks += 1;
        }
        self.handles.truncate(handles);
        self.text.push_str("}\n");
    }

    /// A number that is in scope, mostly one of the innermost.
    fn var(&mut self) -> String {
        match self.vars.len() {
            0 => self.pick(&["n", "m", "t", "s"]),
            count => {
                let at = self.below(count).max(self.below(count));
                self.vars[at].clone()
            }
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(4) == 0 {
            return match self.below(5) {
                0 => self.pick(&["1", "2", "3"]),
                1 => self.pick(&["n", "m", "t", "s", "y.dim(0)", "y.dim(1)"]),
                _ => self.var(),
            };
        }
        let (a, b) = (self.number(depth - 1), self.number(depth - 1));
        match self.below(12) {
            0..=2 => format!("({a} + {b})"),
            3 | 4 => format!("({a} * {b})"),
            5 | 6 => format!("({a} - {b})"),
            7 => format!("({a} / {b})"),
            8 => format!("({a} % {b})"),
            _ => {
                let method = self.pick(&[
                    "min",
                    "max",
                    "div_ceil",
                    "saturating_sub",
                    "abs_diff",
                    "next_multiple_of",
                ]);
                format!("({a}).{method}({b})")
            }
        }
    }

    /// A range, often one that another access has.
    fn range(&mut self) -> String {
        if !self.ranges.is_empty() && self.below(2) == 0 {
            let at = self.below(self.ranges.len());
            return self.ranges[at].clone();
        }
        let range = self.new_range();
        self.ranges.push(range.clone());
        range
    }

    fn new_range(&mut self) -> String {
        let (v, w) = (self.var(), self.var());
        let (a, b) = (self.number(2), self.number(1));
        match self.below(34) {
            0..=2 | 26..=28 => format!("{v} * t..({v} + 1) * t"),
            3 => format!("{v} * t..{v} * t + {b}"),
            4 | 5 => format!("{v}..{v} + 1"),
            6 => format!("{v} * t..(({v} + 1) * t).min({b})"),
            7 => format!("{v}..({v} + t).min({b})"),
            8 => format!("n - {v} - 1..n - {v}"),
            9 => format!("{v} * m + {w}..{v} * m + {w} + 1"),
            10 => format!("({v} * m + {w}) * t..({v} * m + {w} + 1) * t"),
            11 => format!("{v} * t - 1..{v} * t + t + 1"),
            12 => format!("({v} * t).max({b})..({v} + 1) * t"),
            13 => format!("(n - {v} * t).saturating_sub(t)..n - {v} * t"),
            14 => format!("n / t * t..{b}"),
            15 => format!("{v} % t..{v} % t + 1"),
            16 => format!("{v}.."),
            17 => format!("..{v}"),
            18 => format!("{v}..{v}"),
            19 => format!("{v}..={w}"),
            20 => "0..1".to_owned(),
            29 => format!("n..n + {b}"),
            30 => format!("n * t..n * t + {b}"),
            31 => format!("m * t + {v}..m * t + {v} + 1"),
            21 | 22 => "..".to_owned(),
            23 => format!("{v} * {b}..({v} + 1) * {b}"),
            _ => format!("{a}..{a} + {b}"),
        }
    }

    fn step(&mut self) -> String {
        let range = self.range();
        match self.below(14) {
            0 | 1 => ".transpose_mut(0, 1)".to_owned(),
            2 => self.pick(&[
                ".permute_mut([1, 0])",
                ".permute_mut([2, 0, 1])",
                ".permute_mut([0, 2, 1])",
                ".transpose_mut(1, 2)",
                ".transpose_mut(n % 2, s % 2)",
            ]),
            3 => format!(".slice_mut(1, {range})"),
            4 => format!(".slice_mut(s % 2, {range})"),
            5 | 6 => self.pick(&[
                ".reshape_mut([96])",
                ".reshape_mut([12, 8])",
                ".reshape_mut([2, 4, 12])",
                ".reshape_mut([96 / t, t])",
                ".reshape_mut([t, 96 / t])",
                ".reshape_mut([n, m])",
            ]),
            7..=9 => format!(".view_mut([{range}])"),
            10 => format!(".view_mut([.., {range}])"),
            _ => {
                let other = self.range();
                format!(".view_mut([{range}, {other}])")
            }
        }
    }

    fn handle(&mut self) -> String {
        assert_eq!(
            ROWS * COLUMNS,
            ELEMENTS,
            "the shapes above have as many elements"
        );
        let at = self.below(self.handles.len());
        let mut text = self.handles[at].clone();
        for _ in 0..1 + self.below(2) {
            let step = self.step();
            text.push_str(&step);
        }
        text
    }
}
