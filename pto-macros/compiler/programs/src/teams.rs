//! Tasks of several blocks and of several kernels.

use crate::{ELEMENTS, Generator};

impl Generator {
    /// A task that several threads run.
    pub(crate) fn team(&mut self) {
        match self.below(5) {
            0 | 1 => self.blocks(),
            2 | 3 => self.mixed(),
            _ => self.created_by_blocks(),
        }
    }

    fn blocks(&mut self) {
        let (reads, writes) = (self.below(3), 1 + usize::from(self.chance(20)));
        let mut args: Vec<String> = (0..reads).map(|_| self.read()).collect();
        args.extend((0..writes).map(|_| self.write()));
        let mut options = self.count();
        options.extend(self.condition());
        self.options(options);
        let kernel = format!("b_{}{}", "r".repeat(reads), "w".repeat(writes));
        self.push(&format!("{kernel}({});\n", args.join(", ")));
    }

    fn created_by_blocks(&mut self) {
        let (name, source) = (self.name("v"), self.read());
        let options = self.count();
        self.options(options);
        self.push(&format!(
            "let mut {name} = b_ro({source}, out!([{ELEMENTS}]));\n"
        ));
        self.tensors.push((name, true));
    }

    /// Kernels of one task must not conflict, so mostly what one writes the others leave alone. A kernel that reads two tensors and
    /// writes one is a cube kernel, of which a task has one.
    fn mixed(&mut self) {
        let mut unused = self.tensors.clone();
        let creates = self.chance(25);
        let mut written = Vec::new();
        for _ in 0..1 + usize::from(!creates) + self.below(2) {
            let writable: Vec<usize> = (0..unused.len()).filter(|at| unused[*at].1).collect();
            if !writable.is_empty() {
                let at = self.choose(&writable);
                written.push(unused[at].0.clone());
                // Now and then others use it all the same, perhaps another part.
                if !self.chance(15) {
                    unused.swap_remove(at);
                }
            }
        }
        let in_blocks = self.chance(40);
        let prefix = if in_blocks { "b" } else { "k" };
        let mut calls = Vec::new();
        if creates {
            // It is another tensor than those that are written, or the task is refused.
            let (source, _) = self.choose(&unused);
            calls.push(format!("{prefix}_ro(&{source}, out!([{ELEMENTS}]))"));
        }
        let several = written.len() + calls.len() > 2;
        for (at, name) in written.into_iter().enumerate() {
            let reads = match (at, unused.is_empty()) {
                (_, true) => 0,
                (0, _) if several || self.chance(50) => 2,
                _ => self.below(2),
            };
            let mut args = Vec::new();
            for _ in 0..reads {
                let (name, _) = self.choose(&unused);
                let region = self.region();
                args.push(format!("&{name}{}", view("view", region)));
            }
            let region = self.region();
            args.push(format!("&mut {name}{}", view("view_mut", region)));
            let kernel = format!("{prefix}_{}w", "r".repeat(reads));
            calls.push(format!("{kernel}({})", args.join(", ")));
        }
        let mut options = Vec::new();
        if in_blocks {
            options = self.count();
        }
        if !creates {
            options.extend(self.condition());
        }
        self.options(options);
        let calls = calls.join(", ");
        if creates {
            let name = self.name("v");
            self.push(&format!("let mut {name} = mixed!({calls});\n"));
            self.tensors.push((name, true));
        } else {
            self.push(&format!("mixed!({calls});\n"));
        }
    }

    /// How many blocks a task has, and sometimes that all of them begin together.
    fn count(&mut self) -> Vec<String> {
        let (at, kind) = (self.below(self.vars.len() + 1), self.below(6));
        let count = match (kind, self.var(at)) {
            (0 | 1, Some((var, _))) => format!("{var} + 1"),
            (2, _) => "n".to_owned(),
            _ => (1 + self.below(5)).to_string(),
        };
        let mut options = vec![format!("blocks = {count}")];
        if self.chance(15) {
            options.push("sync_start".to_owned());
        }
        options
    }

    /// A condition, now and then.
    pub(crate) fn condition(&mut self) -> Option<String> {
        if !self.is_free() || !self.chance(15) {
            return None;
        }
        let (tensor, index) = self.element_of();
        Some(format!("when = {tensor}[{index}] > 2999"))
    }
}

fn view(method: &str, region: Option<String>) -> String {
    region.map_or(String::new(), |region| format!(".{method}([{region}])"))
}
